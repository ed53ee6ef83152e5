"""What the proxy counts beyond what both services do."""

from typing import Literal

from prometheus_client import Counter

UPSTREAM_REQUESTS = Counter(
    "gomod_upstream_requests", "Requests to upstreams by the outcome of the last try", ["upstream", "outcome"]
)
UPSTREAM_REFUSED = Counter(
    "gomod_upstream_refused", "Answers of upstreams that were no good and were not kept", ["reason"]
)

Reason = Literal["nonsense", "cut_short", "invalid_zip", "other_go_mod", "changed"]
"""Why an answer was refused; `changed`, other bytes for a version that is stored, calls for somebody to look."""


def refused(reason: Reason) -> None:
    """Count an answer that was refused."""
    UPSTREAM_REFUSED.labels(reason).inc()
