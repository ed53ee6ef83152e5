"""What is left on the volume is looked up at each scrape; what can't be seen is not 0."""

import math
from collections.abc import Mapping

from prometheus_client import REGISTRY

from gomod_service.volume_metrics import expose_volume

SEEN = {"free_bytes": 5.0, "bytes": 10.0, "free_inodes": 3.0, "inodes": 4.0, "oldest_staging_seconds": 60.0}


def test_each_scrape_sees_what_holds_now() -> None:
    now = dict(SEEN)
    expose_volume("/a", lambda: now)
    assert REGISTRY.get_sample_value("gomod_volume_oldest_staging_seconds", {"folder": "/a"}) == 60
    for value in (5.0, 4.0):
        now["free_bytes"] = value
        assert REGISTRY.get_sample_value("gomod_volume_free_bytes", {"folder": "/a"}) == value


def test_a_volume_that_is_gone_is_unknown_and_breaks_no_other_metric() -> None:
    def look() -> Mapping[str, float]:
        raise FileNotFoundError

    expose_volume("/gone", look)
    value = REGISTRY.get_sample_value("gomod_volume_free_inodes", {"folder": "/gone"})
    assert value is not None
    assert math.isnan(value)
