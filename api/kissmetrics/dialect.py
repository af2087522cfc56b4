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
from api.kissmetrics.queries import v1_routes, v2_routes, v3_routes
from api.kissmetrics.queries.desk import KINDS, QueryDesk, answer_people_search
from api.parts import Parts, Reads
from api.reads.people_search import PeopleSearch
from api.reads.stat_list import StatList
from tilde.web.plain_app import PlainApp


def add(app: PlainApp, parts: Parts, reads: Reads) -> None:
    """Adds the routes."""
    desk = Desk(reads.access, parts.follower)
    app.include_router(directory_routes.router(desk))
    app.include_router(account_routes.router(desk))
    app.include_router(product_routes.router(desk))
    app.include_router(report_routes.router(desk))
    app.include_router(event_routes.router(desk, reads.events, reads.settling))
    app.include_router(property_routes.router(desk, reads.properties, reads.settling))
    app.include_router(metric_routes.router(desk, StatList(reads.stats, parts.clock), reads.settling))
    queries = _queries(parts, reads, desk)
    app.include_router(v1_routes.router(queries))
    app.include_router(v2_routes.router(queries))
    app.include_router(v3_routes.router(queries))


def _queries(parts: Parts, reads: Reads, desk: Desk) -> QueryDesk:
    search = PeopleSearch(reads.people, reads.opened)
    for kind in KINDS:
        parts.jobs.answer_with(kind, partial(answer_people_search, search, reads.settling))
    return QueryDesk(desk, parts.keyring, reads.people, search, parts.jobs, parts.clock, parts.week_begins)
