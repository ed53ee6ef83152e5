"""docs/publishing.md has a cure for every code that an uploader can answer with, and for none that it can't."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from gomod import errors
from gomod.errors import Forbidden
from gomod_service.http_errors import status_of
from gomod_uploader.problems import code_of
from gomod_uploader.trusted_publishers import Trusted, parse_trust

ROOT = Path(__file__).parents[2]
SOURCES = [*ROOT.glob("libs/gomod/gomod/*.py"), *ROOT.glob("services/uploader/gomod_uploader/*.py")]
PAGE = (ROOT / "docs/publishing.md").read_text()

_MADE = re.compile(r'\b(?:Violation|Remark|_Broken|refuse|faults\.add|faults\.caught)\(\s*"([a-z0-9-]+)"')
_CHOSEN = re.compile(r'code = "([a-z-]+)" if [a-z.]+ else "([a-z-]+)"')


def codes_made() -> set[str]:
    """The codes of violations and warnings that stand in the code."""
    made: set[str] = set()
    for source in SOURCES:
        text = source.read_text()
        made |= set(_MADE.findall(text)) | {code for pair in _CHOSEN.findall(text) for code in pair}
    return made


def documented(after: str, before: str) -> set[str]:
    """The codes in the first column of the tables between two headings."""
    section = PAGE.split(f"\n{after}\n")[1].split(f"\n{before}\n")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {code for row in rows for code in re.findall(r"`([a-z0-9-]+)`", row)}


def test_every_violation_and_warning_is_documented_and_no_other() -> None:
    said = documented("### Violations", "### Warnings") | documented("### Warnings", "## Who may publish")
    assert said == codes_made()


def families() -> Iterator[errors.RegistryError]:
    """One error of each class that has a status of its own."""
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.RegistryError):
            yield kind.__new__(kind)


def test_every_problem_code_stands_beside_its_status() -> None:
    section = PAGE.split("\n## When it is refused\n")[1].split("\n### Violations\n")[0]
    rows = re.findall(r"^\| (\d{3}) \| (.*?) \|", section, re.MULTILINE)
    said = {(int(status), code) for status, codes in rows for code in re.findall(r"`([a-z-]+)`", codes)}
    # Never answered by an uploader as such: the root, a go.mod's own error (a violation), a slow upstream (keys: 502),
    # what only readers are told.
    silent = {"registry-error", "invalid-go-mod", "upstream-timeout", "unknown-reader"}
    meant = {(int(status_of(error)), code_of(error)) for error in families() if code_of(error) not in silent}
    assert said == meant | {(405, "method-not-allowed"), (500, "bug")}
    assert all(HTTPStatus(status) for status, _ in said)


# What the platforms' own tokens say, beside times and audience.
GITHUB: dict[str, object] = {
    "sub": "repo:ameide/sdk:ref:refs/heads/main", "repository": "ameide/sdk", "ref": "refs/heads/main",
    "ref_type": "branch", "repository_owner": "ameide", "event_name": "push", "run_attempt": "1",
}  # fmt: skip
GITLAB: dict[str, object] = {
    "sub": "project_path:ameide/tools:ref_type:tag:ref:v1.0.0", "project_path": "ameide/tools", "project_id": "22",
    "ref": "v1.0.0", "ref_type": "tag", "ref_protected": "true", "user_access_level": "developer",
}  # fmt: skip
KUBERNETES: dict[str, object] = {
    "sub": "system:serviceaccount:ameide:package-go-runner",
    "kubernetes.io": {"namespace": "ameide", "serviceaccount": {"name": "package-go-runner", "uid": "5b1c"}},
}


@pytest.mark.parametrize(
    ("issuer_name", "claims", "module", "other"),
    [
        ("github", GITHUB, "ameide-sdk-go", {"ref": "refs/heads/feature"}),
        ("github", GITHUB, "ameide-sdk-go", {"repository": "ameide/sdk-fork"}),
        ("gitlab", GITLAB, "tools/x", {"ref_protected": "false"}),
        ("gitlab", GITLAB, "tools/x", {"ref_type": "branch"}),
        ("cluster", KUBERNETES, "anything", {"sub": "system:serviceaccount:ameide:default"}),
    ],
)
def test_the_file_of_trusted_publishers_means_what_the_page_says(
    issuer_name: str, claims: dict[str, object], module: str, other: dict[str, object]
) -> None:
    (example,) = re.findall(r"```toml\n(\[\[issuer.*?)```", PAGE, re.DOTALL)
    trust = parse_trust(example.encode())
    (issuer,) = [each for each in trust.issuers.values() if each.name == issuer_name]
    (rule,) = [rule for rule in trust.publishers if rule.matches(issuer, claims)]
    workload = Trusted(issuer, str(claims["sub"]), (rule,))
    workload.require("publish", f"go.packages.dev.ameide.io/{module}")
    with pytest.raises(Forbidden):
        workload.require("publish", f"elsewhere.example/{module}")
    assert not any(rule.matches(issuer, claims | other) for rule in trust.publishers)
    strangers = [each for each in trust.issuers.values() if each is not issuer]
    assert not any(rule.matches(stranger, claims) for rule in trust.publishers for stranger in strangers)
