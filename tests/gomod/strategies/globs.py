"""GOPRIVATE lists, and what they are matched with."""

from hypothesis import strategies as st

from tests.gomod.strategies.texts import combined, words

_PIECES = words(
    "a * ? [a-c] [^a-c] [] []a] [a [a-] [-a] [\\]] \\* \\ / , b.c A [^/] [é-ü] é ** a.b [\udcff] \udcff ^ - ] "
)
_GLOBS = words("a.b *.b a.b/ */* a.*/c  example.com/[A-Z]* x? a.b/*/d")
_ELEMENTS = words("a b.c a.b A c abc é \udcff ü* ] ")

globs = st.one_of(
    combined(_PIECES, _PIECES, _PIECES, _PIECES, words(" a *"), words(" /b*")), combined(_GLOBS, _GLOBS, _GLOBS, by=",")
)
targets = combined(_ELEMENTS, _ELEMENTS, words(" / /x"), _ELEMENTS, words("/ "), _ELEMENTS)
