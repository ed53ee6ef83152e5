"""Names on a volume: where things lie, and what is refused before it becomes a file's name."""

from pathlib import Path

import pytest

from gomod.errors import Forbidden, InvalidPath, InvalidVersion
from gomod.module import ModuleVersion
from gomod_storage.places import Places, check_storable

AZURE = ModuleVersion("github.com/Azure/sdk", "v1.0.0-RC.1")
PLACES = Places(Path("/srv"))


def test_a_version_lies_under_its_path_as_written_and_is_projected_escaped() -> None:
    assert PLACES.version(AZURE) == Path("/srv/github.com/Azure/sdk/v1.0.0-RC.1")
    assert PLACES.projected(AZURE, "zip") == Path("/srv/github.com/!azure/sdk/@v/v1.0.0-!r!c.1.zip")
    assert PLACES.projected_list(AZURE.path) == Path("/srv/github.com/!azure/sdk/@v/list")
    assert PLACES.part(AZURE, "mod") == Path("/srv/.parts/github.com/!azure/sdk/@v/v1.0.0-!r!c.1.mod")


@pytest.mark.parametrize(
    "path",
    [
        "git.example.com/c/v1.0.0/d",
        "git.example.com/c/v1.0.0-pre",
        "git.example.com/v0.0.0-20260102030405-0123456789ab/x/v2",
        "git.example.com/c/v1.2.3-RC1/d",
    ],
)
def test_a_path_whose_folder_would_lie_in_a_versions_place_is_not_stored(path: str) -> None:
    PLACES.check_path(path)
    with pytest.raises(Forbidden, match=r"can't be stored: its element 'v.*' reads as a version"):
        check_storable(path)


@pytest.mark.parametrize("path", ["git.example.com/c/v2", "git.example.com/v1/d", "git.example.com/v1.2/d", "v1.0.0/d"])
def test_what_only_resembles_a_version_is_stored(path: str) -> None:
    PLACES.check_path(path)
    check_storable(path)


@pytest.mark.parametrize(
    ("module", "error"),
    [
        (ModuleVersion("git.example.com/" + "a" * 255, "v1.0.0-" + "b" * 243), None),
        (ModuleVersion("git.example.com/" + "a" * 256, "v1.0.0"), InvalidPath),
        (ModuleVersion("git.example.com/A" + "a" * 253, "v1.0.0"), None),
        (ModuleVersion("git.example.com/A" + "a" * 254, "v1.0.0"), InvalidPath),
        (ModuleVersion("git.example.com/a", "v1.0.0-" + "b" * 244), InvalidVersion),
        (ModuleVersion("git.example.com/a", "v1.0.0-B" + "b" * 241), None),
        (ModuleVersion("git.example.com/a", "v1.0.0-B" + "b" * 242), InvalidVersion),
        (ModuleVersion("git.example.com/a", "v1"), InvalidVersion),
        (ModuleVersion("git.example.com/a", "v1.0.0+meta"), InvalidVersion),
    ],
)
def test_names_fit_the_filesystem_escaped_and_as_written(module: ModuleVersion, error: type[Exception] | None) -> None:
    if error is None:
        PLACES.check(module)
    else:
        with pytest.raises(error):
            PLACES.check(module)


def test_the_longest_path_counts_the_root() -> None:
    module = ModuleVersion("git.example.com" + "/abcdefg" * 490, "v1.0.0")
    Places(Path("/srv")).check(module)
    with pytest.raises(InvalidPath, match="longer than 4095 bytes"):
        Places(Path("/srv") / ("x" * 200)).check(module)
