"""What gomod-publish says before it sends anything is what the uploader would say: the same rules, all at once."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from gomod.errors import InvalidModule, Violation
from gomod.layout import file_name
from gomod.module import ModuleVersion
from gomod_publish.packed import find_packed
from gomod_storage.store import Staging
from gomod_uploader.receive import Submission
from gomod_uploader.validate import validate

MODULE = ModuleVersion("go.example.test/pay", "v1.2.4-0.20261123100000-0123456789ab")
GO_MOD = b"module go.example.test/pay\n"
INFO = b'{"Version":"v1.2.4-0.20261123100000-0123456789ab","Time":"2026-11-23T10:00:00Z"}'


def zip_of(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(f"{MODULE}/{name}", data)
    return buffer.getvalue()


def ours(folder: Path, info: bytes, mod: bytes, archive: bytes) -> tuple[Violation, ...]:
    """What the client says of a packed version."""
    for kind, data in {"info": info, "mod": mod, "zip": archive}.items():
        path = folder / file_name(MODULE, kind)  # type: ignore[arg-type]  # the three kinds
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    try:
        find_packed(folder)
    except InvalidModule as error:
        return error.violations
    return ()


def theirs(folder: Path, info: bytes, mod: bytes, archive: bytes) -> tuple[Violation, ...]:
    """What the uploader says of the same three parts."""
    folder.mkdir()
    staging = Staging(folder)
    for path, data in ((staging.info, info), (staging.mod, mod), (staging.zip, archive)):
        path.write_bytes(data)
    try:
        validate(Submission(MODULE.path, MODULE.version, staging, {}))
    except InvalidModule as error:
        return error.violations
    return ()


@pytest.mark.parametrize(
    ("info", "mod", "archive", "codes"),
    [
        (INFO, GO_MOD, zip_of({"go.mod": GO_MOD}), []),
        (INFO, GO_MOD, zip_of({"pay.go": b"package pay\n"}), []),  # go makes up the go.mod
        (INFO.replace(b"10:00:00Z", b"10:00:01Z"), GO_MOD, zip_of({"go.mod": GO_MOD}), ["info-time"]),
        (b"{}", b"", b"no zip", ["info", "mod-module", "zip-format"]),
        (
            INFO.replace(b"v1.2.4", b"v1.2.5"),
            b"module go.example.test/other\n",
            zip_of({"go.mod": GO_MOD, "aux.txt": b"", "a?.go": b"", "x/go.mod": b""}),
            ["info-version", "mod-module", "path-invalid", "path-invalid", "go-mod-nested"],
        ),
    ],
)
def test_the_client_and_the_uploader_say_the_same(
    tmp_path: Path, info: bytes, mod: bytes, archive: bytes, codes: list[str]
) -> None:
    said = ours(tmp_path / "out", info, mod, archive)
    assert [each.code for each in said] == codes
    assert said == theirs(tmp_path / "staging", info, mod, archive)
