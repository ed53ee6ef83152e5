"""What the environment says of the state: which ConfigMap on which API server, which folder. Nothing has a default."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gomod_publish.settings import Problems, SettingsError, read_url

CONFIGMAP = "GO_STATE_CONFIGMAP"
FOLDER = "GO_STATE_DIR"
SERVER = "GO_STATE_SERVER"
NAMESPACE = "GO_STATE_NAMESPACE"
TOKEN_FILE = "GO_STATE_TOKEN_FILE"
CA_FILE = "GO_STATE_CA_FILE"

_OUTSIDE = (SERVER, NAMESPACE, TOKEN_FILE, CA_FILE)  # all of them, or none: then it is the pod's own identity

# Where Kubernetes puts a pod's identity.
_POD = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True, slots=True)
class ConfigMapSettings:
    """One ConfigMap, and how it is reached."""

    server: str  # the API server's URL, without a trailing slash
    namespace: str
    name: str
    token_file: Path  # read for every request: Kubernetes renews it
    ca_file: Path

    @classmethod
    def read(cls, environment: Mapping[str, str], pod: Path = _POD) -> "ConfigMapSettings":
        """By the variables when one of them is set, else as the pod that this runs in. Raises SettingsError."""
        problems = Problems()
        name = environment.get(CONFIGMAP, "")
        if not name:
            problems.add(f"{CONFIGMAP} is not set (nor --configmap)")
        with problems.caught():
            is_given = any(environment.get(variable) for variable in _OUTSIDE)
            where = _given(environment) if is_given else _of_pod(environment, pod)
        problems.raise_any()
        server, namespace, token_file, ca_file = where
        return cls(server, namespace, name, token_file, ca_file)


@dataclass(frozen=True, slots=True)
class StateSettings:
    """Where the state goes: to a ConfigMap, to files, or to both."""

    configmap: ConfigMapSettings | None
    folder: Path | None

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "StateSettings":
        """Raises SettingsError, naming all that is missing or wrong; the state has to go somewhere."""
        folder = environment.get(FOLDER, "")
        if not folder and not environment.get(CONFIGMAP):
            raise SettingsError(f"neither {CONFIGMAP} nor {FOLDER} is set: the state has to go somewhere")
        configmap = ConfigMapSettings.read(environment) if environment.get(CONFIGMAP) else None
        return cls(configmap, Path(folder) if folder else None)


def read_folder(environment: Mapping[str, str]) -> Path:
    """The folder of files. Raises SettingsError."""
    if not environment.get(FOLDER):
        raise SettingsError(f"{FOLDER} is not set (nor --state-dir)")
    return Path(environment[FOLDER])


_Where = tuple[str, str, Path, Path]


def _given(environment: Mapping[str, str]) -> _Where:
    problems = Problems()
    with problems.caught():
        server = read_url(environment, SERVER)
    for name in (NAMESPACE, TOKEN_FILE, CA_FILE):
        if not environment.get(name):
            problems.add(f"{name} is not set")
    problems.raise_any()
    return server, environment[NAMESPACE], Path(environment[TOKEN_FILE]), Path(environment[CA_FILE])


def _of_pod(environment: Mapping[str, str], pod: Path) -> _Where:
    host, port = (environment.get(f"KUBERNETES_SERVICE_{name}", "") for name in ("HOST", "PORT"))
    try:
        namespace = (pod / "namespace").read_text().strip()
    except OSError:
        namespace = ""
    if not (host and port and namespace):
        raise SettingsError(f"{', '.join(_OUTSIDE)} are not set, and this is no pod with a ServiceAccount's token")
    return f"https://{f'[{host}]' if ':' in host else host}:{port}", namespace, pod / "token", pod / "ca.crt"
