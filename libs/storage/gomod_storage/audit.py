"""The audit log beside the data: a line for each event, appended and synced, a file for each month."""

from datetime import UTC, datetime

from gomod_storage import durable, journal
from gomod_storage.places import Places

_MODE = 0o640


def append(places: Places, record: bytes) -> None:
    """Append one line, `record` without its newline, wholly or not at all. Raises OSError."""
    durable.make_folders(places.root, places.audit)
    with journal.opened(places.root, places.audit / f"{datetime.now(UTC):%Y-%m}.jsonl", _MODE) as log:
        log.append(record)
