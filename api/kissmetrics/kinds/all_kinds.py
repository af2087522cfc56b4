"""The types of queries that there are, made of their parts: whatever the Query APIs answer is in this list."""

from collections.abc import Callable

from api.kissmetrics.kinds.ab_test import AbTestKind
from api.kissmetrics.kinds.activity import ActivityKind
from api.kissmetrics.kinds.cohort import CohortKind
from api.kissmetrics.kinds.funnel import FunnelKind
from api.kissmetrics.kinds.kind import Kinds
from api.kissmetrics.kinds.metric import WholeMetricKind
from api.kissmetrics.kinds.metric_over_time import MetricOverTimeKind
from api.kissmetrics.kinds.people_count import PeopleCountKind
from api.kissmetrics.kinds.people_search import PeopleSearchKind
from api.kissmetrics.kinds.sql import SqlKind
from api.kissmetrics.records.records import RecordsSql
from api.parts import Parts, Reads
from api.reads.people.ab_tests import AbTests
from api.reads.people.acts import PeopleActs
from api.reads.people.cohorts import CohortReads
from api.reads.people.funnels import Funnels
from api.reads.people.metrics import PeopleMetrics
from api.reads.people.search import PeopleSearch
from api.reads.people.segments import SegmentNames
from api.reads.stats.metric_lookup import MetricLookup
from api.reads.stats.stat_metrics import StatMetrics
from tilde.domain.sites.clock import SiteClock


def all_kinds(parts: Parts, reads: Reads, lookup: MetricLookup, clock_of: Callable[[int], SiteClock]) -> Kinds:
    """`clock_of` is that of a product."""
    search, names = PeopleSearch(reads.people, reads.opened), SegmentNames(reads.people, reads.opened)
    people_search = PeopleSearchKind(search, reads.identified)
    people = PeopleMetrics(reads.tables, search)
    stats = StatMetrics(reads.tables, reads.stats, reads.series, reads.settling)
    records = RecordsSql(reads.tables, reads.people, reads.opened, parts.follower)
    return Kinds(
        [
            people_search,
            PeopleCountKind(people_search),
            ActivityKind(PeopleActs(reads.people, reads.identified, search, reads.opened)),
            SqlKind(records, parts.keyring),
            FunnelKind(Funnels(reads.tables, search), names),
            CohortKind(CohortReads(reads.tables, search), names, clock_of, parts.week_begins, parts.clock),
            AbTestKind(AbTests(reads.tables, search), names),
            WholeMetricKind(lookup, people, stats, names),
            MetricOverTimeKind(lookup, people, stats, clock_of, parts.week_begins),
        ]
    )
