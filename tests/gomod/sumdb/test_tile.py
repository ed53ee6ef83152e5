"""gomod.sumdb.tile against x/mod."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomod.errors import Malformed
from gomod.sumdb.tile import Tile, complete_hash, node_in, parse_tile_path, tile_of
from gomod.sumdb.tlog import Node
from tests.gomod.sumdb import naive
from tests.sumdb_server import OracleError, SumDatabase

tiles = st.builds(
    Tile,
    st.integers(0, 7),
    st.one_of(st.integers(0, 1100), st.integers(0, 2**55)),
    st.integers(1, 256),
)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "/tile/8/0/000"),
        (Tile(0, 7, 1), "/tile/8/0/007.p/1"),
        (Tile(1, 999, 255), "/tile/8/1/999.p/255"),
        (Tile(2, 1000), "/tile/8/2/x001/000"),
        (Tile(0, 1234067), "/tile/8/0/x001/x234/067"),
        (Tile(7, 1234067, 12), "/tile/8/7/x001/x234/067.p/12"),
    ],
)
def test_a_tile_has_one_path(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert parse_tile_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "/tile/8/0/0",
        "/tile/8/0/00",
        "/tile/8/0/0000",
        "/tile/8/0/x000/001",
        "/tile/8/0/001/000",
        "/tile/8/0/x001/x000",
        "/tile/8/0/x001",
        "/tile/8/00/000",
        "/tile/8/8/000",
        "/tile/8/-1/000",
        "/tile/8/0/000.p/0",
        "/tile/8/0/000.p/01",
        "/tile/8/0/000.p/256",
        "/tile/8/0/000.p/999",
        "/tile/8/0/000.p",
        "/tile/8/0/000/",
        "/tile/8/0/000\n",
        "/tile/8/0/\u0660\u0660\u0660",
        "/tile/9/0/000",
        "/tile/8/data/000",
        "tile/8/0/000",
        "",
    ],
)
def test_other_paths_are_malformed(path: str) -> None:
    with pytest.raises(Malformed, match="not the path of a tile"):
        parse_tile_path(path)


@given(tiles)
@settings(max_examples=200)
def test_paths_are_those_of_x_mod(big_database: SumDatabase, tile: Tile) -> None:
    path = big_database.ask(str, "tile path", Tile=[8, tile.level, tile.index, tile.width])
    assert tile.path == f"/{path}"
    assert parse_tile_path(tile.path) == tile


@given(st.text(alphabet="0123456789x/.p", max_size=20).map("/tile/8/0/{}".format))
@settings(max_examples=300)
def test_what_we_take_for_a_path_x_mod_does_too(big_database: SumDatabase, path: str) -> None:
    try:
        expected = big_database.ask(list, "parse tile path", Text=path.removeprefix("/"))
    except OracleError:
        with pytest.raises(Malformed):
            parse_tile_path(path)
    else:
        tile = parse_tile_path(path)
        assert [8, tile.level, tile.index, tile.width] == expected


@given(st.integers(0, 30), st.integers(0, 2**25), st.sets(st.integers(0, 2**40), max_size=5))
@settings(max_examples=100)
def test_a_node_is_made_from_its_tile(level: int, index: int, special: set[int]) -> None:
    log = naive.SparseLog(dict.fromkeys(special, b"special") | {index << level: b"in it"})
    tile = tile_of(Node(level, index))
    assert 0 < tile.width <= 256
    assert node_in(tile, log.tile(tile.level, tile.index, tile.width), Node(level, index)) == log.hash(level, index)


def test_a_wider_tile_holds_the_same_nodes() -> None:
    log = naive.SparseLog({5: b"five", 200: b"two hundred"})
    assert tile_of(Node(2, 1)) == Tile(0, 0, 8)
    assert node_in(Tile(0, 0), log.tile(0, 0, 256), Node(2, 1)) == log.hash(2, 1)
    assert complete_hash(log.tile(0, 0, 256)) == log.hash(8, 0)
