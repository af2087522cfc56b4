"""Kissmetrics' reads: its Core API, and its Query APIs."""

from functools import partial

from api.kissmetrics.core import (
    account_routes,
    directory_routes,
    event_routes,
    metric_routes,
    product_routes,
    property_routes,
    report_routes,
)
from api.kissmetrics.kinds.all_kinds import all_kinds
from api.kissmetrics.kinds.sql import SqlKind
from api.kissmetrics.queries import v1_routes, v2_routes, v3_export_routes, v3_list_routes, v3_routes
from api.kissmetrics.queries.desk import QueryDesk, answered
from api.kissmetrics.queries.exports import Exports
from api.kissmetrics.queries.metric_query_routes import router as metric_queries
from api.kissmetrics.wire.desk import Desk
from api.parts import Parts, Reads
from api.reads.metric_lookup import MetricLookup
from api.reads.stat_list import StatList
from tilde.web.plain_app import PlainApp


def add(app: PlainApp, parts: Parts, reads: Reads) -> None:
    """Adds the routes."""
    desk = Desk(reads.access, parts.follower)
    lists = StatList(reads.stats, parts.clock)
    lookup = MetricLookup(parts.follower, parts.keyring, lists)
    kinds = all_kinds(parts, reads, lookup, desk.clock_of)
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
