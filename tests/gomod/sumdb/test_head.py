"""gomod.sumdb.head against x/mod."""

import base64

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gomod.errors import UpstreamError
from gomod.sumdb.errors import Disproved
from gomod.sumdb.head import open_head, parse_head
from gomod.sumdb.note import parse_key
from gomod.sumdb.tlog import EMPTY_TREE, TreeHead
from tests.gomod.sumdb.ed25519 import verify
from tests.gomod.sumdb.mutations import mutations
from tests.sumdb_server import OracleError, SumDatabase

HEAD = b"go.sum database tree\n700\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"


def test_a_signed_head_is_opened(database: SumDatabase) -> None:
    head = open_head(database.head(700), parse_key(database.key), verify)
    assert head.tree.size == 700
    assert head.note == database.head(700)
    root = base64.b64encode(head.tree.hash)
    assert head.note.startswith(b"go.sum database tree\n700\n" + root + b"\n\n")


def test_an_empty_log_is_signed_as_such(database: SumDatabase) -> None:
    assert open_head(database.head(0), parse_key(database.key), verify).tree == TreeHead(0, EMPTY_TREE)


def test_an_empty_tree_with_the_hash_of_another_is_disproved(database: SumDatabase) -> None:
    note = database.sign("go.sum database tree\n0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
    with pytest.raises(Disproved, match="no empty tree has"):
        open_head(note, parse_key(database.key), verify)


def test_lines_of_later_versions_are_ignored() -> None:
    assert parse_head(HEAD + b"and more\n\x00") == parse_head(HEAD) == TreeHead(700, EMPTY_TREE)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        HEAD.removesuffix(b"\n"),
        HEAD.replace(b"tree", b"tree v2"),
        HEAD.replace(b"700", b"-1"),
        HEAD.replace(b"700", b"+7"),
        HEAD.replace(b"700", b"0700"),
        HEAD.replace(b"700", b""),
        HEAD.replace(b"700", b"9223372036854775808"),
        HEAD.replace(b"FU=", b"F="),
        HEAD.replace(b"FU=", b"FUAA"),
        HEAD.replace(b"FU=", b"F!="),
    ],
)
def test_what_is_no_head_is_refused(text: bytes) -> None:
    with pytest.raises(UpstreamError, match="malformed tree head"):
        parse_head(text)


def test_the_largest_size_is_that_of_x_mod() -> None:
    assert parse_head(HEAD.replace(b"700", b"9223372036854775807")).size == 2**63 - 1


@given(st.one_of(mutations(HEAD), mutations(HEAD.replace(b"700", b"9223372036854775807"))))
@settings(max_examples=300)
def test_heads_are_read_exactly_when_x_mod_reads_them(big_database: SumDatabase, text: bytes) -> None:
    assume(b"\r" not in text)  # Go ignores it in base64; no signed note can hold one
    try:
        expected = big_database.ask(dict, "parse head", Body=base64.b64encode(text).decode())
    except OracleError:
        with pytest.raises(UpstreamError):
            parse_head(text)
    else:
        assert parse_head(text) == TreeHead(expected["N"], base64.b64decode(expected["Hash"]))
