"""The types of queries that are about an order, made of their parts: funnels, cohorts, A/B tests."""

from api.kissmetrics.desk import Desk
from api.kissmetrics.queries.kinds.ab_test import AbTestKind
from api.kissmetrics.queries.kinds.cohort import CohortKind
from api.kissmetrics.queries.kinds.funnel import FunnelKind
from api.kissmetrics.queries.kinds.kind import Kind
from api.parts import Parts, Reads
from api.reads.people_ab_tests import AbTests
from api.reads.people_cohorts import CohortReads
from api.reads.people_funnels import Funnels
from api.reads.people_search import PeopleSearch
from api.reads.people_segments import SegmentNames


def kinds_in_order(desk: Desk, parts: Parts, reads: Reads) -> list[Kind]:
    """Of what people did one after the other: funnels, cohorts, A/B tests."""
    search, names = PeopleSearch(reads.people, reads.opened), SegmentNames(reads.people, reads.opened)

    cohorts = CohortReads(reads.tables, search)
    return [
        FunnelKind(Funnels(reads.tables, search), names),
        CohortKind(cohorts, names, desk.clock_of, parts.week_begins, parts.clock),
        AbTestKind(AbTests(reads.tables, search), names),
    ]
