"""Tools kept outside the repository, one folder for each version of each, made when missing."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class ToolError(Exception):
    """A tool could not be made; the text says which, and what failed."""


@dataclass(frozen=True, slots=True)
class Tool:
    """Something to run (or to read, like schemas), and how it is made."""

    name: str
    version: str
    make: Callable[[Path, "Toolbox"], None]  # fills an empty folder; raises ToolError
    heavy: bool = False  # minutes of compiling: only made when asked for by name

    @property
    def folder(self) -> str:
        """Its folder in the cache; another version never takes the place of this one."""
        return f"{self.name}-{self.version}"


class Toolbox:
    """The cache folder and the tools that can be in it."""

    def __init__(self, folder: Path, tools: Mapping[str, Tool]) -> None:
        self.folder = folder
        self.tools = tools

    def find(self, name: str) -> Path | None:
        """The folder of a tool, when it has been made."""
        folder = self.folder / self.tools[name].folder
        return folder if folder.is_dir() else None

    def ensure(self, name: str) -> Path:
        """The folder of a tool, made now when it is missing. Raises ToolError."""
        tool = self.tools[name]
        target = self.folder / tool.folder
        if target.is_dir():
            return target
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone(tool):
            if not target.is_dir():
                work = Path(tempfile.mkdtemp(dir=self.folder, prefix=f".{tool.folder}-"))
                work.chmod(0o755)
                try:
                    tool.make(work, self)
                    work.rename(target)  # whole or not there: a tool half made is never found
                finally:
                    shutil.rmtree(work, ignore_errors=True)
        return target

    @contextmanager
    def _alone(self, tool: Tool) -> Iterator[None]:
        with (self.folder / f".{tool.folder}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the tools are kept: outside the repository, so that a fresh clone finds them."""
    base = environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "gomod-registry" / "tools"
