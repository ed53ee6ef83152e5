"""The h1 of files, folders and zips."""

from io import BytesIO
from pathlib import Path

import pytest

from gomod.dirhash import hash1, hash_dir, hash_go_mod, hash_zip
from gomod.errors import InvalidModule, InvalidPath, Unavailable
from tests.gomod.oracle import Oracle
from tests.gomod.zips import MODULE, module_zip

EMPTY = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="  # SHA-256 of nothing


def test_a_folder_and_its_zip_have_the_same_hash(tmp_path: Path, oracle: Oracle) -> None:
    files = {"go.mod": b"module a.b/c\n", "d/x.go": b"package d\n", "e\u0301 \udcff": b""}
    for name, data in files.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(data)
    zipped = module_zip(tmp_path / "x.zip", str(MODULE), files)
    assert hash_dir(tmp_path / "tree", str(MODULE)) == hash_zip(zipped) == oracle.ask_one("hash_zip", str(zipped)).value


def test_the_hash_of_a_go_mod_is_that_of_a_file_of_this_name(oracle: Oracle) -> None:
    for data in (b"", b"module a.b/c\r\n", b"\xef\xbb\xbfmodule x\n\xff"):
        assert hash_go_mod(data) == oracle.ask_one("hash1", ["go.mod"], [data]).value


def test_the_order_of_names_is_that_of_their_bytes(oracle: Oracle) -> None:
    names = ["b", "a", "B", "\U0001f600", "\uffee", "\udcff", "a/b", "a-b"]
    ours = hash1(names, lambda name: BytesIO(name.encode("utf-8", "surrogateescape")))
    assert ours == oracle.ask_one("hash1", names, names).value


def test_a_folder_that_is_empty_has_the_hash_of_nothing(tmp_path: Path) -> None:
    assert hash_dir(tmp_path, "x") == EMPTY


def test_a_name_with_a_newline_has_no_hash() -> None:
    with pytest.raises(InvalidPath):
        hash1(["a\nb"], lambda _: BytesIO())


def test_what_is_no_zip_or_can_not_be_read_has_no_hash(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK")
    with pytest.raises(InvalidModule):
        hash_zip(tmp_path / "x.zip")
    with pytest.raises(Unavailable):
        hash_zip(tmp_path / "nowhere.zip")
    (tmp_path / "dangling").symlink_to("nowhere")
    with pytest.raises(Unavailable):
        hash_dir(tmp_path, "x")
