"""StatHat's posts, `/ez`, `/c` and `/v`, and its calls that change a stat."""

from producers.parts import Parts
from producers.stathat import management, routes
from producers.stathat.intake import Intake
from producers.stathat.keys import Keys
from producers.stats.stat_targets import StatTargets
from producers.stats.stat_writer import StatWriter
from producers.web.app import EdgeApp
from producers.web.large_json import JsonReader
from producers.web.tally import Tally


def add(app: EdgeApp, parts: Parts) -> list[Tally]:
    """Adds the routes; returns what they count."""
    edge, settings = parts.edge, parts.settings
    keys = Keys(edge.follower, edge.keys, parts.keyring)
    targets = StatTargets(edge.follower, spreads=True)
    intake = Intake(keys, targets, StatWriter(edge.sealer.writer, edge.ids), edge.receipts)
    json = JsonReader()
    parts.services.open_with(json.opened)
    app.include_router(routes.router(intake, json, settings.stathat_error_status, lenient_keys=settings.lenient_keys))
    has_stat = parts.questions.token_has_stat
    app.include_router(management.router(parts.admin.stats, edge.keys, has_stat, intake.tally))
    app.add_lane(routes.ez_lane(intake))
    return [intake.tally]
