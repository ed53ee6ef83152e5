"""The sample's git repository: the same first commit everywhere, a commit for each change after it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.local import ROOT
from scripts.local.sample import prepare

SAMPLE = ROOT / "examples" / "ameide-sdk-go"


def git(repository: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=repository, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    return shutil.copytree(SAMPLE, tmp_path / "sample")


def test_the_first_commit_is_the_same_on_every_machine(sample: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        prepare(sample, tmp_path / name)
    assert git(tmp_path / "one", "rev-parse", "HEAD") == git(tmp_path / "two", "rev-parse", "HEAD")
    assert git(tmp_path / "one", "describe", "--tags", "--exact-match") == "v1.0.0"
    assert git(tmp_path / "one", "ls-files").splitlines() == ["README.md", "go.mod", "greeting.go", "greeting_test.go"]


def test_nothing_changed_is_no_new_commit(sample: Path, tmp_path: Path) -> None:
    prepare(sample, tmp_path / "repository")
    before = git(tmp_path / "repository", "rev-parse", "HEAD")
    prepare(sample, tmp_path / "repository")
    assert git(tmp_path / "repository", "rev-parse", "HEAD") == before


def test_a_changed_sample_is_a_commit_after_v1_0_0(sample: Path, tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    prepare(sample, repository)
    (sample / "more.go").write_text("package ameide\n")
    (sample / "README.md").unlink()
    prepare(sample, repository)
    assert git(repository, "describe", "--tags").startswith("v1.0.0-1-g")
    assert git(repository, "diff", "--name-status", "v1.0.0", "HEAD").splitlines() == ["D\tREADME.md", "A\tmore.go"]
    assert git(repository, "status", "--porcelain") == ""


def test_the_developers_own_git_settings_have_no_part_in_it(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text("[commit]\n\tgpgsign = true\n[user]\n\tname = Somebody Else\n[core]\n\thooksPath = /nowhere\n")
    prepare(sample, tmp_path / "one")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z")
    prepare(sample, tmp_path / "two")
    assert git(tmp_path / "one", "rev-parse", "HEAD") == git(tmp_path / "two", "rev-parse", "HEAD")


def test_a_start_that_died_between_commit_and_tag_is_finished(sample: Path, tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    prepare(sample, repository)
    git(repository, "tag", "--delete", "v1.0.0")
    prepare(sample, repository)
    assert git(repository, "describe", "--tags", "--exact-match") == "v1.0.0"
