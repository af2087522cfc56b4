"""Makes rows of `metrics`, one for each first sight of a metric. Of several the earliest stays, in whatever order they
come.
"""

from tilde.domain.log.identity import EVENT_ID_MAX
from tilde.domain.stats.metrics import Kind
from tilde.schemas.codec import encoder
from tilde.schemas.topics import METRICS

NO_EVENT = EVENT_ID_MAX + 1
"""Above every event id; the version of a sight is this minus its event id. Releases before 0.2 gave larger ids while a
clock showed 2061 or later: such a sight counts for as little as can be, and the stat is in sight.
"""
NO_SIGHT = 1 << 63
"""Above every id that a log can hold."""
BY_ITS_OWNER = -1
"""The raw partition of a metric that no post made."""

_encode = encoder(METRICS.subject)


def sighting(
    product: int, metric: int, kind: Kind | str, name: str, raw_partition: int, event_id: int, seen_at_ms: int
) -> bytes:
    """The encoded row."""
    return _encode(
        {
            "product": product,
            "metric": metric,
            "raw_partition": raw_partition,
            "version": max(0, NO_EVENT - event_id),
            "is_deleted": 0,
            "kind": kind,
            "name": name,
            "event_id": event_id,
            "first_seen_at": seen_at_ms,
        }
    )
