"""Module, import and file paths, and escaped ones."""

from hypothesis import strategies as st

from tests.gomod.strategies.texts import joined, one, spoiled

_hosts = one("a.b example.com gopkg.in github.com nodot A.b -a.b a_b.c gopkg.in.x")
_gopkg = one("yaml.v2 yaml.v0 yaml.v01 yaml.v1-unstable x.v-unstable x.v0-unstable yaml yaml.v a/yaml.v3 .v2")
_elements = st.lists(
    st.one_of(
        one("a b.c x_y A Azure v1 v2 v10 v02 v2.0 v ~ a~1 a~1.b a~x .a a. .. -a + go.mod GO.MOD vendor  !a"),
        one("con CON.txt Com1 com0 lpt9.go nul aux prn. com\u00b9 COM1.tar.gz conx"),
        st.text(st.sampled_from("abAB01.~-_"), min_size=1, max_size=6),
    ),
    max_size=3,
).map("/".join)

good_paths = one("a.b a.b/c a.b/c/v2 example.com/A/b gopkg.in/yaml.v2 gopkg.in/x.v1-unstable")
paths = spoiled(st.one_of(joined(_hosts, _elements, by="/"), joined(st.just("gopkg.in"), _gopkg, by="/"), _elements))
escaped_paths = spoiled(one("github.com/!azure/x a.b/!a!b a.b/c/v2 !a.b/c a.b/! a.b/!!a a.b/!1"))
