"""Multipart syntax: the same parts come out however the body is cut into pieces."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomod.errors import InvalidModule, Malformed, RegistryError, UnsupportedMedia
from gomod_uploader.form import Form, boundary_of


class Kept:
    """A part that keeps what it takes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.data = b""
        self.ended = False

    def take(self, data: bytes) -> None:
        self.data += data

    def end(self) -> None:
        self.ended = True

    async def settle(self) -> None:
        pass


def body_of(contents: dict[str, bytes]) -> bytes:
    heads = {name: f'--b\r\ncontent-disposition: form-data; name="{name}"\r\nX-Y: z\r\n\r\n' for name in contents}
    return b"".join(heads[name].encode() + data + b"\r\n" for name, data in contents.items()) + b"--b--\r\n"


def read(body: bytes, cuts: list[int], names: tuple[str, ...] = ("one", "two")) -> list[Kept]:
    parts = [Kept(name) for name in names]
    form = Form(b"b", parts)
    ends = sorted({min(cut, len(body)) for cut in cuts} | {len(body)})
    for start, end in zip([0, *ends], ends, strict=False):
        form.feed(body[start:end])
    form.finish()
    return parts


# Content that looks like a boundary, almost.
near_boundary = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"-", b"--", b"b", b"--b", b"\r\n--", b" ", b"\x00"]))
content = st.one_of(st.binary(max_size=50), near_boundary.map(b"".join)).filter(
    lambda data: b"\r\n--b" not in b"\r\n" + data + b"\r\n"
)


@given(content, content, st.lists(st.integers(0, 400)))
def test_the_parts_come_out_however_the_body_is_cut(one: bytes, two: bytes, cuts: list[int]) -> None:
    parts = read(body_of({"one": one, "two": two}), cuts)
    assert [(part.data, part.ended) for part in parts] == [(one, True), (two, True)]


@given(st.binary(max_size=300), st.lists(st.integers(0, 300)))
def test_any_other_body_is_an_error_of_ours(body: bytes, cuts: list[int]) -> None:
    with pytest.raises((Malformed, InvalidModule)):
        read(body, cuts)


@given(st.integers(0, 200), st.integers(0, 255))
def test_one_changed_byte_is_read_or_refused(at: int, byte: int) -> None:
    body = bytearray(body_of({"one": b"1", "two": b"2"}))
    body[at % len(body)] = byte
    with suppress(RegistryError):
        read(bytes(body), [])


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=b", b"b"),
        ('Multipart/Form-Data;charset=utf-8;  boundary="a b"', b"a b"),
    ],
)
def test_the_boundary_is_found(content_type: str, boundary: bytes) -> None:
    assert boundary_of(content_type) == boundary


@pytest.mark.parametrize(
    ("content_type", "family"),
    [
        ("", UnsupportedMedia),
        ("text/plain; boundary=b", UnsupportedMedia),
        ("multipart/form-data", Malformed),
        ("multipart/form-data; boundary=", Malformed),
        ("multipart/form-data; boundary=" + "x" * 71, Malformed),
    ],
)
def test_another_type_or_no_boundary_is_refused(content_type: str, family: type[RegistryError]) -> None:
    with pytest.raises(family):
        boundary_of(content_type)


def test_a_part_is_named_by_its_disposition_alone() -> None:
    heads = b'Content-Type: text/plain; name="two"\r\nContent-Disposition: form-data; name=one; filename="two"'
    assert read(b"--b\r\n" + heads + b"\r\n\r\n1\r\n--b--", [], ("one",))[0].data == b"1"
