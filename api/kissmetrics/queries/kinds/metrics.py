"""The types of queries that are about metrics, made of their parts."""

from api.kissmetrics.queries.kinds.kind import Kind
from api.kissmetrics.queries.kinds.metric import WholeMetricKind
from api.kissmetrics.queries.kinds.metric_over_time import MetricOverTimeKind
from api.parts import Parts, Reads
from api.reads.metric_lookup import MetricLookup
from api.reads.people_metrics import PeopleMetrics
from api.reads.people_search import PeopleSearch
from api.reads.people_segments import SegmentNames
from api.reads.stat_metrics import StatMetrics
from tilde.domain.sites.clock import SiteClock, clock_of


def metric_kinds(parts: Parts, reads: Reads, lookup: MetricLookup) -> list[Kind]:
    """Of people and of stats alike."""
    tables, catalog = reads.stats.tables, parts.follower.catalog
    people = PeopleMetrics(tables, PeopleSearch(reads.people, reads.opened))
    stats = StatMetrics(tables, reads.stats, reads.series, reads.settling)

    def clock_of_product(product: int) -> SiteClock:
        return clock_of(*catalog.clock_of(product))

    over_time = MetricOverTimeKind(lookup, people, stats, clock_of_product, parts.week_begins)
    return [WholeMetricKind(lookup, people, stats, SegmentNames(reads.people, reads.opened)), over_time]
