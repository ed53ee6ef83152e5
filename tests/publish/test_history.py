"""Histories nobody would draw by hand: random branches, merges and tags, each commit compared with what go says."""

import random

import pytest

from gomod.pseudo import is_pseudo_version
from gomod_publish.source import read_source
from tests.publish.conftest import HOST_PATH
from tests.publish.repository import DirectGo, GitRepository

COMMITS = 24
TAGS = ["v{}.{}.{}", "v{}.{}.{}", "v{}.{}.{}-rc.{}", "sub/v{}.{}.{}", "sub/v{}.{}.{}-beta", "v{}.{}.{}+meta", "v{}.{}"]
MODULES = {
    "": f"module {HOST_PATH}\n\ngo 1.21\n",
    "v2": f"module {HOST_PATH}/v2\n\ngo 1.21\n",
    "sub": f"module {HOST_PATH}/sub\n\ngo 1.21\n",
}


def grow(repository: GitRepository, dice: random.Random) -> list[str]:
    """Make a history of three modules and return its commits."""
    go_mods = {f"{folder}/go.mod".removeprefix("/"): text for folder, text in MODULES.items()}
    commits = [repository.commit(go_mods)]
    branches = ["main"]
    for number in range(1, COMMITS):
        repository.git("checkout", "--quiet", dice.choice(branches))
        kind = dice.random()
        if kind < 0.2:
            branches.append(f"branch-{number}")
            repository.git("checkout", "--quiet", "-b", branches[-1])
        other = dice.choice(branches)
        merged = repository.git("branch", "--format=%(refname:short)", "--merged=HEAD").split()
        if kind > 0.7 and other not in merged:
            commits.append(repository.merge(other))
        elif kind > 0.6:
            module = dice.choice(["go.mod", "sub/go.mod"])
            line = f"retract v{dice.randrange(2)}.{dice.randrange(3)}.{dice.randrange(3)}\n"
            commits.append(repository.commit({module: go_mods[module] + line}))
        else:
            commits.append(repository.commit({f"file-{number}.go": "package x\n"}))
        if dice.random() < 0.5:
            tag = dice.choice(TAGS).format(*(dice.randrange(3) for _ in range(4)))
            if tag not in repository.git("tag").split():
                repository.git("tag", tag)
    return commits


@pytest.mark.parametrize("seed", [1, 2])
def test_every_commit_of_a_random_history_is_called_as_go_calls_it(
    repository: GitRepository, go: DirectGo, seed: int
) -> None:
    dice = random.Random(seed)
    commits = grow(repository, dice)
    for commit in sorted(set(commits)):
        repository.git("checkout", "--quiet", commit)
        source = read_source(repository.path / dice.choice(list(MODULES)))
        theirs = go.list(source.module.path, commit)["Version"]
        if source.module.version != theirs:
            # Asked by commit, go passes over a tag that is retracted; asked by that tag it takes it, and so do we.
            assert is_pseudo_version(theirs)
            assert go.list(source.module.path, source.module.version)["Version"] == source.module.version
