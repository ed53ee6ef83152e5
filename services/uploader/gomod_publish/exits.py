"""The exit status of every way a command can end; the one table of them, printed by --help."""

from collections.abc import Mapping
from enum import IntEnum

from gomod.errors import AlreadyExists, InvalidModule, Malformed, RegistryError, TooLarge, UpstreamError
from gomod_publish.errors import NoToken, NotPublishable, Refused, SmokeFailed
from gomod_publish.settings import SettingsError


class Exit(IntEnum):
    """What a calling script can tell apart."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    SOURCE = 3
    REFUSED = 4
    CONFLICT = 5
    UNREACHABLE = 6
    SMOKE = 7


MEANINGS: Mapping[Exit, str] = {
    Exit.DONE: "done; a version that stood already, identical, counts as published",
    Exit.FAILED: "this machine's fault: no room to write, no go; or there is no state, or it differs (`state check`)",
    Exit.USAGE: "wrong arguments, environment variables missing or wrong, no token to be had",
    Exit.SOURCE: "the module can't be published as it is: uncommitted changes, a broken rule; nothing was sent",
    Exit.REFUSED: "the registry refused: token, rights, or a rule",
    Exit.CONFLICT: "the version exists with other content, and stays as it is",
    Exit.UNREACHABLE: "the registry is out of reach or in trouble; run it again later, that is always safe",
    Exit.SMOKE: "published, but the smoke test failed; the lines say which check, and where to read what to do",
}

HELP = "\b\nExit status:\n" + "".join(f"  {status.value}  {meaning}\n" for status, meaning in MEANINGS.items())

_STATUSES: Mapping[type[RegistryError], Exit] = {
    SettingsError: Exit.USAGE,
    NoToken: Exit.USAGE,
    NotPublishable: Exit.SOURCE,
    Malformed: Exit.SOURCE,
    InvalidModule: Exit.SOURCE,
    TooLarge: Exit.SOURCE,
    Refused: Exit.REFUSED,
    AlreadyExists: Exit.CONFLICT,
    UpstreamError: Exit.UNREACHABLE,
    SmokeFailed: Exit.SMOKE,
}


def exit_of(error: RegistryError) -> Exit:
    """The status of the nearest class in the error's family."""
    for family in type(error).__mro__:
        if family in _STATUSES:
            return _STATUSES[family]
    return Exit.FAILED
