"""Putting the state down where it is kept, and getting it from there."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from gomod.errors import Malformed
from gomod_publish.report import Report
from gomod_publish.state.configmap import ConfigMap
from gomod_publish.state.document import State, check_keys
from gomod_publish.state.files import write_file
from gomod_publish.state.settings import ConfigMapSettings, StateSettings


def write_states(states: Iterable[State], settings: StateSettings, report: Report) -> None:
    """Write every state to the ConfigMap, to files, or to both.

    Raises Malformed when two of them have one key, before anything is written; Refused, NotFound, UpstreamError,
    SettingsError, OSError.
    """
    states = list(states)
    check_keys(state.module for state in states)
    if settings.configmap is not None:
        with ConfigMap(settings.configmap, say=report.say) as configmap:
            for state in states:
                _tell(report, configmap.name, state, changed=configmap.write(state))
    if settings.folder is not None:
        for state in states:
            changed = write_file(settings.folder, state.key, state.text())
            _tell(report, str(settings.folder), state, changed=changed)


def read_configmap(settings: ConfigMapSettings, report: Report) -> dict[str, str]:
    """Every key of the ConfigMap. Raises NotFound, Refused, UpstreamError, SettingsError."""
    with ConfigMap(settings, say=report.say) as configmap:
        return configmap.read()


def read_manifest(path: Path) -> dict[str, str]:
    """Every key of a ConfigMap that kubectl wrote as JSON; `-` is standard input. Raises Malformed, OSError."""
    text = sys.stdin.read() if path == Path("-") else path.read_text()
    try:
        document = json.loads(text)
        data = document.get("data") or {}
        if document["kind"] == "ConfigMap" and all(isinstance(value, str) for value in data.values()):
            return dict(data)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Malformed(f"{path} is not a ConfigMap as JSON: {error!r}") from error
    raise Malformed(f"{path} is not a ConfigMap as JSON")


def _tell(report: Report, where: str, state: State, *, changed: bool) -> None:
    report.say(f"{where} {state.key}: {'now' if changed else 'still'} {state.module}")
