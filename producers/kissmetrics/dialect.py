"""Kissmetrics' tracking: events of people, their properties and aliases, and the library for web pages."""

from producers.kissmetrics import routes, script_routes
from producers.kissmetrics.intake import Intake, Products
from producers.kissmetrics.lane import lanes
from producers.kissmetrics.script import Scripts
from producers.parts import Parts
from producers.people.activity_writer import ActivityWriter
from producers.web.app import EdgeApp
from producers.web.tally import Tally
from tilde.dialects.kissmetrics.record import KISSMETRICS
from tilde.schemas.topics import ACTIVITY


def add(app: EdgeApp, parts: Parts) -> list[Tally]:
    """Adds the routes; returns what is counted."""
    edge, tally = parts.edge, Tally(KISSMETRICS.name)
    writer = ActivityWriter(edge.sealer.writer(ACTIVITY), edge.ids, edge.visitors, parts.keyring)
    products = Products(edge.follower, edge.keys)
    intake = Intake(products, writer, edge.receipts, tally)
    app.include_router(routes.router(intake))
    app.include_router(script_routes.router(Scripts(), products.find))
    for lane in lanes(intake):
        app.add_lane(lane)
    return [tally]
