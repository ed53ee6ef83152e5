"""Where a version came from, told as the go command tells it (cmd/go: codehost.Origin)."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import urlsplit

from gomod_publish.version import tag_version

_PUBLIC_SCHEMES = frozenset({"https", "http", "ssh", "git"})


def public_url(remote: str) -> str:
    """A remote's URL fit for everybody's eyes: no credentials, and nothing for a place on this machine.

    `git@host:team/repo.git` becomes `ssh://git@host/team/repo.git`.
    """
    if "://" not in remote:
        host, colon, path = remote.partition(":")
        if not colon or "/" in host:
            return ""  # a folder
        remote = f"ssh://{host}/{path.removeprefix('/')}"
    parts = urlsplit(remote)
    if parts.scheme not in _PUBLIC_SCHEMES or not parts.hostname:
        return ""
    credentials, _, host = parts.netloc.rpartition("@")
    user = credentials.partition(":")[0]
    # The user of an ssh URL is part of the address; that of an https URL may well be a token.
    netloc = f"{user}@{host}" if parts.scheme == "ssh" and user else host
    return f"{parts.scheme}://{netloc}{parts.path}"


def tag_sum(tags: Mapping[str, str], prefix: str) -> str:
    """A checksum of the tags with a prefix and where they point, by which go sees whether any moved (gitRepo.Tags)."""
    folder = prefix[: prefix.rfind("/") + 1]
    lines = (
        f'"{name}" {tags[name]}\n'
        for name in sorted(tags)
        if name.startswith(prefix) and tag_version(name.removeprefix(folder))
    )
    return "t1:" + b64encode(hashlib.sha256("".join(lines).encode()).digest()).decode()
