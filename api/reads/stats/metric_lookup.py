"""Finds metrics: those that products keep, by what the catalog says, and stats, which are metrics, too."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from api.reads.stats.stat import Stat
from api.reads.stats.stat_list import StatList
from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.definition_records import KeptMetric, MetricCounts
from tilde.domain.people.metric import Metric, had_of
from tilde.keys.keyring import Keyring


class Found(NamedTuple):
    """A metric of a product."""

    product: int
    what: Metric | Stat


class MetricLookup:
    """Looks them up, as they are now."""

    def __init__(self, follower: CatalogFollower, keyring: Keyring, stats: StatList) -> None:
        self._follower = follower
        self._keyring = keyring
        self._stats = stats

    async def find(self, products: Sequence[int], uuid: str) -> Found | None:
        """The one that has a UUID, of one of these products; None where none of them has it. One that is kept has a
        number, too, that of the entry that made it. Raises StoreError.
        """
        kept = self._numbered(products, uuid) if uuid.isdecimal() else self.kept(products, uuid)
        if kept is not None:
            return Found(kept.product, self._opened(kept.counts))
        try:
            stat = await self._stats.of_uuid(products, UUID(uuid))
        except ValueError:
            return None
        return None if stat is None else Found(stat.product, stat)

    def kept(self, products: Iterable[int], uuid: str) -> KeptMetric | None:
        """The one that is kept, of one of these products."""
        kept = self._follower.catalog.kept_metrics.get(uuid)
        return kept if kept is not None and kept.product in products else None

    def _numbered(self, products: Sequence[int], number: str) -> KeptMetric | None:
        return next((metric for metric in self.all_kept(products) if str(metric.created) == number), None)

    def all_kept(self, products: Iterable[int]) -> list[KeptMetric]:
        """Those of these products, the oldest first."""
        catalog = self._follower.catalog
        kept = (catalog.kept_metrics[uuid] for one in products for uuid in catalog.kept_metrics_of.get(one, ()))
        return sorted(kept, key=lambda metric: metric.created)

    def _opened(self, counts: MetricCounts) -> Metric:
        where = None if counts.filter is None else had_of(self._keyring.open(counts.filter))
        return Metric(counts.kind, counts.event, counts.then, counts.property, where)
