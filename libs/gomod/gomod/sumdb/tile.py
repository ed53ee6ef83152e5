"""Tiles: how a database hands out its tree's hashes, eight levels at a time (golang.org/x/mod/sumdb/tlog: Tile).

A tile holds up to 256 neighbouring hashes of one tree level; the seven levels above follow by hashing. A level's last
tile is partial until the tree fills it; a full one never changes again.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from gomod.errors import Malformed
from gomod.sumdb.tlog import HASH_BYTES, Node, node_hash

HEIGHT = 8
FULL_WIDTH = 1 << HEIGHT

_PATH = re.compile(r"/tile/8/([0-7])/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True)
class Tile:
    """Where a tile is: its hashes are those of the nodes at tree level `8 * level` from `256 * index` on."""

    level: int
    index: int
    width: int = FULL_WIDTH

    @property
    def path(self) -> str:
        """Its URL path in the database, like `/tile/8/0/x001/x234/067` or `/tile/8/1/000.p/3`."""
        *groups, last = f"{self.index:,}".split(",")
        number = "".join(f"x{group:0>3}/" for group in groups) + f"{last:0>3}"
        partial = "" if self.width == FULL_WIDTH else f".p/{self.width}"
        return f"/tile/{HEIGHT}/{self.level}/{number}{partial}"

    @property
    def full(self) -> "Tile":
        """What it will be once the tree has filled it."""
        return Tile(self.level, self.index)

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self.width * HASH_BYTES


def parse_tile_path(path: str) -> Tile:
    """The tile of hashes that a URL path names. Raises Malformed, also for the tiles of whole records (`data`)."""
    match = _PATH.fullmatch(path)
    if match is not None:
        level, number, width = match.groups()
        tile = Tile(int(level), int(re.sub("[x/]", "", number)), int(width or FULL_WIDTH))
        if tile.width <= FULL_WIDTH and tile.path == path:  # each tile has one path
            return tile
    raise Malformed(f"{path!r} is not the path of a tile, like /tile/8/0/x001/234 or /tile/8/1/000.p/3")


def tile_of(node: Node) -> Tile:
    """The tile from which a node's hash can be made, as wide as the node needs it."""
    level, above = divmod(node.level, HEIGHT)
    end = (node.index + 1) << above
    index = (end - 1) >> HEIGHT
    return Tile(level, index, end - index * FULL_WIDTH)


def node_in(tile: Tile, data: bytes, node: Node) -> bytes:
    """The hash of a node, made from the data of its tile."""
    end = tile_of(node).width * HASH_BYTES
    length = HASH_BYTES << (node.level - tile.level * HEIGHT)
    return complete_hash(data[end - length : end])


@lru_cache(maxsize=1024)  # one proof after another needs the upper tiles; it halves the time of a proof
def complete_hash(data: bytes) -> bytes:
    """The hash over the hashes that `data` consists of, a power of two of them."""
    hashes = [data[start : start + HASH_BYTES] for start in range(0, len(data), HASH_BYTES)]
    while len(hashes) > 1:
        pairs = iter(hashes)
        hashes = [node_hash(left, right) for left, right in zip(pairs, pairs, strict=True)]
    return hashes[0]
