"""`POST /upload?withdraw=1`: nobody is led to the version any more, and everything of it stays."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gomod.layout import file_name, latest_name, list_name
from gomod.module import ModuleVersion
from tests.uploader.running import Uploader
from tests.uploader.sample import MODULE, parts
from tests.uploader.test_publishers import proxy


@pytest.fixture(scope="module")
def reader(uploader: Uploader, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A proxy that serves what the uploader stores."""
    with proxy(tmp_path_factory.mktemp("proxy"), uploader.root) as client:
        yield client


def mark(module: str, version: str, **more: str) -> dict[str, bytes]:
    return {name: text.encode() for name, text in {"module": module, "version": version, **more}.items()}


def test_a_withdrawn_version_vanishes_from_lists_and_stays_for_those_who_pin_it(
    uploader: Uploader, reader: httpx.Client
) -> None:
    module = "go.corp.example/pay/vanishing"
    sent = {version: parts(module, version) for version in ("v1.0.0", "v1.1.0")}
    for each in sent.values():
        uploader.upload(each)
    answer = uploader.post(mark(module, "v1.1.0", reason="CVE-2026-1: it leaks"), "?withdraw=1")
    assert answer.status_code == 200
    document = answer.json()
    assert document | {"time": ""} == {
        "module": module,
        "version": "v1.1.0",
        "withdrawn": True,
        "reason": "CVE-2026-1: it leaks",
        "time": "",
    }
    assert reader.get(list_name(module)).text == "v1.0.0\n"
    assert reader.get(latest_name(module)).json()["Version"] == "v1.0.0"
    pinned = ModuleVersion(module, "v1.1.0")
    for kind in ("info", "mod", "zip"):
        assert reader.get(file_name(pinned, kind)).content == sent["v1.1.0"][kind]


def test_a_withdrawal_can_be_taken_back(uploader: Uploader, reader: httpx.Client) -> None:
    module = "go.corp.example/pay/restored"
    for version in ("v1.0.0", "v1.2.3"):
        uploader.upload(parts(module, version))
    uploader.post(mark(module, "v1.2.3", reason="a mistake"), "?withdraw=1")
    assert reader.get(list_name(module)).text.split() == ["v1.0.0"]
    answer = uploader.post(mark(module, "v1.2.3"), "?reinstate=1")
    assert (answer.status_code, answer.json()) == (200, {"module": module, "version": "v1.2.3", "withdrawn": False})
    assert uploader.post(mark(module, "v1.2.3"), "?reinstate=1").status_code == 404  # it is not withdrawn any more
    assert reader.get(list_name(module)).text.split() == ["v1.0.0", "v1.2.3"]


def test_nothing_can_use_a_withdrawn_version_again(uploader: Uploader, reader: httpx.Client) -> None:
    module = "go.corp.example/pay/used"
    for version in ("v1.0.0", "v1.2.3"):
        uploader.upload(parts(module, version))
    uploader.post(mark(module, "v1.2.3", reason="bad"), "?withdraw=1")
    assert uploader.upload(parts(module, body=b"package other\n")).status_code == 409
    assert uploader.upload(parts(module)).status_code == 200
    assert reader.get(list_name(module)).text.split() == ["v1.0.0"]  # the same bytes again do not bring it back


def test_the_newest_reason_stands(uploader: Uploader) -> None:
    module = "go.corp.example/pay/reasons"
    uploader.upload(parts(module))
    for reason in ("first", "second"):
        assert uploader.post(mark(module, "v1.2.3", reason=reason), "?withdraw=1").json()["reason"] == reason


@pytest.mark.parametrize(
    ("sent", "query", "status", "code"),
    [
        (mark("go.corp.example/pay/absent", "v1.0.0", reason="x"), "?withdraw=1", 404, "not-found"),
        (mark("go.corp.example/pay/absent", "v1.0.0"), "?reinstate=1", 404, "not-found"),
        (mark("go.corp.example/other", "v1.0.0", reason="x"), "?withdraw=1", 403, "forbidden"),
        (mark("elsewhere.example/x", "v1.0.0"), "?reinstate=1", 403, "forbidden"),
        (mark(MODULE, "v1.2.3", reason=" \n"), "?withdraw=1", 422, "invalid-module"),
        (mark(MODULE, "v1.2.3"), "?withdraw=1", 422, "invalid-module"),
        (mark(MODULE, "v1.2.3", reason="x" * 5000), "?withdraw=1", 413, "too-large"),
        (mark(MODULE, "v1", reason="x"), "?withdraw=1", 400, "invalid-version"),
        (mark(MODULE, "../..", reason="x"), "?withdraw=1", 400, "invalid-version"),
    ],
)
def test_what_can_not_be_withdrawn_is_told(
    uploader: Uploader, sent: dict[str, bytes], query: str, status: int, code: str
) -> None:
    answer = uploader.post(sent, query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_stranger_withdraws_nothing(uploader: Uploader) -> None:
    assert uploader.post(mark(MODULE, "v1.2.3", reason="x"), "?withdraw=1", token="x").status_code == 401


def test_who_withdrew_what_and_why_is_put_down(uploader: Uploader) -> None:
    module = "go.corp.example/pay/audited"
    uploader.upload(parts(module))
    before = len(uploader.audit())
    uploader.post(mark(module, "v1.2.3", reason="because"), "?withdraw=1")
    uploader.post(mark(module, "v1.2.3"), "?reinstate=1")
    entries = uploader.audit()[before:]
    assert [(entry["what"], entry["verdict"]) for entry in entries] == [
        ("withdraw", "begun"),
        ("withdraw", "withdrawn"),
        ("reinstate", "begun"),
        ("reinstate", "reinstated"),
    ]
    assert all(
        (entry["who"], entry["module"], entry["version"]) == ("token pay", module, "v1.2.3") for entry in entries
    )
    assert entries[0]["reason"] == "because"


def test_a_refused_withdrawal_is_put_down_with_its_reason_and_the_problem(uploader: Uploader) -> None:
    uploader.post(mark("go.corp.example/pay/absent", "v1.0.0", reason="because"), "?withdraw=1")
    entry = uploader.audit()[-1]
    assert (entry["verdict"], entry["code"], entry["reason"]) == ("refused", "not-found", "because")
    assert "go.corp.example/pay/absent@v1.0.0" in entry["problem"]


def test_a_static_reader_of_the_volume_is_not_led_to_it_either(uploader: Uploader) -> None:
    module = "go.corp.example/pay/static"
    for version in ("v1.0.0", "v1.1.0"):
        uploader.upload(parts(module, version))
    uploader.post(mark(module, "v1.1.0", reason="x"), "?withdraw=1")
    assert Path(uploader.root / list_name(module)).read_text() == "v1.0.0\n"
