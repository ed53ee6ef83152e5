"""Module, import and file paths, and escaped ones."""

from tests.gomod.strategies.texts import combined, spoiled, words

GOOD_PATHS = words("a.b a.b/c a.b/c/v2 example.com/A/b gopkg.in/yaml.v2 gopkg.in/x.v1-unstable")

_HOSTS = words("a.b example.com gopkg.in github.com gopkg.in nodot A.b -a.b a_b.c gopkg.in.x ")
_ELEMENTS = [
    *words("/c /x_y /A/b.c /Azure /v1 /v2 /v10 /v02 /v2.0 /v / // /~ /a~1 /a~1.b /a~x /.a /a. /.. /. /-a /a+b /!a"),
    *words("/con /CON.txt /Com1 /com0 /lpt9.go /nul /aux /prn. /com\u00b9 /COM1.tar.gz /conx /go.mod /vendor /a\u00e9"),
    *words(" /yaml.v2 /yaml.v0 /yaml.v01 /yaml.v1-unstable /x.v-unstable /x.v0-unstable /yaml /yaml.v /a/yaml.v3 /.v2"),
]

good_paths = combined(GOOD_PATHS)
paths = spoiled(combined(_HOSTS, _ELEMENTS, _ELEMENTS, _ELEMENTS))
escaped_paths = spoiled(
    combined(words("github.com/ a.b/ gopkg.in/"), words("!azure/x !a!b c/v2 ! !!a !1 x.v2 A"), words(" /!b /!b!c /v2"))
)
