"""gomod.sumdb.client against x/mod's own server: what it proves, and that no lie gets through."""

import asyncio

import pytest

from gomod.errors import NotFound, Unavailable, UpstreamError
from gomod.module import ModuleVersion
from gomod.sumdb.errors import Disproved
from gomod.sumdb.fork import Fork
from gomod.sumdb.tile import Tile
from tests.gomod.sumdb.conftest import BIG, SMALL
from tests.gomod.sumdb.world import World
from tests.sumdb_server import SumDatabase


def generated(number: int) -> ModuleVersion:
    """The module of which a generated record is."""
    return ModuleVersion(f"generated.example/m{number}", "v1.0.0")


def path_of(number: int) -> str:
    return f"/lookup/generated.example/m{number}@v1.0.0"


class TestWhatItProves:
    async def test_the_lines_of_a_module_are_proven(self, world: World) -> None:
        world.database.add("github.com/Azure/x", "v1.2.0", "h1:zip", "h1:mod")
        checksums = await world.client.lookup(ModuleVersion("github.com/Azure/x", "v1.2.0"))
        assert checksums.lines == ("github.com/Azure/x v1.2.0 h1:zip", "github.com/Azure/x v1.2.0/go.mod h1:mod")
        assert checksums.answer == world.database.get("/lookup/github.com/!azure/x@v1.2.0")
        assert world.heads.note == world.database.head(SMALL + 1)

    async def test_any_record_of_a_big_tree_is_proven(self, big_database: SumDatabase) -> None:
        world = World(big_database)
        for number in (0, 1, 255, 256, 65535, 65536, 69887, 69888, BIG - 1):
            assert len((await world.client.lookup(generated(number))).lines) == 2

    async def test_the_first_record_of_all_is_proven(self) -> None:
        with SumDatabase() as database:
            database.generate(1)
            assert len((await World(database).client.lookup(generated(0))).lines) == 2

    async def test_a_growing_tree_is_followed(self, world: World) -> None:
        for count in (1, 1, 66, 256, 300):
            await world.client.lookup(generated(world.database.size - 1))
            assert world.heads.note == world.database.head(world.database.size)
            world.database.generate(count)

    async def test_an_older_head_is_fine_when_it_is_of_the_same_history(self, world: World) -> None:
        await world.client.lookup(generated(5))
        for size in (SMALL - 1, 512, 256, 300, 8):
            world.database.serve_old_head(size)
            await world.client.lookup(generated(size - 1))
        assert world.heads.note == world.database.head(SMALL)

    async def test_a_record_that_came_after_the_head_served_with_it_is_proven_in_the_newest(self, world: World) -> None:
        await world.client.lookup(generated(5))
        world.database.serve_old_head(300)
        await world.client.lookup(generated(600))

    async def test_what_the_database_does_not_have_is_not_found(self, world: World) -> None:
        with pytest.raises(NotFound):
            await world.client.lookup(ModuleVersion("unknown.example/m", "v1.0.0"))

    async def test_many_at_once_agree(self, world: World) -> None:
        async def look_up(number: int) -> None:
            if number % 7 == 0:
                world.database.generate(1)
            await world.client.lookup(generated(number))

        async with asyncio.TaskGroup() as tasks:
            for number in range(0, SMALL, 23):
                tasks.create_task(look_up(number))
        await world.client.latest()
        assert world.heads.note == world.database.head(world.database.size)


class TestWhatItKeeps:
    async def test_a_proven_answer_is_not_asked_for_again(self, world: World) -> None:
        first = await world.client.lookup(generated(5))
        world.remote.reachable = False
        assert await world.restarted().lookup(generated(5)) == first

    async def test_proven_tiles_are_not_asked_for_again(self, world: World) -> None:
        await world.client.lookup(generated(5))
        world.database.asked()
        await world.client.lookup(generated(6))
        assert world.database.asked() == [path_of(6)]
        await world.restarted().lookup(generated(7))
        assert world.database.asked() == [path_of(7)]

    async def test_nothing_disproved_is_kept(self, world: World) -> None:
        world.database.flip("/tile/8/0/000", at=40)
        with pytest.raises(Disproved):
            await world.client.lookup(generated(5))
        assert world.archive.files == {}
        world.database.restore()
        await world.client.lookup(generated(5))
        assert set(world.archive.files) == {path_of(5), "/tile/8/0/000", "/tile/8/0/002.p/188", "/tile/8/1/000.p/2"}

    async def test_damaged_copies_are_replaced(self, world: World) -> None:
        await world.client.lookup(generated(5))
        good = dict(world.archive.files)
        world.archive.files["/tile/8/0/000"] = bytes(8192)
        world.archive.files["/tile/8/1/000.p/2"] = b"short"
        world.archive.files[path_of(5)] = b"5\ntorn"
        await world.restarted().lookup(generated(5))
        assert world.archive.files == good

    async def test_of_a_tile_that_was_filled_since_the_whole_is_enough(self, world: World) -> None:
        world.database.generate(256)
        world.database.serve_old_head(SMALL)
        world.database.answer("/tile/8/0/002.p/188", b"gone", status=404)
        await world.client.lookup(generated(5))
        assert world.heads.note == world.database.head(SMALL)


class TestTiles:
    async def test_a_tile_is_proven(self, world: World) -> None:
        for tile in (Tile(0, 1), Tile(0, 2, 188), Tile(1, 0, 2)):
            assert await world.client.tile(tile) == world.database.get(tile.path)

    async def test_a_partial_tile_of_an_older_tree_is_the_beginning_of_todays(self, world: World) -> None:
        expected = world.database.get("/tile/8/0/001.p/7")
        world.database.answer("/tile/8/0/001.p/7", b"gone", status=404)
        assert await world.client.tile(Tile(0, 1, 7)) == expected

    async def test_the_tree_is_asked_to_grow_for_a_tile_that_it_does_not_have(self, world: World) -> None:
        await world.client.lookup(generated(5))
        world.database.generate(100)
        assert await world.client.tile(Tile(0, 3, 32)) == world.database.get("/tile/8/0/003.p/32")
        with pytest.raises(NotFound, match="too small for it, 800 records"):
            await world.client.tile(Tile(0, 3, 33))

    async def test_a_kept_tile_is_there_without_the_database(self, world: World) -> None:
        expected = await world.client.tile(Tile(0, 1))
        world.remote.reachable = False
        assert await world.restarted().tile(Tile(0, 1)) == expected

    async def test_a_damaged_copy_is_replaced(self, world: World) -> None:
        expected = await world.client.tile(Tile(0, 1))
        world.archive.files["/tile/8/0/001"] = b"short"
        assert await world.restarted().tile(Tile(0, 1)) == expected
        assert world.archive.files["/tile/8/0/001"] == expected

    async def test_a_wrong_tile_is_disproved(self, world: World) -> None:
        world.database.flip("/tile/8/0/001")
        with pytest.raises(Disproved, match="/tile/8/0/001 is not in the signed tree of 700 records"):
            await world.client.tile(Tile(0, 1))


class TestLies:
    async def test_a_tampered_record_is_disproved(self, world: World) -> None:
        world.database.tamper(path_of(5), b"m5 v1.0.0 h1:", b"m5 v1.0.0 h1:AAAA")
        with pytest.raises(Disproved, match=r"record 5 that is not the one in its signed tree"):
            await world.client.lookup(generated(5))

    async def test_a_genuine_record_under_another_number_is_disproved(self, world: World) -> None:
        world.database.tamper(path_of(5), b"5\n", b"6\n")
        with pytest.raises(Disproved, match="record 6 that is not the one"):
            await world.client.lookup(generated(5))

    async def test_a_number_outside_the_tree_is_disproved(self, world: World) -> None:
        world.database.tamper(path_of(5), b"5\n", b"700\n")
        with pytest.raises(Disproved, match="answers with record 700, its signed tree has 700"):
            await world.client.lookup(generated(5))

    async def test_the_record_of_another_module_is_disproved(self, world: World) -> None:
        world.database.answer(path_of(5), world.database.get(path_of(6)))
        with pytest.raises(Disproved, match="the record of another module"):
            await world.client.lookup(generated(5))

    async def test_lines_beside_the_record_are_not_believed(self, world: World) -> None:
        head = world.database.sign(
            world.database.head(SMALL).decode().partition("\n\n")[0]
            + "\nevil.example/m v1.0.0 h1:evil\nevil.example/m v1.0.0/go.mod h1:evil\n"
        )
        answer = world.database.get(path_of(5)).partition(b"\n\n")[0] + b"\n\n" + head
        world.database.answer("/lookup/evil.example/m@v1.0.0", answer)
        with pytest.raises(Disproved, match="the record of another module"):
            await world.client.lookup(ModuleVersion("evil.example/m", "v1.0.0"))

    async def test_a_wrong_signature_is_disproved(self, world: World) -> None:
        world.database.tamper(path_of(5), b"\n700\n", b"\n699\n")
        with pytest.raises(Disproved, match="invalid signature"):
            await world.client.lookup(generated(5))

    async def test_another_key_of_the_same_name_is_disproved(self, world: World) -> None:
        world.database.steal_name()
        with pytest.raises(Disproved, match="not signed by"):
            await world.client.lookup(generated(5))

    @pytest.mark.parametrize("path", ["/tile/8/0/000", "/tile/8/0/002.p/188", "/tile/8/1/000.p/2"])
    async def test_a_wrong_tile_is_disproved(self, world: World, path: str) -> None:
        world.database.flip(path)
        with pytest.raises(Disproved, match="signed tree of 700 records"):
            await world.client.lookup(generated(5))

    async def test_nothing_is_believed_of_a_signed_head_without_a_tree(self, world: World) -> None:
        await world.client.lookup(generated(5))
        forged = world.database.sign("go.sum database tree\n1000\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
        world.database.generate(300)
        world.database.answer("/latest", forged)
        with pytest.raises(Disproved, match="do not make the root of the signed tree of 1000 records"):
            await world.client.latest()
        assert world.heads.note == world.database.head(SMALL)


class TestForks:
    async def test_another_history_is_a_fork_with_both_heads_and_a_proof(self, world: World) -> None:
        await world.client.lookup(generated(5))
        honest = world.heads.note
        world.database.fork(600)
        world.database.generate(100)
        forged = world.database.head(SMALL + 100)
        with pytest.raises(Fork, match=r"SECURITY: the checksum database .* has signed two histories") as raised:
            await world.client.lookup(generated(650))
        assert "\n" not in str(raised.value)
        assert (raised.value.older.note, raised.value.newer.note) == (honest, forged)
        assert honest.decode() in raised.value.evidence
        assert forged.decode() in raised.value.evidence
        prefix = world.database.head(SMALL).split(b"\n")[2].decode()  # what the forged history has at that size
        assert f"the first {SMALL} records of the latter have the hash {prefix}" in raised.value.evidence
        assert world.heads.note == honest
        assert not any("m650" in path for path in world.archive.files)

    async def test_a_fork_of_the_same_size_needs_no_tiles(self, world: World) -> None:
        await world.client.lookup(generated(5))
        world.database.fork(SMALL - 1)
        world.database.asked()
        with pytest.raises(Fork):
            await world.client.latest()
        assert world.database.asked() == ["/latest"]

    async def test_an_older_head_of_another_history_is_a_fork(self, world: World) -> None:
        await world.client.lookup(generated(5))
        world.database.fork(100)
        forged = world.database.head(650)
        world.database.restore()
        world.database.answer("/latest", forged)
        with pytest.raises(Fork) as raised:
            await world.client.latest()
        assert raised.value.older.note == forged

    async def test_a_fork_is_seen_although_our_tiles_are_of_the_first_history(self, world: World) -> None:
        for number in range(0, SMALL, 100):
            await world.client.lookup(generated(number))
        world.database.fork(0)
        world.database.generate(1)
        with pytest.raises(Fork):
            await world.client.lookup(generated(SMALL))

    async def test_a_rewound_database_that_grows_anew_is_a_fork(self, world: World) -> None:
        for number in (5, 305):
            await world.client.lookup(generated(number))
        world.database.rewind(500)
        await world.client.lookup(generated(6))  # so far it has only forgotten
        world.database.add("evil.example/m", "v1.0.0", "h1:zip", "h1:mod")
        with pytest.raises(Fork):
            await world.client.lookup(ModuleVersion("evil.example/m", "v1.0.0"))

    async def test_a_fork_is_remembered_over_a_restart(self, world: World) -> None:
        await world.client.lookup(generated(5))
        world.database.fork(600)
        with pytest.raises(Fork):
            await world.restarted().lookup(generated(6))

    async def test_the_first_history_is_good_for_ever(self, world: World) -> None:
        await world.client.lookup(generated(5))
        world.database.fork(600)
        with pytest.raises(Fork):
            await world.client.lookup(generated(6))
        world.database.restore()
        await world.client.lookup(generated(6))


class TestReplicas:
    async def test_a_head_that_another_replica_stored_meanwhile_is_not_overwritten(self, world: World) -> None:
        world.database.generate(100)
        newer = world.database.head(SMALL + 100)

        def other_replica() -> None:
            world.heads.note = newer

        world.heads.before_replacing = other_replica
        world.database.serve_old_head(SMALL)
        await world.client.lookup(generated(5))
        assert world.heads.note == newer

    async def test_a_fork_between_two_replicas_is_seen(self, world: World) -> None:
        world.database.fork(100)
        forged = world.database.head(SMALL)
        world.database.restore()
        world.database.generate(1)

        def other_replica() -> None:
            world.heads.note = forged

        world.heads.before_replacing = other_replica
        with pytest.raises(Fork):
            await world.client.lookup(generated(5))

    async def test_a_damaged_head_of_our_own_is_our_own_trouble(self, world: World) -> None:
        world.heads.note = b"torn"
        with pytest.raises(Unavailable, match=r"the newest head that we keep of sums\.example\.test is damaged"):
            await world.client.lookup(generated(5))


class TestOutages:
    async def test_an_outage_is_no_lie(self, world: World) -> None:
        world.remote.reachable = False
        with pytest.raises(UpstreamError) as raised:
            await world.client.lookup(generated(5))
        assert not isinstance(raised.value, Disproved)

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            (path_of(5), b"<html>Welcome to our wireless network!</html>"),
            ("/tile/8/0/000", b"<html>Welcome to our wireless network!</html>"),
            ("/tile/8/0/000", b""),
        ],
    )
    async def test_nonsense_is_no_lie(self, world: World, path: str, body: bytes) -> None:
        world.database.answer(path, body)
        with pytest.raises(UpstreamError) as raised:
            await world.client.lookup(generated(5))
        assert not isinstance(raised.value, Disproved)

    async def test_a_truncated_tile_is_an_outage(self, world: World) -> None:
        world.database.truncate("/tile/8/0/000", 8191)
        with pytest.raises(UpstreamError, match="answers /tile/8/0/000 with 8191 bytes, not 8192"):
            await world.client.lookup(generated(5))

    @pytest.mark.parametrize("path", ["/tile/8/0/000", "/tile/8/0/002.p/188"])
    async def test_a_tile_that_must_be_there_is_never_a_missing_module(self, world: World, path: str) -> None:
        world.database.answer(path, b"gone", status=404)
        world.database.answer("/tile/8/0/002", b"gone", status=404)
        with pytest.raises(UpstreamError, match=f"lacks {path} of a tree that it signed"):
            await world.client.lookup(generated(5))

    async def test_a_database_without_a_head_is_out_of_order(self, world: World) -> None:
        world.database.answer("/latest", b"gone", status=404)
        with pytest.raises(UpstreamError, match="has no /latest"):
            await world.client.latest()

    async def test_after_an_outage_it_goes_on(self, world: World) -> None:
        world.database.answer("/tile/8/0/000", b"later", status=503)
        with pytest.raises(UpstreamError, match="503"):
            await world.client.lookup(generated(5))
        world.database.restore()
        await world.client.lookup(generated(5))
