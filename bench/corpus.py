"""The modules that every server under test serves: a tree of files, as a static GOPROXY has it."""

import json
import os
import random
import zipfile
from dataclasses import dataclass
from pathlib import Path

TIME = "2024-01-02T03:04:05Z"
MODULES = 181  # as many, and as large together, as a program on helm.sh/helm/v3 needs
TOTAL_BYTES = 117 << 20
LONG_LIST = 10_000

SMALL = "bench.example/small"
ZIP_32K = "bench.example/zip32k"
ZIP_3600K = "bench.example/zip3600k"
LONG = "bench.example/long"


@dataclass(frozen=True, slots=True)
class Corpus:
    """Where the tree is, and the URL paths of the many modules."""

    root: Path
    many: tuple[str, ...]


def make_corpus(root: Path) -> Corpus:
    """Write the tree. The same sizes each time; the bytes are random, for a server may compress."""
    sizes = random.Random(1)
    _module(root, SMALL, ["v1.0.0"], 1000)
    _module(root, ZIP_32K, ["v1.0.0"], 32 << 10)
    _module(root, ZIP_3600K, ["v1.0.0"], 3600 << 10)
    _module(root, LONG, [f"v1.{number}.0" for number in range(LONG_LIST)], 1000)
    weights = [sizes.lognormvariate(0, 1.6) for _ in range(MODULES)]
    many: list[str] = []
    for number, weight in enumerate(weights):
        path = f"bench.example/many/m{number}"
        _module(root, path, ["v1.0.0"], int(weight / sum(weights) * TOTAL_BYTES))
        many += [f"/{path}/@v/v1.0.0.{kind}" for kind in ("info", "mod", "zip")]
    return Corpus(root, tuple(many))


def go_mod(path: str) -> bytes:
    """The go.mod of a module that needs nothing."""
    return f"module {path}\n\ngo 1.21\n".encode()


def write_zip(file: Path, path: str, version: str, size: int) -> None:
    """A module zip with about `size` random bytes in it."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(f"{path}@{version}/go.mod", go_mod(path))
        archive.writestr(f"{path}@{version}/data.bin", os.urandom(size))


def _module(root: Path, path: str, versions: list[str], size: int) -> None:
    folder = root / path / "@v"
    folder.mkdir(parents=True)
    (folder / "list").write_text("".join(f"{version}\n" for version in versions))
    info = json.dumps({"Version": versions[-1], "Time": TIME})
    (root / path / "@latest").write_text(info)
    # Of a long list only the last version is ever asked for.
    (folder / f"{versions[-1]}.info").write_text(info)
    (folder / f"{versions[-1]}.mod").write_bytes(go_mod(path))
    write_zip(folder / f"{versions[-1]}.zip", path, versions[-1], size)
