"""StatsMix's reads: stats, metrics, profiles, users, and what is shared with everybody."""

from api.parts import Parts, Reads
from api.statsmix import metric_routes, profile_routes, shared_routes, stat_routes, user_routes
from api.statsmix.dispatcher import Dispatcher
from tilde.web.plain_app import PlainApp


def add(app: PlainApp, parts: Parts, reads: Reads) -> None:
    """Adds the routes."""
    dispatcher = Dispatcher(parts.follower, parts.keyring)
    app.include_router(stat_routes.router(dispatcher, reads.stats, reads.samples, reads.settling))
    app.include_router(metric_routes.router(dispatcher, reads.stats, reads.settling, parts.keyring, parts.clock))
    app.include_router(profile_routes.router(dispatcher))
    app.include_router(shared_routes.router(parts.follower, reads.stats, reads.series, parts.keyring, parts.clock))
    app.include_router(user_routes.router(dispatcher, parts.keyring))
