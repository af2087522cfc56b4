"""Reads some stats day by day, by whichever days: those of a report."""

from collections.abc import Sequence
from typing import NamedTuple

from api.reads.stats.returned import SIGHTS_A_STATEMENT
from api.reads.stats.series import EMPTY, Bucketed, between, cells_of
from api.reads.stats.sights import sights_where
from api.reads.stats.stat import Named
from api.reads.stats.stats import Stats
from tilde.runtime.portions import portions


class StatDays(NamedTuple):
    """A stat in sight, and what fell into each of its days."""

    metric: int
    named: Named
    days: list[Bucketed]


async def days_of(stats: Stats, product: int, metrics: Sequence[int], begins: Sequence[int]) -> list[StatDays]:
    """Of those of a product's metrics that are in sight. `begins` are unix seconds: of each day, and of the day behind
    the last one.
    """
    count, found = len(begins) - 1, []
    times = {**between(begins[0], begins[-1]), "later_ms": [begin * 1000 for begin in begins[1:-1]]}
    named = await stats.named_among(product, metrics)
    for some in portions(named, SIGHTS_A_STATEMENT):
        sights = {metric: stats.catalog.stat(product, metric).sight for metric in some}
        where = {"product": product, **sights_where(sights), **times}
        cells = await cells_of(stats.tables, "series.days", where)
        found += [
            StatDays(metric, named[metric], [cells.get((metric, nth), EMPTY) for nth in range(count)])
            for metric in some
        ]
    return found
