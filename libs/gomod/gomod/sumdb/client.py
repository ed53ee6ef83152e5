"""Asks a checksum database and believes it only with proof (golang.org/x/mod/sumdb: Client)."""

from contextlib import suppress

from gomod.errors import NotFound, Unavailable, UpstreamError
from gomod.module import ModuleVersion
from gomod.sumdb.errors import Disproved
from gomod.sumdb.fork import Fork
from gomod.sumdb.head import NOTHING_SEEN, SignedHead, open_head
from gomod.sumdb.lookup import Answer, Checksums, checksums_of, lookup_path, parse_answer
from gomod.sumdb.note import VerifierKey, Verify
from gomod.sumdb.reader import TileReader
from gomod.sumdb.sources import Archive, Heads, Remote
from gomod.sumdb.tile import Tile
from gomod.sumdb.tlog import check_record, check_tree, record_hash, record_proof_ranges, tree_proof_ranges
from gomod.sumdb.tree import tiles_of, widened, width_in


class Client:
    """One database. Any number of tasks of one event loop may use it at once.

    Beside what its methods say, all raise UpstreamError when the database is out of reach or talks nonsense, Disproved
    when what it says does not hold, Fork (a Disproved) when it has shown two histories, and Unavailable when our own
    disk fails.
    """

    def __init__(self, key: VerifierKey, verify: Verify, remote: Remote, archive: Archive, heads: Heads) -> None:
        self._key = key
        self._verify = verify
        self._remote = remote
        self._archive = archive
        self._heads = heads
        self._tiles = TileReader(remote, archive)
        self._own = NOTHING_SEEN

    async def lookup(self, module: ModuleVersion) -> Checksums:
        """The go.sum lines of a module version, proven once and then kept.

        Raises NotFound when the database says that there is no such version. The name leaves the house: that it is a
        public one is the caller's to know.
        """
        path = lookup_path(module)
        with suppress(NotFound, UpstreamError):  # not there, or not whole
            return _checksums(module, await self._archive.load(path))
        data = await self._remote.fetch(path)
        checksums = _checksums(module, data)
        answer = parse_answer(data)
        newest = await self._see(self._open(answer.signed_head))
        await self._require_record(answer, newest)
        await self._archive.save(path, data)
        return checksums

    async def tile(self, tile: Tile) -> bytes:
        """A tile, proven once and then kept. Raises NotFound when the database's tree is too small to have it."""
        with suppress(NotFound):
            archived = await self._archive.load(tile.path)
            if len(archived) == tile.size:
                return archived
        newest = self._open_own(await self._heads.load())
        if width_in(tile, newest.tree.size) < tile.width:
            newest = await self.latest()
        size = newest.tree.size
        if width_in(tile, size) < tile.width:
            raise NotFound(f"{tile.path}: the tree of {self._key.name} is too small for it, {size} records")
        widest = widened(tile, size)
        tree = await self._tiles.read(newest.tree, [widest])
        await self._tiles.keep(tree)
        data = tree.tiles[widest][: tile.size]
        await self._archive.save(tile.path, data)
        return data

    async def latest(self) -> SignedHead:
        """The newest head of all, after asking the database for its own."""
        try:
            note = await self._remote.fetch("/latest")
        except NotFound as error:
            raise UpstreamError(f"{self._key.name} has no /latest") from error
        return await self._see(self._open(note))

    async def _see(self, head: SignedHead) -> SignedHead:
        """Require that a head is of the one history that all heads seen are of; the newest of them."""
        while True:
            stored = await self._heads.load()
            newest = self._open_own(stored)
            if head.tree.size <= newest.tree.size:
                await self._require_prefix(head, newest)
                return newest
            await self._require_prefix(newest, head)
            if await self._heads.replace(stored, head.note):
                return head

    async def _require_prefix(self, older: SignedHead, newer: SignedHead) -> None:
        if older.tree == newer.tree or older.tree.size == 0:
            return
        if older.tree.size == newer.tree.size:
            raise Fork(self._key.name, older, newer, newer.tree.hash, [])
        prefix = range(older.tree.size)
        ranges = tree_proof_ranges(newer.tree.size, older.tree.size)
        tree = await self._tiles.read(newer.tree, tiles_of([prefix, *ranges], newer.tree.size))
        proof = tree.prove(ranges)
        if not check_tree(proof, newer.tree, older.tree):
            raise Fork(self._key.name, older, newer, tree.hash_of(prefix), proof)
        await self._tiles.keep(tree)

    async def _require_record(self, answer: Answer, newest: SignedHead) -> None:
        number, size = answer.record_id, newest.tree.size
        if number >= size:
            raise Disproved(f"{self._key.name} answers with record {number}, its signed tree has {size}")
        ranges = record_proof_ranges(size, number)
        tree = await self._tiles.read(newest.tree, tiles_of(ranges, size))
        if not check_record(tree.prove(ranges), newest.tree, number, record_hash(answer.record)):
            raise Disproved(f"{self._key.name} answers with a record {number} that is not the one in its signed tree")
        await self._tiles.keep(tree)

    def _open(self, note: bytes) -> SignedHead:
        return open_head(note, self._key, self._verify)

    def _open_own(self, note: bytes) -> SignedHead:
        """The head that we stored ourselves."""
        if not note:
            return NOTHING_SEEN
        if note == self._own.note:
            return self._own
        try:
            self._own = self._open(note)
            return self._own
        except UpstreamError as error:
            raise Unavailable(f"the newest head that we keep of {self._key.name} is damaged: {error}") from error


def _checksums(module: ModuleVersion, data: bytes) -> Checksums:
    return checksums_of(module, parse_answer(data), data)
