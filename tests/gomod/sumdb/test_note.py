"""gomod.sumdb.note against x/mod."""

import base64

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gomod.errors import Malformed, UpstreamError
from gomod.sumdb.errors import Disproved
from gomod.sumdb.note import open_note, parse_key, parse_note
from tests.gomod.sumdb.ed25519 import verify
from tests.gomod.sumdb.mutations import mutations
from tests.sumdb_server import OracleError, SumDatabase

# Of the private key that is 32 times "k".
KEY = "sums.example.test+490fcd28+AYMgpRl32MOMqKSSfGcN9YIeRJdhlF4V6e+yahUJ0jDq"


def test_a_signed_text_is_opened(database: SumDatabase) -> None:
    message = database.sign("one line\n\nanother, after a blank one\n")
    assert open_note(message, parse_key(database.key), verify) == b"one line\n\nanother, after a blank one\n"


def test_a_text_that_was_changed_is_disproved(database: SumDatabase) -> None:
    message = database.sign("tree of 7\n").replace(b"of 7", b"of 8")
    with pytest.raises(Disproved, match=r"invalid signature of sums\.example\.test\+"):
        open_note(message, parse_key(database.key), verify)


def test_another_key_of_the_same_name_proves_nothing(database: SumDatabase) -> None:
    database.steal_name()
    message = database.sign("tree of 7\n")
    with pytest.raises(Disproved, match=r"not signed by .*, only by sums\.example\.test"):
        open_note(message, parse_key(database.key), verify)


def test_signatures_of_others_do_no_harm(database: SumDatabase) -> None:
    ours = database.sign("tree of 7\n")
    database.steal_name()
    theirs = database.sign("tree of 7\n").split(b"\n\n")[1]
    key = parse_key(database.key)
    assert open_note(ours + theirs, key, verify) == b"tree of 7\n"
    assert open_note(ours.replace(b"\n\n", b"\n\n" + theirs), key, verify) == b"tree of 7\n"
    assert [each.key_id == key.id for each in parse_note(ours + theirs).signatures] == [True, False]


def test_the_first_signature_of_our_key_counts(database: SumDatabase) -> None:
    good = database.sign("tree of 7\n").split(b"\n\n")[1]
    bad = database.sign("tree of 8\n").split(b"\n\n")[1]
    key = parse_key(database.key)
    assert open_note(b"tree of 7\n\n" + good + bad, key, verify) == b"tree of 7\n"
    with pytest.raises(Disproved, match="invalid signature"):
        open_note(b"tree of 7\n\n" + bad + good, key, verify)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"text only\n",
        b"no blank line\n\xe2\x80\x94 a.example AAAAAAAA\n",
        b"no newline at the end\n\n\xe2\x80\x94 a.example AAAAAAAA",
        b"no signature\n\n",
        b"hyphen\n\n- a.example AAAAAAAA\n",
        b"no name\n\n\xe2\x80\x94  AAAAAAAA\n",
        b"plus in the name\n\n\xe2\x80\x94 a+b AAAAAAAA\n",
        b"space in the name\n\n\xe2\x80\x94 a\xe2\x80\x80b AAAAAAAA\n",
        b"no base64\n\n\xe2\x80\x94 a.example\n",
        b"bad base64\n\n\xe2\x80\x94 a.example AAA\n",
        b"key id only\n\n\xe2\x80\x94 a.example AAAAAA==\n",
        b"not \xff UTF-8\n\n\xe2\x80\x94 a.example AAAAAAAA\n",
        b"carriage return\r\n\n\xe2\x80\x94 a.example AAAAAAAA\n",
        b"many\n\n" + 101 * b"\xe2\x80\x94 a.example AAAAAAAA\n",
        b"<html><body>Welcome to our wireless network!</body></html>",
    ],
)
def test_what_is_no_note_is_nonsense_and_no_lie(message: bytes) -> None:
    with pytest.raises(UpstreamError, match="malformed note") as raised:
        open_note(message, parse_key(KEY), verify)
    assert not isinstance(raised.value, Disproved)


@given(st.data())
@settings(max_examples=300)
def test_notes_open_exactly_when_x_mod_opens_them(big_database: SumDatabase, data: st.DataObject) -> None:
    message = data.draw(mutations(big_database.head(5)))
    try:
        expected = big_database.ask_bytes("open note", Body=base64.b64encode(message).decode(), Key=big_database.key)
    except OracleError:
        with pytest.raises(UpstreamError):
            open_note(message, parse_key(big_database.key), verify)
    else:
        assert open_note(message, parse_key(big_database.key), verify) == expected


def test_a_key_is_read_and_written_as_it_was() -> None:
    key = parse_key(KEY)
    assert (key.name, key.id.hex(), len(key.public_key)) == ("sums.example.test", "490fcd28", 32)
    assert str(key) == KEY


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "expected <name>"),
        ("sums.example.test", "expected <name>"),
        (KEY + "\n", "expected <name>"),
        (KEY.replace("sums", "s ms"), "expected <name>"),
        (KEY.replace("490fcd28", "490fcd2"), "expected <name>"),
        (KEY.removesuffix("q"), "expected <name>"),
        (KEY + "====", "expected <name>"),
        (KEY.replace("490fcd28", "490fcd29"), "not the id"),
        (KEY.replace("sums", "sams"), "not the id"),
        (KEY.replace("jDq", "jDr"), "not the id"),
        ("x+00000000+", "not the id"),
        ("x+490a1182+AgA=", "not an Ed25519 key"),
        ("x+03d1c655+AQA=", "not an Ed25519 key"),
    ],
)
def test_a_wrong_key_is_malformed(text: str, complaint: str) -> None:
    with pytest.raises(Malformed, match=complaint):
        parse_key(text)


@given(mutations(KEY.encode()).map(lambda mutated: mutated.decode("utf-8", "replace")))
@settings(max_examples=300)
def test_keys_are_read_exactly_when_x_mod_reads_them(big_database: SumDatabase, text: str) -> None:
    assume("\n" not in text and "\r" not in text)  # Go ignores both in base64; nobody writes a key like that
    try:
        expected = big_database.ask(dict, "parse key", Key=text)
    except OracleError:
        with pytest.raises(Malformed):
            parse_key(text)
    else:
        key = parse_key(text)
        assert (key.name, int.from_bytes(key.id)) == (expected["Name"], expected["ID"])
