"""Whether public versions are what a checksum database has on record: the proxy's own check, for what is taken in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gomod_admin.settings import StoreSettings
from gomod_proxy.absences import Absences
from gomod_proxy.checks import Checks
from gomod_proxy.checksum_database import ChecksumDatabase
from gomod_proxy.checksum_sources import LinkedDatabase
from gomod_proxy.credentials import Credentials
from gomod_proxy.http_client import HttpClient, Patience
from gomod_proxy.link import Link
from gomod_proxy.own import OwnModules
from gomod_proxy.remembered import Lifetimes
from gomod_proxy.settings import SumDb, parse_nosumdb, parse_sumdbs
from gomod_proxy.unrecorded import Unrecorded
from gomod_service.settings import parse_seconds, tuning
from gomod_storage import ModuleStore


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeSettings(StoreSettings):
    """What `import` needs to know: the store, and the database that the proxy checks by as well."""

    sumdbs: tuple[SumDb, ...] = tuning(
        "GOMOD_SUMDBS", "off", parse_sumdbs, "checksum databases, name+id+key URL, comma separated, or off"
    )
    nosumdb_patterns: str = tuning(
        "GOMOD_NOSUMDB", "", parse_nosumdb, "GOPRIVATE globs of modules whose names no checksum database is told"
    )
    sumdb_seconds: float = tuning(
        "GOMOD_SUMDB_SECONDS", "10", parse_seconds, "how long a checksum database may take for an answer"
    )


@asynccontextmanager
async def checking(settings: IntakeSettings, store: ModuleStore) -> AsyncIterator[Checks]:
    """Checks by the first database, which shares with the proxies of this store what was proven and seen."""
    unrecorded = Unrecorded(OwnModules(settings.private_patterns), settings.nosumdb_patterns)
    if not settings.sumdbs:
        yield Checks(None, unrecorded)
        return
    seconds = settings.sumdb_seconds
    patience = Patience(connect=seconds, silence=seconds, text=seconds, zip=seconds)
    first = settings.sumdbs[0]
    async with HttpClient(patience, connections=1, credentials=Credentials(None)) as client:
        remote = LinkedDatabase(first.key.name, Link(first.url, client), Absences(0))
        database = ChecksumDatabase(first.key, remote, store, Lifetimes(0, 0, bridges_trouble=False))
        try:
            yield Checks(database, unrecorded)
        finally:
            await database.aclose()
