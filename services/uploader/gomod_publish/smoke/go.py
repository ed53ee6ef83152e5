"""The go command as a consumer has it: with the consumers' variables, and with caches that begin empty."""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gomod.errors import RegistryError
from gomod_publish.reading import netrc_file
from gomod_publish.smoke.settings import ConsumerSettings

_TIMEOUT_SECONDS = 900
_SHOWN_LINES = 12  # of what a program complains


class GoFailed(RegistryError):
    """go, or what it built, ended with another status than 0; the text is what it complained."""


@dataclass(frozen=True, slots=True)
class Go:
    """go with a HOME and a module cache of its own."""

    home: Path
    variables: Mapping[str, str]

    @classmethod
    @contextmanager
    def with_clean_cache(cls, settings: ConsumerSettings) -> Iterator["Go"]:
        """For as long as it is entered; what was downloaded goes with it.

        Packages that were compiled before are found again by the hash of all that went into them: sharing them is safe.
        """
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GO")}
        with tempfile.TemporaryDirectory(prefix="gomod-publish-smoke-") as folder:
            home = Path(folder)
            compiled = {"GOCACHE": _run("go", "env", "GOCACHE", cwd=home, env=dict(os.environ)).strip()}
            own = {"HOME": folder, "GOPATH": f"{folder}/go", "GOENV": "off", "GOFLAGS": "-modcacherw"}
            own["XDG_CONFIG_HOME"] = str(home / ".config")
            _turn_off_telemetry(home / ".config")
            settled = {"CGO_ENABLED": "0", "GIT_TERMINAL_PROMPT": "0"}
            netrc = netrc_file()
            right = {"NETRC": str(netrc)} if netrc else {}  # HOME is another one now
            yield cls(home, {**inherited, **own, **compiled, **settled, **right, **settings.variables})

    def folder(self) -> Path:
        """A new, empty folder."""
        return Path(tempfile.mkdtemp(dir=self.home))

    def run(self, *arguments: str, cwd: Path) -> str:
        """What `go ARGUMENTS` prints. Raises GoFailed."""
        return _run("go", *arguments, cwd=cwd, env=self.variables)

    def run_built(self, program: Path) -> str:
        """What a program that go built prints. Raises GoFailed.

        Code of the module runs in it, so it gets nothing of the job's own environment.
        """
        return _run(str(program), cwd=program.parent, env={"HOME": str(self.home), "PATH": self.variables["PATH"]})


def _turn_off_telemetry(config: Path) -> None:
    """What go counts a child of it writes down later, into a folder that may be just going away (go 1.23 and later)."""
    folder = config / "go" / "telemetry"
    folder.mkdir(parents=True)
    (folder / "mode").write_text("off")


def _run(*command: str, cwd: Path, env: Mapping[str, str]) -> str:
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=True,
            timeout=_TIMEOUT_SECONDS,
        )
    except FileNotFoundError as error:
        raise GoFailed(f"there is no {command[0]} command on the PATH: install Go") from error
    except subprocess.TimeoutExpired as error:
        raise GoFailed(f"{' '.join(command)} took more than {_TIMEOUT_SECONDS} s") from error
    except subprocess.CalledProcessError as error:
        complaint = (error.stderr or error.stdout).strip().splitlines()[-_SHOWN_LINES:]
        raise GoFailed(f"{' '.join(command)}: " + "\n".join(complaint)) from error
    return done.stdout
