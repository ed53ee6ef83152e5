"""RFC 6962, section 2.1, written down as it stands there: slow, and nothing to get wrong."""

import hashlib
from collections.abc import Mapping, Sequence


def leaf_hash(record: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + record).digest()


def pair_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """MTH(D[n]), of the hashes of the leaves."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = _split(len(leaves))
    return pair_hash(tree_hash(leaves[:k]), tree_hash(leaves[k:]))


def record_proof(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n]), section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if m < k:
        return [*record_proof(m, leaves[:k]), tree_hash(leaves[k:])]
    return [*record_proof(m - k, leaves[k:]), tree_hash(leaves[:k])]


def tree_proof(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PROOF(m, D[n]), section 2.1.2."""
    return _subproof(m, leaves, whole=True)


def _subproof(m: int, leaves: Sequence[bytes], *, whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [tree_hash(leaves)]
    k = _split(len(leaves))
    if m <= k:
        return [*_subproof(m, leaves[:k], whole=whole), tree_hash(leaves[k:])]
    return [*_subproof(m - k, leaves[k:], whole=False), tree_hash(leaves[:k])]


def _split(n: int) -> int:
    """The largest power of two smaller than n."""
    k = 1
    while 2 * k < n:
        k *= 2
    return k


class SparseLog:
    """A log as long as one likes: its records are "ordinary" but for those given by number (as in oracle.go)."""

    def __init__(self, records: Mapping[int, bytes]) -> None:
        self._records = records
        self._ordinary = [leaf_hash(b"ordinary")]
        for level in range(62):
            self._ordinary.append(pair_hash(self._ordinary[level], self._ordinary[level]))

    def record(self, number: int) -> bytes:
        return self._records.get(number, b"ordinary")

    def hash(self, level: int, index: int) -> bytes:
        """The hash of the complete subtree of that level."""
        if not any(number >> level == index for number in self._records):
            return self._ordinary[level]
        if level == 0:
            return leaf_hash(self._records[index])
        return pair_hash(self.hash(level - 1, 2 * index), self.hash(level - 1, 2 * index + 1))

    def tile(self, level: int, index: int, width: int) -> bytes:
        """The data of a tile."""
        return b"".join(self.hash(8 * level, 256 * index + offset) for offset in range(width))

    def root(self, size: int) -> bytes:
        """The hash of the tree of the first `size` records."""
        return self._root(0, size)

    def _root(self, low: int, high: int) -> bytes:
        length = high - low
        if length & (length - 1) == 0:
            level = length.bit_length() - 1
            return self.hash(level, low >> level)
        middle = low + _split(length)
        return pair_hash(self._root(low, middle), self._root(middle, high))
