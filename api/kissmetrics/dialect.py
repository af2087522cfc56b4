"""Kissmetrics' reads: its Core API."""

from api.kissmetrics import account_routes, directory_routes, metric_routes, product_routes
from api.kissmetrics.desk import Desk
from api.parts import Parts, Reads
from api.reads.stat_list import StatList
from tilde.web.plain_app import PlainApp


def add(app: PlainApp, parts: Parts, reads: Reads) -> None:
    """Adds the routes."""
    desk = Desk(reads.access, parts.follower)
    app.include_router(directory_routes.router(desk))
    app.include_router(account_routes.router(desk))
    app.include_router(product_routes.router(desk))
    app.include_router(metric_routes.router(desk, StatList(reads.stats, parts.clock), reads.settling))
