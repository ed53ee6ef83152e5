"""The right to read, where readers need one: what netrc says of the registry's host, as the go command has it."""

import netrc
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from gomod_publish.settings import SettingsError


def netrc_file(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The file that go reads: the one that NETRC names, else `.netrc` at home; None when it is not there."""
    named = environment.get("NETRC", "")
    home = environment.get("HOME", "")
    path = Path(named) if named else Path(home, ".netrc") if home else None
    return path if path is not None and path.is_file() else None


def reading_right(url: str) -> httpx.Auth | None:
    """What to show when reading from `url`: nothing over plain http, as go does. Raises SettingsError."""
    path = netrc_file()
    if path is None or not url.startswith("https://"):
        return None
    try:
        machines = netrc.netrc(str(path)).hosts
    except (netrc.NetrcParseError, OSError) as error:
        raise SettingsError(f"{path} can't be read: {error}") from error
    parts = urlsplit(url)
    for machine in (parts.netloc, parts.hostname or ""):  # with its port, when it has one, or without
        if machine in machines:
            login, _, password = machines[machine]
            return httpx.BasicAuth(login, password)
    return None
