"""Which versions are right as a whole, and what is said of the others; what is in each part has tests of its own."""

from pathlib import Path

import pytest

from gomod.dirhash import hash_go_mod, hash_zip
from gomod.errors import InvalidModule
from gomod.module import ModuleVersion
from gomod.submission import CheckedModule, check_submission
from tests.uploader.sample import MODULE, VERSION, parts, zip_of

PSEUDO = "v1.2.4-0.20261123100000-0123456789ab"


def judge(folder: Path, sent: dict[str, bytes]) -> CheckedModule:
    zip_path = folder / "source.zip"
    zip_path.write_bytes(sent["zip"])
    module = ModuleVersion(sent["module"].decode(), sent["version"].decode())
    return check_submission(module, info=sent["info"], go_mod=sent["mod"], zip_path=zip_path)


def codes(tmp_path: Path, sent: dict[str, bytes]) -> list[str]:
    with pytest.raises(InvalidModule) as caught:
        judge(tmp_path, sent)
    return [violation.code for violation in caught.value.violations]


@pytest.mark.parametrize(
    ("module", "version", "time"),
    [
        (MODULE, VERSION, "2026-11-23T10:00:00Z"),
        (MODULE, "v0.0.1-rc.1", "2026-11-23T12:00:00.123456789+02:00"),
        (MODULE, PSEUDO, "2026-11-23T10:00:00Z"),
        (MODULE, PSEUDO, "2026-11-23T11:00:00.9+01:00"),
        (MODULE, "v0.0.0-20261123100000-0123456789ab", "2026-11-23T10:00:00Z"),
        (MODULE + "/v2", "v2.0.0", "2026-11-23T10:00:00Z"),
        (MODULE + "/v2", "v2.0.1-0.20261123100000-0123456789ab", "2026-11-23T10:00:00Z"),
    ],
)
def test_a_right_version_is_told_what_its_parts_say(tmp_path: Path, module: str, version: str, time: str) -> None:
    checked = judge(tmp_path, parts(module, version, time=time))
    assert (checked.module.path, checked.info.version) == (module, version)
    assert checked.h1 == hash_zip(tmp_path / "source.zip")
    assert checked.go_mod_h1 == hash_go_mod(checked.go_mod)


@pytest.mark.parametrize(
    ("module", "version", "expected"),
    [
        ("go.corp.example/Ünicode", VERSION, "module-path"),
        ("go.corp.example//x", VERSION, "module-path"),
        ("nodots/x", VERSION, "module-path"),
        ("", VERSION, "module-path"),
        ("go.corp.example/pay/v1.0.0/api", VERSION, "module-path"),
        (MODULE, "1.2.3", "module-version"),
        (MODULE, "v1.2", "module-version"),
        (MODULE, "v1.2.3+meta", "module-version"),
        (MODULE, "latest", "module-version"),
        (MODULE, "", "module-version"),
        (MODULE, "v1.2.3-0.20261323100000-0123456789ab", "module-version"),
        (MODULE, "v2.0.0", "module-version"),
        (MODULE + "/v2", "v1.0.0", "module-version"),
        (MODULE + "/v2", "v3.0.0", "module-version"),
    ],
)
def test_a_wrong_name_is_one_violation(tmp_path: Path, module: str, version: str, expected: str) -> None:
    # The go.mod and the .info can't name what has no name: what is said of them is left out here.
    assert [code for code in codes(tmp_path, parts(module, version)) if code.startswith("module")] == [expected]


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        (b"", "info"),
        (b"{}", "info"),
        (b"\xff", "info"),
        (b'{"Version":"v1.2.3"}', "info"),
        (b'{"Version":"v1.2.3","Time":"yesterday"}', "info"),
        (b'{"Version":"v1.2.4","Time":"2026-11-23T10:00:00Z"}', "info-version"),
    ],
)
def test_a_wrong_info_is_refused(tmp_path: Path, info: bytes, expected: str) -> None:
    assert codes(tmp_path, parts() | {"info": info}) == [expected]


@pytest.mark.parametrize("time", ["2026-11-23T10:00:01Z", "2026-11-23T10:00:00+01:00", "2025-11-23T10:00:00Z"])
def test_the_time_of_a_pseudo_version_is_the_time_of_its_info(tmp_path: Path, time: str) -> None:
    assert codes(tmp_path, parts(version=PSEUDO, time=time)) == ["info-time"]


@pytest.mark.parametrize(
    ("mod", "expected"),
    [
        (b"", ["mod-module", "mod-differs"]),
        (b"module go.corp.example/other\n", ["mod-module", "mod-differs"]),
        (b"module (\n", ["mod", "mod-differs"]),
        (b"module go.corp.example/pay/api\n", ["mod-differs"]),
    ],
)
def test_a_wrong_go_mod_is_refused(tmp_path: Path, mod: bytes, expected: list[str]) -> None:
    assert codes(tmp_path, parts() | {"mod": mod}) == expected


@pytest.mark.parametrize(
    "ending", [b"\n// \xef\xbb\xbf\n", b"\r\n", b"exclude go.corp.example/x v1.0.0\n", b"replace a.b/c => ../c\n"]
)
def test_a_go_mod_is_kept_as_it_was_written(tmp_path: Path, ending: bytes) -> None:
    go_mod = f"module {MODULE}\n".encode() + ending
    assert judge(tmp_path, parts() | {"mod": go_mod, "zip": zip_of({"go.mod": go_mod})}).go_mod == go_mod


def test_a_zip_without_a_go_mod_needs_a_synthesized_one(tmp_path: Path) -> None:
    bare = parts() | {"zip": zip_of({"api.go": b"package api\n"})}
    assert codes(tmp_path, bare) == ["mod-differs"]
    assert judge(tmp_path, bare | {"mod": f"module {MODULE}\n".encode()}).archive.go_mod is None


def test_an_incompatible_version_has_no_go_mod(tmp_path: Path) -> None:
    version = "v2.0.0+incompatible"
    sent = parts(version=version)
    assert codes(tmp_path, sent) == ["mod-incompatible"]
    bare = zip_of({"api.go": b"package api\n"}, f"{MODULE}@{version}/")
    judge(tmp_path, sent | {"zip": bare, "mod": f"module {MODULE}\n".encode()})


def test_faults_of_all_three_parts_are_told_at_once(tmp_path: Path) -> None:
    sent = parts(version=PSEUDO, time="2020-01-01T00:00:00Z")
    sent["info"] = sent["info"].replace(PSEUDO.encode(), b"v1.0.0")
    sent["mod"] = b"module go.corp.example/other\n"
    sent["zip"] = zip_of({"go.mod": b"", "../up": b"", "nul": b""}, f"{MODULE}@{PSEUDO}/")
    found = codes(tmp_path, sent)
    assert {"info-version", "info-time", "mod-module"} < set(found)
    assert len([code for code in found if not code.startswith(("info", "mod"))]) >= 2
