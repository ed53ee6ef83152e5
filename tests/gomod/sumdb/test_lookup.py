"""gomod.sumdb.lookup against x/mod."""

import base64

import pytest
from hypothesis import given, settings

from gomod.errors import InvalidPath, UpstreamError
from gomod.module import ModuleVersion
from gomod.sumdb.errors import Disproved, Mismatch
from gomod.sumdb.lookup import Answer, checksums_of, lookup_path, parse_answer
from tests.gomod.sumdb.mutations import mutations
from tests.sumdb_server import OracleError, SumDatabase

MODULE = ModuleVersion("a.example/m", "v1.0.0")
ZIP_LINE = "a.example/m v1.0.0 h1:zip"
MOD_LINE = "a.example/m v1.0.0/go.mod h1:mod"
ANSWER = f"17\n{ZIP_LINE}\n{MOD_LINE}\n\nsigned\n\nhead\n".encode()


def test_an_answer_is_a_number_a_record_and_a_signed_head() -> None:
    assert parse_answer(ANSWER) == Answer(17, f"{ZIP_LINE}\n{MOD_LINE}\n".encode(), b"signed\n\nhead\n")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>Welcome to our wireless network!</html>",
        ANSWER.replace(b"17\n", b""),
        ANSWER.replace(b"17", b"-17"),
        ANSWER.replace(b"17", b"017"),
        ANSWER.replace(b"17\n", b"17\n\n"),
        ANSWER.replace(b"\n\n", b"\n"),
        ANSWER.replace(b"zip", b"z\tp"),
        ANSWER.replace(b"zip", b"z\xffp"),
    ],
)
def test_what_is_no_answer_is_nonsense_and_no_lie(data: bytes) -> None:
    with pytest.raises(UpstreamError, match="malformed lookup") as raised:
        parse_answer(data)
    assert not isinstance(raised.value, Disproved)


@given(mutations(ANSWER))
@settings(max_examples=300)
def test_what_we_read_x_mod_reads_alike(big_database: SumDatabase, data: bytes) -> None:
    try:
        ours = parse_answer(data)
    except UpstreamError:
        return  # x/mod takes numbers with a sign or zeros in front, and a record that begins with an empty line
    theirs = big_database.ask(dict, "parse record", Body=base64.b64encode(data).decode())
    assert ours == Answer(theirs["ID"], base64.b64decode(theirs["Text"]), base64.b64decode(theirs["Rest"]))


@given(mutations(ANSWER))
@settings(max_examples=300)
def test_what_x_mod_refuses_we_refuse(big_database: SumDatabase, data: bytes) -> None:
    try:
        big_database.tell("parse record", Body=base64.b64encode(data).decode())
    except OracleError:
        with pytest.raises(UpstreamError):
            parse_answer(data)


def test_a_lookup_escapes_what_has_upper_case() -> None:
    module = ModuleVersion("github.com/Azure/x", "v2.0.0-RC1+incompatible")
    assert lookup_path(module) == "/lookup/github.com/!azure/x@v2.0.0-!r!c1+incompatible"
    with pytest.raises(InvalidPath):
        lookup_path(ModuleVersion("nodot/x", "v1.0.0"))


def test_the_lines_of_a_module_are_those_of_its_zip_and_its_go_mod() -> None:
    checksums = checksums_of(MODULE, parse_answer(ANSWER), ANSWER)
    assert checksums.lines == (ZIP_LINE, MOD_LINE)
    assert checksums.answer == ANSWER
    checksums.check_zip("h1:zip")
    checksums.check_go_mod("h1:mod")


def test_other_bytes_than_those_on_record_are_a_mismatch_that_names_both() -> None:
    checksums = checksums_of(MODULE, parse_answer(ANSWER), ANSWER)
    with pytest.raises(Mismatch, match=r"a\.example/m@v1\.0\.0: checksum mismatch: the zip .* h1:bad, .* says h1:zip$"):
        checksums.check_zip("h1:bad")
    with pytest.raises(Mismatch, match=r"the go\.mod that upstream serves has h1:zip, .* says h1:mod"):
        checksums.check_go_mod("h1:zip")


def test_hashes_of_other_kinds_are_not_compared() -> None:
    data = ANSWER.replace(b"h1:zip\n", b"h1:zip\na.example/m v1.0.0 h2:other\n")
    checksums_of(MODULE, parse_answer(data), data).check_zip("h1:zip")


def test_a_record_of_two_h1_for_one_file_matches_neither() -> None:
    data = ANSWER.replace(b"h1:zip\n", b"h1:zip\na.example/m v1.0.0 h1:other\n")
    with pytest.raises(Mismatch, match="says h1:other and h1:zip"):
        checksums_of(MODULE, parse_answer(data), data).check_zip("h1:zip")


def test_a_record_without_the_hash_asked_for_proves_nothing() -> None:
    data = ANSWER.replace(f"{ZIP_LINE}\n".encode(), b"")
    checksums = checksums_of(MODULE, parse_answer(data), data)
    checksums.check_go_mod("h1:mod")
    with pytest.raises(Disproved, match="no h1 hash of its zip"):
        checksums.check_zip("h1:zip")


@pytest.mark.parametrize(
    "module",
    [
        ModuleVersion("a.example/m", "v1.0.1"),
        ModuleVersion("a.example/m/v2", "v1.0.0"),
        ModuleVersion("a.example", "v1.0.0"),
        ModuleVersion("example/m", "v1.0.0"),
    ],
)
def test_the_record_of_another_module_proves_nothing(module: ModuleVersion) -> None:
    with pytest.raises(Disproved, match="with the record of another module"):
        checksums_of(module, parse_answer(ANSWER), ANSWER)
