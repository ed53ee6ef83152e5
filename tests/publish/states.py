"""State documents for tests."""

from dataclasses import replace

from gomod.module import ModuleVersion
from gomod_publish.packed import Packed
from gomod_publish.state.document import State
from tests.publish.registry import URL

SDK = State(
    ModuleVersion("go.example.test/ameide-sdk-go", "v1.2.0"),
    "2026-11-23T10:00:00Z",
    URL,
    "c0ffee",
    "h1:zip=",
    "h1:mod=",
)
TELEMETRY = replace(SDK, module=ModuleVersion("go.example.test/telemetry", "v0.1.0"))


def at(state: State, version: str) -> State:
    """The same module at another version."""
    return replace(state, module=ModuleVersion(state.module.path, version))


def state_of(packed: Packed) -> State:
    """What the state is once `packed` is published to the tests' registry."""
    return State.of(packed, URL)
