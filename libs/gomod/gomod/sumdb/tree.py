"""A tree of which some tiles are at hand, each shown to belong to its head (tlog: TileHashReader).

A level's full tiles each have one hash in the level above. What is left of every level, its partial tile, has none:
these edge tiles together make the root.
"""

from collections.abc import Iterable, Mapping

from gomod.sumdb.errors import Disproved
from gomod.sumdb.tile import FULL_WIDTH, HEIGHT, Tile, complete_hash, node_in, tile_of
from gomod.sumdb.tlog import HASH_BYTES, TreeHead, fold, subtrees


class Tree:
    """The hashes of a tree as far as `tiles` tell them. All of them have been checked."""

    def __init__(self, head: TreeHead, tiles: Mapping[Tile, bytes]) -> None:
        """Check `tiles`, the data of everything that `with_parents` names. Raises Disproved when one is wrong."""
        self.head = head
        self.tiles = tiles
        if self.hash_of(range(head.size)) != head.hash:
            raise Disproved(f"the edge tiles do not make the root of the signed tree of {head.size} records")
        for tile, data in tiles.items():
            if tile.width == FULL_WIDTH and complete_hash(data) != self._entry_of(tile):
                raise Disproved(f"{tile.path} is not in the signed tree of {head.size} records")

    def hash_of(self, records: range) -> bytes:
        """The hash over a range of records of a proof."""
        nodes = ((node, widened(tile_of(node), self.head.size)) for node in subtrees(records))
        return fold(node_in(tile, self.tiles[tile], node) for node, tile in nodes)

    def prove(self, ranges: Iterable[range]) -> list[bytes]:
        """The proof that consists of these ranges' hashes."""
        return [self.hash_of(records) for records in ranges]

    def _entry_of(self, tile: Tile) -> bytes:
        offset = tile.index % FULL_WIDTH * HASH_BYTES
        return self.tiles[parent(tile, self.head.size)][offset : offset + HASH_BYTES]


def width_in(tile: Tile, size: int) -> int:
    """How wide the tile at that place is in a tree of `size` records; not positive where there is none yet."""
    return min(FULL_WIDTH, (size >> HEIGHT * tile.level) - tile.index * FULL_WIDTH)


def widened(tile: Tile, size: int) -> Tile:
    """The tile at that place, as wide as a tree of `size` records has it."""
    return Tile(tile.level, tile.index, width_in(tile, size))


def parent(tile: Tile, size: int) -> Tile:
    """The tile that holds the hash of this full one."""
    return widened(Tile(tile.level + 1, tile.index // FULL_WIDTH), size)


def edge_tiles(size: int) -> list[Tile]:
    """The partial tiles of a tree, those that have no parent."""
    return [widened(tile_of(node), size) for node in subtrees(range(size))]


def tiles_of(ranges: Iterable[range], size: int) -> list[Tile]:
    """The tiles of a tree of `size` that hold what makes the hashes of these ranges."""
    return [widened(tile_of(node), size) for records in ranges for node in subtrees(records)]


def with_parents(tiles: Iterable[Tile], size: int) -> list[Tile]:
    """These tiles and all that is needed to check them, without repetition."""
    needed = dict.fromkeys(edge_tiles(size))
    for wanted in tiles:
        tile = wanted
        while tile not in needed:
            needed[tile] = None
            tile = parent(tile, size)
    return list(needed)
