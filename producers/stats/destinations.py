"""Where the events of a stat go: its partition, and the part of an event's encoding that is the same in all of them."""

from typing import NamedTuple

from tilde.domain.log.partitioner import partition_of_metric
from tilde.domain.stats.fanout import NAME_MAX_CODE_POINTS, BadNameError, NameFault, is_blank, stats_of
from tilde.domain.stats.metrics import Kind, metric_id
from tilde.schemas.hot import posted_name
from tilde.schemas.topics import STATS

DESTINATIONS_MAX = 200_000  # remembered, by name: about 50 MB. Wide fan-outs are not: each may be 100 kB


class Destination(NamedTuple):
    """Where the events of a posted name go, and the part of their encoding that is always the same."""

    partition: int
    name: bytes
    spreads: bool = True
    """Whether a `~` in the name spreads it; of one without a `~` it always would, so that both are sealed together."""


class Destinations:
    """Those that one dialect has posted to lately. In its names a `~` spreads, or is a character like all others."""

    def __init__(self, *, spreads: bool) -> None:
        self._spreads = spreads
        self._by_name: dict[tuple[int, str, str], Destination] = {}

    def of_name(self, product: int, kind: Kind, name: str) -> Destination:
        """Where posts to a name go, `~` and all. Raises BadNameError where it cannot be a stat's."""
        key = product, kind, name
        destination = self._by_name.get(key)
        if destination is None:
            if any(map(is_blank, stats_of(name, spreads=self._spreads))):
                raise BadNameError(NameFault.NO_STAT)
            spreads = self._spreads or "~" not in name
            destination = _destination(product, metric_id(product, kind, name), kind, name, spreads=spreads)
            if len(name) > NAME_MAX_CODE_POINTS:
                return destination
            if len(self._by_name) >= DESTINATIONS_MAX:
                self._by_name.clear()
            self._by_name[key] = destination
        return destination

    @staticmethod
    def of_metric(product: int, kind: Kind, metric: int) -> Destination:
        """Where posts to a metric by its key go."""
        return _destination(product, metric, kind, None, spreads=True)


def _destination(product: int, metric: int, kind: Kind, name: str | None, *, spreads: bool) -> Destination:
    partition = partition_of_metric(metric, STATS.partitions)
    return Destination(partition, posted_name(product, metric, kind, name), spreads)
