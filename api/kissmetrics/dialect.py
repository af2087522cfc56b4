"""Kissmetrics' reads: its Core API, and its Query APIs."""

from functools import partial

from api.kissmetrics import (
    account_routes,
    directory_routes,
    event_routes,
    metric_routes,
    product_routes,
    property_routes,
    report_routes,
)
from api.kissmetrics.desk import Desk
from api.kissmetrics.queries import v1_routes, v2_routes, v3_export_routes, v3_list_routes, v3_routes
from api.kissmetrics.queries.desk import QueryDesk, answered
from api.kissmetrics.queries.exports import Exports
from api.kissmetrics.queries.kinds.activity import ActivityKind
from api.kissmetrics.queries.kinds.in_order import kinds_in_order
from api.kissmetrics.queries.kinds.kind import Kind, Kinds
from api.kissmetrics.queries.kinds.metrics import metric_kinds
from api.kissmetrics.queries.kinds.people_count import PeopleCountKind
from api.kissmetrics.queries.kinds.people_search import PeopleSearchKind
from api.kissmetrics.queries.kinds.sql import SqlKind
from api.kissmetrics.queries.metric_query_routes import router as metric_queries
from api.kissmetrics.records.records import RecordsSql
from api.parts import Parts, Reads
from api.reads.metric_lookup import MetricLookup
from api.reads.people_acts import PeopleActs
from api.reads.people_search import PeopleSearch
from api.reads.stat_list import StatList
from tilde.web.plain_app import PlainApp


def add(app: PlainApp, parts: Parts, reads: Reads) -> None:
    """Adds the routes."""
    desk = Desk(reads.access, parts.follower)
    lists = StatList(reads.stats, parts.clock)
    lookup = MetricLookup(parts.follower, parts.keyring, lists)
    kinds = Kinds(
        [*_kinds(parts, reads), *kinds_in_order(desk, parts, reads), *metric_kinds(desk, parts, reads, lookup)]
    )
    app.include_router(directory_routes.router(desk))
    app.include_router(account_routes.router(desk))
    app.include_router(product_routes.router(desk))
    app.include_router(report_routes.router(desk, kinds))
    app.include_router(event_routes.router(desk, reads.events, reads.settling))
    app.include_router(property_routes.router(desk, reads.properties, reads.settling))
    app.include_router(metric_routes.router(desk, lists, lookup, reads.people, reads.settling))
    for kind in kinds:
        parts.jobs.answer_with(kind.name, partial(answered, kind, reads.settling), one_by_one=kind.name == SqlKind.name)
    queries = QueryDesk(desk, parts.keyring, reads.people, kinds, parts.jobs, parts.clock, parts.week_begins)
    for routes in (v1_routes, v2_routes, v3_routes):
        app.include_router(routes.router(queries))
    app.include_router(v3_export_routes.router(queries, Exports(queries, parts.jobs)))
    app.include_router(metric_queries(queries, desk, lookup))
    vocabulary = v3_list_routes.Vocabulary(reads.events, reads.properties, reads.people, reads.settling)
    app.include_router(v3_list_routes.router(desk, queries, vocabulary, parts.keyring))


def _kinds(parts: Parts, reads: Reads) -> list[Kind]:
    """Types of queries: whatever the Query APIs answer is in this list."""
    search = PeopleSearch(reads.people, reads.opened)
    people_search = PeopleSearchKind(search)
    activity = ActivityKind(PeopleActs(reads.people, reads.identified, search, reads.opened))
    sql = SqlKind(RecordsSql(reads.tables, reads.people, reads.opened, parts.follower), parts.keyring)
    return [people_search, PeopleCountKind(people_search), activity, sql]
