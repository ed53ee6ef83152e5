"""The tiles of one database that were proven last, in bounded memory."""

from collections import OrderedDict

from gomod.sumdb.tile import Tile


class KeptTiles:
    """Proven tiles, the widest of each place; the least recently used go first."""

    def __init__(self, limit: int) -> None:
        """Keep at most `limit` tiles, of 8 KiB at most each."""
        self._limit = limit
        self._tiles: OrderedDict[tuple[int, int], bytes] = OrderedDict()

    def find(self, tile: Tile) -> bytes | None:
        """The tile's data, which a wider tile at the same place begins with."""
        data = self._tiles.get((tile.level, tile.index), b"")
        if len(data) < tile.size:
            return None
        self._tiles.move_to_end((tile.level, tile.index))
        return data[: tile.size]

    def add(self, tile: Tile, data: bytes) -> None:
        """Keep a tile that has been proven."""
        place = (tile.level, tile.index)
        if len(data) > len(self._tiles.get(place, b"")):
            self._tiles[place] = data
        self._tiles.move_to_end(place)
        if len(self._tiles) > self._limit:
            self._tiles.popitem(last=False)
