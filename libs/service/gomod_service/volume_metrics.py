"""What is left on the volume, as metrics that are looked up whenever somebody asks for them."""

import math
from collections.abc import Callable, Mapping
from functools import partial

from prometheus_client import Gauge

FREE_BYTES = Gauge("gomod_volume_free_bytes", "Bytes that the services may still write", ["folder"])
BYTES = Gauge("gomod_volume_bytes", "Bytes that the volume has", ["folder"])
FREE_INODES = Gauge("gomod_volume_free_inodes", "Files and folders that may still be made", ["folder"])
INODES = Gauge("gomod_volume_inodes", "Files and folders that the volume has room for; 0: as many as fit", ["folder"])
OLDEST_STAGING = Gauge(
    "gomod_volume_oldest_staging_seconds",
    "Age of the oldest upload or download under way; 0: there is none",
    ["folder"],
)

_GAUGES = {
    "free_bytes": FREE_BYTES,
    "bytes": BYTES,
    "free_inodes": FREE_INODES,
    "inodes": INODES,
    "oldest_staging_seconds": OLDEST_STAGING,
}


def expose_volume(folder: str, look: Callable[[], Mapping[str, float]]) -> None:
    """Have the gauges ask `look`, which knows a value for the name of each. What raises OSError is unknown: NaN."""
    for name, gauge in _GAUGES.items():
        gauge.labels(folder).set_function(partial(_value, look, name))


def _value(look: Callable[[], Mapping[str, float]], name: str) -> float:
    try:
        return look()[name]
    except OSError:
        return math.nan
