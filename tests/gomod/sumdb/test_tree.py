"""gomod.sumdb.tree: tiles of trees of any size, against x/mod."""

import base64

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gomod.sumdb.errors import Disproved
from gomod.sumdb.tile import Tile
from gomod.sumdb.tlog import TreeHead, check_record, check_tree, record_proof_ranges, tree_proof_ranges
from gomod.sumdb.tree import Tree, edge_tiles, parent, tiles_of, width_in, with_parents
from tests.gomod.sumdb.naive import SparseLog, leaf_hash
from tests.sumdb_server import SumDatabase

sizes = st.one_of(
    st.integers(1, 1000),
    st.integers(1, 2**40),
    st.builds(lambda power, offset: max(1, 2**power + offset), st.integers(0, 40), st.integers(-2, 2)),
)


@st.composite
def logs(draw: st.DrawFn) -> tuple[int, SparseLog, dict[int, str]]:
    """A size, a log of which some records are special, and these as x/mod is told of them."""
    size = draw(sizes)
    special = {
        number: f"special {number}" for number in draw(st.sets(st.integers(0, size - 1), min_size=1, max_size=4))
    }
    return size, SparseLog({number: text.encode() for number, text in special.items()}), special


def tiles_data(log: SparseLog, tiles: list[Tile]) -> dict[Tile, bytes]:
    return {tile: log.tile(tile.level, tile.index, tile.width) for tile in tiles}


def decoded(hashes: list[str]) -> list[bytes]:
    return [base64.b64decode(each) for each in hashes]


def test_the_edge_of_a_tree_is_a_partial_tile_on_each_level_that_has_one() -> None:
    assert edge_tiles(0) == []
    assert edge_tiles(1) == [Tile(0, 0, 1)]
    assert edge_tiles(256) == [Tile(1, 0, 1)]
    assert set(edge_tiles(70_000)) == {Tile(2, 0, 1), Tile(1, 1, 17), Tile(0, 273, 112)}
    assert parent(Tile(0, 272), 70_000) == Tile(1, 1, 17)
    assert parent(Tile(1, 0), 70_000) == Tile(2, 0, 1)
    assert width_in(Tile(0, 274), 70_000) < 0


@given(logs(), st.data())
@settings(max_examples=100)
def test_record_proofs_from_tiles_are_those_of_x_mod(
    big_database: SumDatabase, example: tuple[int, SparseLog, dict[int, str]], data: st.DataObject
) -> None:
    size, log, special = example
    record = data.draw(st.one_of(st.sampled_from(sorted(special)), st.integers(0, size - 1)))
    root = base64.b64decode(big_database.ask(str, "root", Size=size, Leaves=special))
    ranges = record_proof_ranges(size, record)
    needed = with_parents(tiles_of(ranges, size), size)
    assert len(needed) <= 10
    tree = Tree(TreeHead(size, root), tiles_data(log, needed))
    proof = tree.prove(ranges)
    assert proof == decoded(big_database.ask(list, "prove record", Size=size, Record=record, Leaves=special))
    assert check_record(proof, tree.head, record, leaf_hash(log.record(record)))


@given(logs(), st.data())
@settings(max_examples=100)
def test_tree_proofs_from_tiles_are_those_of_x_mod(
    big_database: SumDatabase, example: tuple[int, SparseLog, dict[int, str]], data: st.DataObject
) -> None:
    size, log, special = example
    older = data.draw(st.one_of(st.integers(1, size), sizes.filter(lambda older: older <= size)))
    ranges = tree_proof_ranges(size, older)
    wanted = tiles_of([range(older), *ranges], size)
    tree = Tree(TreeHead(size, log.root(size)), tiles_data(log, with_parents(wanted, size)))
    proof = tree.prove(ranges)
    assert proof == decoded(big_database.ask(list, "prove tree", Size=size, Older=older, Leaves=special))
    assert tree.hash_of(range(older)) == log.root(older)
    assert check_tree(proof, tree.head, TreeHead(older, log.root(older)))


@given(logs(), st.data())
@settings(max_examples=100)
def test_one_wrong_bit_in_any_tile_is_found(
    example: tuple[int, SparseLog, dict[int, str]], data: st.DataObject
) -> None:
    size, log, _ = example
    record = data.draw(st.integers(0, size - 1))
    tiles = tiles_data(log, with_parents(tiles_of(record_proof_ranges(size, record), size), size))
    assume(tiles)
    victim = data.draw(st.sampled_from(sorted(tiles, key=str)))
    damaged = bytearray(tiles[victim])
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Disproved, match=rf"signed tree of {size} records"):
        Tree(TreeHead(size, log.root(size)), tiles | {victim: bytes(damaged)})


def test_the_tree_of_another_root_is_refused() -> None:
    log = SparseLog({3: b"three"})
    with pytest.raises(Disproved, match="edge tiles do not make the root of the signed tree of 5 records"):
        Tree(TreeHead(5, log.root(6)), tiles_data(log, edge_tiles(5)))
