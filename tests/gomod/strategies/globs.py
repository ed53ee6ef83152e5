"""GOPRIVATE lists, and what they are matched with."""

from hypothesis import strategies as st

from tests.gomod.strategies.paths import paths
from tests.gomod.strategies.texts import one

_pieces = one(
    "* ? [a-c] [^a-c] [] []a] [a [a-] [-a] [\\]] \\* \\ / , a b.c A [^/] [é-ü] é ** a.b [\udcff] \udcff ^ - ]"
)
_lists = st.lists(one("a.b *.b a.b/ */* a.*/c  example.com/[A-Z]* x? a.b/*/d"), max_size=4).map(",".join)

globs = st.one_of(st.lists(_pieces, max_size=7).map("".join), _lists)
targets = st.one_of(st.lists(one("a b.c a.b A c abc é \udcff ü* ]"), max_size=4).map("/".join), paths)
