"""Paths that can't stand beside each other."""

import pytest

from gomod.collisions import PathCollisions


def test_a_directory_may_be_named_often_and_a_file_once() -> None:
    collisions = PathCollisions()
    assert collisions.add("a", is_directory=True) == ""
    assert collisions.add("a/b", is_directory=False) == ""
    assert collisions.add("a", is_directory=True) == ""
    assert collisions.add("a/c", is_directory=False) == ""
    assert collisions.add("a/b", is_directory=False) == "'a/b' stands there twice"
    assert len(collisions) == 3


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("x/y", "X/z", "'x' and 'X' differ in case alone"),
        ("x/y", "X", "'x' and 'X' differ in case alone"),
        ("x/y/z", "x/y", "'x/y' is both a file and a directory"),
        ("x", "x/y/z", "'x' is both a file and a directory"),
    ],
)
def test_directories_above_collide_as_well(first: str, second: str, reason: str) -> None:
    collisions = PathCollisions()
    assert collisions.add(first, is_directory=False) == ""
    assert collisions.add(second, is_directory=False) == reason


def test_a_path_that_collides_stays_remembered() -> None:
    collisions = PathCollisions()
    assert collisions.add("A/x", is_directory=False) == ""
    assert collisions.add("a/y", is_directory=False) != ""
    assert collisions.add("A/y", is_directory=False) == "'a/y' and 'A/y' differ in case alone"
    assert collisions.add("a/z", is_directory=False) != "", "a is in collision, whatever lies in it"
