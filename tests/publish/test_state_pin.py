"""Consumers are pinned to the state by the real `go mod edit`."""

import os
import subprocess
from pathlib import Path

import pytest

from gomod.errors import InvalidGoMod
from gomod_publish.errors import NotPinned
from gomod_publish.state.pin import pin
from tests.publish.repository import GO
from tests.publish.states import SDK, TELEMETRY

CONSUMER = """\
module consumer.test

go 1.21

require (
	github.com/google/uuid v1.6.0
	go.example.test/ameide-sdk-go v1.0.0 // the SDK
)
"""


@pytest.fixture(autouse=True)
def go_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{GO.parent}:{os.environ['PATH']}")


def test_what_is_required_is_pinned_and_nothing_else_is_touched(tmp_path: Path) -> None:
    go_mod = tmp_path / "go.mod"
    go_mod.write_text(CONSUMER)
    assert pin(go_mod, [SDK.module, TELEMETRY.module]) == [SDK.module]
    assert go_mod.read_text() == CONSUMER.replace("ameide-sdk-go v1.0.0", "ameide-sdk-go v1.2.0")
    before = go_mod.stat().st_mtime_ns
    assert pin(go_mod, [SDK.module, TELEMETRY.module]) == []
    assert go_mod.stat().st_mtime_ns == before
    subprocess.run([GO, "mod", "edit", "-json", go_mod], check=True, capture_output=True)


def test_a_consumer_in_a_folder_whose_name_begins_with_a_dash_is_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    go_mod = Path("-consumer/go.mod")
    go_mod.parent.mkdir()
    go_mod.write_text(CONSUMER)
    assert pin(go_mod, [SDK.module]) == [SDK.module]
    assert "ameide-sdk-go v1.2.0" in go_mod.read_text()


def test_a_go_mod_that_is_not_there_or_is_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotPinned, match=r"go\.mod can't be read: No such file"):
        pin(tmp_path / "go.mod", [SDK.module])
    (tmp_path / "go.mod").write_text("require (\n")
    with pytest.raises(InvalidGoMod):
        pin(tmp_path / "go.mod", [SDK.module])
    (tmp_path / "go.mod").write_text(
        CONSUMER + "nonsense\n"
    )  # a dependency's go.mod may say it, a main module's may not
    with pytest.raises(NotPinned, match="unknown directive: nonsense"):
        pin(tmp_path / "go.mod", [SDK.module])
    (tmp_path / "go.mod").write_text(CONSUMER)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NotPinned, match="no go command"):
        pin(tmp_path / "go.mod", [SDK.module])
