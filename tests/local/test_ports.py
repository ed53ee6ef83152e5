"""Taken ports are found before anything starts."""

import socket

import pytest

from scripts.local.ports import split_bind, unusable
from tests.ports import free_port


def test_every_taken_port_is_named_and_a_free_one_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        taken = {"A_BIND": f"127.0.0.1:{one.getsockname()[1]}", "B_BIND": f"127.0.0.1:{two.getsockname()[1]}"}
        problems = unusable({**taken, "C_BIND": f"127.0.0.1:{free_port()}"})
    assert len(problems) == 2
    assert problems[0].startswith(f"A_BIND={taken['A_BIND']} can't be used: ")
    assert "in use" in problems[0]
    assert problems[1].startswith(f"B_BIND={taken['B_BIND']} can't be used: ")


def test_two_names_for_one_port_are_a_taken_port() -> None:
    bind = f"127.0.0.1:{free_port()}"
    assert [problem.partition("=")[0] for problem in unusable({"A_BIND": bind, "B_BIND": bind})] == ["B_BIND"]


def test_looking_leaves_the_ports_free() -> None:
    bind = {"A_BIND": f"127.0.0.1:{free_port()}"}
    assert unusable(bind) == unusable(bind) == []


def test_an_address_of_another_machine_is_named() -> None:
    assert unusable({"A_BIND": "192.0.2.1:80"})[0].startswith("A_BIND=192.0.2.1:80 can't be used: ")


@pytest.mark.parametrize(
    ("bind", "expected"),
    [("127.0.0.1:80", ("127.0.0.1", 80)), ("localhost:8080", ("localhost", 8080)), ("[::1]:80", ("::1", 80))],
)
def test_a_bind_is_a_host_and_a_port(bind: str, expected: tuple[str, int]) -> None:
    assert split_bind(bind) == expected


@pytest.mark.parametrize("bind", ["", "80", ":80", "host", "host:", "host:http"])
def test_what_is_no_bind_is_said(bind: str) -> None:
    with pytest.raises(ValueError, match="expected host:port"):
        split_bind(bind)
    assert unusable({"A_BIND": bind}) == [f"A_BIND={bind} can't be used: expected host:port, found {bind!r}"]
