"""Clicky's tracker, and the hits that it sends."""

from producers.clicky import tracker_routes
from producers.clicky.hits import routes as hit_routes
from producers.clicky.hits.intake import Intake
from producers.clicky.hits.lane import lanes
from producers.clicky.hits.reading import Pairs
from producers.clicky.script import STANDARD_NAME, Scripts
from producers.hits.hit_writer import HitWriter
from producers.parts import Parts
from producers.web.app import EdgeApp
from producers.web.tally import Tally
from tilde.catalog.sites import KnownSites
from tilde.dialects.clicky import CLICKY
from tilde.schemas.topics import HITS


def add(app: EdgeApp, parts: Parts) -> list[Tally]:
    """Adds the routes; returns what is counted."""
    tally = Tally(CLICKY.name)
    app.include_router(tracker_routes.router(Scripts(), _standard_name))
    _add_hits(app, parts, tally)
    return [tally]


def _add_hits(app: EdgeApp, parts: Parts, tally: Tally) -> None:
    edge = parts.edge
    writer = HitWriter(edge.sealer.writer(HITS), edge.ids, edge.visitors, parts.settings.visitor_addresses)
    intake = Intake(KnownSites(edge.follower, parts.keyring), writer, edge.receipts, tally)
    pairs = Pairs()
    app.include_router(hit_routes.router(intake, pairs))
    for lane in lanes(intake, pairs):
        app.add_lane(lane)


def _standard_name(host: str) -> str:
    return STANDARD_NAME
