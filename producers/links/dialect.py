"""The pages behind the links in letters."""

from producers.links import routes
from producers.parts import Parts
from producers.web.app import EdgeApp
from producers.web.tally import Tally


def add(app: EdgeApp, parts: Parts) -> list[Tally]:
    """Adds the routes; none of them takes events in."""
    calls = routes.LinkCalls(
        parts.edge.follower.catalog, parts.admin.accounts, parts.admin.stats, parts.keyring, parts.clock
    )
    app.include_router(routes.router(calls))
    return []
