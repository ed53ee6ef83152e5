"""Many violations as one error that stays readable."""

from gomod.errors import InvalidModule, Violation

_SHOWN = 100


def invalid_module(violations: list[Violation]) -> InvalidModule:
    """The error to raise for them: the first hundred, and how many more there are."""
    shown = violations[:_SHOWN]
    if more := len(violations) - len(shown):
        shown.append(Violation("more-violations", f"and {more} more"))
    return InvalidModule(tuple(shown))
