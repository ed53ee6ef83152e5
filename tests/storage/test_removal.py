"""A version that is taken away again and again while others bring it back: whole or absent for whoever looks."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from gomod.errors import Unavailable
from gomod.layout import Kind
from gomod_storage import removal, repair, scrub, version_folder
from gomod_storage.commit import commit
from gomod_storage.pace import at_once
from gomod_storage.places import Places
from gomod_storage.staging import hold
from tests.storage.checks import assert_not_projected, assert_projected, assert_tidy
from tests.storage.modules import pack

OURS = pack("git.example.com/Team/lib", "v1.0.0")
SECONDS = 2.0
KINDS: tuple[Kind, ...] = ("info", "mod", "zip")


def bring(places: Places) -> bool:
    try:
        with hold(places) as staging:
            return commit(places, OURS.write(staging))
    except (FileNotFoundError, Unavailable):
        return False  # what stood went while it was compared or made good: trouble that passes, as the contract allows


def take(places: Places) -> bool:
    try:
        judged = version_folder.identity(places.version(OURS.module).stat())
    except FileNotFoundError:
        return False
    return removal.cull(places, OURS.module, judged, "unused")


def read(places: Places) -> bool:
    expected = {"info": OURS.info, "mod": OURS.mod, "zip": OURS.zip}
    for kind in KINDS:
        try:
            descriptor = version_folder.open_file(places.version(OURS.module), kind)
        except FileNotFoundError:
            return False
        with os.fdopen(descriptor, "rb") as file:
            assert file.read() == expected[kind]
    return True


def test_those_who_take_bring_and_read_at_once_see_the_whole_version_or_none(root: Path) -> None:
    places = Places(root)
    repair.start(places)
    deadline = time.monotonic() + SECONDS
    counts: list[tuple[Callable[[Places], bool], int]] = []

    def again_and_again(act: Callable[[Places], bool]) -> None:
        count = 0
        while time.monotonic() < deadline:
            count += act(places)
        counts.append((act, count))

    threads = [threading.Thread(target=again_and_again, args=(act,)) for act in (bring, bring, take, take, read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counts) == len(threads)  # else one of them raised
    brought, taken, seen = (sum(count for act, count in counts if act is each) for each in (bring, take, read))
    assert brought - taken in (0, 1)
    assert min(brought, taken, seen) > 2
    repair.start(places)  # what was brought and went before it was projected has left a note
    assert_tidy(root)
    if brought == taken:
        assert_not_projected(root, OURS)
    bring(places)
    assert_projected(root, OURS)
    assert [finding for _, finding in scrub.scrub(places, at_once) if finding] == []
