"""StatsMix's calls that change something, its pixel and its datagrams."""

from functools import partial

from producers.parts import Parts
from producers.stats.sample_targets import SampleTargets
from producers.stats.sample_writer import SampleWriter
from producers.statsmix import metric_calls, profile_calls, routes, user_calls
from producers.statsmix.changes import Changes
from producers.statsmix.dispatcher import Dispatcher
from producers.statsmix.foreign import Foreign
from producers.statsmix.intake import Intake
from producers.statsmix.lane import track_lanes
from producers.statsmix.metric_calls import MetricCommands
from producers.statsmix.udp import answering
from producers.statsmix.user_calls import UserCommands
from producers.web.app import EdgeApp
from producers.web.tally import Tally
from tilde.catalog.remembered_keys import RememberedKeys
from tilde.dialects.statsmix.record import STATSMIX
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.stats.metrics import Kind
from tilde.schemas.topics import SAMPLE_WRITES


def add(app: EdgeApp, parts: Parts) -> list[Tally]:
    """Adds the routes, and takes datagrams where the port is set; returns what is counted."""
    edge, admin = parts.edge, parts.admin
    targets = SampleTargets(edge.follower, parts.questions, Kind.COUNTER)
    writer = SampleWriter(edge.sealer.writer(SAMPLE_WRITES), edge.ids)
    intake = Intake(edge.keys, edge.follower.catalog, targets, writer, edge.receipts)
    changes = Changes(intake, targets, writer, parts.questions)
    foreign = Foreign(edge.follower.catalog, parts.questions)
    dispatcher = Dispatcher(intake, parts.settings.public_url)
    app.include_router(routes.router(dispatcher, intake, changes, foreign))
    for lane in track_lanes(intake, RememberedKeys(edge.follower, partial(edge.keys.known, KeyKind.API_KEY))):
        app.add_lane(lane)
    managed = MetricCommands(intake, edge.follower.catalog, admin.stats, parts.questions)
    app.include_router(metric_calls.router(dispatcher, managed))
    app.include_router(profile_calls.router(dispatcher, intake, admin.products))
    app.include_router(user_calls.router(dispatcher, UserCommands(admin.subaccounts, admin.stats, parts.keyring)))
    for setting in STATSMIX.datagrams:
        if setting in parts.datagrams:
            parts.services.open_with(partial(answering, parts.datagrams[setting], intake))
    return [intake.tally]
