"""Which version a commit is: the go command, looking at the same repository, is the judge."""

import json
from pathlib import Path

import pytest

from gomod.errors import InvalidGoMod, InvalidPath
from gomod.info import format_info
from gomod_publish.errors import NotPublishable
from gomod_publish.source import read_source
from tests.publish.conftest import HOST_PATH
from tests.publish.repository import DirectGo, GitRepository, git

GO_MOD = f"module {HOST_PATH}\n\ngo 1.21\n"
GO_MOD_V2 = f"module {HOST_PATH}/v2\n\ngo 1.21\n"
GO_MOD_SUB = f"module {HOST_PATH}/sub\n\ngo 1.21\n"


def agree(folder: Path, go: DirectGo, query: str = "main") -> str:
    """Assert that go finds the same version, time and origin at `query`, and return the version."""
    source = read_source(folder)
    listed = go.list(source.module.path, query)
    assert (source.module.version, f"{source.commit.time:%Y-%m-%dT%H:%M:%SZ}") == (listed["Version"], listed["Time"])
    theirs = go.download(source.module.path, query)
    ours = json.loads(format_info(source.info))
    assert source.module.version == theirs.version
    assert ours == {"Version": theirs.version, "Time": theirs.time, "Origin": theirs.origin}
    return theirs.version


def test_without_any_tag_it_is_a_pseudo_version_of_v0(repository: GitRepository, go: DirectGo) -> None:
    commit = repository.commit({"go.mod": GO_MOD})
    assert agree(repository.path, go) == f"v0.0.0-20231114231320-{commit[:12]}"


def test_a_tag_on_the_commit_is_the_version(repository: GitRepository, go: DirectGo) -> None:
    repository.commit({"go.mod": GO_MOD}, "v1.2.3")
    assert agree(repository.path, go, "v1.2.3") == "v1.2.3"


def test_an_annotated_tag_counts_by_the_commit_that_it_stands_for(repository: GitRepository, go: DirectGo) -> None:
    repository.commit({"go.mod": GO_MOD})
    repository.git("tag", "--annotate", "--message=first", "v1.2.3")
    assert agree(repository.path, go, "v1.2.3") == "v1.2.3"


def test_the_highest_of_several_tags_on_the_commit_is_the_version(repository: GitRepository, go: DirectGo) -> None:
    repository.commit({"go.mod": GO_MOD}, "v1.9.0", "v1.10.0", "v1.10.0-rc.1", "v1.11", "nightly", "v2.0.0")
    assert agree(repository.path, go, "v1.10.0") == "v1.10.0"


def test_after_a_release_the_next_patch_is_under_way(repository: GitRepository, go: DirectGo) -> None:
    repository.commit({"go.mod": GO_MOD}, "v1.2.9")
    repository.commit({"a.go": "package a\n"})
    assert agree(repository.path, go).startswith("v1.2.10-0.20231115001320-")


def test_after_a_prerelease_its_own_line_goes_on(repository: GitRepository, go: DirectGo) -> None:
    repository.commit({"go.mod": GO_MOD}, "v1.3.0-rc.1")
    repository.commit({"a.go": "package a\n"})
    assert agree(repository.path, go).startswith("v1.3.0-rc.1.0.20231115001320-")


def test_the_highest_tag_in_the_history_is_the_base_not_the_nearest(repository: GitRepository, go: DirectGo) -> None:
    repository.commit({"go.mod": GO_MOD}, "v1.10.0")
    repository.commit({"a.go": "package a\n"}, "v1.9.1")
    repository.commit({"a.go": "package a // more\n"})
    assert agree(repository.path, go).startswith("v1.10.1-0.")


def test_a_tag_on_a_later_commit_does_not_count(repository: GitRepository, go: DirectGo) -> None:
    repository.commit({"go.mod": GO_MOD}, "v1.0.0")
    middle = repository.commit({"a.go": "package a\n"})
    repository.commit({"a.go": "package a // more\n"}, "v1.1.0")
    repository.git("checkout", "--quiet", middle)
    assert agree(repository.path, go, middle).startswith("v1.0.1-0.")


def test_a_detached_head_is_no_branch(repository: GitRepository, go: DirectGo) -> None:
    repository.commit({"go.mod": GO_MOD}, "v1.0.0")
    commit = repository.commit({"a.go": "package a\n"})
    repository.commit({"b.go": "package a\n"})
    repository.git("checkout", "--quiet", commit)
    agree(repository.path, go, commit)
    assert read_source(repository.path).origin.ref == ""


def test_tags_of_a_merged_branch_count(repository: GitRepository, go: DirectGo) -> None:
    repository.commit({"go.mod": GO_MOD}, "v1.0.0")
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit({"side.go": "package a\n"}, "v1.5.0-beta.2")
    repository.git("checkout", "--quiet", "main")
    repository.commit({"a.go": "package a\n"}, "v1.4.7")
    repository.merge("side")
    assert agree(repository.path, go).startswith("v1.5.0-beta.2.0.")


def test_tags_of_a_branch_that_was_never_merged_do_not_count(repository: GitRepository, go: DirectGo) -> None:
    repository.commit({"go.mod": GO_MOD}, "v1.0.0")
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit({"side.go": "package a\n"}, "v1.5.0")
    repository.git("checkout", "--quiet", "main")
    repository.commit({"a.go": "package a\n"})
    assert agree(repository.path, go).startswith("v1.0.1-0.")


def test_a_tag_with_build_metadata_is_no_release_but_a_base(repository: GitRepository, go: DirectGo) -> None:
    repository.commit({"go.mod": GO_MOD}, "v1.4.0+linux")
    assert agree(repository.path, go).startswith("v1.4.1-0.")


def test_a_tag_that_looks_like_a_pseudo_version_stands_for_nothing(repository: GitRepository, go: DirectGo) -> None:
    repository.commit({"go.mod": GO_MOD}, "v1.4.1-0.20200101000000-abcdefabcdef")
    assert agree(repository.path, go).startswith("v0.0.0-")


def test_a_retracted_version_is_no_base(repository: GitRepository, go: DirectGo) -> None:
    repository.commit({"go.mod": GO_MOD}, "v1.0.0")
    repository.commit({"a.go": "package a\n"}, "v1.9.0")
    repository.commit({"b.go": "package a\n"})
    repository.git("branch", "here")
    repository.commit({"go.mod": GO_MOD + "\nretract [v1.8.0, v1.9.5] // published by mistake\n"}, "v1.10.0")
    repository.git("checkout", "--quiet", "here")
    assert agree(repository.path, go, "here").startswith("v1.0.1-0.")


def test_a_retracted_tag_yields_to_another_one_on_the_commit(repository: GitRepository, go: DirectGo) -> None:
    commit = repository.commit({"go.mod": GO_MOD}, "v1.4.0", "v1.5.0")
    repository.commit({"go.mod": GO_MOD + "\nretract v1.5.0\n"}, "v1.6.0")
    repository.git("checkout", "--quiet", commit)
    assert agree(repository.path, go, "v1.4.0") == "v1.4.0"
    assert go.list(HOST_PATH, commit)["Version"] == "v1.4.0"


def test_a_release_that_retracts_itself_is_published_under_its_tag(repository: GitRepository, go: DirectGo) -> None:
    repository.commit({"go.mod": GO_MOD}, "v1.9.0")
    repository.commit({"go.mod": GO_MOD + "\nretract [v1.9.0, v1.9.1]\n"}, "v1.9.1")
    assert agree(repository.path, go, "v1.9.1") == "v1.9.1"


def test_major_version_2_has_tags_and_pseudo_versions_of_its_own(repository: GitRepository, go: DirectGo) -> None:
    repository.commit({"go.mod": GO_MOD}, "v1.5.0")
    repository.commit({"go.mod": GO_MOD_V2})
    assert agree(repository.path, go).startswith("v2.0.0-20231115001320-")
    repository.commit({"a.go": "package a\n"}, "v2.1.0", "v1.6.0")
    assert agree(repository.path, go, "v2.1.0") == "v2.1.0"
    repository.commit({"a.go": "package a // more\n"})
    assert agree(repository.path, go).startswith("v2.1.1-0.")


def test_major_version_2_may_have_a_folder_of_its_own(repository: GitRepository, go: DirectGo) -> None:
    repository.commit({"go.mod": GO_MOD, "v2/go.mod": GO_MOD_V2}, "v1.5.0", "v2.3.0")
    assert agree(repository.path / "v2", go, "v2.3.0") == "v2.3.0"
    assert agree(repository.path, go, "v1.5.0") == "v1.5.0"
    repository.commit({"a.go": "package a\n"})
    assert agree(repository.path / "v2", go).startswith("v2.3.1-0.")


def test_a_module_in_a_folder_has_prefixed_tags(repository: GitRepository, go: DirectGo) -> None:
    repository.commit({"go.mod": GO_MOD, "sub/go.mod": GO_MOD_SUB}, "v1.5.0", "sub/v0.3.0", "other/sub/v0.9.0")
    assert agree(repository.path / "sub", go, "v0.3.0") == "v0.3.0"
    repository.commit({"sub/a.go": "package a\n"})
    assert agree(repository.path / "sub", go).startswith("v0.3.1-0.")


def test_major_version_2_in_a_folder_of_a_folder(repository: GitRepository, go: DirectGo) -> None:
    v2 = f"module {HOST_PATH}/sub/v2\n"
    repository.commit({"sub/go.mod": GO_MOD_SUB, "sub/v2/go.mod": v2}, "sub/v2.0.1", "v2.9.0", "sub/v2/v2.7.0")
    assert agree(repository.path / "sub/v2", go, "v2.0.1") == "v2.0.1"
    repository.commit({"sub/v2/a.go": "package a\n"})
    assert agree(repository.path / "sub/v2", go).startswith("v2.0.2-0.")


def test_a_shallow_clone_knows_the_tag_on_its_commit(repository: GitRepository, go: DirectGo, tmp_path: Path) -> None:
    repository.commit({"go.mod": GO_MOD}, "v1.0.0")
    repository.commit({"a.go": "package a\n"}, "v1.1.0")
    clone = repository.clone(tmp_path / "shallow", "--depth=1", "--branch=v1.1.0")
    git(clone, "remote", "set-url", "origin", "https://go.example.test/repo")
    assert agree(clone, go, "v1.1.0") == "v1.1.0"


def test_a_shallow_clone_without_a_tag_on_its_commit_is_refused_and_made_whole_is_not(
    repository: GitRepository, go: DirectGo, tmp_path: Path
) -> None:
    repository.commit({"go.mod": GO_MOD}, "v1.0.0")
    repository.commit({"a.go": "package a\n"})
    repository.commit({"b.go": "package a\n"})
    clone = repository.clone(tmp_path / "shallow", "--depth=1")
    with pytest.raises(NotPublishable, match="git fetch --unshallow --tags"):
        read_source(clone)
    git(clone, "fetch", "--quiet", "--unshallow", "--tags")
    git(clone, "remote", "set-url", "origin", "https://go.example.test/repo")
    assert agree(clone, go).startswith("v1.0.1-0.")


def test_a_second_work_tree_is_as_good_as_the_first(repository: GitRepository, go: DirectGo, tmp_path: Path) -> None:
    repository.commit({"go.mod": GO_MOD}, "v1.0.0")
    repository.git("worktree", "add", "--quiet", str(tmp_path / "second"), "-b", "second")
    assert agree(tmp_path / "second", go, "v1.0.0") == "v1.0.0"


@pytest.mark.parametrize("change", ["modified", "deleted", "untracked", "staged"])
def test_what_is_not_committed_is_listed_and_refused(repository: GitRepository, change: str) -> None:
    repository.commit({"go.mod": GO_MOD, "a.go": "package a\n"})
    if change == "deleted":
        (repository.path / "a.go").unlink()
    elif change == "untracked":
        (repository.path / "new file.go").write_text("package a\n")
    else:
        (repository.path / "a.go").write_text("package b\n")
    if change == "staged":
        repository.git("add", "a.go")
    name = "new file.go" if change == "untracked" else "a.go"
    with pytest.raises(NotPublishable, match=f"commit, remove or ignore {name}$"):
        read_source(repository.path)


def test_a_clone_that_does_not_show_what_is_not_committed_is_looked_at_all_the_same(repository: GitRepository) -> None:
    repository.commit({"go.mod": GO_MOD})
    repository.git("config", "status.showUntrackedFiles", "no")
    (repository.path / "new.go").write_text("package a\n")
    with pytest.raises(NotPublishable, match=r"commit, remove or ignore new\.go$"):
        read_source(repository.path)


def test_long_lists_of_changes_are_cut(repository: GitRepository) -> None:
    repository.commit({"go.mod": GO_MOD})
    for number in range(25):
        (repository.path / f"{number:02}.go").write_text("package a\n")
    with pytest.raises(NotPublishable, match=r"18\.go, 19\.go, and 5 more$"):
        read_source(repository.path)


def test_ignored_files_and_those_of_other_folders_do_not_count_as_changes(repository: GitRepository) -> None:
    repository.commit({"go.mod": GO_MOD, "sub/go.mod": GO_MOD_SUB, ".gitignore": "*.log\n"})
    (repository.path / "sub/noise.log").write_text("noise")
    (repository.path / "elsewhere.go").write_text("package a\n")
    assert read_source(repository.path / "sub").module.path == f"{HOST_PATH}/sub"


def test_a_changed_root_license_counts_for_a_module_in_a_folder(repository: GitRepository) -> None:
    repository.commit({"LICENSE": "old", "sub/go.mod": GO_MOD_SUB})
    (repository.path / "LICENSE").write_text("new")
    with pytest.raises(NotPublishable, match="LICENSE"):
        read_source(repository.path / "sub")


def test_a_folder_outside_git_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotPublishable, match="not in a git work tree"):
        read_source(tmp_path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotPublishable, match="is not a folder"):
        read_source(tmp_path / "nowhere")


def test_a_repository_without_commits_is_refused(repository: GitRepository) -> None:
    with pytest.raises(NotPublishable, match="no commit yet"):
        read_source(repository.path)


def test_a_go_mod_that_is_not_committed_is_refused(repository: GitRepository) -> None:
    repository.commit({"a.go": "package a\n"})
    (repository.path / "go.mod").write_text(GO_MOD)
    with pytest.raises(NotPublishable, match=r"has no go\.mod in commit"):
        read_source(repository.path)


def test_a_go_mod_without_a_module_line_is_refused(repository: GitRepository) -> None:
    repository.commit({"go.mod": "go 1.21\n"})
    with pytest.raises(NotPublishable, match="no module line"):
        read_source(repository.path)


@pytest.mark.parametrize("block", ["module (\n\t{path}\n)\n", 'module ( // why\n\n\t"{path}" // not\n) // this\n'])
def test_a_module_path_in_a_block_is_read_as_go_reads_it(repository: GitRepository, go: DirectGo, block: str) -> None:
    repository.commit({"go.mod": f"{block.format(path=HOST_PATH)}\ngo 1.21\n"}, "v1.2.3")
    assert agree(repository.path, go, "v1.2.3") == "v1.2.3"
    assert read_source(repository.path).module.path == HOST_PATH


def test_retractions_of_a_go_mod_with_a_block_count(repository: GitRepository) -> None:
    block = f"module (\n\t{HOST_PATH}/v2\n)\n"
    repository.commit({"go.mod": block}, "v2.0.0")
    repository.commit({"go.mod": f"{block}retract v2.1.0\n"}, "v2.1.0")
    repository.commit({"a.go": "package a\n"})
    assert read_source(repository.path).module.version.startswith("v2.0.1-0.")


def test_a_go_mod_that_no_consumer_could_read_is_refused_with_the_line(repository: GitRepository) -> None:
    repository.commit({"sub/go.mod": f"module {HOST_PATH}/sub\n\nrequire x\n"})
    with pytest.raises(InvalidGoMod, match=r"^sub/go\.mod:3: require: "):
        read_source(repository.path / "sub")


def test_a_module_path_that_breaks_the_rules_is_refused(repository: GitRepository) -> None:
    repository.commit({"go.mod": "module Example/x\n"})
    with pytest.raises(InvalidPath):
        read_source(repository.path)


def test_inside_a_git_hook_the_folder_given_counts(
    repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = repository.commit({"go.mod": GO_MOD})
    other = GitRepository(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.path))
    assert read_source(repository.path).commit.hash == commit
