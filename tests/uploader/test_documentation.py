"""docs/publishing.md has a cure for every code that an uploader can answer with, and for none that it can't."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from gomod import errors
from gomod_service.http_errors import status_of
from gomod_uploader.problems import code_of

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
