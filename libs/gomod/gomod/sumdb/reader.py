"""Reads tiles from wherever they are nearest, and hands out only trees made of tiles that belong to a signed head."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress

from gomod.errors import NotFound, UpstreamError
from gomod.sumdb.errors import Disproved
from gomod.sumdb.kept import KeptTiles
from gomod.sumdb.sources import Archive, Remote
from gomod.sumdb.tile import Tile
from gomod.sumdb.tlog import TreeHead
from gomod.sumdb.tree import Tree, with_parents

_TILES_IN_MEMORY = 1024  # 8 MiB at most


class TileReader:
    """The tiles of one database: in memory, in the archive, at the remote."""

    def __init__(self, remote: Remote, archive: Archive) -> None:
        self._remote = remote
        self._archive = archive
        self._kept = KeptTiles(_TILES_IN_MEMORY)

    async def read(self, head: TreeHead, wanted: Iterable[Tile]) -> Tree:
        """The tree of a signed head with at least these tiles of it. Raises UpstreamError, Disproved or Unavailable.

        What we have kept was proven for other heads. When it does not fit this one, either the two are of different
        histories, and only this one's own tiles can show it, or a copy of ours is damaged: all are asked for anew.
        """
        tiles = with_parents(wanted, head.size)
        try:
            return Tree(head, await _read_all(tiles, self._find))
        except Disproved:
            return Tree(head, await _read_all(tiles, self._fetch))

    async def keep(self, tree: Tree) -> None:
        """Keep the tiles of a tree whose head has turned out to be of the history that we know."""
        for tile, data in tree.tiles.items():
            if self._kept.find(tile) is None:
                self._kept.add(tile, data)
                await self._save(tile, data)

    async def _save(self, tile: Tile, data: bytes) -> None:
        try:
            archived = await self._archive.load(tile.path)
        except NotFound:
            archived = b""
        if archived != data:
            await self._archive.save(tile.path, data)

    async def _find(self, tile: Tile) -> bytes:
        data = self._kept.find(tile)
        if data is not None:
            return data
        try:
            data = await self._archive.load(tile.path)
        except NotFound:
            return await self._fetch(tile)
        return data if len(data) == tile.size else await self._fetch(tile)

    async def _fetch(self, tile: Tile) -> bytes:
        with suppress(NotFound):
            return await self._fetch_exactly(tile)
        # Since that head was signed the tree may have filled the tile, and nobody has to keep what it was before.
        with suppress(NotFound):
            return (await self._fetch_exactly(tile.full))[: tile.size]
        raise UpstreamError(f"the checksum database lacks {tile.path} of a tree that it signed")

    async def _fetch_exactly(self, tile: Tile) -> bytes:
        data = await self._remote.fetch(tile.path)
        if len(data) != tile.size:
            raise UpstreamError(f"the checksum database answers {tile.path} with {len(data)} bytes, not {tile.size}")
        return data


async def _read_all(tiles: Sequence[Tile], read: Callable[[Tile], Awaitable[bytes]]) -> dict[Tile, bytes]:
    """All at once. Fails as the first one of the list that failed, when the last one has ended."""
    results = await asyncio.gather(*map(read, tiles), return_exceptions=True)
    found: dict[Tile, bytes] = {}
    for tile, result in zip(tiles, results, strict=True):
        if isinstance(result, BaseException):
            raise result
        found[tile] = result
    return found
