"""What the proxy counts beyond what both services do."""

from typing import Literal, get_args

from prometheus_client import Counter, Gauge, Histogram

from gomod_service.operations import OPERATION_BUCKETS
from gomod_storage.examine import Problem

UPSTREAM_REQUESTS = Counter(
    "gomod_upstream_requests", "Requests to upstreams by the outcome of the last try", ["upstream", "outcome"]
)
UPSTREAM_SECONDS = Histogram(
    "gomod_upstream_seconds",
    "Seconds that questions to upstreams took, all tries and all upstreams together; a zip's until it had arrived",
    ["operation", "outcome"],
    buckets=OPERATION_BUCKETS,
)
UPSTREAM_BYTES = Counter("gomod_upstream_bytes", "Bytes of bodies that upstreams sent", ["upstream"])
FLIGHTS_JOINED = Counter("gomod_flights_joined", "Times that somebody waited for work that another request had begun")
UPSTREAM_REFUSED = Counter(
    "gomod_upstream_refused", "Answers of upstreams that were no good and were not kept", ["reason"]
)
CHECKSUM_CHECKS = Counter(
    "gomod_checksum_checks", "Checks of public modules against the checksum database by outcome", ["outcome"]
)
CHECKSUM_LIES = Counter(
    "gomod_checksum_lies", "Answers of checksum databases that do not hold, by database", ["database", "kind"]
)

SCRUBBED = Counter("gomod_scrub_versions", "Stored versions that the scrub read")
SCRUB_FINDINGS = Counter("gomod_scrub_findings", "Versions that the scrub found something the matter with", ["problem"])
SCRUB_AGE = Gauge("gomod_scrub_age_seconds", "Seconds since which all that is stored was read; NaN: never yet")
LOST_VERSIONS = Gauge(
    "gomod_lost_versions", "Versions of our own that were found damaged, and are out of service until published again"
)

Reason = Literal["nonsense", "cut_short", "invalid_zip", "other_go_mod", "changed", "checksum_mismatch"]
"""Why an answer was refused.

`changed`, other bytes for a version that is stored, and `checksum_mismatch`, other bytes than those that the checksum
database has on record, call for somebody to look; so does any CHECKSUM_LIES.
"""

CheckOutcome = Literal["proven", "unknown", "unreachable", "mismatch", "disproved"]

for _reason in get_args(Reason):
    UPSTREAM_REFUSED.labels(_reason)  # 0 from the start, or Prometheus sees no increase in the first one


for _problem in get_args(Problem):
    SCRUB_FINDINGS.labels(_problem)


def refused(reason: Reason) -> None:
    """Count an answer that was refused."""
    UPSTREAM_REFUSED.labels(reason).inc()


def checked(outcome: CheckOutcome) -> None:
    """Count a check against the checksum database."""
    CHECKSUM_CHECKS.labels(outcome).inc()
