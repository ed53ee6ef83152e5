"""Pinning consumers to the state: `go mod edit -require`, for the modules that they require already."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from gomod import modfile
from gomod.module import ModuleVersion
from gomod_publish.errors import NotPinned


def pin(go_mod: Path, published: Iterable[ModuleVersion]) -> list[ModuleVersion]:
    """Make one go.mod require the published versions; returns those that it did not require before.

    Raises NotPinned when the file can't be read as a go.mod, or go does not edit it.
    """
    try:
        required = {each.module.path: each.module.version for each in modfile.parse_lax(go_mod.read_bytes()).require}
    except OSError as error:
        raise NotPinned(f"{go_mod} can't be read: {error.strerror}") from error
    changed = [each for each in published if required.get(each.path, each.version) != each.version]
    if changed:
        _edit(go_mod, changed)
    return changed


def _edit(go_mod: Path, modules: list[ModuleVersion]) -> None:
    command = ["go", "mod", "edit", *(f"-require={module}" for module in modules), "--", str(go_mod)]
    try:
        subprocess.run(command, env={**os.environ, "GOWORK": "off"}, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise NotPinned("there is no go command on the PATH: install Go") from error
    except subprocess.CalledProcessError as error:
        raise NotPinned(f"{' '.join(command)}: {error.stderr.strip()}") from error
