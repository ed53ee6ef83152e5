"""`POST /upload?dry_run=1` says what an upload would come to, and changes nothing."""

from pathlib import Path

import httpx
import pytest

from tests.uploader.running import Uploader
from tests.uploader.sample import MODULE, parts


def rehearse(uploader: Uploader, sent: dict[str, bytes], query: str = "?dry_run=1") -> httpx.Response:
    return uploader.post(sent, query)


def everything_in(root: Path) -> list[Path]:
    ours = {".locks", ".audit"}
    return sorted(path for path in root.rglob("*") if not ours.intersection(path.parts))


def test_a_new_version_is_judged_and_not_published(uploader: Uploader) -> None:
    before = everything_in(uploader.root)
    sent = parts(version="v1.0.0")
    answer = rehearse(uploader, sent)
    assert (answer.status_code, answer.json()["dry_run"]) == (200, True)
    assert everything_in(uploader.root) == before
    published = uploader.upload(sent)
    assert published.status_code == 201
    assert answer.json() == published.json() | {"dry_run": True}


def test_a_version_that_stands_is_compared(uploader: Uploader) -> None:
    sent = parts(version="v1.0.1")
    uploader.upload(sent)
    before = everything_in(uploader.root)
    same = rehearse(uploader, sent)
    assert (same.status_code, same.json()["identical"]) == (200, True)
    other = parts(version="v1.0.1", body=b"package other\n")
    rehearsed, real = rehearse(uploader, other), uploader.upload(other)
    assert (rehearsed.status_code, real.status_code) == (409, 409)
    assert rehearsed.json()["stored_h1"] == real.json()["stored_h1"]
    assert rehearsed.json()["offered_h1"] == real.json()["offered_h1"]
    assert everything_in(uploader.root) == before


def test_what_is_wrong_is_refused_as_ever(uploader: Uploader) -> None:
    wrong = parts() | {"mod": b"module go.corp.example/other\n"}
    assert rehearse(uploader, wrong).status_code == 422
    assert rehearse(uploader, parts("elsewhere.example/x")).status_code == 403
    assert uploader.client.post("/upload?dry_run=1").status_code == 401


@pytest.mark.parametrize("query", ["?dry_run", "?dry_run=0", "?dryrun=1", "?dry_run=1&x=1", "?x=1"])
def test_a_mistyped_query_publishes_nothing(uploader: Uploader, query: str) -> None:
    answer = rehearse(uploader, parts(version="v1.0.2"), query)
    assert answer.status_code == 400
    assert "dry_run=1" in answer.json()["detail"]
    assert not (uploader.root / MODULE / "v1.0.2").exists()
