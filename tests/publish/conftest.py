"""Every test of the publish client runs without this machine's git and go settings."""

import os
from pathlib import Path

import pytest

from tests.publish.repository import DirectGo, GitRepository

HOST_PATH = "go.example.test/repo.git"
"""A path whose `.git` tells go where the repository is: it asks nobody for a meta tag."""


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No GIT_*, GO* variables and no configuration but ours."""
    for name in os.environ:
        if name.startswith(("GIT_", "GO")):
            monkeypatch.delenv(name)
    config = tmp_path / "gitconfig"
    config.write_text("[user]\n\tname = Ann Author\n\temail = ann@example.test\n[advice]\n\tdetachedHead = false\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    """An empty repository whose remote is called as go calls it."""
    made = GitRepository(tmp_path / "repository")
    made.git("remote", "add", "origin", "https://go.example.test/repo")
    return made


@pytest.fixture
def go(tmp_path: Path, repository: GitRepository) -> DirectGo:
    """The go command, for which the repository is the one at HOST_PATH."""
    return DirectGo(tmp_path / "go-home", "https://go.example.test/repo", repository.path)
