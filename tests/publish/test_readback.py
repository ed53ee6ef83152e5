"""What the proxy serves is compared with what was sent."""

import zipfile
from collections.abc import Iterator

import httpx
import pytest

from gomod_publish.credentials import GivenToken
from gomod_publish.errors import NotServed, Refused
from gomod_publish.packed import Packed
from gomod_publish.readback import read_back
from gomod_publish.registry import Registry
from gomod_publish.settings import RegistrySettings
from tests.publish.registry import TOKEN, URL, FakeRegistry

BASE = "/go.example.test/x/@v/v1.0.0"


@pytest.fixture
def registry(fake: FakeRegistry, packed: Packed) -> Iterator[Registry]:
    """A registry that took the version; nobody waits for it."""
    with Registry(RegistrySettings(URL, GivenToken(TOKEN)), say=lambda _: None, pause=lambda _: None) as made:
        made.upload(packed, lambda _: None)
        fake.requests.clear()
        yield made


def test_what_was_sent_is_what_is_served(fake: FakeRegistry, registry: Registry, packed: Packed) -> None:
    assert read_back(registry, packed, is_new=True)
    assert [request.url.path for request in fake.requests] == [f"{BASE}.info", f"{BASE}.mod", f"{BASE}.zip"]


@pytest.mark.parametrize("kind", ["info", "mod", "zip"])
def test_one_other_byte_of_a_new_version_is_an_error(
    fake: FakeRegistry, registry: Registry, packed: Packed, kind: str
) -> None:
    fake.files[f"{BASE}.{kind}"] += b"\n"
    with pytest.raises(NotServed, match=rf"https://go\.example\.test serves another {kind} of"):
        read_back(registry, packed, is_new=True)


@pytest.mark.parametrize("kind", ["info", "mod", "zip"])
def test_what_is_taken_and_not_served_is_an_error(
    fake: FakeRegistry, registry: Registry, packed: Packed, kind: str
) -> None:
    del fake.files[f"{BASE}.{kind}"]
    with pytest.raises(NotServed, match=f"its {kind} is not served"):
        read_back(registry, packed, is_new=True)


def test_of_a_version_that_stood_before_the_first_bytes_stand(
    fake: FakeRegistry, registry: Registry, packed: Packed
) -> None:
    fake.files[f"{BASE}.info"] = b'{"Version":"v1.0.0","Time":"2024-01-02T00:00:00Z"}'
    with zipfile.ZipFile(packed.file("zip")) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    other = packed.folder / "stored.zip"
    with zipfile.ZipFile(other, "w", zipfile.ZIP_STORED) as archive:
        for name, data in reversed(contents.items()):
            archive.writestr(zipfile.ZipInfo(name), data)
    fake.files[f"{BASE}.zip"] = other.read_bytes()
    assert not read_back(registry, packed, is_new=False)


@pytest.mark.parametrize(
    ("kind", "served"),
    [
        ("info", b'{"Version":"v1.0.0","Time":"2024-01-02T00:00:01Z"}'),
        ("info", b'{"Version":"v1.0.1","Time":"2024-01-02T00:00:00Z"}'),
        ("info", b"<html>"),
        ("mod", b"module go.example.test/x // other\n"),
        ("zip", b"no zip at all"),
    ],
)
def test_of_a_version_that_stood_before_what_it_says_must_be_the_same(
    fake: FakeRegistry, registry: Registry, packed: Packed, kind: str, served: bytes
) -> None:
    fake.files[f"{BASE}.{kind}"] = served
    with pytest.raises(NotServed, match=f"another {kind}"):
        read_back(registry, packed, is_new=False)


def test_a_refusal_to_read_is_told_as_it_is(fake: FakeRegistry, registry: Registry, packed: Packed) -> None:
    fake.failures.append(httpx.Response(403, text="refused by the rule `- go.example.test/*`\n"))
    with pytest.raises(Refused, match=r"refused by the rule `- go\.example\.test/\*`"):
        read_back(registry, packed, is_new=True)
