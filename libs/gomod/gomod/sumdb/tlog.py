"""The hashes of a transparent log and the two proofs over them (RFC 6962, section 2.1; golang.org/x/mod/sumdb/tlog).

A proof is a list of hashes, each of a range of records. Which ranges follows from the sizes alone, so that whoever
makes a proof and whoever checks it call the same function for them.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HASH_BYTES = 32
EMPTY_TREE = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A log's first `size` records, and the hash of the tree over them."""

    size: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Node:
    """A complete subtree: the records from `index << level` up to `(index + 1) << level`."""

    level: int
    index: int


def record_hash(record: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def subtrees(records: range) -> list[Node]:
    """The complete subtrees that a range consists of, left to right and ever smaller.

    The range must start where a subtree of at least its length does, as 0 and every range of a proof do.
    """
    nodes = []
    low = records.start
    while low < records.stop:
        level = (records.stop - low).bit_length() - 1
        nodes.append(Node(level, low >> level))
        low += 1 << level
    return nodes


def fold(hashes: Iterable[bytes]) -> bytes:
    """The hash over the hashes of `subtrees`; without any, that of the empty tree."""
    *others, result = list(hashes) or [EMPTY_TREE]
    for left in reversed(others):
        result = node_hash(left, result)
    return result


def record_proof_ranges(size: int, record: int) -> list[range]:
    """What proves that a tree of `size` holds `record`: the siblings of the way from the leaf up to the root."""
    if not 0 <= record < size:
        raise ValueError(f"no record {record} in a tree of {size}")
    siblings = []
    low, high = 0, size
    while high - low > 1:
        middle = _middle(low, high)
        if record < middle:
            siblings.append(range(middle, high))
            high = middle
        else:
            siblings.append(range(low, middle))
            low = middle
    siblings.reverse()
    return siblings


def check_record(proof: Sequence[bytes], head: TreeHead, record: int, leaf: bytes) -> bool:
    """Whether the proof shows that the tree's record of that number has the hash `leaf`."""
    ranges = record_proof_ranges(head.size, record)
    if len(proof) != len(ranges):
        return False
    result = leaf
    for sibling, records in zip(proof, ranges, strict=True):
        result = node_hash(sibling, result) if records.start < record else node_hash(result, sibling)
    return result == head.hash


def tree_proof_ranges(newer: int, older: int) -> list[range]:
    """What proves that a tree of `newer` records begins with the tree of `older`: from where both meet to the root.

    Where they meet is the last complete subtree that the way down finds in the older tree. Its hash is the first of
    the proof, unless it is the older tree itself, whose hash the verifier has.
    """
    if not 0 < older <= newer:
        raise ValueError(f"no tree of {older} in a tree of {newer}")
    ranges = []
    low, high = 0, newer
    while high != older:
        middle = _middle(low, high)
        if older <= middle:
            ranges.append(range(middle, high))
            high = middle
        else:
            ranges.append(range(low, middle))
            low = middle
    if low > 0:
        ranges.append(range(low, high))
    ranges.reverse()
    return ranges


def check_tree(proof: Sequence[bytes], newer: TreeHead, older: TreeHead) -> bool:
    """Whether the proof shows that the newer tree begins with the older one, which is not empty."""
    ranges = tree_proof_ranges(newer.size, older.size)
    if len(proof) != len(ranges):
        return False
    in_older = in_newer = older.hash
    for hash_, records in zip(proof, ranges, strict=True):
        if records.stop == older.size:
            in_older = in_newer = hash_
        elif records.start >= older.size:
            in_newer = node_hash(in_newer, hash_)
        else:
            in_older, in_newer = node_hash(hash_, in_older), node_hash(hash_, in_newer)
    return in_older == older.hash and in_newer == newer.hash


def _middle(low: int, high: int) -> int:
    """Where a tree of two records or more divides: its left side is the largest complete subtree short of the whole."""
    return low + (1 << ((high - low - 1).bit_length() - 1))
