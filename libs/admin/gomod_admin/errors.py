"""What only the operator's commands can run into; the rest of the tree is gomod.errors."""

from gomod.errors import RegistryError


class NotTaken(RegistryError):
    """A version of a foreign tree that is not taken in, for a reason that is no rule of Go modules."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class BadBundle(RegistryError):
    """A bundle that is not what was exported: damaged, changed, or not signed by who should have signed it."""

    def __init__(self, message: str) -> None:
        super().__init__(f"the bundle is not taken in, nothing of it was: {message}")


class NotExportable(RegistryError):
    """A build's files that are not all in the store, or not as its go.sum has them."""
