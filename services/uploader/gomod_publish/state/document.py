"""The document that says which version of a module was published last; state.schema.json beside this describes it."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC

from gomod.errors import InvalidPath, InvalidVersion, Malformed
from gomod.module import ModuleVersion, canonical_version, check
from gomod_publish.packed import Packed

SCHEMA = 1

_MEMBERS: Mapping[str, re.Pattern[str]] = {
    "module": re.compile(r".+"),
    "version": re.compile(r"v[0-9]+\.[0-9]+\.[0-9]+.*"),
    "time": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"),
    "registry": re.compile(r"https?://.*"),
    "commit": re.compile(r"[0-9a-f]*"),
    "h1": re.compile(r"h1:.*"),
    "go_mod_h1": re.compile(r"h1:.*"),
}
_NOT_IN_KEYS = re.compile(r"[^-._a-zA-Z0-9]")


@dataclass(frozen=True, slots=True)
class State:
    """One module's state."""

    module: ModuleVersion
    time: str  # RFC 3339, UTC, to the second
    registry: str
    commit: str
    h1: str
    go_mod_h1: str

    @classmethod
    def of(cls, packed: Packed, registry: str) -> "State":
        """The state once `packed` is published to `registry`."""
        info = packed.info
        return cls(
            module=packed.module,
            time=f"{info.time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            registry=registry,
            commit=info.origin.hash if info.origin else "",
            h1=packed.h1,
            go_mod_h1=packed.go_mod_h1,
        )

    @classmethod
    def parse(cls, text: str) -> "State":
        """Read a document. Raises Malformed, naming what is wrong; members that are not known are passed over."""
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Malformed(f"not JSON: {error}") from error
        if not isinstance(document, dict):
            raise Malformed("not a JSON object")
        if document.get("schema") != SCHEMA or document["schema"] is True:
            raise Malformed(f"schema is {document.get('schema')!r}, and this gomod-publish knows {SCHEMA}")
        wrong = [name for name, form in _MEMBERS.items() if not _fits(document.get(name), form)]
        if wrong:
            raise Malformed(f"missing or not of the right form: {', '.join(wrong)}")
        module = ModuleVersion(document["module"], document["version"])
        check(module.path, module.version)
        if canonical_version(module.version) != module.version:
            raise InvalidVersion(module.version, "not canonical")
        rest = {name: document[name] for name in _MEMBERS if name not in ("module", "version")}
        return cls(module, **rest)

    @property
    def key(self) -> str:
        """Where it stands in the ConfigMap, and the name of its file."""
        return key_of(self.module.path)

    def text(self) -> str:
        """The document, the same for the same state."""
        document = {
            "schema": SCHEMA,
            "module": self.module.path,
            "version": self.module.version,
            "time": self.time,
            "registry": self.registry,
            "commit": self.commit,
            "h1": self.h1,
            "go_mod_h1": self.go_mod_h1,
        }
        return json.dumps(document, indent=2) + "\n"


def check_keys(modules: Iterable[ModuleVersion]) -> None:
    """Raise Malformed when two of them would stand in the same key, or one can have none."""
    owners: dict[str, ModuleVersion] = {}
    for module in modules:
        owner = owners.setdefault(key_of(module.path), module)
        if owner != module:
            raise Malformed(
                f"{owner} and {module} both have the key {key_of(module.path)} in the state: send one alone"
            )


def key_of(path: str) -> str:
    """The key of a module: its path without the host, `go.example/team/sdk/v2` is `team-sdk-v2.json`.

    Two modules may come to the same key; whoever writes looks whose it is. Raises InvalidPath for a path that is
    nothing but a host.
    """
    _, _, rest = path.partition("/")
    if not rest:
        raise InvalidPath("module", path, "has no element after its host, and so no key in the state")
    return _NOT_IN_KEYS.sub("-", rest) + ".json"


def documents(data: Mapping[str, str]) -> dict[str, str]:
    """The keys that should hold documents; what else somebody keeps beside them is theirs."""
    return {key: text for key, text in data.items() if key.endswith(".json")}


def parse_all(data: Mapping[str, str]) -> dict[str, State]:
    """Every document by its key. Raises Malformed, naming every key whose document is none or another module's."""
    states: dict[str, State] = {}
    problems = []
    for key, text in sorted(documents(data).items()):
        try:
            state = State.parse(text)
            if state.key != key:
                raise Malformed(f"it is the state of {state.module.path}, which belongs in {state.key}")
        except Malformed as error:
            problems.append(f"{key}: {error}")
            continue
        states[key] = state
    if problems:
        raise Malformed("; ".join(problems))
    return states


def _fits(value: object, form: re.Pattern[str]) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None
