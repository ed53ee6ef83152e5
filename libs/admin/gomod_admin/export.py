"""Writes a bundle: one file with everything that a build needs, out of a store, for another one far away."""

import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from anyio import to_thread
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gomod.dirhash import hash_go_mod, hash_zip
from gomod.errors import InvalidModule, NotFound
from gomod.module import ModuleVersion
from gomod_admin.errors import NotExportable
from gomod_admin.gosum import GoSum, HashedKind, format_go_sum
from gomod_admin.manifest import GO_SUM, MANIFEST, SIGNATURE, format_manifest
from gomod_admin.wanted import WantedFile
from gomod_storage import ModuleStore


async def export(
    store: ModuleStore,
    files: Sequence[WantedFile],
    go_sum: GoSum,
    out: Path,
    key: Ed25519PrivateKey | None,
    step: Callable[[str], None],
) -> None:
    """Write the bundle, whole or not at all; the same files make the same bytes.

    Everything is read twice: its manifest comes first, so that a reader knows what to believe before it reads on.
    Raises NotExportable naming all that is missing, or that is not what go.sum says; Unavailable and OSError.
    """
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as folder:
        export = _Export(store, Path(folder))
        digests, sums = await export.survey(files, go_sum, step)
        lines = format_go_sum(sums)
        manifest = format_manifest({GO_SUM: hashlib.sha256(lines).hexdigest(), **digests})
        bundle = Path(folder) / "bundle"
        with tarfile.open(bundle, "w", format=tarfile.PAX_FORMAT) as archive:
            _add(archive, MANIFEST, io.BytesIO(manifest), len(manifest))
            if key is not None:
                signature = key.sign(manifest)
                _add(archive, SIGNATURE, io.BytesIO(signature), len(signature))
            _add(archive, GO_SUM, io.BytesIO(lines), len(lines))
            for file in files:
                step(file.name)
                copy = await export.copy(file)
                with copy.open("rb") as content:
                    await to_thread.run_sync(_add, archive, file.name, content, copy.stat().st_size)
        with bundle.open("rb") as written:
            os.fsync(written.fileno())
        bundle.replace(out)


class _Export:
    """Copies of stored files, one at a time, in a folder to work in."""

    def __init__(self, store: ModuleStore, folder: Path) -> None:
        self._store = store
        self._folder = folder

    async def survey(
        self, files: Sequence[WantedFile], go_sum: GoSum, step: Callable[[str], None]
    ) -> tuple[dict[str, str], GoSum]:
        """The SHA-256 of every file by its name, and a go.sum of exactly these files."""
        digests: dict[str, str] = {}
        found: dict[HashedKind, dict[ModuleVersion, str]] = {"zip": {}, "mod": {}}
        problems: list[str] = []
        for file in files:
            step(file.name)
            try:
                copy = await self.copy(file)
                digests[file.name] = await to_thread.run_sync(_digest, copy)
                if file.kind != "info":
                    expected = go_sum.of(file.kind).get(file.module)
                    found[file.kind][file.module] = await to_thread.run_sync(_h1, copy, file.kind, expected)
            except NotFound:
                problems.append(f"{file.module}: its {file.kind} is not stored")
            except (InvalidModule, NotExportable) as error:
                problems.append(f"{file.module}: its {file.kind} is not what it should be: {error}")
        if problems:
            raise NotExportable("\n".join(problems))
        return digests, GoSum(found["zip"], found["mod"])

    async def copy(self, file: WantedFile) -> Path:
        """A copy of the file, until the next one. Raises NotFound."""
        target = self._folder / "file"
        with target.open("wb") as copy:
            if file.kind == "zip":
                blob = await self._store.zip(file.module)
                async for chunk in blob.chunks(0, blob.size):
                    await to_thread.run_sync(copy.write, chunk)
            else:
                copy.write((await self._store.document(file.module, file.kind)).data)
        return target


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _h1(file: Path, kind: HashedKind, expected: str | None) -> str:
    """The hash that go.sum expects, if it expects one. Raises NotExportable, and InvalidModule for a damaged zip."""
    h1 = hash_zip(file) if kind == "zip" else hash_go_mod(file.read_bytes())
    if expected not in (None, h1):
        raise NotExportable(f"it has {h1}, and go.sum says {expected}")
    return h1


def _add(archive: tarfile.TarFile, name: str, content: BinaryIO, size: int) -> None:
    """A file of nobody's, from no time: its name and its bytes are all that it is."""
    entry = tarfile.TarInfo(name)
    entry.size = size
    entry.mode = 0o644
    archive.addfile(entry, content)
