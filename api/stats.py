"""Which stats an account has: the metrics that were seen, minus what is in the trash, plus what was made by hand.

A stat that was deleted is in sight again once it has a point received later, or was created by command later.
"""

import asyncio
import heapq
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from tilde.clock import Clock
from tilde.domain.catalog import EVERYTHING, Account, Catalog, Sight, StatRecord
from tilde.domain.decider import TRASH_MS
from tilde.domain.identity import first_id_at
from tilde.domain.metrics import Kind, metric_id, metric_uuid, short_id
from tilde.domain.versions import version_at
from tilde.follower import CatalogFollower
from tilde.portions import lots
from tilde.store import Parameters, Row, StoreReader
from tilde.store.migrate import database_of
from tilde.store.sql import statement

RECENT_MS = 2 * 24 * 3600 * 1000
DELETED_A_STATEMENT = 500  # a cut is 17 numbers: 80 kB of them
NOBODY = 0  # no metric of ours
BEFORE_ANY_CUT = (1 << 64) - 1  # the version that rows of no known partition would have to have
METRIC_MAX = (1 << 64) - 1  # what the column can hold
GROUP = 5_000  # their ids go along with the statements: ClickHouse takes no parameter above 128 kB
NAMES_REMEMBERED_MAX = 100_000  # 20 MB; a forgotten one is looked up again

Key = Mapping[str, object]
"""The parameters product, metric, first_id and cuts of a statement."""
_Began = tuple[int, str, str, int]
"""A metric, its kind, its name, and since when it is there in milliseconds."""


@dataclass(frozen=True, slots=True)
class Stat:
    """A stat in sight. `received_ms` is the receipt of its newest point in sight, 0 where it has none."""

    product: int
    metric: int
    kind: Kind
    name: str
    created_ms: int
    received_ms: int
    sight: Sight

    @property
    def id(self) -> str:
        """As users know it."""
        return short_id(self.metric)

    @property
    def uuid(self) -> str:
        """Its UUID."""
        return str(metric_uuid(self.product, self.kind, self.name))


@dataclass(frozen=True, slots=True)
class Named:
    """What an id stands for: never changes, so it may be remembered."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Exported:
    """What is said of a stat beside its points, and which of them are in sight."""

    product: int
    metric: int
    kind: Kind
    name: str
    sight: Sight

    @classmethod
    def of(cls, stat: Stat) -> Self:
        """Of a stat that was looked up."""
        return cls(stat.product, stat.metric, stat.kind, stat.name, stat.sight)

    @property
    def id(self) -> str:
        """As users know it."""
        return short_id(self.metric)


@dataclass(frozen=True, slots=True)
class Trashed:
    """A stat in the trash. No name or kind where nobody ever said one."""

    metric: int
    kind: Kind | None
    name: str | None
    deleted_ms: int

    @property
    def id(self) -> str:
        """As users know it."""
        return short_id(self.metric)


class Stats:
    """Looks stats up: what was decided in the catalog, what was seen in the active generation of the store."""

    def __init__(self, store: StoreReader, follower: CatalogFollower, clock: Clock) -> None:
        self._store = store
        self._follower = follower
        self._clock = clock
        self._names: dict[tuple[int, int], Named] = {}

    @property
    def catalog(self) -> Catalog:
        """The catalog as this process has followed it."""
        return self._follower.catalog

    async def rows(self, name: str, parameters: Parameters) -> list[Row]:
        """A statement of this package, on the active generation."""
        database = database_of(self.catalog.generation)
        return await self._store.rows(statement("api", name), {"database": database, **parameters})

    async def clashes(self) -> int:
        """How many metric ids stand for more than one stat."""
        ((count,),) = await self.rows("stats.clashes", {})
        return int(count)

    async def named(self, product: int, metric: int) -> Named | None:
        """Name and kind of a stat in sight, without reading its points where that can be known; None otherwise."""
        record = self.catalog.stat(product, metric)
        if record.deletions and not record.is_made:
            stat = await self.find(product, metric)
            return None if stat is None else Named(stat.kind, stat.name)
        known = self._names.get((product, metric)) or _made_name(record)
        if known is None:
            found = await self._seen(product, [metric])
            if not found:
                return None
            known = self._remember(product, metric, found[0])
        return known

    def key(self, product: int, metric: int) -> Key:
        """What picks the points in sight of a metric."""
        sight = self.catalog.stat(product, metric).sight
        return {"product": product, "metric": metric, "first_id": sight.first_id, "cuts": _cut(sight)}

    def _remember(self, product: int, metric: int, seen: Row) -> Named:
        if len(self._names) >= NAMES_REMEMBERED_MAX:
            self._names.clear()
        self._names[product, metric] = named = Named(Kind(seen[1]), seen[2])
        return named

    async def _seen(self, product: int, metrics: list[int]) -> list[Row]:
        """What the first sights of some metrics say: metric, kind, name, since when in milliseconds."""
        rows: list[Row] = []
        for some in lots(metrics, GROUP):
            rows += await self.rows("stats.find", {"product": product, "metrics": some})
        return rows

    async def find(self, product: int, metric: int) -> Stat | None:
        """A stat in sight; None where there is none of this id."""
        return next(iter(await self._found(product, [metric])), None)

    async def _found(self, product: int, metrics: list[int]) -> list[Stat]:
        seen = {row[0]: row for row in await self._seen(product, metrics)}
        found = await asyncio.gather(*(self._stat(product, metric, seen.get(metric)) for metric in metrics))
        return [stat for stat in found if stat is not None]

    async def _stat(self, product: int, metric: int, seen: Row | None) -> Stat | None:
        """The stat, if it is in sight; `seen` is what stats.find has of it."""
        record = self.catalog.stat(product, metric)
        named = _made_name(record) if seen is None else Named(Kind(seen[1]), seen[2])
        if named is None:
            return None
        key = self.key(product, metric)
        newest, oldest = await asyncio.gather(
            self.rows("stat.newest", key), self.rows("stat.oldest", key) if record.deletions else _nothing()
        )
        created = _created_ms(record, seen[3] if seen else None, oldest[0][0] if oldest else None)
        if created is None:
            return None
        received = newest[0][0] if newest else 0
        return Stat(product, metric, named.kind, named.name, created, received, record.sight)

    async def called(self, product: int, name: str) -> Stat | None:
        """The stat of this name that is in sight; the older one where a counter and a value have it."""
        both = await self.all_called(product, name)
        return both[0] if both else None

    async def all_called(self, product: int, name: str) -> list[Stat]:
        """The stats of this name that are in sight, the older one first: a counter and a value may share a name.

        White space around a name is not part of it, unless a release that knew no better stored it with some.
        """
        for spelling in dict.fromkeys((name, name.strip())):
            both = await self._found(product, [metric_id(product, kind, spelling) for kind in Kind])
            if both:
                return sorted(both, key=age)
        return []

    async def page(self, account: Account, offset: int, limit: int) -> list[Stat]:
        """Stats in sight by age, then id, from the `offset`-th on. Who wants all of them takes `groups`."""
        product = account.product
        records = self._records(product)
        made = await self._made(product, records)
        rows = await self.rows(
            "stats.page",
            {
                "product": product,
                "deleted": _ever_deleted(records),
                "made": [metric for metric, _, _, _ in made],
                "kinds": [kind for _, kind, _, _ in made],
                "names": [name for _, _, name, _ in made],
                "created": [created for _, _, _, created in made],
                "offset": offset,
                "limit": limit,
            },
        )
        return await self._listed(product, [(row[0], row[1], row[2], row[3]) for row in rows], records)

    async def groups(self, account: Account, from_metric: int = 0) -> AsyncIterator[list[Stat]]:
        """All stats in sight by id, some thousands at a time; one that is deleted meanwhile moves no other."""
        following: int | None = from_metric
        while following is not None:
            group, following = await self._group(account.product, following)
            yield group

    async def behind(self, account: Account, from_metric: int, limit: int) -> list[Stat]:
        """Stats in sight by id, from that of `from_metric` on; none only where there are no more."""
        async for group in self.groups(account, from_metric):
            if group:
                return group[:limit]
        return []

    async def _group(self, product: int, from_metric: int) -> tuple[list[Stat], int | None]:
        """Stats from that of `from_metric` on, and where to go on; None where there are no more. No others are read, so
        that all groups together read the stats once.
        """
        records = self._records(product)
        decided = heapq.nsmallest(GROUP, (metric for metric in records if metric >= from_metric))
        ends = [decided[-1]] if len(decided) == GROUP else []
        page = {"product": product, "from_metric": from_metric}
        ((last_seen, count),) = await self.rows("stats.walk_end", {**page, "rows": GROUP})
        if count == GROUP:
            ends.append(last_seen)
        last = min(ends, default=METRIC_MAX)
        records = {metric: record for metric, record in records.items() if from_metric <= metric <= last}
        made, seen = await asyncio.gather(
            self._made(product, records),
            self.rows("stats.walk", {**page, "last_metric": last, "deleted": _ever_deleted(records)}),
        )
        oldest: dict[int, _Began] = {}
        for metric, kind, name, began_ms in [*made, *seen]:
            known = oldest.get(metric)
            if known is None or began_ms < known[3]:
                oldest[metric] = (metric, kind, name, began_ms)
        stats = await self._listed(product, [oldest[metric] for metric in sorted(oldest)], records)
        return stats, last + 1 if ends else None

    async def exported(self, product: int, metrics: list[int]) -> list[Exported]:
        """The stats among some metrics that have points, by id; some may have none in sight."""
        seen = {row[0]: row for row in await self._seen(product, metrics)}
        found = []
        for metric in metrics:
            record = self.catalog.stat(product, metric)
            row = seen.get(metric)
            named = _made_name(record) if row is None else Named(Kind(row[1]), row[2])
            if named is not None:
                found.append(Exported(product, metric, named.kind, named.name, record.sight))
        return found

    async def named_among(self, product: int, metrics: list[int]) -> dict[int, Named]:
        """Those of some metrics that are in sight, in their order."""
        found: dict[int, Named] = {}
        for some in lots(metrics, GROUP):
            records = {
                metric: self.catalog.stats[product, metric]
                for metric in some
                if (product, metric) in self.catalog.stats
            }
            never = [metric for metric in some if metric not in records or not records[metric].deletions]
            made, seen = await asyncio.gather(
                self._made(product, records),
                self._seen(product, never),
            )
            named = {metric: Named(Kind(kind), name) for metric, kind, name, _ in [*made, *seen]}
            found |= {metric: named[metric] for metric in some if metric in named}
        return found

    async def prefixed(self, product: int, prefix: str, after: int, limit: int) -> dict[int, Named]:
        """The stats in sight whose names begin so, by id behind `after`; fewer than `limit` only where no more are."""
        found: dict[int, Named] = {}
        while len(found) < limit:
            page = {"product": product, "prefix": prefix, "after": after, "limit": limit}
            seen = [row[0] for row in await self.rows("stats.prefixed", page)]
            last = seen[-1] if len(seen) == limit else METRIC_MAX
            made = [
                metric
                for (owner, metric), record in self.catalog.stats.items()
                if owner == product and after < metric <= last and record.name and record.name.startswith(prefix)
            ]
            found |= await self.named_among(product, sorted({*seen, *made}))
            if last == METRIC_MAX:
                break
            after = last
        return dict(list(found.items())[:limit])

    def _records(self, product: int) -> dict[int, StatRecord]:
        return {metric: record for (owner, metric), record in self.catalog.stats.items() if owner == product}

    async def _listed(self, product: int, began: list[_Began], records: Mapping[int, StatRecord]) -> list[Stat]:
        newest = await self._newest(product, [metric for metric, _, _, _ in began], records)
        return [
            Stat(product, metric, Kind(kind), name, created, newest.get(metric, 0), _sight(records, metric))
            for metric, kind, name, created in began
        ]

    async def trash(self, account: Account) -> list[Trashed]:
        """What may be restored, the last deleted first; also where it was posted to since, and is there anew."""
        product = account.product
        oldest_ms = self._clock.now_ms() - TRASH_MS
        records = {
            metric: record
            for (owner, metric), record in self.catalog.stats.items()
            if owner == product and record.deleted_ms is not None and record.deleted_ms >= oldest_ms
        }
        seen = await self._seen(product, list(records))
        names = {metric: (Kind(kind), name) for metric, kind, name, _ in seen}
        trashed = []
        for metric, record in records.items():
            kind, name = names.get(metric, (record.kind, record.name))
            trashed.append(Trashed(metric, kind, name, record.deleted_ms or 0))
        return sorted(trashed, key=lambda stat: (-stat.deleted_ms, stat.metric))

    async def _made(self, product: int, records: Mapping[int, StatRecord]) -> list[_Began]:
        """What the catalog knows to be in sight, and what came back from the trash: (metric, kind, name, created)."""
        made = [
            (metric, record.kind.value, record.name, record.created_ms)
            for metric, record in records.items()
            if record.is_made and record.kind and record.name and record.created_ms is not None
        ]
        known = {metric for metric, _, _, _ in made}
        deleted = {metric: record for metric, record in records.items() if record.deletions and metric not in known}
        if not deleted:
            return made
        back, seen = await asyncio.gather(
            self._since("stats.back", product, deleted),
            self._seen(product, list(deleted)),
        )
        created: dict[int, int] = dict(back)
        return made + [(metric, kind, name, created[metric]) for metric, kind, name, _ in seen if metric in created]

    async def _newest(self, product: int, metrics: list[int], records: Mapping[int, StatRecord]) -> dict[int, int]:
        if not metrics:
            return {}
        cut = {metric: records[metric] for metric in metrics if metric in records and records[metric].deletions}
        recently, since = await asyncio.gather(
            self._newest_after([metric for metric in metrics if metric not in cut], product, self._recently()),
            self._since("stats.newest_since", product, cut),
        )
        newest: dict[int, int] = dict([*recently, *since])
        silent = [metric for metric in metrics if metric not in cut and metric not in newest]
        return newest | dict(await self._newest_after(silent, product, 0))

    async def _since(self, name: str, product: int, records: Mapping[int, StatRecord]) -> list[Row]:
        """What a statement says of stats that were deleted."""
        rows: list[Row] = []
        for some in lots(list(records), DELETED_A_STATEMENT):
            sights = {metric: records[metric].sight for metric in some}
            rows += await self.rows(name, {"product": product, **sights_key(sights)})
        return rows

    async def _newest_after(self, metrics: list[int], product: int, least: int) -> list[Row]:
        rows: list[Row] = []
        for some in lots(metrics, GROUP):
            rows += await self.rows("stats.newest", {"product": product, "metrics": some, "least": least})
        return rows

    def _recently(self) -> int:
        """An event id of two days ago: a stat that is alive is found without reading its whole history."""
        return first_id_at(self._clock.now_ms() - RECENT_MS)


def _ever_deleted(records: Mapping[int, StatRecord]) -> list[int]:
    return [metric for metric, record in records.items() if record.deletions]


def age(stat: Stat) -> tuple[int, int]:
    """What lists are sorted by: the oldest first, then by id."""
    return stat.created_ms, stat.metric


async def _nothing() -> list[Row]:
    return []


def _cut(sight: Sight) -> list[int]:
    """The least version in sight by raw partition, that of -1 first; [] where all are."""
    return [BEFORE_ANY_CUT, *(version_at(end, 0) for end in sight.ends)] if sight.ends else []


def sights_key(sights: Mapping[int, Sight]) -> dict[str, object]:
    """The parameters that pick what is in sight of some metrics; `cut_places` says where in `cuts`, from 1, partition 0
    of a metric is.
    """
    firsts = [sight.first_id for sight in sights.values()]
    cuts: list[int] = []
    places = {NOBODY: 0}  # the engine looks into no empty list
    for metric, sight in sights.items():
        if sight.ends:
            places[metric] = len(cuts) + 2
            cuts += _cut(sight)
    return {
        "metrics": list(sights),
        "first_ids": firsts,
        "least": min(firsts),
        "cuts": cuts,
        "cut_metrics": list(places),
        "cut_places": list(places.values()),
    }


def _sight(records: Mapping[int, StatRecord], metric: int) -> Sight:
    return records[metric].sight if metric in records else EVERYTHING


def _made_name(record: StatRecord) -> Named | None:
    return Named(record.kind, record.name) if record.is_made and record.kind and record.name else None


def _created_ms(record: StatRecord, seen: int | None, oldest: int | None) -> int | None:
    """When what is in sight began; None where nothing is."""
    candidates: Iterable[int | None] = (
        record.created_ms if record.is_made else None,
        oldest if record.deletions else seen,
    )
    return min((at for at in candidates if at is not None), default=None)
