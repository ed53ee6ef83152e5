"""gomod.sumdb.tlog against RFC 6962 as written, the published vectors and x/mod."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomod.sumdb.tlog import (
    EMPTY_TREE,
    TreeHead,
    check_record,
    check_tree,
    fold,
    node_hash,
    record_hash,
    record_proof_ranges,
    subtrees,
    tree_proof_ranges,
)
from tests.gomod.sumdb import naive

# The records and roots that implementations of Certificate Transparency are tested with.
CT_RECORDS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

LEAVES = [record_hash(str(number).encode()) for number in range(300)]
sizes = st.integers(1, len(LEAVES))


def hash_of(records: range) -> bytes:
    return naive.tree_hash(LEAVES[records.start : records.stop])


def head(size: int) -> TreeHead:
    return TreeHead(size, naive.tree_hash(LEAVES[:size]))


@pytest.mark.parametrize("size", range(1, 9))
def test_the_published_roots_come_out(size: int) -> None:
    hashes = [record_hash(bytes.fromhex(record)) for record in CT_RECORDS[:size]]

    def hash_at(level: int, index: int) -> bytes:
        if level == 0:
            return hashes[index]
        return node_hash(hash_at(level - 1, 2 * index), hash_at(level - 1, 2 * index + 1))

    assert fold(hash_at(node.level, node.index) for node in subtrees(range(size))).hex() == CT_ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert subtrees(range(0)) == []
    assert fold([]) == EMPTY_TREE == naive.tree_hash([])


@given(sizes, st.data())
@settings(max_examples=200)
def test_a_record_proof_is_the_audit_path_of_the_rfc(size: int, data: st.DataObject) -> None:
    record = data.draw(st.integers(0, size - 1))
    proof = [hash_of(records) for records in record_proof_ranges(size, record)]
    assert proof == naive.record_proof(record, LEAVES[:size])
    assert check_record(proof, head(size), record, LEAVES[record])


@given(sizes, st.data())
@settings(max_examples=200)
def test_a_tree_proof_is_the_consistency_proof_of_the_rfc(size: int, data: st.DataObject) -> None:
    older = data.draw(st.integers(1, size))
    proof = [hash_of(records) for records in tree_proof_ranges(size, older)]
    assert proof == naive.tree_proof(older, LEAVES[:size])
    assert check_tree(proof, head(size), head(older))


@given(st.integers(2, len(LEAVES)), st.data())
@settings(max_examples=200)
def test_a_record_proof_proves_nothing_else(size: int, data: st.DataObject) -> None:
    record, other = data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True))
    proof = naive.record_proof(record, LEAVES[:size])
    damaged = data.draw(st.integers(0, len(proof) - 1))
    assert not check_record(proof, head(size), record, LEAVES[other])
    assert not check_record(proof, head(size), other, LEAVES[record])
    assert not check_record(proof, TreeHead(size, LEAVES[0]), record, LEAVES[record])
    assert not check_record(proof[:-1], head(size), record, LEAVES[record])
    assert not check_record([*proof, LEAVES[0]], head(size), record, LEAVES[record])
    assert not check_record(
        [*proof[:damaged], LEAVES[record], *proof[damaged + 1 :]], head(size), record, LEAVES[record]
    )


@given(st.integers(2, len(LEAVES)), st.data())
@settings(max_examples=200)
def test_a_tree_proof_proves_no_other_history(size: int, data: st.DataObject) -> None:
    older = data.draw(st.integers(1, size - 1))
    altered = data.draw(st.integers(0, older - 1))
    proof = naive.tree_proof(older, LEAVES[:size])
    other = [*LEAVES[:altered], record_hash(b"another"), *LEAVES[altered + 1 : older]]
    assert not check_tree(proof, head(size), TreeHead(older, naive.tree_hash(other)))
    assert not check_tree(proof, TreeHead(size, LEAVES[0]), head(older))
    assert not check_tree(proof[1:], head(size), head(older))
    assert not check_tree([*proof, LEAVES[0]], head(size), head(older))


def test_a_tree_is_its_own_beginning_and_no_other_tree_of_its_size() -> None:
    assert check_tree([], head(5), head(5))
    assert not check_tree([], head(5), TreeHead(5, LEAVES[0]))


@pytest.mark.parametrize(("size", "record"), [(0, 0), (5, 5), (5, -1)])
def test_what_is_not_in_a_tree_has_no_proof(size: int, record: int) -> None:
    with pytest.raises(ValueError, match="no record"):
        record_proof_ranges(size, record)


@pytest.mark.parametrize(("newer", "older"), [(5, 0), (5, 6), (0, 0)])
def test_a_tree_that_is_no_beginning_has_no_proof(newer: int, older: int) -> None:
    with pytest.raises(ValueError, match="no tree"):
        tree_proof_ranges(newer, older)
