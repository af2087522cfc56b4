"""Clicky's tracker, the hits that it sends, and its white label API."""

from dataclasses import replace
from functools import partial

from producers.clicky import tracker_routes
from producers.clicky.hits import routes as hit_routes
from producers.clicky.hits.intake import Intake
from producers.clicky.hits.lane import lanes
from producers.clicky.hits.reading import Pairs
from producers.clicky.script import STANDARD_NAME, Scripts
from producers.clicky.whitelabel import routes as white_label_routes
from producers.clicky.whitelabel.dispatcher import Dispatcher
from producers.clicky.whitelabel.found import Found
from producers.clicky.whitelabel.goals import GoalCalls
from producers.clicky.whitelabel.routes import SiteList
from producers.clicky.whitelabel.sites import SiteCalls
from producers.clicky.whitelabel.traffic import DATES, TrafficCalls
from producers.clicky.whitelabel.users import UserCalls
from producers.hits.hit_writer import HitWriter
from producers.parts import Parts
from producers.web.app import EdgeApp
from producers.web.tally import Tally
from tilde.catalog.sites import KnownSites
from tilde.dialects.clicky import CLICKY
from tilde.domain.catalog.state import Catalog
from tilde.schemas.topics import HITS


def add(app: EdgeApp, parts: Parts) -> list[Tally]:
    """Adds the routes; returns what is counted."""
    tally = Tally(CLICKY.name)
    app.include_router(tracker_routes.router(Scripts(), partial(_name_at, parts.edge.follower.catalog)))
    known = KnownSites(parts.edge.follower, parts.keyring)
    _add_hits(app, parts, known, tally)
    _add_white_labels(app, parts, known, tally)
    return [tally]


def _name_at(catalog: Catalog, host: str) -> str:
    """What the tracker is called there: as the white label says whose domain it is."""
    account = catalog.reseller_domains.get(host)
    return (account is not None and catalog.reseller(account).js_name) or STANDARD_NAME


def _add_hits(app: EdgeApp, parts: Parts, known: KnownSites, tally: Tally) -> None:
    edge = parts.edge
    writer = HitWriter(edge.sealer.writer(HITS), edge.ids, edge.keyholders, parts.settings.visitor_addresses)
    intake = Intake(known, writer, edge.receipts, tally)
    pairs = Pairs()
    app.include_router(hit_routes.router(intake, pairs, known))
    for lane in lanes(intake, pairs):
        app.add_lane(lane)


def _add_white_labels(app: EdgeApp, parts: Parts, known: KnownSites, tally: Tally) -> None:
    edge, admin = parts.edge, parts.admin
    found = Found(edge.follower, admin.users.known)
    dates = replace(DATES, week_begins=parts.settings.week_begins.weekday)
    traffic = TrafficCalls(parts.questions, edge.follower.catalog, parts.clock, dates)
    users, sites = UserCalls(admin.users, found), SiteCalls(admin.sites, admin.access, found, traffic)
    types = {
        "user": users.user,
        "site": sites.site,
        "add_user_to_site": sites.add_user_to_site,
        "remove_user_from_site": sites.remove_user_from_site,
        "move_site_to_user": sites.move_site_to_user,
        "get_user_id": users.get_user_id,
        "get_username": users.get_username,
        "traffic": traffic.traffic,
        "traffic_per_user": traffic.traffic_per_user,
        "goal": GoalCalls(admin.goals, found, edge.follower.catalog).goal,
    }
    app.include_router(white_label_routes.router(Dispatcher(edge.keys, types, tally), SiteList(edge.follower, known)))
