"""A page of stats and of kept metrics is that of the whole list, though only a part of the stats is read."""

from hypothesis import given
from hypothesis import strategies as st

from api.kissmetrics.core.metric_order import merged, window
from api.reads.stats.stat import Stat
from tilde.domain.catalog.definition_records import KeptMetric, MetricCounts, MetricDefinition
from tilde.domain.catalog.stat_records import EVERYTHING
from tilde.domain.people.metric import MetricKind
from tilde.domain.stats.metrics import Kind

TIMES = st.lists(st.integers(0, 9), max_size=12).map(sorted)


def a_stat(metric: int, created_ms: int) -> Stat:
    return Stat(1, metric, Kind.COUNTER, "s", "s", created_ms, 0, EVERYTHING)


def a_kept_one(nth: int, created_ms: int) -> KeptMetric:
    counts = MetricCounts(MetricKind.PEOPLE, "e")
    return KeptMetric(str(nth), 1, counts, MetricDefinition("m"), nth, created_ms, created_ms)


@given(TIMES, st.lists(st.integers(0, 9), max_size=6), st.integers(0, 20), st.integers(1, 20))
def test_a_page_is_that_of_the_whole_list(of_stats: list[int], of_kept: list[int], skip: int, limit: int) -> None:
    stats = [a_stat(nth, at) for nth, at in enumerate(of_stats)]
    kept = [a_kept_one(nth, at) for nth, at in enumerate(of_kept)]
    first, count = window(skip, limit, len(kept))

    all_: list[Stat | KeptMetric] = [*stats, *kept]
    whole = sorted(all_, key=lambda one: (one.created_ms, isinstance(one, KeptMetric)))
    assert merged(stats[first : first + count], first, kept, skip, limit) == whole[skip : skip + limit]
    assert count <= limit + len(kept)


def test_all_pages_together_have_each_once() -> None:
    stats = [a_stat(nth, nth) for nth in range(7)]
    kept = [a_kept_one(nth, at) for nth, at in enumerate((0, 3, 3, 99))]
    pages = []
    for skip in range(0, 12, 2):
        first, count = window(skip, 2, len(kept))
        pages += merged(stats[first : first + count], first, kept, skip, 2)

    assert len(pages) == len(stats) + len(kept)
    assert [one.uuid if isinstance(one, KeptMetric) else one.metric for one in pages] == [
        *(0, "0", 1, 2, 3, "1", "2", 4, 5, 6, "3")
    ]
