"""The audit log beside the data: every deed of a publisher, and what came of it."""

import hashlib
import re

import pytest

from gomod_service.tokens import new_secret
from tests.uploader.raw import connected
from tests.uploader.running import TOKEN, Uploader, wait_until
from tests.uploader.sample import MODULE, parts


@pytest.fixture
def entries(uploader: Uploader) -> "Entries":
    return Entries(uploader)


class Entries:
    """What is put down after this was made."""

    def __init__(self, uploader: Uploader) -> None:
        self._uploader = uploader
        self._before = len(uploader.audit())

    def new(self) -> list[dict[str, str]]:
        return self._uploader.audit()[self._before :]

    def verdicts(self) -> list[str]:
        return [entry["verdict"] for entry in self.new()]


def test_a_publication_is_put_down_before_and_after(uploader: Uploader, entries: Entries) -> None:
    sent = parts(version="v1.0.0")
    files = {name: (name, data) for name, data in sent.items()}
    headers = {"authorization": f"Bearer {TOKEN}", "x-forwarded-for": "192.0.2.7", "x-request-id": "build-42"}
    receipt = uploader.client.post("/upload", files=files, headers=headers).json()
    begun, done = entries.new()
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", done["time"])
    assert begun | {"time": done["time"], "verdict": "new"} == done
    assert done | {"time": ""} == {
        "time": "",
        "what": "publish",
        "who": "token pay",
        "peer": "127.0.0.1",
        "forwarded_for": "192.0.2.7",
        "request_id": "build-42",
        "module": MODULE,
        "version": "v1.0.0",
        "zip_sha256": hashlib.sha256(sent["zip"]).hexdigest(),
        "h1": receipt["go_sum"][0].split()[2],
        "go_mod_h1": receipt["go_sum"][1].split()[2],
        "verdict": "new",
    }


def test_the_same_again_and_another_are_told_apart(uploader: Uploader, entries: Entries) -> None:
    uploader.upload(parts(version="v1.0.1"))
    uploader.upload(parts(version="v1.0.1"))
    uploader.upload(parts(version="v1.0.1", body=b"other"))
    assert entries.verdicts() == ["begun", "new", "begun", "identical", "begun", "refused"]
    assert entries.new()[-1]["code"] == "already-exists"


def test_a_refusal_tells_what_was_known_and_why(uploader: Uploader, entries: Entries) -> None:
    uploader.upload(parts("go.corp.example/other"))
    uploader.upload(parts(version="v1"))
    forbidden, invalid = entries.new()
    assert (forbidden["verdict"], forbidden["code"]) == ("refused", "forbidden")
    assert forbidden["module"] == "go.corp.example/other"
    assert "it is for go.corp.example/pay/*" in forbidden["problem"]
    assert (invalid["code"], invalid["version"]) == ("invalid-module", "v1")


def test_a_megabyte_of_nonsense_is_quoted_in_part_only(uploader: Uploader, entries: Entries) -> None:
    nonsense = b"v" * 1_000_000
    info = b'{"Version":"%s","Time":"2026-11-23T10:00:00Z"}' % nonsense
    answer = uploader.upload(parts() | {"info": info, "mod": b"module a.b/%s\n" % nonsense})
    assert [each["code"] for each in answer.json()["violations"]] == ["info-version", "mod-module", "mod-differs"]
    assert f"vvv', the upload says '{MODULE}'" in answer.json()["detail"]
    assert len(answer.content) < 10_000
    assert len(str(entries.new())) < 10_000


def test_a_dry_run_is_put_down_as_one(uploader: Uploader, entries: Entries) -> None:
    uploader.post(parts(version="v1.0.2"), "?dry_run=1")
    assert [(entry["what"], entry["verdict"]) for entry in entries.new()] == [("dry run", "begun"), ("dry run", "new")]


def test_strangers_and_clients_that_leave_can_not_fill_the_log(uploader: Uploader, entries: Entries) -> None:
    uploader.upload(parts(), token="gomod_of-nobody")
    with connected(uploader.port) as client:
        client.begin({"Transfer-Encoding": "chunked"})
        client.part("module", MODULE.encode())
    wait_until(lambda: not uploader.leftovers())
    assert entries.new() == []


def test_no_token_is_put_down(uploader: Uploader) -> None:
    uploader.upload(parts(version="v1.0.3"))
    assert TOKEN not in str(uploader.audit())


def test_a_token_in_the_wrong_place_is_in_no_log(uploader: Uploader, entries: Entries) -> None:
    secret = new_secret()
    token, named = secret.encode(), {"module": MODULE.encode(), "version": b"v1.9.9"}
    uploader.upload(parts() | {"module": token})
    uploader.upload(parts() | {"version": token})
    uploader.post(named | {"reason": token}, "?withdraw=1")
    uploader.post(parts(), f"?token={secret}")
    uploader.client.get(f"/{secret}")
    refused = [entry["code"] for entry in entries.new() if entry["verdict"] == "refused"]
    assert refused == ["forbidden", "invalid-module", "not-found"]
    log = (uploader.root.parent / "uploader.log").read_text()
    for kept in (log, str(entries.new())):
        assert secret not in kept
        assert "[a token]" in kept
