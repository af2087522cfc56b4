"""Lists of the stats that an account has in sight: a page by age, or all by id.

Ids come first, eight bytes each, and what is in the trash is left out here: the tables do not know it, and it may be
more than a statement can be told. Names, and when data came in last, are asked for the page alone.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from api.reads.stats.returned import returned, since
from api.reads.stats.stat import Stat
from api.reads.stats.stats import IDS_A_STATEMENT, METRIC_MAX, Stats, created_ms, said
from tilde.domain.catalog.stat_records import EVERYTHING, StatRecord
from tilde.domain.catalog.state import Account
from tilde.domain.log.identity import first_id_at
from tilde.domain.stats.metrics import UUID_NAMESPACE, metric_uuid
from tilde.runtime.clock import Clock
from tilde.runtime.portions import portions
from tilde.store import Row

RECENT_MS = 2 * 24 * 3600 * 1000
GROUP = IDS_A_STATEMENT
DECIDED_MAX = IDS_A_STATEMENT  # so many stats a statement may leave out, or take from the catalog
AGES_AT_ONCE = 200_000  # 3 MB
IDS_AT_ONCE = 50_000

_Began = tuple[int, int]
"""Since when a stat is there, in milliseconds, and its metric: what lists are sorted by."""


class Decided(NamedTuple):
    """What the catalog says of some stats: the `records` of all, those of the `deleted` ones, and the ones that are
    `there` without a look at the tables (made by hand, or posted to since they were deleted), with the time since when.
    """

    records: Mapping[int, StatRecord]
    deleted: Mapping[int, StatRecord]
    there: Mapping[int, int]


class StatList:
    """Lists stats in sight."""

    def __init__(self, stats: Stats, clock: Clock) -> None:
        self._stats = stats
        self._clock = clock

    async def page(self, account: Account, skip: int, limit: int) -> list[Stat]:
        """Stats in sight by age, then id, but for the first `skip`. Who wants all of them takes `groups`."""
        product = account.product
        decided = await self._decided(product, dict(self._stats.catalog.stats_of(product).records))
        is_little = max(len(decided.deleted), len(decided.there)) <= DECIDED_MAX
        page = await (self._read_page if is_little else self._merged)(product, decided, skip, limit)
        return await self._listed(product, [metric for _, metric in page], decided)

    async def groups(self, account: Account, from_metric: int = 0) -> AsyncIterator[list[Stat]]:
        """All stats in sight by id, some thousands at a time; one that is deleted meanwhile moves no other."""
        async for group in self._groups_of(account.product, from_metric):
            yield group

    async def _groups_of(self, product: int, from_metric: int) -> AsyncIterator[list[Stat]]:
        following: int | None = from_metric
        while following is not None:
            first, page = following, {"product": product, "from_metric": following, "rows": IDS_AT_ONCE}
            ids = [metric for (metric,) in await self._stats.tables.packed("stats.ids", page, "<Q")]
            last = ids[-1] if len(ids) == IDS_AT_ONCE else METRIC_MAX
            following = last + 1 if last < METRIC_MAX else None
            records = self._stats.catalog.stats_of(product).records.items()
            decided = await self._decided(product, {metric: one for metric, one in records if first <= metric <= last})
            in_sight = {metric for metric in ids if metric not in decided.deleted} | decided.there.keys()
            for some in portions(sorted(in_sight), GROUP):
                yield await self._listed(product, some, decided)

    async def behind(self, account: Account, from_metric: int, limit: int) -> list[Stat]:
        """Stats in sight by id, from that of `from_metric` on; fewer than `limit` only where there are no more."""
        found: list[Stat] = []
        async for group in self.groups(account, from_metric):
            found += group
            if len(found) >= limit:
                break
        return found[:limit]

    async def page_of(self, products: Sequence[int], skip: int, limit: int) -> tuple[int, list[Stat]]:
        """Stats in sight of several products by age, then product and id, but for the first `skip`; and how many there
        are of them in all.
        """
        decided = {}
        for product in products:
            records = dict(self._stats.catalog.stats_of(product).records)
            if records:
                decided[product] = await self._decided(product, records)
        deleted = [metric for one in decided.values() for metric in one.deleted]
        there = [(product, *each) for product, one in decided.items() for each in one.there.items()]
        if max(len(deleted), len(there)) > DECIDED_MAX:
            return await self._counted_here(products, skip, limit)
        parameters = {
            "products": list(products),
            "deleted": deleted,
            "owners": [product for product, _, _ in there],
            "there": [metric for _, metric, _ in there],
            "created": [began for _, _, began in there],
        }
        total, page = await self._stats.tables.page("stats.page_of", "stats.count_of", parameters, skip, limit)
        return total, await self._in_order([(product, metric) for product, metric, _ in page])

    async def _counted_here(self, products: Sequence[int], skip: int, limit: int) -> tuple[int, list[Stat]]:
        """The same of products with more decisions than a statement can be told: all of their stats are read."""
        found: list[tuple[int, int, int]] = []
        for product in products:
            async for group in self._groups_of(product, 0):
                found += ((stat.created_ms, product, stat.metric) for stat in group)
        found.sort()
        return len(found), await self._in_order(
            [(product, metric) for _, product, metric in found[skip : skip + limit]]
        )

    async def _in_order(self, wanted: Sequence[tuple[int, int]]) -> list[Stat]:
        """Those in sight among some (product, metric), in their order."""
        metrics: dict[int, list[int]] = {}
        for product, metric in wanted:
            metrics.setdefault(product, []).append(metric)
        found = {(stat.product, stat.metric): stat for each in metrics for stat in await self.of(each, metrics[each])}
        return [found[one] for one in wanted if one in found]

    async def of(self, product: int, metrics: list[int]) -> list[Stat]:
        """Those in sight among some metrics of a product, in their order."""
        records = self._stats.catalog.stats_of(product).records
        decided = await self._decided(product, {metric: records[metric] for metric in metrics if metric in records})
        there = [one for one in metrics if one not in decided.deleted or one in decided.there]
        return await self._listed(product, there, decided)

    async def of_uuid(self, products: Sequence[int], wanted: UUID) -> Stat | None:
        """The stat in sight that has a UUID, of one of these products; None where none of them has it."""
        text = wanted.hex  # the version and the variant are not the hash's: bytes 7 and 9
        parts = {"head": text[:12], "seventh": text[14:16], "tail": text[18:]}
        where = {"products": list(products), "namespace": UUID_NAMESPACE.hex, **parts}
        places = {(product, metric) for product, metric in await self._stats.tables.rows("stats.of_uuid", where)}
        for product in products:
            for metric, record in self._stats.catalog.stats_of(product).records.items():
                if (
                    record.is_made
                    and record.kind
                    and metric_uuid(product, record.kind, metric, record.name or "") == wanted
                ):
                    places.add((product, metric))
        found = await self._in_order(sorted(places))
        return next((stat for stat in found if stat.uuid == str(wanted)), None)

    async def _decided(self, product: int, records: Mapping[int, StatRecord]) -> Decided:
        deleted = {metric: record for metric, record in records.items() if record.deletions}
        back = await returned(self._stats.tables, product, deleted)
        there = {}
        for metric in [*back, *(metric for metric, record in records.items() if record.created_ms is not None)]:
            at_ms = created_ms(records[metric], None, back.get(metric))
            if at_ms is not None:
                there[metric] = at_ms
        return Decided(records, deleted, there)

    async def _read_page(self, product: int, decided: Decided, skip: int, limit: int) -> list[_Began]:
        """A page of an account with few decisions: the tables are told them."""
        parameters = {
            "product": product,
            "deleted": list(decided.deleted),
            "there": list(decided.there),
            "created": list(decided.there.values()),
            "skip": skip,
            "limit": limit,
        }
        return [(began, metric) for metric, began in await self._stats.tables.rows("stats.page", parameters)]

    async def _merged(self, product: int, decided: Decided, skip: int, limit: int) -> list[_Began]:
        """A page of an account with many: what was seen and what was decided are merged here."""
        there = deque(sorted((began, metric) for metric, began in decided.there.items()))
        rows = min(AGES_AT_ONCE, skip + limit + len(decided.deleted) + len(there))
        page: list[_Began] = []
        told: set[int] = set()  # both seen and made by hand: the first time is the earlier one
        place, behind = 0, (-1, 0)
        while len(page) < limit:
            ages = {"product": product, "after_ms": behind[0], "after_metric": behind[1], "rows": rows}
            seen = [(began, metric) for metric, began in await self._stats.tables.packed("stats.ages", ages, "<Qq")]
            is_last = len(seen) < rows
            behind = (METRIC_MAX, 0) if is_last else seen[-1]
            these = []
            while there and there[0] <= behind:
                these.append(there.popleft())
            for began, metric in heapq.merge((one for one in seen if one[1] not in decided.deleted), these):
                if metric in decided.there:
                    if metric in told:
                        continue
                    told.add(metric)
                if place >= skip:
                    page.append((began, metric))
                place += 1
            if is_last:
                break
        return page[:limit]

    async def _listed(self, product: int, metrics: list[int], decided: Decided) -> list[Stat]:
        """What is said of stats in sight, in their order."""
        seen, newest = await asyncio.gather(
            self._stats.seen(product, metrics), self._newest(product, metrics, decided.deleted)
        )
        rows = {row[0]: row for row in seen}
        stats = []
        for metric in metrics:
            record, row = decided.records.get(metric), rows.get(metric)
            named = said(record or StatRecord(), row)
            began = [decided.there.get(metric), row[3] if row and metric not in decided.deleted else None]
            known = [at for at in began if at is not None]
            if named is not None and known:
                sight = record.sight if record else EVERYTHING
                stats.append(
                    Stat(
                        product,
                        metric,
                        named.kind,
                        named.name,
                        named.first_name,
                        min(known),
                        newest.get(metric, 0),
                        sight,
                    )
                )
        return stats

    async def _newest(self, product: int, metrics: list[int], deleted: Mapping[int, StatRecord]) -> dict[int, int]:
        """When data came in last, in milliseconds."""
        if not metrics:
            return {}
        cut = {metric: deleted[metric] for metric in metrics if metric in deleted}
        recently, behind_cuts = await asyncio.gather(
            self._newest_after([metric for metric in metrics if metric not in cut], product, self._recently()),
            since(self._stats.tables, "stats.newest_since", product, cut),
        )
        newest: dict[int, int] = dict([*recently, *behind_cuts])
        silent = [metric for metric in metrics if metric not in cut and metric not in newest]
        return newest | dict(await self._newest_after(silent, product, 0))

    async def _newest_after(self, metrics: list[int], product: int, least: int) -> list[Row]:
        rows: list[Row] = []
        for some in portions(metrics, IDS_A_STATEMENT):
            rows += await self._stats.tables.rows("stats.newest", {"product": product, "metrics": some, "least": least})
        return rows

    def _recently(self) -> int:
        """An event id of two days ago: a stat that is alive is found without reading its whole history."""
        return first_id_at(self._clock.now_ms() - RECENT_MS)
