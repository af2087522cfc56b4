"""Sealed batches as an edge would write them, for tests and benchmarks: no HTTP, no clock, always the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tilde.domain.log.identity import EPOCH_MS, EventIds
from tilde.domain.log.partitioner import partition_of_metric
from tilde.domain.stats.metrics import metric_id
from tilde.eventlog import Append
from tilde.schemas.codec import batch_end, batch_schema, encoder, header, oldest_encoder
from tilde.schemas.hot import sealed_batch
from tilde.schemas.topics import ACTIVITY, HITS, SAMPLE_WRITES, STATS, Topic

NOON_MS = EPOCH_MS + 12 * 3_600_000
_encode = oldest_encoder(STATS.subject)
_SAID_OF_WHOLE = {"spreads": False}
_WHOLE = batch_schema(STATS.subject, _SAID_OF_WHOLE)

sealed_stats = partial(sealed_batch, header(batch_schema(STATS.subject, {})))
"""The message of a sealed batch of StatPosted bodies."""
sealed_whole = partial(sealed_batch, header(_WHOLE), end=batch_end(_WHOLE, _SAID_OF_WHOLE))
"""The same of names that do not spread."""
sealed_samples = partial(sealed_batch, header(batch_schema(SAMPLE_WRITES.subject, {})))
"""The same of SampleWritten bodies."""
sealed_hits = partial(sealed_batch, header(batch_schema(HITS.subject, {})))
"""The same of HitReceived bodies."""
sealed_activity = partial(sealed_batch, header(batch_schema(ACTIVITY.subject, {})))
"""The same of ActivityReceived bodies."""


def a_post(event_id: int, name: str = "signups", number: float = 1.0, **changes: object) -> dict[str, Any]:
    """One event of topic `stats`; `changes` replaces fields."""
    product = int(str(changes.get("product", 1)))
    post = {
        "id": event_id,
        "product": product,
        "metric": metric_id(product, str(changes.get("kind", "counter")), name),
        "kind": "counter",
        "name": name,
        "number": number,
        "t": None,
        "received_at": NOON_MS,
    }
    return {**post, **changes}


def a_sealed_batch(
    events: Sequence[dict[str, Any]],
    offset: int = 1,
    before: int = -1,
    edge: str = "e",
    epoch: int = 1,
    catalog: int = 0,
    topic: Topic = STATS,
    **said: object,
) -> bytes:
    """The message of one sealed batch; `said` stands behind its events, as in `spreads=False`."""
    batch = {"edge": edge, "epoch": epoch, "offset": offset, "before": before, "catalog": catalog}
    encode = _encode if topic is STATS else encoder(topic.subject)
    return encode({**batch, "events": list(events), **said})


@dataclass
class FakeEdge:
    """Seals posts in order, as one edge does: offsets rise, and each batch names the one before it in its partition."""

    edge: str = "e"
    epoch: int = 1
    number: int = 0
    next_offset: int = 1
    _last: dict[tuple[str, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ids = EventIds(self.number)

    def post(self, name: str, number: float = 1.0, **changes: object) -> dict[str, Any]:
        """One event with an id of this edge."""
        return a_post(self.next_id(), name, number, **changes)

    def next_id(self) -> int:
        """An event id of this edge, above all that it has given."""
        return self._ids.next(NOON_MS)

    def seal(
        self,
        partition: int,
        events: Sequence[dict[str, Any]],
        topic: Topic = STATS,
        catalog: int = 0,
        **said: object,
    ) -> Append:
        """The next batch of a partition, ready to be appended; `catalog` is the entry that the edge had read, `said` as
        in `a_sealed_batch`.
        """
        offset, where = self.next_offset, (topic.name, partition)
        before = self._last.get(where, -1)
        sealed = a_sealed_batch(events, offset, before, self.edge, self.epoch, catalog, topic, **said)
        self._last[where] = offset
        self.next_offset += 1
        return Append(topic.name, partition, [sealed])


def partition_of_name(name: str, product: int = 1) -> int:
    """Where the posts to a counter of this name go."""
    return partition_of_metric(metric_id(product, "counter", name), STATS.partitions)
