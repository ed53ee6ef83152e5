"""Folders that last until everything is measured."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory


def scratch(stack: ExitStack) -> Path:
    """A new folder, deleted when the stack is closed."""
    return Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
