"""The reads of Tilde's own API: those of an account's holder, and those of the operator."""

from api.parts import Parts, Reads
from api.tilde_v1 import (
    account_routes,
    activity_routes,
    day_routes,
    export_routes,
    operations,
    person_routes,
    point_routes,
    question_routes,
    sample_routes,
    stat_routes,
    traffic_routes,
)
from tilde.web.plain_app import PlainApp


def add(app: PlainApp, parts: Parts, reads: Reads) -> None:
    """Adds the routes."""
    callers, stats = reads.callers, reads.stats
    app.include_router(stat_routes.router(callers, stats, reads.series, parts.keyring, parts.clock))
    app.include_router(export_routes.router(callers, stats))
    app.include_router(account_routes.router(callers, stats, reads.settling, parts.keyring, parts.clock))
    app.include_router(point_routes.router(callers, stats, reads.settling, parts.clock))
    app.include_router(sample_routes.router(callers, reads.samples, stats))
    app.include_router(traffic_routes.router(callers, reads.traffic, parts.follower))
    app.include_router(day_routes.router(callers, stats))
    app.include_router(person_routes.router(reads))
    app.include_router(activity_routes.router(reads))
    app.include_router(question_routes.router(callers, reads.saved_reports))
    app.include_router(operations.router(callers, parts.store, parts.progress, parts.rebuild))
