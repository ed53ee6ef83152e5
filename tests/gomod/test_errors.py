"""What our errors say to a person."""

import pytest

from gomod.errors import LONGEST_TEXT, InvalidGoMod, InvalidPath, Violation
from gomod.modfile import parse


def test_a_refusal_does_not_send_back_a_megabyte_of_what_it_refuses() -> None:
    with pytest.raises(InvalidGoMod) as refusal:
        parse(b"module m\n" + b"w" * 1_000_000)
    text = str(refusal.value)
    assert text.startswith("go.mod:2: wwww")
    assert text.endswith("wwww: unknown directive")
    assert len(text) < LONGEST_TEXT + 10


def test_a_refusal_quotes_what_fits() -> None:
    path = "a.b/" + "c" * (LONGEST_TEXT // 2)
    assert str(InvalidPath("module", path, "it is long")) == f"malformed module path {path!r}: it is long"


def test_a_broken_rule_does_not_send_back_a_megabyte_of_what_breaks_it() -> None:
    message = Violation("info-version", f".info says Version {'v' * 1_000_000!r}, the upload says 'v1.0.0'").message
    assert message.startswith(".info says Version 'vvvv")
    assert message.endswith("vvvv', the upload says 'v1.0.0'")
    assert len(message) < LONGEST_TEXT + 10
