"""Reads samples: one by its id or its ref, and the newest of a stat.

    samples.one(product, id)                      the sample, or None where it is deleted, unknown or out of sight
    samples.by_ref(product, metric, "order 7")
    samples.listed(product, metric, 50)           the newest first, by time and then by id
    samples.settled(metric)                       before any of them, where a write has to be seen

A stat that was deleted hides its samples with its points; restored, it shows both again.
"""

from api.reads.settling import Settling
from api.reads.sights import cut_of
from api.reads.stats import Stats
from tilde.domain.log.partitioner import partition_of_metric
from tilde.domain.samples.sample import Sample, sample_id
from tilde.schemas.topics import SAMPLE_WRITES, raw_partition
from tilde.store import Row

REFS_TRIED_MAX = 100  # samples that ever had one ref: each time it was given to another
_FIRST_MS, _END_MS = 0, 2**32 * 1000  # 2106: no time that counts is later


class Samples:
    """Answers for one product at a time; whose it is was asked before."""

    def __init__(self, stats: Stats, settling: Settling) -> None:
        self._stats = stats
        self._tables = stats.tables
        self._settling = settling

    async def settled(self, metric: int | None = None) -> bool:
        """Waits until all writes that were acknowledged before the call can be read, those of one stat or all; bounded,
        then it is False. Raises LogError, StoreError.
        """
        return await self._settling.settled([SAMPLE_WRITES], metric)

    async def one(self, product: int, id_: int) -> Sample | None:
        """The sample of this id, of whichever of the product's stats. Raises StoreError."""
        return next(iter(await self._of_ids(product, [id_])), None)

    async def by_ref(self, product: int, metric: int, ref: str) -> Sample | None:
        """The sample of a stat that has this ref. Raises StoreError."""
        derived = sample_id(metric, ref)
        if (sample := await self.one(product, derived)) is not None and (sample.metric, sample.ref) == (metric, ref):
            return sample
        asked = {"product": product, "metric": metric, "ref": ref, "limit": REFS_TRIED_MAX}
        ids = [row[0] for row in await self._tables.rows("samples.of_ref", asked)]
        found = await self._of_ids(product, [id_ for id_ in ids if id_ != derived])
        return next((sample for sample in found if (sample.metric, sample.ref) == (metric, ref)), None)

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

    async def _of_ids(self, product: int, ids: list[int]) -> list[Sample]:
        """Those of some ids that are there and in sight: of each the row that was written last says how it is."""
        if not ids:
            return []
        rows = await self._tables.rows("samples.of_ids", {"product": product, "ids": ids})
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
