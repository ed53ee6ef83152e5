"""What only the operator's commands can run into; the rest of the tree is gomod.errors."""

from gomod.errors import RegistryError


class NotTaken(RegistryError):
    """A version of a foreign tree that is not taken in, for a reason that is no rule of Go modules."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
