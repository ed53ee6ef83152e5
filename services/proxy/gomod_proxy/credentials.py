"""Names and passwords for upstreams: from a netrc file, each for its own host."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from yarl import URL

from gomod_service.reloading import ReloadingFile
from gomod_service.settings import SettingsError


@dataclass(frozen=True, slots=True)
class Login:
    """A name and a password, which no repr shows."""

    name: str
    password: str = field(repr=False)

    @property
    def header(self) -> str:
        """As an Authorization header."""
        return "Basic " + base64.b64encode(f"{self.name}:{self.password}".encode()).decode()


class Credentials:
    """What to send to whom. The file is read again when it changes."""

    def __init__(self, netrc: Path | None) -> None:
        """Raises SettingsError when the file can't be read or understood."""
        self._netrc = ReloadingFile(netrc, "netrc", parse_netrc) if netrc is not None else None

    def authorization(self, url: URL) -> str | None:
        """The Authorization header for this URL.

        The URL's own user and password, whatever the scheme: the operator wrote them there. The file's over https
        alone, as the go command does it. Where it names a host with the port, as go wants it, that entry is meant
        before the one of the host alone, as curl and git want it.
        """
        if url.user is not None:
            return Login(url.user, url.password or "").header
        if url.scheme != "https" or url.host is None:
            return None
        logins = self.logins()
        login = logins.get(f"{url.host}:{url.port}") or logins.get(url.host)
        return login.header if login else None

    def logins(self) -> Mapping[str, Login]:
        """What the file says now, by host."""
        return self._netrc.current() if self._netrc is not None else {}


def parse_netrc(data: bytes) -> Mapping[str, Login]:
    """The login of each host in a netrc file. Raises SettingsError.

    A `default` entry is passed over: it would send a password to hosts that it was not made for.
    """
    tokens = _tokens(data)
    logins: dict[str, Login] = {}
    while tokens:
        word = tokens.pop(0)
        if word not in ("machine", "default"):
            raise SettingsError(f"expected `machine`, not the word after {len(logins)} entries")  # it may be a secret
        host = tokens.pop(0).lower() if word == "machine" and tokens else ""
        entry: dict[str, str] = {}
        while len(tokens) > 1 and tokens[0] in ("login", "password", "account"):
            name, value, *tokens = tokens
            entry[name] = value
        if host and host not in logins:  # as everywhere, the first entry counts
            if "password" not in entry:
                raise SettingsError(f"machine {host} has no password")
            logins[host] = Login(entry.get("login", ""), entry["password"])
    return logins


def _tokens(data: bytes) -> list[str]:
    """The words of the file without comments and macros (which end at an empty line)."""
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError as error:
        raise SettingsError("not UTF-8") from error
    tokens: list[str] = []
    in_macro = False
    for line in lines:
        words = line.split()
        in_macro = bool(words) and (in_macro or words[0] == "macdef")
        if words and not in_macro and not words[0].startswith("#"):
            tokens += words
    return tokens
