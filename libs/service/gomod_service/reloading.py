"""A small configuration file that is read again when it changes; the last good reading holds while it is broken."""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from gomod_service.observability import RELOAD_FAILURES
from gomod_service.settings import SettingsError

log = structlog.get_logger(__name__)

T = TypeVar("T")

_Fingerprint = tuple[int, int, int]


class ReloadingFile(Generic[T]):
    """What a file says now. `parse` raises SettingsError naming everything that is wrong with the bytes.

    `kind` names the file in the log and in the metric. It costs one stat(2) a question, and a file that Kubernetes
    swaps by symbolic link is another inode: no watcher is needed. Raises SettingsError when the first reading fails.
    """

    def __init__(self, path: Path, kind: str, parse: Callable[[bytes], T]) -> None:
        self._path = path
        self._kind = kind
        RELOAD_FAILURES.labels(kind)  # 0 from the start, or Prometheus sees no increase in the first one
        self._parse = parse
        self._fingerprint = self._look()
        try:
            self._value = parse(path.read_bytes())
        except OSError as error:
            raise SettingsError(f"the {kind} file {path} can't be read: {error.strerror}") from error
        except SettingsError as error:
            raise SettingsError(f"the {kind} file {path} is wrong:\n{error}") from error

    def current(self) -> T:
        """The newest good reading."""
        # Looked at before it is read: what is written in between changes the fingerprint, and is read next time.
        fingerprint = self._look()
        if fingerprint != self._fingerprint:
            self._fingerprint = fingerprint
            self._reload()
        return self._value

    def _look(self) -> _Fingerprint | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_ino, stat.st_mtime_ns, stat.st_size

    def _reload(self) -> None:
        try:
            self._value = self._parse(self._path.read_bytes())
        except OSError as error:
            self._fingerprint = None  # it may be readable in a moment, without having changed
            self._keep(error.strerror or str(error))
        except SettingsError as error:
            self._keep(str(error))
        else:
            log.info("file_reloaded", kind=self._kind, file=str(self._path))

    def _keep(self, problem: str) -> None:
        RELOAD_FAILURES.labels(self._kind).inc()
        log.error("file_not_reloaded", kind=self._kind, file=str(self._path), problem=problem)
