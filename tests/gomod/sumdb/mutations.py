"""Texts that are almost right."""

from hypothesis import strategies as st

_TELLING = [b"\n", b"\n\n", b" ", "— ".encode(), b"+", b"=", b"/", b"0", b"\r", b"\xc2", b"\x7f"]


def mutations(text: bytes) -> st.SearchStrategy[bytes]:
    """The text with a piece of it replaced by something else, or by nothing."""
    return st.builds(
        lambda start, length, new: text[:start] + new + text[start + length :],
        st.integers(0, len(text)),
        st.sampled_from([0, 1, 2, 9]),
        st.one_of(st.sampled_from(_TELLING), st.binary(max_size=3)),
    )
