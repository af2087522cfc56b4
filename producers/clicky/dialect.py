"""Clicky's tracker."""

from producers.clicky import tracker_routes
from producers.clicky.script import STANDARD_NAME, Scripts
from producers.parts import Parts
from producers.web.app import EdgeApp
from producers.web.tally import Tally


def add(app: EdgeApp, parts: Parts) -> list[Tally]:
    """Adds the routes; returns what is counted."""
    app.include_router(tracker_routes.router(Scripts(), _standard_name))
    return []


def _standard_name(host: str) -> str:
    return STANDARD_NAME
