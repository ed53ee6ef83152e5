"""gomod.sumdb.kept: what is remembered, and what is forgotten."""

from gomod.sumdb.kept import KeptTiles
from gomod.sumdb.tile import Tile


def data(tile: Tile) -> bytes:
    return bytes(range(256)) * (tile.size // 256) + bytes(tile.size % 256)


def test_a_narrower_tile_is_the_beginning_of_a_wider_one() -> None:
    kept = KeptTiles(limit=10)
    kept.add(Tile(0, 5, 200), data(Tile(0, 5, 200)))
    assert kept.find(Tile(0, 5, 200)) == data(Tile(0, 5, 200))
    assert kept.find(Tile(0, 5, 8)) == data(Tile(0, 5, 200))[: 8 * 32]
    assert kept.find(Tile(0, 5, 201)) is None
    assert kept.find(Tile(0, 6, 8)) is None
    assert kept.find(Tile(1, 5, 8)) is None


def test_the_widest_tile_of_a_place_stays() -> None:
    kept = KeptTiles(limit=10)
    kept.add(Tile(0, 5), data(Tile(0, 5)))
    kept.add(Tile(0, 5, 8), data(Tile(0, 5, 8)))
    assert kept.find(Tile(0, 5)) == data(Tile(0, 5))


def test_what_was_not_used_for_longest_goes_first() -> None:
    kept = KeptTiles(limit=2)
    kept.add(Tile(0, 1), data(Tile(0, 1)))
    kept.add(Tile(0, 2), data(Tile(0, 2)))
    assert kept.find(Tile(0, 1)) is not None
    kept.add(Tile(0, 3), data(Tile(0, 3)))
    assert kept.find(Tile(0, 2)) is None
    assert kept.find(Tile(0, 1)) is not None
    assert kept.find(Tile(0, 3)) is not None
