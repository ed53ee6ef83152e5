"""Load: wrk where a server must be saturated, curl where many files are fetched once."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw."""

    requests: int
    seconds: float
    p50: float  # milliseconds
    p99: float


def wrk(url: str, connections: int, seconds: int) -> Load:
    """As many requests for one URL as can be answered. Raises ValueError when an answer was an error."""
    command = ["wrk", "--latency", "-t1", f"-c{connections}", f"-d{seconds}s", "-H", "Accept-Encoding: gzip", url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    requests = re.search(r"([0-9]+) requests in", said)
    if requests is None or "Non-2xx" in said:
        raise ValueError(f"{url}: {said}")
    return Load(int(requests[1]), seconds, _percentile(said, "50"), _percentile(said, "99"))


def fetch_all(base: str, paths: tuple[str, ...], scratch: Path) -> None:
    """Every file once, ten at a time. Raises CalledProcessError when one fails."""
    config = scratch / "curl"
    config.write_text("".join(f'url = "{base}{path}"\noutput = "/dev/null"\n' for path in paths))
    options = ["--no-progress-meter", "--fail-early", "--fail", "--parallel", "--parallel-max", "10"]
    command = ["curl", *options, "--config", str(config)]
    subprocess.run(command, check=True)


def _percentile(said: str, which: str) -> float:
    found = re.search(rf"^\s+{which}%\s+([0-9.]+)(us|ms|s)\s*$", said, re.MULTILINE)
    if found is None:
        raise ValueError(f"wrk says no percentile: {said}")
    return float(found[1]) * _UNITS[found[2]]
