"""Kissmetrics' tracking: events of people, their properties and aliases, one by one and in signed batches; what its
apps ask, and the library for web pages.
"""

from producers.kissmetrics import batch_routes, mobile_routes, routes, script_routes
from producers.kissmetrics.intake import Intake, Products
from producers.kissmetrics.lane import lanes
from producers.kissmetrics.script import Scripts
from producers.kissmetrics.signed_products import SignedProducts
from producers.parts import Parts
from producers.people.activity_writer import ActivityWriter
from producers.web.app import EdgeApp
from producers.web.large_json import JsonReader
from producers.web.tally import Tally
from tilde.dialects.kissmetrics import KISSMETRICS
from tilde.schemas.topics import ACTIVITY


def add(app: EdgeApp, parts: Parts) -> list[Tally]:
    """Adds the routes, and says who takes lines; returns what is counted."""
    edge, tally = parts.edge, Tally(KISSMETRICS.name)
    writer = ActivityWriter(edge.sealer.writer(ACTIVITY), edge.ids, edge.keyholders, parts.keyring)
    products = Products(edge.follower, edge.keys)
    intake = Intake(products, writer, edge.receipts, tally)
    app.include_router(routes.router(intake))
    app.include_router(script_routes.router(Scripts(), products.find))
    public_url, json = parts.settings.public_url, JsonReader()
    parts.services.open_with(json.opened)
    signed = SignedProducts(edge.follower, parts.keyring)
    app.include_router(batch_routes.router(intake, signed, json, public_url))
    parts.lines.take_with(intake.take_lines)
    app.include_router(mobile_routes.router(products, parts.clock, public_url))
    for lane in lanes(intake):
        app.add_lane(lane)
    return [tally]
