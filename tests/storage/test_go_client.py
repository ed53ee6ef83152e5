"""The real go command reads a volume as a plain folder: GOPROXY=file://<volume>."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gomod_storage import ModuleStore
from tests.storage.modules import pack, publish

PATH = "git.example.com/Team/lib"
LIBRARY = 'package lib\n\nfunc Hello() string {{ return "hello from {version}" }}\n'
PROGRAM = f'package main\n\nimport lib "{PATH}"\n\nfunc main() {{ println(lib.Hello()) }}\n'


@pytest.fixture
def go() -> str:
    """The go command of the virtual environment, or the machine's."""
    found = shutil.which("go", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip("needs the go command")
    return found


async def test_go_builds_with_a_module_from_the_plain_folder(
    volume: ModuleStore, root: Path, tmp_path: Path, go: str
) -> None:
    for version in ("v1.9.0", "v1.10.0", "v1.11.0-RC.1"):
        await publish(volume, pack(PATH, version, LIBRARY.format(version=version)))
    await publish(volume, pack(f"{PATH}/v2", "v2.0.0-20260102030405-0123456789ab", LIBRARY.format(version="v2")))
    program = tmp_path / "program"
    program.mkdir()
    (program / "main.go").write_text(PROGRAM)
    (program / "go.mod").write_text("module example.com/program\n\ngo 1.21\n")
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],  # where go keeps what it built of its own library
        "GOENV": "off",
        "GOPROXY": root.as_uri(),
        "GONOSUMDB": "*",
        "GOFLAGS": "-mod=mod -modcacherw",
        "GOMODCACHE": str(tmp_path / "modcache"),
        "GOTOOLCHAIN": "local",
    }

    def run(*arguments: str) -> str:
        ended = subprocess.run(
            [go, *arguments], cwd=program, env=environ, capture_output=True, text=True, check=False, timeout=300
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout + ended.stderr

    assert run("list", "-m", "-versions", PATH) == f"{PATH} v1.9.0 v1.10.0 v1.11.0-RC.1\n"
    run("get", f"{PATH}@latest")
    assert run("run", ".") == "hello from v1.10.0\n"
    run("get", f"{PATH}@v1.11.0-RC.1")
    assert run("run", ".") == "hello from v1.11.0-RC.1\n"
    assert run("list", "-m", f"{PATH}/v2@latest") == f"{PATH}/v2 v2.0.0-20260102030405-0123456789ab\n"
