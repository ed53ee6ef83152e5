"""Which submissions are right, and what is said of the others; the rules themselves are tested in tests/gomod."""

from pathlib import Path

import pytest

from gomod.errors import InvalidModule
from gomod_storage.store import Staging
from gomod_uploader.receive import Submission
from gomod_uploader.validate import Valid, validate
from tests.uploader.sample import MODULE, VERSION, parts, zip_of

PSEUDO = "v1.2.4-0.20261123100000-0123456789ab"


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    return Staging(tmp_path)


def judge(staging: Staging, sent: dict[str, bytes]) -> Valid:
    staging.info.write_bytes(sent["info"])
    staging.mod.write_bytes(sent["mod"])
    staging.zip.write_bytes(sent["zip"])
    return validate(Submission(sent["module"].decode(), sent["version"].decode(), staging, {}))


def codes(staging: Staging, sent: dict[str, bytes]) -> list[str]:
    with pytest.raises(InvalidModule) as caught:
        judge(staging, sent)
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
def test_a_right_submission_is_a_release(staging: Staging, module: str, version: str, time: str) -> None:
    valid = judge(staging, parts(module, version, time=time))
    assert (valid.release.module.path, valid.release.module.version) == (module, version)
    assert valid.release.h1.startswith("h1:")
    assert valid.release.go_mod_h1.startswith("h1:")


@pytest.mark.parametrize(
    ("module", "version", "expected"),
    [
        ("go.corp.example/Ünicode", VERSION, "module-path"),
        ("go.corp.example//x", VERSION, "module-path"),
        ("nodots/x", VERSION, "module-path"),
        ("", VERSION, "module-path"),
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
def test_a_wrong_name_is_one_violation(staging: Staging, module: str, version: str, expected: str) -> None:
    # The go.mod and the .info can't name what has no name: what is said of them is left out here.
    assert [code for code in codes(staging, parts(module, version)) if code.startswith("module")] == [expected]


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
def test_a_wrong_info_is_refused(staging: Staging, info: bytes, expected: str) -> None:
    assert codes(staging, parts() | {"info": info}) == [expected]


@pytest.mark.parametrize("time", ["2026-11-23T10:00:01Z", "2026-11-23T10:00:00+01:00", "2025-11-23T10:00:00Z"])
def test_the_time_of_a_pseudo_version_is_the_time_of_its_info(staging: Staging, time: str) -> None:
    assert codes(staging, parts(version=PSEUDO, time=time)) == ["info-time"]


@pytest.mark.parametrize(
    ("mod", "expected"),
    [
        (b"", ["mod-module", "mod-differs"]),
        (b"module go.corp.example/other\n", ["mod-module", "mod-differs"]),
        (b"module (\n", ["mod", "mod-differs"]),
        (b"module go.corp.example/pay/api\n", ["mod-differs"]),
    ],
)
def test_a_wrong_go_mod_is_refused(staging: Staging, mod: bytes, expected: list[str]) -> None:
    assert codes(staging, parts() | {"mod": mod}) == expected


@pytest.mark.parametrize(
    "ending", [b"\n// \xef\xbb\xbf\n", b"\r\n", b"exclude go.corp.example/x v1.0.0\n", b"replace a.b/c => ../c\n"]
)
def test_a_go_mod_is_kept_as_it_was_written(staging: Staging, ending: bytes) -> None:
    go_mod = f"module {MODULE}\n".encode() + ending
    judge(staging, parts() | {"mod": go_mod, "zip": zip_of({"go.mod": go_mod})})
    assert staging.mod.read_bytes() == go_mod


def test_a_zip_without_a_go_mod_needs_a_synthesized_one(staging: Staging) -> None:
    bare = parts() | {"zip": zip_of({"api.go": b"package api\n"})}
    assert codes(staging, bare) == ["mod-differs"]
    assert judge(staging, bare | {"mod": f"module {MODULE}\n".encode()}).release.module.path == MODULE


def test_an_incompatible_version_has_no_go_mod(staging: Staging) -> None:
    version = "v2.0.0+incompatible"
    sent = parts(version=version)
    assert codes(staging, sent) == ["mod-incompatible"]
    bare = zip_of({"api.go": b"package api\n"}, f"{MODULE}@{version}/")
    judge(staging, sent | {"zip": bare, "mod": f"module {MODULE}\n".encode()})


def test_faults_of_all_three_parts_are_told_at_once(staging: Staging) -> None:
    sent = parts(version=PSEUDO, time="2020-01-01T00:00:00Z")
    sent["info"] = sent["info"].replace(PSEUDO.encode(), b"v1.0.0")
    sent["mod"] = b"module go.corp.example/other\n"
    sent["zip"] = zip_of({"go.mod": b"", "../up": b"", "nul": b""}, f"{MODULE}@{PSEUDO}/")
    found = codes(staging, sent)
    assert {"info-version", "info-time", "mod-module"} < set(found)
    assert len([code for code in found if not code.startswith(("info", "mod"))]) >= 2
