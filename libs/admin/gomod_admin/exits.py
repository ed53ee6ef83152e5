"""The exit status of every way a command can end; the one table of them, printed by --help."""

from collections.abc import Mapping
from enum import IntEnum

from gomod.errors import Malformed, RegistryError
from gomod_admin.errors import BadBundle, NotExportable
from gomod_service.settings import SettingsError


class Exit(IntEnum):
    """What a calling script can tell apart."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_SERVED = 3
    REFUSED = 4
    NOT_EXPORTABLE = 5


MEANINGS: Mapping[Exit, str] = {
    Exit.DONE: "done; for `explain`, a client gets all three files",
    Exit.FAILED: "this machine's fault: a store or a file that can't be read or written; run it again later; "
    "for `fsck`, damage was found, be it repaired or not",
    Exit.USAGE: "wrong arguments, environment variables missing or wrong",
    Exit.NOT_SERVED: "explain: a client does not get the version, for the reason that is printed",
    Exit.REFUSED: "import and copy: something was refused, as printed; everything else was taken in (of a bad bundle "
    "nothing)",
    Exit.NOT_EXPORTABLE: "export: the store has not all that go.sum names, or has it with other hashes",
}

_STATUSES: Mapping[type[RegistryError], Exit] = {
    SettingsError: Exit.USAGE,
    Malformed: Exit.USAGE,
    BadBundle: Exit.REFUSED,
    NotExportable: Exit.NOT_EXPORTABLE,
}


def exit_of(error: RegistryError) -> Exit:
    """The status of the nearest class in the error's family."""
    for family in type(error).__mro__:
        if family in _STATUSES:
            return _STATUSES[family]
    return Exit.FAILED
