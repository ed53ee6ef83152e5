"""What a version consists of: go, downloading the same commit, must come to the same hashes."""

import os
import shutil
import time
import zipfile
from pathlib import Path

import pytest

from gomod.dirhash import hash_zip
from gomod.errors import InvalidModule
from gomod_publish.errors import NotPublishable
from gomod_publish.pack import pack
from gomod_publish.packed import Packed
from gomod_publish.source import read_source
from tests.publish.conftest import HOST_PATH
from tests.publish.repository import DirectGo, GitRepository, git

GO_MOD = f"module {HOST_PATH}\n\ngo 1.21\n"
GO_MOD_SUB = f"module {HOST_PATH}/sub\n\ngo 1.21\n"


def packed_as_go_does(folder: Path, out: Path, go: DirectGo) -> Packed:
    """Pack a folder, assert that go gets the same from the same commit, file for file and in the same order."""
    packed = pack(read_source(folder), out)
    theirs = go.download(packed.module.path, packed.info.origin.hash if packed.info.origin else "")
    assert packed.module.version == theirs.version
    assert names(packed.file("zip")) == names(theirs.zip)
    assert packed.h1 == theirs.h1
    assert packed.file("mod").read_bytes() == theirs.mod
    return packed


def names(zip_file: Path) -> list[str]:
    """The names in a zip."""
    with zipfile.ZipFile(zip_file) as archive:
        return archive.namelist()


def contents(packed: Packed) -> dict[str, bytes]:
    """The files in a version's zip, without its prefix."""
    with zipfile.ZipFile(packed.file("zip")) as archive:
        return {name.removeprefix(f"{packed.module}/"): archive.read(name) for name in archive.namelist()}


def test_a_module_with_all_that_go_leaves_out(repository: GitRepository, go: DirectGo, tmp_path: Path) -> None:
    (repository.path / "link.go").symlink_to("a.go")
    repository.commit(
        {
            "go.mod": GO_MOD,
            "a.go": "package a\n",
            "b/b.go": "package b\n",
            "b.go": "package a\n",
            "b-c/x.go": "package bc\n",
            ".hidden": "kept",
            "binary.dat": bytes(range(256)) * 100,
            "empty": "",
            "with space (1).txt": "kept",
            "ünïcode/ß.txt": "kept",
            "nested/go.mod": f"module {HOST_PATH}/nested\n",
            "nested/n.go": "package n\n",
            "vendor/x.test/y/y.go": "package y\n",
            "vendor/modules.txt": "# x.test/y v1.0.0\n",
            "a/very/long/" + "path/" * 30 + "name.txt": "kept",
        }
    )
    packed = packed_as_go_does(repository.path, tmp_path / "out", go)
    assert set(contents(packed)) >= {"go.mod", ".hidden", "with space (1).txt", "ünïcode/ß.txt", "vendor/modules.txt"}
    assert not set(contents(packed)) & {"link.go", "nested/go.mod", "nested/n.go", "vendor/x.test/y/y.go"}


def test_a_module_in_a_folder_gets_the_license_of_the_root(
    repository: GitRepository, go: DirectGo, tmp_path: Path
) -> None:
    repository.commit({"LICENSE": "of the root", "sub/go.mod": GO_MOD_SUB, "sub/z.go": "package sub\n"})
    packed = packed_as_go_does(repository.path / "sub", tmp_path / "out", go)
    assert contents(packed)["LICENSE"] == b"of the root"


def test_a_module_in_a_folder_keeps_its_own_license(repository: GitRepository, go: DirectGo, tmp_path: Path) -> None:
    repository.commit({"LICENSE": "of the root", "sub/go.mod": GO_MOD_SUB, "sub/LICENSE": "its own"})
    packed = packed_as_go_does(repository.path / "sub", tmp_path / "out", go)
    assert contents(packed)["LICENSE"] == b"its own"


def test_major_version_2_in_its_folder(repository: GitRepository, go: DirectGo, tmp_path: Path) -> None:
    v2 = {"v2/go.mod": f"module {HOST_PATH}/v2\n", "v2/a.go": "package a\n"}
    repository.commit({"go.mod": GO_MOD, "a.go": "package a\n", "LICENSE": "free", **v2}, "v2.0.0")
    assert set(contents(packed_as_go_does(repository.path / "v2", tmp_path / "out", go))) == {
        "go.mod",
        "a.go",
        "LICENSE",
    }


def test_line_ends_follow_the_attributes_in_the_commit(repository: GitRepository, go: DirectGo, tmp_path: Path) -> None:
    attributes = "*.bat text eol=crlf\n*.txt text\n"
    repository.commit({"go.mod": GO_MOD, ".gitattributes": attributes, "run.bat": "a\nb\n", "note.txt": "a\nb\n"})
    found = contents(packed_as_go_does(repository.path, tmp_path / "out", go))
    assert (found["run.bat"], found["note.txt"]) == (b"a\r\nb\r\n", b"a\nb\n")


@pytest.mark.parametrize("attribute", ["text=auto eol=crlf", "text eol=crlf", "ident"])
@pytest.mark.parametrize("subdir", ["", "sub/"])
def test_a_go_mod_that_git_archives_otherwise_than_it_is_committed_is_refused(
    repository: GitRepository, go: DirectGo, tmp_path: Path, attribute: str, subdir: str
) -> None:
    path = f"{HOST_PATH}/{subdir}".removesuffix("/")
    go_mod = f"module {path} // $Id$\n\ngo 1.21\n".encode()
    repository.commit({".gitattributes": f"* {attribute}\n", f"{subdir}go.mod": go_mod})
    # go's own zip has another go.mod than its .mod, which no registry could hold together.
    theirs = go.download(path, "main")
    with zipfile.ZipFile(theirs.zip) as archive:
        assert archive.read(f"{path}@{theirs.version}/go.mod") != theirs.mod == go_mod
    with pytest.raises(NotPublishable, match=r"the line `go\.mod text eol=lf -ident` .*\.gitattributes"):
        pack(read_source(repository.path / subdir), tmp_path / "out")
    repository.commit({".gitattributes": f"* {attribute}\ngo.mod text eol=lf -ident\n"})
    assert contents(packed_as_go_does(repository.path / subdir, tmp_path / "out", go))["go.mod"] == go_mod


def test_a_go_mod_that_is_committed_with_crlf_is_packed_as_it_is(
    repository: GitRepository, go: DirectGo, tmp_path: Path
) -> None:
    go_mod = GO_MOD.replace("\n", "\r\n")
    repository.commit({"go.mod": go_mod, ".gitattributes": "go.mod -text\n* eol=crlf\n"})
    assert contents(packed_as_go_does(repository.path, tmp_path / "out", go))["go.mod"] == go_mod.encode()


def test_nothing_is_substituted_or_left_out_for_an_export(
    repository: GitRepository, go: DirectGo, tmp_path: Path
) -> None:
    attributes = "version.go export-subst\n*_test.go export-ignore\n"
    source = "package a // $Format:%H$\n"
    repository.commit(
        {"go.mod": GO_MOD, ".gitattributes": attributes, "version.go": source, "a_test.go": "package a\n"}
    )
    found = contents(packed_as_go_does(repository.path, tmp_path / "out", go))
    assert found["version.go"] == source.encode()
    assert "a_test.go" in found


def test_settings_of_this_clone_and_this_person_do_not_count(
    repository: GitRepository, go: DirectGo, tmp_path: Path
) -> None:
    repository.commit({"go.mod": GO_MOD, "note.txt": "a\nb\n", "a.go": "package a\n"})
    (repository.path / ".git/info/attributes").write_text("*.txt text eol=crlf\na.go filter=shout\n")
    repository.git("config", "--global", "filter.shout.smudge", "tr a-z A-Z")
    repository.git("config", "--global", "core.autocrlf", "true")
    found = contents(packed_as_go_does(repository.path, tmp_path / "out", go))
    assert (found["note.txt"], found["a.go"]) == (b"a\nb\n", b"package a\n")


def test_replaced_commits_of_this_clone_do_not_count(repository: GitRepository, go: DirectGo, tmp_path: Path) -> None:
    first = repository.commit({"go.mod": GO_MOD, "a.go": "package a // first\n"})
    second = repository.commit({"a.go": "package a // second\n"})
    repository.git("replace", second, first)
    repository.git("checkout", "--quiet", "--force", second)
    repository.git("--no-replace-objects", "reset", "--quiet", "--hard", second)
    found = contents(packed_as_go_does(repository.path, tmp_path / "out", go))
    assert found["a.go"] == b"package a // second\n"


def test_submodules_are_left_out(repository: GitRepository, go: DirectGo, tmp_path: Path) -> None:
    other = GitRepository(tmp_path / "other")
    other.commit({"x.txt": "x"})
    repository.commit({"go.mod": GO_MOD})
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.path), "other")
    repository.commit({})
    assert "other/x.txt" not in contents(packed_as_go_does(repository.path, tmp_path / "out", go))


def test_the_same_commit_gives_the_same_bytes(repository: GitRepository, tmp_path: Path) -> None:
    repository.commit({"go.mod": GO_MOD, "a.go": "package a\n", "b/b.sh": "exit\n"}, "v1.0.0")
    first = pack(read_source(repository.path), tmp_path / "first")
    clone = repository.clone(tmp_path / "clone", "--branch=main", "--config=core.autocrlf=true")
    git(clone, "remote", "set-url", "origin", "https://go.example.test/repo")
    os.utime(clone / "a.go", (0, time.time()))
    (clone / "b/b.sh").chmod(0o755)
    git(clone, "config", "core.fileMode", "false")
    second = pack(read_source(clone), tmp_path / "second")
    for kind in ("info", "mod", "zip"):
        assert first.file(kind).read_bytes() == second.file(kind).read_bytes()


def test_packing_again_replaces_the_files(repository: GitRepository, tmp_path: Path) -> None:
    repository.commit({"go.mod": GO_MOD}, "v1.0.0")
    pack(read_source(repository.path), tmp_path / "out")
    repository.git("tag", "--delete", "v1.0.0")
    repository.commit({"a.go": "package a\n"}, "v1.0.0")
    again = pack(read_source(repository.path), tmp_path / "out")
    assert "a.go" in contents(again)


def test_a_shallow_clone_packs_like_a_whole_one(repository: GitRepository, tmp_path: Path) -> None:
    repository.commit({"go.mod": GO_MOD})
    repository.commit({"a.go": "package a\n"}, "v1.0.0")
    whole = pack(read_source(repository.path), tmp_path / "whole")
    clone = repository.clone(tmp_path / "clone", "--depth=1", "--branch=v1.0.0")
    assert pack(read_source(clone), tmp_path / "out").h1 == whole.h1


def test_a_clone_that_left_files_out_packs_like_a_whole_one(repository: GitRepository, tmp_path: Path) -> None:
    # As actions/checkout clones with `sparse-checkout`.
    repository.git("config", "uploadpack.allowFilter", "true")
    files = {"go.mod": GO_MOD_SUB, "a.go": "package sub\n", "b/b.go": "package b\n", "c/big.txt": "x" * 100_000}
    repository.commit({f"sub/{name}": text for name, text in files.items()} | {"LICENSE": "free"}, "sub/v1.0.0")
    whole = pack(read_source(repository.path / "sub"), tmp_path / "whole")
    clone = repository.clone(tmp_path / "clone", "--filter=blob:none", "--sparse")
    git(clone, "sparse-checkout", "set", "sub/b")
    assert not (clone / "sub" / "c").exists()
    assert pack(read_source(clone / "sub"), tmp_path / "out").h1 == whole.h1


def test_a_clone_that_lacks_files_and_can_not_get_them_says_so(repository: GitRepository, tmp_path: Path) -> None:
    repository.git("config", "uploadpack.allowFilter", "true")
    repository.commit({"go.mod": GO_MOD, "b/b.go": "package b\n"}, "v1.0.0")
    clone = repository.clone(tmp_path / "clone", "--filter=blob:none", "--sparse")
    shutil.rmtree(repository.path)
    with pytest.raises(NotPublishable, match="git could not archive"):
        pack(read_source(clone), tmp_path / "out")


def test_a_repository_with_sha256_hashes(tmp_path: Path) -> None:
    path = tmp_path / "sha256"
    path.mkdir()
    git(path, "init", "--quiet", "--object-format=sha256")
    (path / "go.mod").write_text(GO_MOD)
    git(path, "add", "go.mod")
    git(path, "commit", "--quiet", "--message=first")
    commit = git(path, "rev-parse", "HEAD").strip()
    assert len(commit) == 64
    assert pack(read_source(path), tmp_path / "out").module.version.endswith(f"-{commit[:12]}")


def test_every_broken_rule_of_the_tree_is_named(repository: GitRepository, tmp_path: Path) -> None:
    repository.commit({"go.mod": GO_MOD, "Same.txt": "1", "same.txt": "2", "bad?.txt": "3", "aux.go": "package a\n"})
    with pytest.raises(InvalidModule) as refused:
        pack(read_source(repository.path), tmp_path / "out")
    told = " ".join(violation.message for violation in refused.value.violations)
    assert "same.txt" in told
    assert "bad?.txt" in told
    assert "aux.go" in told
    assert not list((tmp_path / "out").rglob("*.zip"))


def test_a_module_in_a_folder_whose_name_begins_with_a_dash(
    repository: GitRepository, go: DirectGo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit({"-sub/go.mod": f"module {HOST_PATH}/-sub\n", "-sub/a.go": "package a\n"}, "v1.0.0")
    monkeypatch.chdir(repository.path)
    assert set(contents(packed_as_go_does(Path("-sub"), tmp_path / "out", go))) == {"go.mod", "a.go"}


def test_a_name_that_is_not_utf_8_is_a_broken_rule(repository: GitRepository, tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(repository.path) + b"/caf\xe9.txt")).write_text("latin-1")
    repository.commit({"go.mod": GO_MOD})
    with pytest.raises(InvalidModule, match="caf"):
        pack(read_source(repository.path), tmp_path / "out")


def test_files_that_do_not_belong_together_are_refused(repository: GitRepository, tmp_path: Path) -> None:
    repository.commit({"go.mod": GO_MOD}, "v1.0.0")
    packed = pack(read_source(repository.path), tmp_path / "out")
    packed.file("mod").write_text(GO_MOD + "// changed\n")
    packed.file("info").write_text('{"Version":"v1.0.1","Time":"2024-01-02T00:00:00Z"}')
    with pytest.raises(InvalidModule) as refused:
        Packed.read(packed.folder, packed.module)
    assert [each.code for each in refused.value.violations] == ["info-version", "mod-differs"]
    packed.file("mod").unlink()
    with pytest.raises(NotPublishable, match="is missing"):
        Packed.read(packed.folder, packed.module)


def test_no_temporary_files_stay(repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    repository.commit({"go.mod": GO_MOD})
    before = git(repository.path, "status", "--porcelain", "--ignored")
    pack(read_source(repository.path), tmp_path / "out")
    assert list(scratch.iterdir()) == []
    assert git(repository.path, "status", "--porcelain", "--ignored") == before


def test_a_read_only_clone_can_be_packed(repository: GitRepository, tmp_path: Path) -> None:
    repository.commit({"go.mod": GO_MOD, "a.go": "package a\n"}, "v1.0.0")
    copy = tmp_path / "copy"
    shutil.copytree(repository.path, copy)
    before = {path: path.stat().st_mtime_ns for path in (copy / ".git").rglob("*")}
    packed = pack(read_source(copy), tmp_path / "out")
    assert hash_zip(packed.file("zip")) == packed.h1
    assert {path: path.stat().st_mtime_ns for path in (copy / ".git").rglob("*")} == before
