"""Reads samples: one by its id or its ref, and the newest of a stat.

    samples.one(product, id)                      the sample, or None where it is deleted, unknown or out of sight
    samples.by_ref(product, metric, "order 7")
    samples.found(product, [WantedSample(id=7)])  many, by ids or refs, in three statements at most
    samples.listed(product, metric, 50)           the newest first, by time and then by id
    samples.settle(metric)                        before any of them, where a write has to be seen

A stat that was deleted hides its samples with its points; restored, it shows both again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from api.reads.settling import Settling
from api.reads.stats.sights import cut_of
from api.reads.stats.stats import Stats
from tilde.domain.log.partitioner import partition_of_metric
from tilde.domain.samples.sample import Sample, sample_id
from tilde.schemas.topics import SAMPLE_WRITES, raw_partition
from tilde.store import Row

REFS_TRIED_MAX = 100  # samples that ever had one ref: each time it was given to another
_FIRST_MS, _END_MS = 0, 2**32 * 1000  # 2106: no time that counts is later


Ref = tuple[int, str]
"""A metric, and a ref in it."""


class WantedSample(NamedTuple):
    """Which sample: the one of an id, or the one of a stat that has a ref."""

    id: int | None = None
    metric: int | None = None
    ref: str = ""

    @property
    def likely_id(self) -> int | None:
        """The id that it has, or has unless the ref was given to another sample; None where nothing says one."""
        if self.id is not None or self.metric is None or not self.ref:
            return self.id
        return sample_id(self.metric, self.ref)

    @property
    def its_ref(self) -> Ref | None:
        """The ref that it is looked for by, unless it is by an id."""
        return None if self.id is not None or self.metric is None or not self.ref else (self.metric, self.ref)

    def among(self, there: Mapping[int, Sample]) -> Sample | None:
        """The one of its likely id, by which it is there; where it is looked for by a ref, if it has that."""
        sample = None if self.likely_id is None else there.get(self.likely_id)
        return None if sample is not None and self.its_ref not in (None, (sample.metric, sample.ref)) else sample


class Samples:
    """Answers for one product at a time; whose it is was asked before."""

    def __init__(self, stats: Stats, settling: Settling) -> None:
        self._stats = stats
        self._tables = stats.tables
        self._settling = settling

    async def settle(self, *metrics: int | None) -> bool:
        """Waits until all writes of some stats that were acknowledged before the call can be read, None is all of
        them; bounded, then it is False. Raises LogError, StoreError.
        """
        return await self._settling.settle([SAMPLE_WRITES], *metrics)

    async def one(self, product: int, id_: int) -> Sample | None:
        """The sample of this id, of whichever of the product's stats. Raises StoreError."""
        return next(iter(await self._of_ids(product, [id_])), None)

    async def by_ref(self, product: int, metric: int, ref: str) -> Sample | None:
        """The sample of a stat that has this ref. Raises StoreError."""
        (sample,) = await self.found(product, [WantedSample(metric=metric, ref=ref)])
        return sample

    async def found(self, product: int, wanted: Sequence[WantedSample]) -> list[Sample | None]:
        """Each of some, in their order; None where it is deleted, unknown or out of sight. Raises StoreError."""
        ids = {id_ for one in wanted if (id_ := one.likely_id) is not None}
        there = {sample.id: sample for sample in await self._of_ids(product, ids)}
        found = [one.among(there) for one in wanted]
        refs = [None if sample else one.its_ref for one, sample in zip(wanted, found, strict=True)]
        given = await self._given(product, {ref for ref in refs if ref})
        return [given.get(ref) if ref else sample for ref, sample in zip(refs, found, strict=True)]

    async def _given(self, product: int, refs: Collection[Ref]) -> dict[Ref, Sample]:
        """The samples that were given these refs, which are not those that the refs made."""
        if not refs:
            return {}
        metrics, texts = zip(*refs, strict=True)
        asked = {"product": product, "metrics": list(metrics), "refs": list(texts), "limit": REFS_TRIED_MAX}
        ids = {row[0] for row in await self._tables.rows("samples.of_refs", asked)}
        return {(sample.metric, sample.ref or ""): sample for sample in await self._of_ids(product, ids)}

    async def holder(self, id_: int) -> int | None:
        """The product that a sample is or was of, whichever that is. Raises StoreError."""
        rows = await self._tables.rows("samples.product", {"id": id_})
        return int(rows[0][0]) if rows else None

    async def listed(
        self, product: int, metric: int, limit: int, since_ms: int | None = None, until_ms: int | None = None
    ) -> list[Sample]:
        """The newest of a stat, by (t_ms, id); those with since_ms <= t_ms < until_ms. Raises StoreError."""
        where = {
            "product": product,
            "metric": metric,
            "from_ms": _FIRST_MS if since_ms is None else since_ms,
            "to_ms": _END_MS if until_ms is None else until_ms,
            "cut": self._cut(product, metric),
            "limit": limit,
        }
        return [_sample(row) for row in await self._tables.rows("samples.page", where)]

    async def _of_ids(self, product: int, ids: Iterable[int]) -> list[Sample]:
        """Those of some ids that are there and in sight: of each the row that was written last says how it is."""
        some = list(ids)
        if not some:
            return []
        rows = await self._tables.rows("samples.of_ids", {"product": product, "ids": some})
        there = [row for row in rows if not row[-1] and row[-2] >= self._cut(product, row[1])]
        return [_sample(row) for row in there]

    def _cut(self, product: int, metric: int) -> int:
        """The least version in sight."""
        partition = raw_partition(SAMPLE_WRITES, _partition_of(metric))
        return cut_of(self._stats.catalog.stat(product, metric).sight, partition)


def _partition_of(metric: int) -> int:
    return partition_of_metric(metric, SAMPLE_WRITES.partitions)


def _sample(row: Row) -> Sample:
    product, metric, id_, ref, number, t_ms, meta, created_ms, updated_ms, *_ = row
    return Sample(product, metric, id_, ref or None, number, t_ms, meta or None, created_ms, updated_ms)
