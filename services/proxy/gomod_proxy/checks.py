"""Whether public modules are what the checksum database has on record, before they are kept."""

from collections.abc import Callable

import structlog

from gomod.errors import NotFound, UpstreamError
from gomod.module import ModuleVersion
from gomod.sumdb.errors import Disproved, Mismatch
from gomod.sumdb.lookup import Checksums
from gomod_proxy import metrics
from gomod_proxy.checksum_database import ChecksumDatabase
from gomod_proxy.unrecorded import Unrecorded

log = structlog.get_logger(__name__)


class Checks:
    """The checks by one database, or none at all. A check says a module's name outside: not for an `Unrecorded` one.

    Both methods return whether what was checked may be kept. It may not while the database is out of reach: clients are
    served meanwhile, for go checks what it gets by itself. It may when the database knows no such version: that is what
    it says of modules from a private upstream, which nobody could use otherwise; a go that wants every module to be on
    record still refuses it.

    They raise UpstreamError for what may not even be served: the bytes are not those on record (Mismatch), or what the
    database says of them does not hold (Disproved).
    """

    def __init__(self, database: ChecksumDatabase | None, unrecorded: Unrecorded) -> None:
        self._database = database
        self._unrecorded = unrecorded

    async def zip(self, module: ModuleVersion, h1: str, go_mod_h1: str) -> bool:
        """Check a whole version."""

        def compare(checksums: Checksums) -> None:
            checksums.check_zip(h1)
            checksums.check_go_mod(go_mod_h1)

        return await self._check(module, compare)

    async def go_mod(self, module: ModuleVersion, h1: str) -> bool:
        """Check a go.mod alone."""
        return await self._check(module, lambda checksums: checksums.check_go_mod(h1))

    async def _check(self, module: ModuleVersion, compare: Callable[[Checksums], None]) -> bool:
        if self._database is None or self._unrecorded(module.path):
            return True
        try:
            compare((await self._database.lookup(module)).value)
        except NotFound as error:
            log.info("module_not_on_record", module=module.path, version=module.version, reason=str(error))
            metrics.checked("unknown")
            return True
        except Mismatch as error:
            metrics.refused("checksum_mismatch")
            metrics.checked("mismatch")
            log.error("checksum_mismatch", module=module.path, version=module.version, error=str(error))
            raise
        except Disproved:
            metrics.checked("disproved")
            raise
        except UpstreamError as error:
            log.warning("module_not_checked", module=module.path, version=module.version, reason=str(error))
            metrics.checked("unreachable")
            return False
        metrics.checked("proven")
        return True
