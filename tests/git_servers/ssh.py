"""A real sshd on loopback for tests, which lets one key in, and what a client of it needs."""

import getpass
import os
import subprocess
from pathlib import Path
from types import TracebackType

from tests.ports import free_port, wait_until_listening

SSHD = "/usr/sbin/sshd"  # it insists on being called by its whole path


class SshServer:
    """`with SshServer(folder) as ssh:` logs in whoever has `ssh.key` as the user that runs the tests."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.key = _key(folder / "client")
        self.known_hosts = folder / "known_hosts"
        self.port = free_port()
        host_key = _key(folder / "host")
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {host_key.with_suffix('.pub').read_text()}")
        self._config = folder / "sshd_config"
        self._config.write_text(
            f"ListenAddress 127.0.0.1:{self.port}\n"
            f'HostKey "{host_key}"\n'
            f'AuthorizedKeysFile "{self.key.with_suffix(".pub")}"\n'
            "PidFile none\n"
            "StrictModes no\n"  # folders of tests belong to whoever made /tmp
            "PasswordAuthentication no\n"
            "KbdInteractiveAuthentication no\n"
            "LogLevel QUIET\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, repository: Path) -> str:
        """The ssh URL of a folder."""
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{repository}"

    def __enter__(self) -> "SshServer":
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(
                mode=0o755, exist_ok=True
            )  # where it locks itself in; made at boot, if there is one
        process = subprocess.Popen([SSHD, "-D", "-e", "-f", self._config])
        self._process = process
        wait_until_listening(self.port, running=lambda: process.poll() is None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait()


def _key(file: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)
    return file
