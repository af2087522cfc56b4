"""Pages of a list of both kinds of metrics: stats, of which there may be a hundred thousand, and those that are kept,
of which there are few. The oldest come first; of the same millisecond stats, and then those that are kept, in order.

    window(skip=40, limit=20, kept=3)      37, 23: from which stat on to read, and how many
    merged(stats, 37, kept, 40, 20)        the page
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from api.reads.stats.stat import Stat
from tilde.domain.catalog.definition_records import KeptMetric


def window(skip: int, limit: int, kept: int) -> tuple[int, int]:
    """Of the stats that may stand on a page the place of the first among all, and how many these are: as many of those
    that are kept may stand before it as there are.
    """
    first = max(0, skip - kept)
    return first, limit + skip - first


def merged(
    stats: Sequence[Stat], first: int, kept: Sequence[KeptMetric], skip: int, limit: int
) -> list[Stat | KeptMetric]:
    """A page of both. `stats` are those of the window, of which `first` is the place of the first one."""
    began = [stat.created_ms for stat in stats]
    in_order = sorted(kept, key=lambda metric: (metric.created_ms, metric.created))
    places = [first + bisect_right(began, metric.created_ms) + nth for nth, metric in enumerate(in_order)]
    page: list[Stat | KeptMetric] = []
    for place in range(skip, skip + limit):
        before = bisect_left(places, place)
        if before < len(places) and places[before] == place:
            page.append(in_order[before])
        elif place - before - first < len(stats):
            page.append(stats[place - before - first])
    return page
