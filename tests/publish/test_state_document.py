"""The documents of the state: what they say, and that their schema says the same of them as the code."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import gomod_publish.state
from gomod.errors import InvalidPath, Malformed
from gomod.module import ModuleVersion
from gomod_publish.packed import Packed
from gomod_publish.state.document import State, check_keys, key_of, parse_all
from tests.publish.registry import URL
from tests.publish.states import SDK, TELEMETRY, state_of

SCHEMA = json.loads((Path(gomod_publish.state.__file__).with_name("state.schema.json")).read_text())
DOCUMENT: dict[str, Any] = json.loads(SDK.text())


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_a_document_says_all_that_a_consumer_pins_by(packed: Packed) -> None:
    state = state_of(packed)
    assert json.loads(state.text()) == {
        "schema": 1,
        "module": "go.example.test/x",
        "version": "v1.0.0",
        "time": "2024-01-02T00:00:00Z",
        "registry": URL,
        "commit": "c0ffee",
        "h1": packed.h1,
        "go_mod_h1": packed.go_mod_h1,
    }
    jsonschema.validate(json.loads(state.text()), SCHEMA)
    assert State.parse(state.text()) == state


def test_members_that_are_not_known_yet_are_passed_over() -> None:
    later = DOCUMENT | {"channel": "stable"}
    jsonschema.validate(later, SCHEMA)
    assert State.parse(json.dumps(later)) == SDK


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"schema": "1"},
        {"schema": None},
        {"schema": True},
        {"module": ""},
        {"module": 1},
        {"version": "latest"},
        {"time": "2026-11-23"},
        {"time": "2026-11-23T10:00:00+01:00"},
        {"registry": "go.example.test"},
        {"commit": "main"},
        {"h1": "sha256:0"},
        {"go_mod_h1": None},
    ],
)
def test_schema_and_code_refuse_the_same(change: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(DOCUMENT | change, SCHEMA)
    with pytest.raises(Malformed, match=next(iter(change))):
        State.parse(json.dumps(DOCUMENT | change))


@pytest.mark.parametrize("member", DOCUMENT)
def test_schema_and_code_miss_the_same(member: str) -> None:
    less = {name: value for name, value in DOCUMENT.items() if name != member}
    with pytest.raises(jsonschema.ValidationError, match=member):
        jsonschema.validate(less, SCHEMA)
    with pytest.raises(Malformed, match=member):
        State.parse(json.dumps(less))


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", "not JSON"), ("[" * 100_000, "not JSON"), ("[]", "not a JSON object"), ("{}", "schema is None")],
)
def test_what_is_no_document_is_told_as_such(text: str, problem: str) -> None:
    with pytest.raises(Malformed, match=problem):
        State.parse(text)


@pytest.mark.parametrize(
    ("module", "version"),
    [("nodots/x", "v1.0.0"), ("a.b/c/v2", "v1.0.0"), ("a.b/c", "v1.0.0+meta"), ("a.b/c", "v1.2.3.4")],
)
def test_a_module_that_can_not_be_is_no_state(module: str, version: str) -> None:
    with pytest.raises(Malformed):
        State.parse(json.dumps(DOCUMENT | {"module": module, "version": version}))


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("go.packages.dev.ameide.io/ameide-sdk-go", "ameide-sdk-go.json"),
        ("go.packages.dev.ameide.io/ameide-sdk-go/v2", "ameide-sdk-go-v2.json"),
        ("go.packages.dev.ameide.io/team/sdk/telemetry", "team-sdk-telemetry.json"),
        ("a.b/tilde~s_and.dots", "tilde-s_and.dots.json"),
    ],
)
def test_a_module_s_key_is_its_path_behind_the_host(path: str, key: str) -> None:
    assert key_of(path) == key


def test_a_module_that_is_only_a_host_has_no_key() -> None:
    with pytest.raises(InvalidPath, match="no element after its host"):
        key_of("go.example.test")


def test_two_modules_or_versions_with_one_key_are_told() -> None:
    c, d, newer, other = (
        ModuleVersion(path, version)
        for path, version in (("a.b/c", "v1.0.0"), ("a.b/c/d", "v1.0.0"), ("a.b/c", "v1.1.0"), ("a.b/c-d", "v1.0.0"))
    )
    check_keys([c, d, c])
    with pytest.raises(Malformed, match=r"a\.b/c/d@v1\.0\.0 and a\.b/c-d@v1\.0\.0 both have the key c-d\.json"):
        check_keys([d, other])
    with pytest.raises(Malformed, match=r"a\.b/c@v1\.0\.0 and a\.b/c@v1\.1\.0 both have the key c\.json"):
        check_keys([c, newer])


def test_every_key_with_another_document_than_its_own_is_named() -> None:
    data = {SDK.key: SDK.text(), "notes": "somebody's own"}
    assert parse_all(data) == {SDK.key: SDK}
    with pytest.raises(Malformed, match=r"bad\.json: not JSON.*; other\.json: it is the state of .*/telemetry"):
        parse_all(data | {"bad.json": "oops", "other.json": TELEMETRY.text()})
