"""Every error of the registry, in one tree; gomod_service.http_errors alone knows what status each becomes."""

from dataclasses import dataclass


class RegistryError(Exception):
    """The root: whatever we raise on purpose. Its text is one line that a go user can act on."""


LONGEST_TEXT = 1000  # characters
HALF = LONGEST_TEXT // 2


def shortened(text: str) -> str:
    """The text as it goes into answers and logs: a longer one than LONGEST_TEXT lacks its middle.

    Texts quote what somebody sent, who may have sent a megabyte of it; what a text says of it stands at its ends.
    """
    return text if len(text) <= LONGEST_TEXT else f"{text[:HALF]} […] {text[-HALF:]}"


class Malformed(RegistryError):
    """What was asked can't name a module, a version or a file: nobody's store can have it. Its text is `shortened`."""

    def __str__(self) -> str:
        return shortened(super().__str__())


class InvalidPath(Malformed):
    """A module, import or file path that breaks a rule (module.InvalidPathError)."""

    def __init__(self, kind: str, path: str, reason: str) -> None:
        super().__init__(f"malformed {kind} path {path!r}: {reason}")
        self.kind = kind
        self.path = path
        self.reason = reason


class InvalidVersion(Malformed):
    """A version that breaks a rule, alone or for its module path (module.InvalidVersionError)."""

    def __init__(self, version: str, reason: str) -> None:
        super().__init__(f"version {version!r} invalid: {reason}")
        self.version = version
        self.reason = reason


class InvalidGoMod(Malformed):
    """A go.mod that does not parse (modfile.Error)."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule of a submission: a code that never changes its meaning, and a sentence, `shortened`, for people."""

    code: str
    message: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", shortened(self.message))


class InvalidModule(RegistryError):
    """A whole submission that breaks rules: every violation found, not just the first."""

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        super().__init__("; ".join(violation.message for violation in violations))
        self.violations = violations


class NotFound(RegistryError):
    """Known to be absent. A statement about the world, never a guess made in trouble."""


class AlreadyExists(RegistryError):
    """The version is there with other bytes, and stays as it is."""

    def __init__(self, message: str, *, stored_h1: str, offered_h1: str) -> None:
        super().__init__(message)
        self.stored_h1 = stored_h1
        self.offered_h1 = offered_h1


class Unavailable(RegistryError):
    """Our own store can't be read or written: says nothing about what is in it."""


class StoreFull(Unavailable):
    """The store has no room (bytes, inodes or quota) for what was to be written."""


class Damaged(Unavailable):
    """A version of which the only copy was found damaged: known to exist, and back once it is stored again."""


class UpstreamError(RegistryError):
    """An upstream that is down or answers nonsense: says nothing about what exists."""


class UpstreamTimeout(UpstreamError):
    """An upstream that did not answer in time."""


class Unauthenticated(RegistryError):
    """No credentials, or none that we know."""


class UnknownReader(Unauthenticated):
    """The same of somebody who reads, with a go client and what that can show."""


class Forbidden(RegistryError):
    """Known who asks, but a rule refuses it; the message names the rule."""


class TooLarge(RegistryError):
    """More bytes than the limit that the message names."""


class TooSlow(RegistryError):
    """A request body that trickles in more slowly than we wait for."""


class UnsupportedMedia(RegistryError):
    """A request body of a kind that we do not take."""
