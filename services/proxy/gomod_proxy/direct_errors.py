"""What go and git complain of, told as an error of ours: absence only in words that mean nothing else."""

import re
from collections.abc import Iterable
from pathlib import Path

from gomod.errors import NotFound, UpstreamError
from gomod_proxy.credentials import Login

MAX_REASON = 500  # characters of what go says that we pass on

# In the words of cmd/go (modfetch, vcs, modload) and of git. What is not here is trouble: an outage must not look like
# absence, while absence that looks like trouble only costs a client the try elsewhere.
_ABSENT = re.compile(
    "|".join(
        (
            r"unknown revision ",
            r"ambiguous revision ",
            r"no matching versions for query ",
            r"cannot match ",  # `upgrade` and `patch` mean something to whoever has a go.mod
            r"invalid module version ",
            r"disallowed version string",
            r"invalid version: (missing|should be|resolves to|version |module contains|[^ ]+ (and|has|is missing) )",
            r"invalid pseudo-version: ",
            r"no commits",
            r"file does not exist",
            r"(reading|fetching) https://[^ ]+: (404|410)\b",
            r"no go-import meta tags? ",
            r"malformed module path ",
            r"invalid [a-z]+\.[a-z]+ import path",
            r"no modules on ",
            r"cannot contain module ",
            r"import path does not begin with hostname",
            r"fatal: repository '[^']*' not found",
            r"ERROR: Repository not found",
            r"does not appear to be a git repository",
        )
    )
)
_NO_ENTRY = re.compile(
    r"terminal prompts disabled|Authentication failed|Permission denied|Host key verification failed"
    r"|: 40[13]\b|error: 40[13]\b"
)
_USER_INFO = re.compile(r"(?<=://)[^/@\s']+@")


def scrubbed(said: str, folder: Path, logins: Iterable[Login]) -> str:
    """What go said, without passwords, whoever said them, and without the worker's folder, which is gone by now."""
    for login in logins:
        for secret in (login.header.removeprefix("Basic "), login.password):
            said = said.replace(secret, "***") if secret else said
    said = re.sub(rf" in {re.escape(str(folder))}[^\s:]*", "", said).replace(str(folder), "")
    return _USER_INFO.sub("", said).strip()


def failure(what: str, asked: str, said: str) -> NotFound | UpstreamError:
    """The error for a run of go that ended with these words. `asked`, path@query, may hold any words."""
    reason = " ".join(said.removeprefix("go: ").split())[:MAX_REASON] or "go said nothing"
    if _ABSENT.search(_of_go_and_git(said).replace(asked, "")):
        return NotFound(f"{what}: not found at its origin: {reason}")
    return UpstreamError(f"{what}: its origin can't be read: {reason}; {_cure(said)}")


def _cure(said: str) -> str:
    if _NO_ENTRY.search(said):
        return "look at the registry's credentials for that host"
    if "requires go >= " in said:
        return "the registry's go is too old to make its zip"
    return "try again later"


def _of_go_and_git(said: str) -> str:
    """Without what servers say: it may quote anything."""
    lines = said.partition("server response:")[0].splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("remote:"))
