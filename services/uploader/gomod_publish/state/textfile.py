"""What `state check` found, as metrics for node_exporter's textfile collector."""

import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import get_args

from gomod_publish.state.drift import Drift, Where


def write_textfile(path: Path, keys: Iterable[str], drifts: Sequence[Drift]) -> None:
    """Replace the file whole. Every key has a series for each place, also when all is well. Raises OSError."""
    counted = Counter((drift.key, drift.where) for drift in drifts)
    lines = [
        "# HELP gomod_state_drift Differences between the state in the ConfigMap, the registry and the files.",
        "# TYPE gomod_state_drift gauge",
    ]
    for key in sorted({*keys, *(drift.key for drift in drifts)}):
        label = key.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
        lines += [
            f'gomod_state_drift{{key="{label}",where="{where}"}} {counted[key, where]}' for where in get_args(Where)
        ]
    lines += [
        "# HELP gomod_state_check_timestamp_seconds When the state was checked last.",
        "# TYPE gomod_state_check_timestamp_seconds gauge",
        f"gomod_state_check_timestamp_seconds {time.time():.0f}",
    ]
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".", delete=False, encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)
