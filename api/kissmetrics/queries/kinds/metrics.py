"""The types of queries that are about metrics, made of their parts."""

from api.kissmetrics.desk import Desk
from api.kissmetrics.queries.kinds.kind import Kind
from api.kissmetrics.queries.kinds.metric import WholeMetricKind
from api.kissmetrics.queries.kinds.metric_over_time import MetricOverTimeKind
from api.parts import Parts, Reads
from api.reads.metric_lookup import MetricLookup
from api.reads.people_metrics import PeopleMetrics
from api.reads.people_search import PeopleSearch
from api.reads.people_segments import SegmentNames
from api.reads.stat_metrics import StatMetrics


def metric_kinds(desk: Desk, parts: Parts, reads: Reads, lookup: MetricLookup) -> list[Kind]:
    """Of people and of stats alike."""
    people = PeopleMetrics(reads.tables, PeopleSearch(reads.people, reads.opened))
    stats = StatMetrics(reads.tables, reads.stats, reads.series, reads.settling)
    over_time = MetricOverTimeKind(lookup, people, stats, desk.clock_of, parts.week_begins)
    return [WholeMetricKind(lookup, people, stats, SegmentNames(reads.people, reads.opened)), over_time]
