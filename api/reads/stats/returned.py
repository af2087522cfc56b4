"""Finds the deleted stats that are in sight again: those with a point that stands in the log behind the deletion.

The tables keep for each metric and partition the place of its newest point (projection `places` of `points`), so what a
deletion hides is not read, however many points that are.
"""

from collections.abc import Mapping

from api.reads.stats.sights import sights_where
from api.reads.tables import Tables
from tilde.domain.catalog.stat_records import StatRecord
from tilde.domain.log.versions import EVENTS_PER_VERSION
from tilde.runtime.portions import portions
from tilde.store import Row

ASKED_BY_ID_MAX = 5_000  # ClickHouse takes no parameter above 128 kB; for more the whole range is read
SIGHTS_A_STATEMENT = 250  # a cut is 33 numbers: 80 kB of them
PLACE = "<QhQQ"


async def returned(tables: Tables, product: int, deleted: Mapping[int, StatRecord]) -> dict[int, int]:
    """Those of some deleted stats that have points since, and the receipt of the first of these in milliseconds."""
    if not deleted:
        return {}
    where = {"product": product, "first": min(deleted), "last": max(deleted)}
    asked = list(deleted) if len(deleted) <= ASKED_BY_ID_MAX else []
    back: dict[int, StatRecord] = {}
    # A hundred thousand rows are usual here, so each is compared in place.
    for metric, partition, version, event_id in await tables.packed("stats.places", {**where, "metrics": asked}, PLACE):
        record = deleted.get(metric)
        if record is None:  # never deleted: it lies between others that were
            continue
        first_id, ends = record.deletions[-1].sight
        end = ends[partition] if 0 <= partition < len(ends) else 0
        is_since = partition >= 0 and version >= end * EVENTS_PER_VERSION if ends else event_id >= first_id
        if is_since:
            back[metric] = record
    return dict(await since(tables, "stats.back", product, back))


async def since(tables: Tables, name: str, product: int, records: Mapping[int, StatRecord]) -> list[Row]:
    """What a statement says of the points in sight of stats that were deleted."""
    rows: list[Row] = []
    for some in portions(records, SIGHTS_A_STATEMENT):
        sights = {metric: records[metric].sight for metric in some}
        rows += await tables.rows(name, {"product": product, **sights_where(sights)})
    return rows
