"""Eight processes publish the same fifty versions with different bytes, while readers look on."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gomod.layout import Kind
from gomod.module import ModuleVersion
from gomod_storage import ModuleStore
from gomod_storage.open import open_store
from gomod_storage.places import Places
from tests.storage import publisher
from tests.storage.checks import assert_projected, assert_tidy
from tests.storage.modules import read_zip
from tests.storage.publisher import PATH, offer

PUBLISHERS = 8
VERSIONS = [f"v1.{minor}.0" for minor in range(50)]
OFFERS = {(version, number): offer(version, number) for version in VERSIONS for number in range(PUBLISHERS)}


class Spectator:
    """Reads all there is, over and over, and remembers whose each version was."""

    def __init__(self, root: Path) -> None:
        self.store = open_store(root.as_uri())
        self.places = Places(root)
        self.owners: dict[str, int] = {}
        self.checks = 0

    async def look(self) -> None:
        """One round over the store and over its projection."""
        for version in await self.store.versions(PATH):
            module = ModuleVersion(PATH, version)
            info = await self.store.info(module)
            self._check(version, info.data, (await self.store.mod(module)).data, await read_zip(self.store, module))
        listing = self.places.projected_list(PATH)
        for version in listing.read_text().split() if listing.exists() else []:
            kinds: tuple[Kind, ...] = ("info", "mod", "zip")
            self._check(
                version,
                *(self.places.projected(ModuleVersion(PATH, version), kind).read_bytes() for kind in kinds),
            )

    def _check(self, version: str, info: bytes, mod: bytes, zip_: bytes) -> None:
        match = re.search(rb":(\d\d)Z", info)
        assert match is not None
        number = int(match[1])
        expected = OFFERS[version, number]
        assert (info, mod, zip_) == (expected.info, expected.mod, expected.zip), f"{version} is mixed"
        assert self.owners.setdefault(version, number) == number, f"{version} changed hands"
        self.checks += 1


@contextmanager
def running_publishers(root: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """The publishers, begun together."""
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with ExitStack() as stack:
        publishers = []
        for number in range(PUBLISHERS):
            command = [sys.executable, publisher.__file__, str(root), str(number), str(len(VERSIONS))]
            process = subprocess.Popen(command, env=environ, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            publishers.append(stack.enter_context(process))
            stack.callback(process.kill)
        for process in publishers:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in publishers:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        yield publishers


async def test_one_publisher_wins_each_version_and_nobody_sees_a_torn_one(volume: ModuleStore, root: Path) -> None:
    spectator = Spectator(root)
    with running_publishers(root) as publishers:
        while any(process.poll() is None for process in publishers):
            await spectator.look()
        won = [json.loads(process.communicate()[0]) for process in publishers]
        assert [process.returncode for process in publishers] == [0] * PUBLISHERS
    assert Counter(version for versions in won for version in versions) == Counter(VERSIONS)
    await spectator.look()
    assert spectator.owners == {version: number for number, versions in enumerate(won) for version in versions}
    assert spectator.checks > len(VERSIONS)
    assert await volume.versions(PATH) == VERSIONS
    for version, number in spectator.owners.items():
        assert_projected(root, OFFERS[version, number])
    assert Places(root).projected_list(PATH).read_text().split() == VERSIONS
    assert_tidy(root)
