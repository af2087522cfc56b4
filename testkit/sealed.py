"""Sealed batches as an edge would write them, for tests and benchmarks: no HTTP, no clock, always the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tilde.domain.log.identity import EPOCH_MS, EventIds
from tilde.domain.log.partitioner import partition_of_metric
from tilde.domain.stats.metrics import metric_id
from tilde.eventlog import Append
from tilde.schemas.codec import encoder, header
from tilde.schemas.hot import sealed_batch
from tilde.schemas.registry import latest
from tilde.schemas.topics import STATS

NOON_MS = EPOCH_MS + 12 * 3_600_000
_encode = encoder(STATS.subject)

sealed_stats = partial(sealed_batch, header(latest(STATS.subject)))
"""The message of a sealed batch of StatPosted bodies."""


def a_post(event_id: int, name: str = "signups", number: float = 1.0, **changes: object) -> dict[str, Any]:
    """One event of topic `stats`; `changes` replaces fields."""
    product = int(str(changes.get("product", 1)))
    raw_name = name.replace("~", " ")
    post = {
        "id": event_id,
        "product": product,
        "metric": metric_id(product, "counter", raw_name),
        "kind": "counter",
        "name": name,
        "number": number,
        "t": None,
        "received_at": NOON_MS,
    }
    return {**post, **changes}


def a_sealed_batch(
    events: Sequence[dict[str, Any]], offset: int = 1, before: int = -1, edge: str = "e", epoch: int = 1
) -> bytes:
    """The message of one sealed batch."""
    header = {"edge": edge, "epoch": epoch, "offset": offset, "before": before, "catalog": 0}
    return _encode({**header, "events": list(events)})


@dataclass
class FakeEdge:
    """Seals posts in order, as one edge does: offsets rise, and each batch names the one before it in its partition."""

    edge: str = "e"
    epoch: int = 1
    number: int = 0
    next_offset: int = 1
    _last: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ids = EventIds(self.number)

    def post(self, name: str, number: float = 1.0, **changes: object) -> dict[str, Any]:
        """One event with an id of this edge."""
        return a_post(self._ids.next(NOON_MS), name, number, **changes)

    def seal(self, partition: int, events: Sequence[dict[str, Any]]) -> Append:
        """The next batch of a partition, ready to be appended."""
        offset = self.next_offset
        sealed = a_sealed_batch(events, offset, self._last.get(partition, -1), self.edge, self.epoch)
        self._last[partition] = offset
        self.next_offset += 1
        return Append(STATS.name, partition, [sealed])


def partition_of(name: str, product: int = 1) -> int:
    """Where the posts to a counter of this name go."""
    return partition_of_metric(metric_id(product, "counter", name), STATS.partitions)
