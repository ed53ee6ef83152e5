"""The state in files: whole, only what the ConfigMap has, and nothing outside of the folder."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gomod.errors import Malformed, NotFound
from gomod_publish.state.document import State
from gomod_publish.state.files import read_files, sync_files, write_file
from tests.publish.states import SDK, TELEMETRY, at


def test_every_key_becomes_a_file_and_a_key_that_is_gone_takes_its_file_along(tmp_path: Path) -> None:
    folder = tmp_path / "tmp" / "tilt-packages"
    assert sync_files(folder, {SDK.key: SDK.text(), "gone.json": "{}"}) == [SDK.key, "gone.json"]
    (folder / "notes.txt").write_text("a developer's own")
    assert sync_files(folder, {SDK.key: SDK.text(), TELEMETRY.key: TELEMETRY.text()}) == [TELEMETRY.key, "gone.json"]
    assert {path.name for path in folder.iterdir()} == {SDK.key, TELEMETRY.key, "notes.txt"}
    assert read_files(folder) == {SDK.key: SDK.text(), TELEMETRY.key: TELEMETRY.text()}
    assert (folder / SDK.key).stat().st_mode & 0o777 == 0o644


def test_a_file_that_is_right_is_not_touched(tmp_path: Path) -> None:
    write_file(tmp_path, SDK.key, SDK.text())
    before = (tmp_path / SDK.key).stat()
    assert sync_files(tmp_path, {SDK.key: SDK.text()}) == []
    assert (tmp_path / SDK.key).stat().st_ino == before.st_ino


@pytest.mark.parametrize("key", ["../x.json", "a/b.json", "..", "", ".hidden.json", "a\nb.json", "x" * 254])
def test_a_key_that_would_leave_the_folder_changes_nothing(tmp_path: Path, key: str) -> None:
    with pytest.raises(Malformed, match="is no key"):
        sync_files(tmp_path / "out", {SDK.key: SDK.text(), key: "{}"})
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_not_there_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="state sync"):
        read_files(tmp_path / "absent")


def test_a_reader_never_sees_half_a_document(tmp_path: Path) -> None:
    write_file(tmp_path, SDK.key, SDK.text())
    done = threading.Event()
    seen: set[str] = set()

    def read() -> None:
        while not done.is_set():
            seen.add(State.parse((tmp_path / SDK.key).read_text()).module.version)

    with ThreadPoolExecutor(1) as threads:
        reader = threads.submit(read)
        written = (at(SDK, f"v1.0.{number}") for number in itertools.count())
        while len(seen) < 50 and not reader.done():
            write_file(tmp_path, SDK.key, next(written).text())
        done.set()
        reader.result()
