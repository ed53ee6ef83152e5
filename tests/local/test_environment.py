"""Environment files: explicit values, and every problem named."""

from pathlib import Path

import pytest

from scripts.local import ROOT
from scripts.local.environment import EnvironmentFileError, read_environment
from scripts.local.up import REQUIRED


def write(folder: Path, text: str) -> Path:
    path = folder / "some.env"
    path.write_text(text)
    return path


def test_values_stand_as_written_and_refer_to_what_came_before(tmp_path: Path) -> None:
    path = write(
        tmp_path, "# a comment\n\nHOST=127.0.0.1\nURL=http://${HOST}:80/?a=b\nQUOTED='x y' # z\nAT=${ROOT}/a\n"
    )
    assert read_environment(path, given={"ROOT": "/r"}, required=("URL",)) == {
        "HOST": "127.0.0.1",
        "URL": "http://127.0.0.1:80/?a=b",
        "QUOTED": "'x y' # z",
        "AT": "/r/a",
    }


def test_every_wrong_line_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "A=1\nexport B=2\nC=${LATER}\nLATER=3\njunk\n")
    with pytest.raises(EnvironmentFileError) as caught:
        read_environment(path, given={}, required=("A",))
    assert str(caught.value).splitlines() == [
        f"{path}:2: expected NAME=value, found 'export B=2'",
        f"{path}:3: C refers to LATER, which has no value before it",
        f"{path}:5: expected NAME=value, found 'junk'",
    ]


def test_every_missing_value_is_named_at_once_and_an_empty_one_is_missing(tmp_path: Path) -> None:
    path = write(tmp_path, "A=1\nB=\n")
    with pytest.raises(EnvironmentFileError, match=r"gives no value for B, C$"):
        read_environment(path, given={}, required=("A", "B", "C"))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFileError, match=r"can't read .*/none\.env: No such file"):
        read_environment(tmp_path / "none.env", given={}, required=())


def test_the_local_environment_is_complete_and_stays_on_loopback() -> None:
    values = read_environment(ROOT / "environments" / "local.env", given={"ROOT": "/r"}, required=REQUIRED)
    binds = {name: value for name, value in values.items() if name.endswith("_BIND")}
    assert all(bind.startswith("127.0.0.1:") for bind in binds.values())
    assert len(set(binds.values())) == len(binds) == 5
    assert values["GOMOD_NETWORK_MODE"] == "fallback"
    assert values["GOMOD_STORAGE_URL"] == "file:///r/.local/volume"
