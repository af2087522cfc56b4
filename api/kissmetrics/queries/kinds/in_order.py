"""The types of queries that are about an order, made of their parts: funnels, cohorts, A/B tests."""

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
from tilde.domain.sites.clock import SiteClock, clock_of


def kinds_in_order(parts: Parts, reads: Reads) -> list[Kind]:
    """All three."""
    tables, catalog = reads.stats.tables, parts.follower.catalog
    search, names = PeopleSearch(reads.people, reads.opened), SegmentNames(reads.people, reads.opened)

    def clock_of_product(product: int) -> SiteClock:
        return clock_of(*catalog.clock_of(product))

    cohorts = CohortReads(tables, search)
    return [
        FunnelKind(Funnels(tables, search), names),
        CohortKind(cohorts, names, clock_of_product, parts.week_begins, parts.clock),
        AbTestKind(AbTests(tables, search), names),
    ]
