"""Go's tables of characters, which are of one Unicode version on every Python."""

import sys

from gomod.gostrings import WHITE_SPACE
from gomod.unicode import fold, is_letter, is_print
from gomod.unicode_tables import VERSION
from tests.gomod.oracle import Oracle

EVERY_CHARACTER = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]


def members(oracle: Oracle, table: str) -> set[str]:
    """The characters of one of Go's sets."""
    runs = oracle.ask_one(table).value
    assert isinstance(runs, list)
    return {chr(code) for first, last in runs for code in range(first, last + 1) if not 0xD800 <= code <= 0xDFFF}


def test_the_tables_are_of_the_unicode_version_of_go(oracle: Oracle) -> None:
    assert oracle.ask_one("versions").fields["unicode"] == VERSION, "run scripts/vectors"


def test_letters_are_gos(oracle: Oracle) -> None:
    assert {character for character in EVERY_CHARACTER if is_letter(character)} == members(oracle, "letters")


def test_printable_characters_are_gos(oracle: Oracle) -> None:
    assert {character for character in EVERY_CHARACTER if is_print(character)} == members(oracle, "printable")


def test_white_space_is_gos(oracle: Oracle) -> None:
    assert set(WHITE_SPACE) == members(oracle, "spaces")


def test_two_characters_fold_to_the_same_exactly_where_go_has_them_equal_but_for_case(oracle: Oracle) -> None:
    pairs = oracle.ask_one("folds").value
    assert isinstance(pairs, list)
    smallest = {chr(character): chr(first) for character, first in pairs}
    classes: dict[str, set[str]] = {}
    for character in EVERY_CHARACTER:
        classes.setdefault(fold(character), set()).add(smallest.get(character, character))
    assert all(len(of_one_fold) == 1 for of_one_fold in classes.values())
    assert len(classes) == len(EVERY_CHARACTER) - len(smallest)


def test_folding_takes_one_character_for_one() -> None:
    assert fold("GO.MOD") == "go.mod"
    assert fold("\u00dfx\u0130\ufb01") == "\u00dfx\u0130\ufb01"
    assert fold("\u212a\u017f") == "ks"
    assert fold("\u1e9e") == fold("\u00df")
    assert fold("\u03c2") == fold("\u03a3") == fold("\u03c3")
    assert all(len(fold(character)) == 1 for character in EVERY_CHARACTER)
