"""What only the publishing side can run into; the rest of the tree is gomod.errors."""

from gomod.errors import RegistryError, UpstreamError, Violation


class NotPublishable(RegistryError):
    """The work tree is not one that a version can be made from; the message says what to do."""


class NoToken(RegistryError):
    """The token to publish with can't be had from where it should come."""


class Refused(RegistryError):
    """The registry understood and said no: a token, a right, a rule. The message is the registry's own."""

    def __init__(self, message: str, *, violations: tuple[Violation, ...] = ()) -> None:
        super().__init__(message)
        self.violations = violations


class TryAgain(UpstreamError):
    """The registry is out of reach or busy just now; the same request may succeed in a moment."""

    def __init__(self, message: str, *, after_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.after_seconds = after_seconds  # what the registry asked for


class NotServed(RegistryError):
    """The registry took a version and then did not serve it, or served something else."""


class SmokeFailed(RegistryError):
    """What was published is not fit for use; the report of the checks says what is wrong."""


class NotPinned(RegistryError):
    """A consumer's go.mod could not be made to require what was published."""


class Drifted(RegistryError):
    """ConfigMap, registry and files do not say the same."""
