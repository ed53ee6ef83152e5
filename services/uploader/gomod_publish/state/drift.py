"""Where ConfigMap, registry and files do not say the same."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Literal

from gomod.dirhash import hash_go_mod
from gomod.errors import InvalidModule, Malformed, NotFound
from gomod.info import parse_info
from gomod.modzip import check_zip
from gomod_publish.proxy import Proxy
from gomod_publish.state.document import State, key_of

Where = Literal["configmap", "registry", "files"]


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference."""

    key: str
    where: Where
    problem: str


def find_drift(
    data: Mapping[str, str], *, modules: Iterable[str], proxy: Proxy, files: Mapping[str, str] | None
) -> list[Drift]:
    """Every difference between the ConfigMap's documents, the modules that should have one, registry and files.

    Raises Refused, UpstreamError.
    """
    unreadable = list(unreadable_keys(data))
    readable = sorted(set(data) - {drift.key for drift in unreadable})
    return [
        *missing_keys(data, modules),
        *unreadable,
        *against_registry((State.parse(data[key]) for key in readable), proxy),
        *(against_files(data, files) if files is not None else ()),
    ]


def missing_keys(data: Mapping[str, str], modules: Iterable[str]) -> Iterator[Drift]:
    """Modules that should have a key and have none."""
    for path in modules:
        if (key := key_of(path)) not in data:
            yield Drift(key, "configmap", f"missing: {path} was never published, or somebody removed its key")


def unreadable_keys(data: Mapping[str, str]) -> Iterator[Drift]:
    """Keys that hold no document, or another module's."""
    for key, text in sorted(data.items()):
        try:
            state = State.parse(text)
        except Malformed as error:
            yield Drift(key, "configmap", f"not a state document: {error}")
        else:
            if state.key != key:
                yield Drift(key, "configmap", f"the state of {state.module.path}, which belongs in {state.key}")


def against_registry(states: Iterable[State], proxy: Proxy) -> Iterator[Drift]:
    """Versions that the registry does not serve as the state says. Raises Refused, UpstreamError."""
    for state in states:
        try:
            problem = _served(state, proxy)
        except (NotFound, Malformed, InvalidModule) as error:
            problem = str(error)
        if problem:
            yield Drift(state.key, "registry", problem)


def against_files(data: Mapping[str, str], files: Mapping[str, str]) -> Iterator[Drift]:
    """Files that do not say what the ConfigMap says."""
    for key in sorted({*data, *files}):
        if key not in files:
            yield Drift(key, "files", "missing: run `gomod-publish state sync`")
        elif key not in data:
            yield Drift(key, "files", "left over: its key is gone")
        elif files[key] != data[key]:
            yield Drift(key, "files", "another one than in the ConfigMap: run `gomod-publish state sync`")


def _served(state: State, proxy: Proxy) -> str:
    """What is wrong with what the registry serves; empty when nothing is."""
    module = state.module
    with tempfile.TemporaryDirectory(prefix="gomod-publish-state-") as scratch:
        info, mod, zip_file = (Path(scratch, kind) for kind in ("info", "mod", "zip"))
        proxy.fetch(module, "info", info)
        proxy.fetch(module, "mod", mod)
        proxy.fetch(module, "zip", zip_file)
        told = parse_info(info.read_bytes())
        served = {
            "time": f"{told.time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            # Not every publisher says it; then there is nothing to compare with.
            "commit": told.origin.hash if told.origin and told.origin.hash else state.commit,
            "go_mod_h1": hash_go_mod(mod.read_bytes()),
            "h1": check_zip(module, zip_file).h1,
        }
    wrong = [
        f"{name} {value}, not {getattr(state, name)}" for name, value in served.items() if value != getattr(state, name)
    ]
    return f"{proxy.url} serves {module} with {', '.join(wrong)}" if wrong else ""
