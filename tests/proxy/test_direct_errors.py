"""What go and git say when something fails, and what we make of it: absence only when they know."""

from pathlib import Path

import pytest

from gomod.errors import NotFound, UpstreamError
from gomod_proxy.credentials import Login
from gomod_proxy.direct_errors import MAX_REASON, failure, scrubbed

ASKED = "github.com/x/y@v1.0.0"
FOLDER = Path("/tmp/gomod-direct-abc")
LS_REMOTE = (
    f"go: {ASKED}: invalid version: git ls-remote -q --end-of-options https://github.com/x/y: exit status 128:\n\t"
)
FETCH = "git fetch -f origin refs/tags/v1.0.0:refs/tags/v1.0.0 in /tmp/x: exit status 128:\n\t"
PAGE = f'go: {ASKED}: unrecognized import path "corp.example/y": '


@pytest.mark.parametrize(
    "said",
    [
        f"go: {ASKED}: invalid version: unknown revision v1.0.0",
        f'go: module {ASKED}: no matching versions for query "latest"',
        f"go: {ASKED}: invalid version: missing github.com/x/y/go.mod at revision v1.0.0",
        f"go: {ASKED}: invalid version: should be v0 or v1, not v2",
        f"go: {ASKED}: invalid version: resolves to version v1.0.1 (v1 is not a tag)",
        f'go: {ASKED}: invalid version: go.mod has post-v1 module path "github.com/x/y/v2" at revision v1.0.0',
        f"go: {ASKED}: invalid version: module contains a go.mod file, so module path must match major version",
        f"go: {ASKED}: invalid pseudo-version: does not match version-control timestamp (expected 20230102030405)",
        f"go: {ASKED}: invalid version: go.mod is missing module path at revision v1.0.0",
        'go: cannot match "github.com/x/y@patch": go.mod file not found in current directory or any parent directory',
        'go: invalid module version "-x"',
        'go: x/y@latest: malformed module path "x/y": missing dot in first path element',
        "go: example.net/y@latest: no modules on example.net",
        f"{PAGE}reading https://corp.example/y?go-get=1: 404 Not Found",
        f"{PAGE}reading https://corp.example/y?go-get=1: 410 Gone\n\tserver response: it was here",
        f"{PAGE}parse https://corp.example/y?go-get=1: no go-import meta tags ()",
        f"{LS_REMOTE}fatal: repository 'https://github.com/x/y/' not found",
        f"{LS_REMOTE}remote: Repository not found.\n\tfatal: repository 'https://github.com/x/y/' not found",
        f"{LS_REMOTE}ERROR: Repository not found.\n\tfatal: Could not read from remote repository.",
        f"{LS_REMOTE}fatal: '/x/y.git' does not appear to be a git repository",
    ],
)
def test_absence(said: str) -> None:
    assert isinstance(failure("what", ASKED, said), NotFound)


@pytest.mark.parametrize(
    "said",
    [
        "",
        f"{LS_REMOTE}fatal: unable to access 'https://github.com/x/y/': Could not resolve host: github.com",
        f"{LS_REMOTE}fatal: unable to access 'https://github.com/x/y/': The requested URL returned error: 503",
        f"{LS_REMOTE}fatal: unable to access 'https://github.com/x/y/': SSL certificate problem: self-signed",
        f"{LS_REMOTE}ssh: connect to host github.com port 22: Connection refused\n\tfatal: Could not read from remote",
        f"{LS_REMOTE}remote: unknown revision \n\tfatal: unable to access 'https://github.com/x/y/': error: 502",
        f"{FETCH}fatal: early EOF",
        f'{PAGE}https fetch: Get "https://corp.example/y?go-get=1": dial tcp: lookup corp.example: no such host',
        f'{PAGE}https fetch: Get "https://corp.example/y?go-get=1": x509: certificate signed by unknown authority',
        f"{PAGE}reading https://corp.example/y?go-get=1: 503 Service Unavailable",
        f"{PAGE}reading https://corp.example/y?go-get=1: 502 Bad Gateway\n\tserver response: unknown revision v1.0.0",
        "go: GOVCS disallows using hg for public corp.example/y; see 'go help vcs'",
        "go: write /tmp/x: no space left on device",
    ],
)
def test_trouble(said: str) -> None:
    error = failure("what", ASKED, said)
    assert isinstance(error, UpstreamError)
    assert str(error).endswith("try again later")


@pytest.mark.parametrize(
    "said",
    [
        f"{LS_REMOTE}fatal: could not read Username for 'https://github.com': terminal prompts disabled",
        f"{LS_REMOTE}fatal: Authentication failed for 'https://github.com/x/y/'",
        f"{LS_REMOTE}git@github.com: Permission denied (publickey).\n\tfatal: Could not read from remote repository.",
        f"{LS_REMOTE}Host key verification failed.\n\tfatal: Could not read from remote repository.",
        f"{LS_REMOTE}fatal: unable to access 'https://github.com/x/y/': The requested URL returned error: 403",
        f"{PAGE}reading https://corp.example/y?go-get=1: 401 Unauthorized",
    ],
)
def test_a_closed_door_is_trouble_with_another_cure(said: str) -> None:
    error = failure("what", ASKED, said)
    assert isinstance(error, UpstreamError)
    assert "credentials" in str(error)


def test_what_was_asked_can_make_no_absence() -> None:
    asked = "github.com/x/y@unknown revision z"
    assert isinstance(failure("what", asked, f"go: {asked}: Could not resolve host: github.com"), UpstreamError)


def test_a_go_that_is_too_old_says_so() -> None:
    error = failure("what", ASKED, f"go: {ASKED} requires go >= 1.99 (running go 1.27.3; GOTOOLCHAIN=local)")
    assert isinstance(error, UpstreamError)
    assert "too old" in str(error)


def test_the_reason_is_one_line_of_bounded_length() -> None:
    error = str(failure("what", ASKED, "go: one\n\ttwo\n" + "x" * 10000))
    assert "one two" in error
    assert "\n" not in error
    assert len(error) < MAX_REASON + 100


def test_neither_passwords_nor_folders_are_told() -> None:
    login = Login("me", "s3cret")
    said = (
        f"go: git ls-remote https://me:s3cret@corp.example/y in {FOLDER}/modules/cache/vcs/0123: exit status 128:\n"
        f"\tremote: {login.header} is wrong, s3cret is no good; http://user:pass@proxy.example:31; {FOLDER}/tmp/x"
    )
    assert scrubbed(said, FOLDER, [login, Login("you", "")]) == (
        "go: git ls-remote https://corp.example/y: exit status 128:\n"
        "\tremote: Basic *** is wrong, *** is no good; http://proxy.example:31; /tmp/x"
    )
