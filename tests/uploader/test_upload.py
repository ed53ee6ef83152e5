"""`POST /upload` against a real process: every answer that a publisher can get."""

import base64
import hashlib
import json
from itertools import permutations
from pathlib import Path

import pytest

from gomod_service.tokens import digest
from tests.uploader.raw import connected
from tests.uploader.running import EXPIRED, PUBLIC_URL, TOKEN, TOKENS, Uploader, bearer
from tests.uploader.sample import MODULE, VERSION, parts, zip_of


def h1_of(files: dict[str, bytes]) -> str:
    """The h1 by its definition, written down a second time."""
    lines = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "h1:" + base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()


def test_a_version_is_published_with_a_receipt(uploader: Uploader) -> None:
    sent = parts(version="v1.0.0")
    answer = uploader.upload(sent)
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["location"] == f"{PUBLIC_URL}/{MODULE}/@v/v1.0.0.info"
    prefix = f"{MODULE}@v1.0.0/"
    h1 = h1_of({prefix + "go.mod": sent["mod"], prefix + "api.go": b"package api\n"})
    assert answer.json() == {
        "module": MODULE,
        "version": "v1.0.0",
        "time": "2026-11-23T10:00:00Z",
        "identical": False,
        "files": {
            kind: {
                "url": f"{PUBLIC_URL}/{MODULE}/@v/v1.0.0.{kind}",
                "size": len(sent[kind]),
                "sha256": hashlib.sha256(sent[kind]).hexdigest(),
            }
            for kind in ("info", "mod", "zip")
        },
        "go_sum": [f"{MODULE} v1.0.0 {h1}", f"{MODULE} v1.0.0/go.mod {h1_of({'go.mod': sent['mod']})}"],
        "warnings": [],
        "dry_run": False,
    }
    stored = uploader.root / MODULE / "v1.0.0"
    assert (stored / "v1.0.0.info").read_bytes() == sent["info"]
    assert (stored / "go.mod").read_bytes() == sent["mod"]
    assert (stored / "source.zip").read_bytes() == sent["zip"]
    assert uploader.leftovers() == []


def test_the_urls_of_a_receipt_are_escaped(uploader: Uploader) -> None:
    answer = uploader.upload(parts("go.corp.example/pay/API"))
    assert answer.json()["files"]["zip"]["url"] == f"{PUBLIC_URL}/go.corp.example/pay/!a!p!i/@v/{VERSION}.zip"


def test_the_same_bytes_again_are_success(uploader: Uploader) -> None:
    sent = parts(version="v1.0.1")
    first, second = uploader.upload(sent), uploader.upload(sent)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json() | {"identical": True}


def test_the_receipt_of_a_module_packed_in_another_way_tells_what_is_stored(uploader: Uploader) -> None:
    sent = parts(version="v1.0.2")
    first = uploader.upload(sent).json()
    repacked = zip_of({"api.go": b"package api\n", "go.mod": sent["mod"]}, f"{MODULE}@v1.0.2/")
    assert repacked != sent["zip"]
    second = uploader.upload(sent | {"zip": repacked, "info": sent["info"].replace(b"10:00", b"11:00")})
    assert second.status_code == 200
    assert second.json() == first | {"identical": True}


def test_other_bytes_under_a_published_version_are_a_conflict(uploader: Uploader) -> None:
    sent = parts(version="v1.0.3")
    receipt = uploader.upload(sent).json()
    answer = uploader.upload(parts(version="v1.0.3", body=b"package other\n"))
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["code"] == "already-exists"
    assert receipt["go_sum"][0].endswith(problem["stored_h1"])
    assert problem["offered_h1"].startswith("h1:")
    assert problem["offered_h1"] != problem["stored_h1"]
    assert (uploader.root / MODULE / "v1.0.3" / "source.zip").read_bytes() == sent["zip"]
    assert uploader.leftovers() == []


def test_a_module_path_that_would_block_another_one_is_refused(uploader: Uploader) -> None:
    answer = uploader.upload(parts("go.corp.example/pay/v1.0.0/x"))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "'v1.0.0' reads as a version" in answer.json()["detail"]


def test_parts_may_be_texts_and_come_in_any_order(uploader: Uploader) -> None:
    orders = list(permutations(["module", "version", "info", "mod", "zip"]))[::17]
    for number, order in enumerate(orders):
        sent = parts(version=f"v1.1.{number}")
        texts = {name: (None, sent[name]) if name != "zip" else ("m.zip", sent[name]) for name in order}
        answer = uploader.client.post("/upload", files=texts, headers=bearer(TOKEN))
        assert answer.status_code == 201, order


def test_white_space_around_a_name_is_not_part_of_it(uploader: Uploader) -> None:
    sent = parts(version="v1.0.4")
    answer = uploader.upload(sent | {"module": sent["module"] + b"\n", "version": b" v1.0.4\r\n"})
    assert (answer.status_code, answer.json()["version"]) == (201, "v1.0.4")


@pytest.mark.parametrize(
    ("authorization", "reason"),
    [
        (None, "publishing needs a token"),
        ("", "publishing needs a token"),
        ("Bearer", "publishing needs a token"),
        (f"Basic {base64.b64encode(b'x:y').decode()}", "publishing needs a token"),
        ("Bearer nonsense", "not one of ours"),
        (f"Bearer {EXPIRED}", "token 'old' expired at 2020-01-01T00:00:00+00:00"),
    ],
)
def test_without_a_good_token_nothing_is_read(uploader: Uploader, authorization: str | None, reason: str) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    # Not a multipart body at all: had it been read, the answer would be another one.
    answer = uploader.client.post("/upload", content=b"x", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert reason in answer.json()["detail"]


def test_the_scheme_of_a_token_has_no_case(uploader: Uploader) -> None:
    answer = uploader.client.post("/upload", content=b"", headers={"authorization": f"bEARER  {TOKEN}"})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        (
            "elsewhere.example/x",
            "'elsewhere.example/x' is not one of our own modules: this registry takes only go.corp.example/*",
        ),
        ("go.corp.example", "not one of our own modules"),
        (
            "go.corp.example/other",
            "token 'pay' may not publish 'go.corp.example/other'; it is for go.corp.example/pay/*",
        ),
    ],
)
def test_only_our_own_prefixes_and_only_those_of_the_token(uploader: Uploader, module: str, reason: str) -> None:
    answer = uploader.upload(parts(module))
    assert answer.status_code == 403
    assert reason in answer.json()["detail"]
    assert not (uploader.root / module / VERSION).exists()


def test_a_module_is_refused_before_its_zip_was_sent(uploader: Uploader) -> None:
    with connected(uploader.port) as client:
        client.begin({"Transfer-Encoding": "chunked"})
        client.part("module", b"elsewhere.example/x\r\n--b\r\n")
        status, problem = client.answer()  # and the body is not over
    assert (status, problem["code"]) == (403, "forbidden")


def test_every_broken_rule_is_named_at_once(uploader: Uploader) -> None:
    wrong = {
        "module": b"go.corp.example/pay/api/v2",
        "version": b"v1.2",
        "info": b'{"Version": "v1.2.4"}',
        "mod": b"module go.corp.example/other\n",
        "zip": b"",
    }
    answer = uploader.upload(wrong)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "invalid-module"
    assert {each["code"] for each in problem["violations"]} == {"module-version", "info", "mod-module"}
    assert all(each["message"] in problem["detail"] for each in problem["violations"])
    assert "\n" not in problem["detail"]
    assert uploader.leftovers() == []


@pytest.mark.parametrize("missing", ["module", "version", "info", "mod", "zip"])
def test_a_missing_part_is_named(uploader: Uploader, missing: str) -> None:
    sent = parts()
    del sent[missing]
    answer = uploader.upload(sent)
    assert answer.status_code == 422
    assert answer.json()["violations"] == [{"code": "part-missing", "message": f"the part {missing!r} is missing"}]


def test_an_unknown_part_and_one_sent_twice_are_refused(uploader: Uploader) -> None:
    unknown = uploader.upload(parts() | {"go.sum": b""})
    assert [each["code"] for each in unknown.json()["violations"]] == ["part-unknown"]
    twice = uploader.client.post(
        "/upload", files=[("module", (None, "go.corp.example/pay/a")), ("module", (None, "x"))], headers=bearer(TOKEN)
    )
    assert [each["code"] for each in twice.json()["violations"]] == ["part-repeated"]
    assert (unknown.status_code, twice.status_code) == (422, 422)


@pytest.mark.parametrize(
    ("content_type", "body", "status", "reason"),
    [
        (None, b"", 415, "the Content-Type says 'nothing'"),
        ("application/json", b"{}", 415, "the Content-Type says 'application/json'"),
        ("multipart/mixed; boundary=b", b"--b--\r\n", 415, "an upload is multipart/form-data"),
        ("multipart/form-data", b"--b--\r\n", 400, "no boundary"),
        (f"multipart/form-data; boundary={'b' * 71}", b"", 400, "no boundary"),
        ("multipart/form-data; boundary=b", b"", 400, "ends before its last boundary"),
        ("multipart/form-data; boundary=b", b"--b", 400, "ends before its last boundary"),
        ("multipart/form-data; boundary=b", b"--c--\r\n", 400, "not multipart/form-data with the announced boundary"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n--b--\r\n", 400, "no 'Content-Disposition"),
        ("multipart/form-data; boundary=b", b"--b--\r\n", 422, "the part 'module' is missing"),
        ("multipart/form-data; boundary=b", b"--b\r\nX: " + b"x" * 10_000, 400, "Maximum header size exceeded"),
    ],
)
def test_what_is_no_form_is_refused(
    uploader: Uploader, content_type: str | None, body: bytes, status: int, reason: str
) -> None:
    headers = bearer(TOKEN) | ({} if content_type is None else {"content-type": content_type})
    answer = uploader.client.post("/upload", content=body, headers=headers)
    assert answer.status_code == status
    assert reason in answer.json()["detail"]
    assert uploader.leftovers() == []


def test_a_packed_body_is_refused(uploader: Uploader) -> None:
    headers = bearer(TOKEN) | {"content-type": "multipart/form-data; boundary=b", "content-encoding": "gzip"}
    answer = uploader.client.post("/upload", content=b"", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media")


def test_an_announced_length_over_the_limit_is_refused_at_once(uploader: Uploader) -> None:
    with connected(uploader.port) as client:
        client.begin({"Content-Length": str(1024**3)})
        status, problem = client.answer()
    assert (status, problem["code"]) == (413, "too-large")
    assert "the body has 1073741824 bytes" in problem["detail"]


@pytest.mark.parametrize(
    ("name", "size"), [("module", 4097), ("version", 4097), ("info", 1024**2 + 1), ("mod", 1024**2 + 1)]
)
def test_each_part_has_a_limit_of_its_own(uploader: Uploader, name: str, size: int) -> None:
    answer = uploader.upload(parts() | {name: b"g" * size})
    assert answer.status_code == 413
    assert f"the part {name!r} is larger than {size - 1} bytes" in answer.json()["detail"]
    assert uploader.leftovers() == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_told_the_right_one(uploader: Uploader, method: str) -> None:
    answer = uploader.client.request(method, "/upload", headers=bearer(TOKEN))
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/", "/upload/", "/uploadx", "/upload/x", f"/{MODULE}/@v/list", "/metrics"])
def test_there_is_nothing_else(uploader: Uploader, path: str) -> None:
    answer = uploader.client.get(path, headers=bearer(TOKEN))
    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"


def test_health_is_told_without_a_token(uploader: Uploader) -> None:
    assert uploader.client.get("/healthz").status_code == 200
    assert uploader.client.get("/readyz").status_code == 200
    assert uploader.client.get("/version").json()["service"] == "gomod-uploader"


def test_no_token_reaches_the_log(uploader: Uploader) -> None:
    uploader.upload(parts(version="v1.0.5"))
    uploader.upload(parts(version="v1.0.5"), token="gomod_a-wrong-one")
    log = (uploader.root.parent / "uploader.log").read_text()
    assert TOKEN not in log
    assert "gomod_a-wrong-one" not in log
    lines = [json.loads(line) for line in log.splitlines()]
    published = [line for line in lines if (line.get("module"), line.get("version")) == (MODULE, "v1.0.5")]
    assert [line["publisher"] for line in published] == ["pay"]


def test_a_token_that_is_added_works_without_a_restart(uploader: Uploader, tmp_path: Path) -> None:
    added = (
        TOKENS.partition('[[token]]\nname = "old"')[0].replace('"pay"', '"new"').replace(digest(TOKEN), digest("new"))
    )
    (tmp_path / "tokens").write_text(TOKENS + added.replace("/pay/*", "/new/*"))
    (tmp_path / "tokens").replace(uploader.tokens_file)
    assert uploader.upload(parts("go.corp.example/new/x"), token="new").status_code == 201
