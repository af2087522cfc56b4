"""Looks stats up by their ids and names: the metrics that were seen, minus what is in the trash, plus what was made by
hand.

A stat that was deleted is in sight again once it has a point received later, or was created by command later.
"""

import asyncio
from collections.abc import Iterable, Mapping

from api.reads.stats.returned import returned
from api.reads.stats.sights import cuts_of
from api.reads.stats.stat import Exported, Named, Stat, age
from api.reads.tables import Tables
from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.stat_records import StatRecord
from tilde.domain.catalog.state import Catalog
from tilde.domain.stats.metrics import Kind
from tilde.domain.texts import trimmed
from tilde.memo import Memo
from tilde.runtime.portions import portions
from tilde.store import Row

METRIC_MAX = (1 << 64) - 1  # what the column can hold
IDS_A_STATEMENT = 5_000  # ClickHouse takes no parameter above 128 kB
NAMES_REMEMBERED_MAX = 100_000  # 20 MB; a forgotten one is looked up again

Where = Mapping[str, object]
"""Which points a statement reads, those in sight of a stat: its parameters product, metric, first_id and cuts."""


class Stats:
    """Looks stats up: what was decided in the catalog, what was seen in the tables."""

    def __init__(self, tables: Tables, follower: CatalogFollower) -> None:
        self.tables = tables
        self._follower = follower
        self._names = Memo[tuple[int, int], Named](NAMES_REMEMBERED_MAX)

    @property
    def catalog(self) -> Catalog:
        """The catalog as this process has followed it."""
        return self._follower.catalog

    def is_public(self, stat: Stat) -> bool:
        """Whether everybody may see it who has its public id, as its owner said last."""
        return self.catalog.stat(stat.product, stat.metric).settings.shared is not None

    async def clashes(self) -> int:
        """How many metric ids stand for more than one stat."""
        ((count,),) = await self.tables.rows("stats.clashes")
        return int(count)

    async def named(self, product: int, metric: int) -> Named | None:
        """Name and kind of a stat in sight, without reading its points where that can be known; None otherwise."""
        record = self.catalog.stat(product, metric)
        if record.deletions and not record.is_made:
            stat = await self.find(product, metric)
            return None if stat is None else Named(stat.kind, stat.name, stat.first_name)
        known = self._names.get((product, metric)) or made_name(record)
        if known is None:
            found = await self.seen(product, [metric])
            if not found:
                return None
            known = self._remember(product, metric, found[0])
        return renamed(known, record)

    def where(self, product: int, metric: int) -> Where:
        """Where the points in sight of a metric are."""
        sight = self.catalog.stat(product, metric).sight
        return {"product": product, "metric": metric, "first_id": sight.first_id, "cuts": cuts_of(sight)}

    def _remember(self, product: int, metric: int, seen: Row) -> Named:
        return self._names.keep((product, metric), _first(seen))

    async def seen(self, product: int, metrics: Iterable[int]) -> list[Row]:
        """What the first sights of some metrics say: metric, kind, name, since when in milliseconds."""
        rows: list[Row] = []
        for some in portions(metrics, IDS_A_STATEMENT):
            rows += await self.tables.rows("stats.find", {"product": product, "metrics": some})
        return rows

    async def holder(self, metric: int) -> int | None:
        """The product that has a metric of this id, whichever that is; of one without a point, as the catalog says."""
        made = (product for product, stats in self.catalog.stats.items() if metric in stats.records)
        rows = await self.tables.rows("stats.product", {"metric": metric})
        return int(rows[0][0]) if rows else next(made, None)

    async def find(self, product: int, metric: int) -> Stat | None:
        """A stat in sight; None where there is none of this id."""
        return next(iter(await self._found(product, [metric])), None)

    async def _found(self, product: int, metrics: list[int]) -> list[Stat]:
        seen = {row[0]: row for row in await self.seen(product, metrics)}
        found = await asyncio.gather(*(self._stat(product, metric, seen.get(metric)) for metric in metrics))
        return [stat for stat in found if stat is not None]

    async def _stat(self, product: int, metric: int, seen: Row | None) -> Stat | None:
        """The stat, if it is in sight; `seen` is what stats.find has of it."""
        record = self.catalog.stat(product, metric)
        named = said(record, seen)
        if named is None:
            return None
        where = self.where(product, metric)
        newest, oldest = await asyncio.gather(
            self.tables.rows("stat.newest", where),
            self.tables.rows("stat.oldest", where) if record.deletions else _nothing(),
        )
        created = created_ms(record, seen[3] if seen else None, oldest[0][0] if oldest else None)
        if created is None:
            return None
        received = newest[0][0] if newest else 0
        return Stat(product, metric, named.kind, named.name, named.first_name, created, received, record.sight)

    async def called(self, product: int, name: str) -> Stat | None:
        """The stat of this name that is in sight; the older one where a counter and a value have it."""
        both = await self.all_called(product, name)
        return both[0] if both else None

    async def all_called(self, product: int, name: str) -> list[Stat]:
        """The stats of this name that are in sight, the older one first: a counter and a value may share a name.

        What nobody sees around a name is not part of it, unless a release that knew no better stored it with some.
        """
        for spelling in dict.fromkeys((name, trimmed(name))):
            both = await self._found(product, [self.catalog.metric_of(product, kind, spelling) for kind in Kind])
            if both:
                return sorted(both, key=age)
        return []

    async def exported(self, product: int, metrics: list[int]) -> list[Exported]:
        """The stats among some metrics that have points, by id; some may have none in sight."""
        seen = {row[0]: row for row in await self.seen(product, metrics)}
        found = []
        for metric in metrics:
            record = self.catalog.stat(product, metric)
            named = said(record, seen.get(metric))
            if named is not None:
                found.append(Exported(product, metric, named.kind, named.name, record.sight))
        return found

    async def named_among(self, product: int, metrics: Iterable[int]) -> dict[int, Named]:
        """Those of some metrics that are in sight, in their order."""
        found: dict[int, Named] = {}
        for some in portions(metrics, IDS_A_STATEMENT):
            records = {metric: self.catalog.stat(product, metric) for metric in some}
            deleted = {metric: record for metric, record in records.items() if record.deletions}
            back, rows = await asyncio.gather(returned(self.tables, product, deleted), self.seen(product, some))
            seen = {row[0]: row for row in rows}
            for metric, record in records.items():
                row = seen.get(metric)
                named = said(record, row)
                if named and created_ms(record, row[3] if row else None, back.get(metric)) is not None:
                    found[metric] = named
        return found

    async def prefixed(self, product: int, prefix: str, after: int, limit: int) -> tuple[dict[int, Named], int | None]:
        """The stats in sight whose names begin so, by id behind `after`; and behind which there may be more."""
        found: dict[int, Named] = {}
        while len(found) < limit:
            page = {"product": product, "prefix": prefix, "after": after, "limit": limit}
            seen = [row[0] for row in await self.tables.rows("stats.prefixed", page)]
            last = seen[-1] if len(seen) == limit else METRIC_MAX
            decided = [
                metric
                for metric, record in self.catalog.stats_of(product).records.items()
                if after < metric <= last and record.known_as and record.known_as.startswith(prefix)
            ]
            named = await self.named_among(product, sorted({*seen, *decided}))
            found |= {metric: one for metric, one in named.items() if one.name.startswith(prefix)}
            if last == METRIC_MAX and len(found) <= limit:
                return found, None
            after = last
        metrics = list(found)[:limit]
        return {metric: found[metric] for metric in metrics}, metrics[-1]


async def _nothing() -> list[Row]:
    return []


def made_name(record: StatRecord) -> Named | None:
    """Of a stat that was made by hand, and is in sight by that."""
    return Named(record.kind, record.name, record.name) if record.is_made and record.kind and record.name else None


def said(record: StatRecord, seen: Row | None) -> Named | None:
    """Name and kind of a stat, in sight or not; `seen` is what stats.find has of it."""
    first = made_name(record) if seen is None else _first(seen)
    return None if first is None else renamed(first, record)


def _first(seen: Row) -> Named:
    return Named(Kind(seen[1]), seen[2], seen[2])


def renamed(first: Named, record: StatRecord) -> Named:
    """A stat under the name that it has now; `first` is what the tables say of it, which may be remembered."""
    return first if record.renamed is None else Named(first.kind, record.renamed, first.first_name)


def created_ms(record: StatRecord, seen_ms: int | None, back_ms: int | None) -> int | None:
    """When what is in sight began; None where nothing is. `back_ms` is the first receipt since the last deletion."""
    candidates: Iterable[int | None] = (
        record.created_ms if record.is_made else None,
        back_ms if record.deletions else seen_ms,
    )
    return min((at for at in candidates if at is not None), default=None)
