"""What a worker of `direct` may know: a home of its own and the way out, and of the proxy's secrets only logins."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gomod_proxy.credentials import Credentials
from gomod_service.settings import SettingsError

# Of the proxy's own environment: where programs are, whom TLS trusts, and the way out through an HTTP proxy.
_PASSED_ON = ("PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy")

_GO = {
    "GOENV": "off",
    "GO111MODULE": "on",
    "GOPROXY": "direct",
    "GOSUMDB": "off",  # the proxy checks what it keeps by itself
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
    "GOFLAGS": "-modcacherw",  # what is read-only could not be removed
    "GOVCS": "*:git",
}

# Nothing that goes on in the background, in a folder that is about to be removed.
_GIT_CONFIG = "[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n"


@dataclass(frozen=True, slots=True)
class Ssh:
    """How git logs in over ssh."""

    key: Path
    known_hosts: Path

    def check(self) -> None:
        """Raises SettingsError for a file that can't be read."""
        for file in (self.key, self.known_hosts):
            try:
                file.open().close()
            except OSError as error:
                raise SettingsError(f"the ssh file {file} can't be read: {error.strerror}") from error

    @property
    def command(self) -> str:
        """For GIT_SSH_COMMAND: this key, these hosts, nothing of any user's own, and no questions."""
        options = {
            "BatchMode": "yes",
            "IdentitiesOnly": "yes",
            "StrictHostKeyChecking": "yes",
            "UserKnownHostsFile": f'"{self.known_hosts.absolute()}"',  # spaces would make several of it
            "GlobalKnownHostsFile": "none",
        }
        words = [f"-o{name}={value}" for name, value in options.items()]
        return shlex.join(["ssh", "-F", "none", "-i", str(self.key.absolute()), *words])


@dataclass(frozen=True, slots=True)
class Access:
    """The logins of a worker; without `ssh` git speaks https alone."""

    credentials: Credentials
    ssh: Ssh | None

    def furnish(self, home: Path) -> Mapping[str, str]:
        """Write what go and git read in their home; returns the whole environment of the worker."""
        logins = self.credentials.logins()
        (home / "tmp").mkdir()
        (home / ".gitconfig").write_text(_GIT_CONFIG)
        (home / ".netrc").write_text(
            "".join(f"machine {host} login {each.name} password {each.password}\n" for host, each in logins.items())
        )
        return {
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            **_GO,
            **self._git(),
            "HOME": str(home),
            "TMPDIR": str(home / "tmp"),
            "GOMODCACHE": str(home / "modules"),
            "LC_ALL": "C",  # direct_errors reads what git says
        }

    def _git(self) -> Mapping[str, str]:
        own = {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "https"}  # neither http nor a path of this machine
        if self.ssh is not None:
            own |= {"GIT_ALLOW_PROTOCOL": "https:ssh:git+ssh", "GIT_SSH_COMMAND": self.ssh.command}
        # git's own names for what go reads from the first two.
        for name, source in (("GIT_SSL_CAINFO", "SSL_CERT_FILE"), ("GIT_SSL_CAPATH", "SSL_CERT_DIR")):
            if source in os.environ:
                own[name] = os.environ[source]
        return own
