"""The file of trusted publishers: read strictly."""

import pytest

from gomod_service.settings import SettingsError
from gomod_uploader.trusted_publishers import parse_trust

ISSUER = """
[[issuer]]
name = "cluster"
url = "https://issuer.example"
audience = "go.corp.example"
"""


def rule(claims: str, name: str = "ci") -> str:
    return f"""
[[publisher]]
name = "{name}"
issuer = "cluster"
claims = {claims}
modules = ["go.corp.example/*"]
"""


@pytest.mark.parametrize(
    ("pattern", "claim", "fits"),
    [
        ("repo:corp/pay", "repo:corp/pay", True),
        ("repo:corp/pay", "repo:corp/pays", False),
        ("repo:corp/pay", "xrepo:corp/pay", False),
        ("repo:corp/*:ref:refs/tags/*", "repo:corp/pay:ref:refs/tags/v1", True),
        ("repo:corp/*:ref:refs/tags/*", "repo:corp/pay:ref:refs/heads/tags/v1", False),
        ("*", "", True),
        ("a.c", "abc", False),
        ("a?c", "abc", False),
        ("[a]", "a", False),
        ("a*", "a\nb", True),
        ("1", 1, False),
        ("true", True, False),
        ("a", ["a"], False),
    ],
)
def test_a_claim_is_matched_as_a_whole_and_only_a_star_stands_for_more(pattern: str, claim: object, fits: bool) -> None:
    trust = parse_trust((ISSUER + rule(f'{{ sub = "{pattern}" }}')).encode())
    (issuer,) = trust.issuers.values()
    assert trust.publishers[0].matches(issuer, {"sub": claim}) is fits


def test_all_claims_must_hold() -> None:
    trust = parse_trust((ISSUER + rule('{ sub = "a", ref = "b" }')).encode())
    (issuer,) = trust.issuers.values()
    assert trust.publishers[0].matches(issuer, {"sub": "a", "ref": "b", "more": "c"})
    assert not trust.publishers[0].matches(issuer, {"sub": "a"})
    assert not trust.publishers[0].matches(issuer, {"sub": "a", "ref": "c"})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (ISSUER.replace("https://", "http://"), "issuer 'cluster': url is not an https:// URL"),
        (ISSUER.replace('"https://issuer.example"', '"https://"'), "issuer 'cluster': url is not an https:// URL"),
        (ISSUER + 'keys = "http://issuer.example/jwks"', "issuer 'cluster': keys is not an https:// URL"),
        (ISSUER + "ca_file = 1", "issuer 'cluster': ca_file is not the path of a PEM file"),
        (ISSUER.replace("audience", "aud"), "issuer 'cluster': unknown key 'aud'"),
        (ISSUER.replace("audience", "aud"), "issuer 'cluster': audience is missing"),
        (
            ISSUER + ISSUER.replace("cluster", "other"),
            r"url 'https://issuer.example' stands in more than one \[\[issuer\]\]",
        ),
        (ISSUER + rule("{}"), "publisher 'ci': claims is not texts that tell one workload from others"),
        (ISSUER + rule('{ aud = "x" }'), "publisher 'ci': claims is not"),
        (ISSUER + rule("{ sub = 1 }"), "publisher 'ci': claims is not"),
        (ISSUER + rule('{ sub = "" }'), "publisher 'ci': claims is not"),
        (ISSUER + rule('"sub"'), "publisher 'ci': claims is not"),
        (rule('{ sub = "x" }'), r"publisher 'ci': no \[\[issuer\]\] 'cluster'"),
        (ISSUER + rule('{ sub = "x" }') * 2, r"name 'ci' stands in more than one \[\[publisher\]\]"),
        ("[[token]]", r"unknown key 'token': the file holds \[\[issuer\]\] and \[\[publisher\]\] stanzas"),
        ("issuer = 1", "'issuer' is not written as"),
    ],
)
def test_every_problem_is_named(text: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem):
        parse_trust(text.encode())


def test_a_file_that_trusts_nobody_is_a_file() -> None:
    assert parse_trust(b"").publishers == ()
