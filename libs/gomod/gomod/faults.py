"""The broken rules of one thing, gathered so that whoever made it hears of all of them at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from gomod.errors import InvalidModule, Malformed, Violation


class Faults:
    """What was found so far."""

    def __init__(self) -> None:
        self._violations: list[Violation] = []

    def __len__(self) -> int:
        return len(self._violations)

    def add(self, code: str, message: str) -> None:
        """One more broken rule."""
        self._violations.append(Violation(code, message))

    @contextmanager
    def caught(self, code: str) -> Iterator[None]:
        """What is malformed inside is a broken rule, and the judging goes on after it."""
        try:
            yield
        except InvalidModule as error:
            self._violations += error.violations
        except Malformed as error:
            self.add(code, str(error))

    def raise_any(self) -> None:
        """Raise InvalidModule when there is a fault."""
        if self._violations:
            raise InvalidModule(tuple(self._violations))
