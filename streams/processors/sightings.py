"""Makes rows of `metrics`, one for each first sight of a metric. Of several the earliest stays, in whatever order they
come.
"""

from tilde.domain.log.identity import EVENT_ID_MAX
from tilde.domain.stats.metrics import Kind
from tilde.schemas.codec import encoder
from tilde.schemas.topics import METRICS

NO_EVENT = EVENT_ID_MAX + 1
"""Above every event id; the version of a row is this minus the event id in it, so that of two rows of a metric the
earlier event's stays. Releases before 0.2 gave larger ids while a clock showed 2061 or later. A row with such an id has
version 0: any other row of the metric takes its place, and where there is none, the metric is listed by it.
"""
NOT_YET = 1 << 63
"""What stands for the first event of a metric while there is none. It is above every id that a log can hold, so any
event is earlier.
"""
BY_ITS_OWNER = -1
"""The raw partition of a metric that no post made."""

RENAMED = -2
"""The raw partition of a row that says what its owner calls a metric. Its version is the entry that said so."""
NEVER_THE_FIRST = NOT_YET - 1

_encode = encoder(METRICS.subject)


def sighting(
    product: int, metric: int, kind: Kind | str, name: str, raw_partition: int, event_id: int, seen_at_ms: int
) -> bytes:
    """The encoded row of a metric that was seen first with this event."""
    return _row(product, metric, kind, name, raw_partition, max(0, NO_EVENT - event_id), event_id, seen_at_ms)


def renaming(product: int, metric: int, kind: Kind | str, name: str, sequence: int, at_ms: int) -> bytes:
    """The encoded row that says a metric's new name: no sight of it, and older than none."""
    return _row(product, metric, kind, name, RENAMED, sequence, NEVER_THE_FIRST, at_ms)


def _row(
    product: int,
    metric: int,
    kind: Kind | str,
    name: str,
    raw_partition: int,
    version: int,
    event_id: int,
    seen_at_ms: int,
) -> bytes:
    return _encode(
        {
            "product": product,
            "metric": metric,
            "raw_partition": raw_partition,
            "version": version,
            "is_deleted": 0,
            "kind": kind,
            "name": name,
            "event_id": event_id,
            "first_seen_at": seen_at_ms,
        }
    )
