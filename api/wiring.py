"""The query API as a web application, over parts that are open already."""

from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from api.tilde_v1 import account_routes, operations, point_routes, stat_routes

from api.reads import export

from api.web import measures

from api.registry import routes as registry
from api.web.access import Access
from api.web.measures import Measured, Measures
from api.tilde_v1.operations import Rebuild, Streams
from api.reads.points import Settling
from api.web.replies import exception_handlers
from api.reads.series import Series
from api.stathat import cli as stathat_cli
from api.stathat import export as stathat_export
from api.reads.stats import Stats
from tilde.web.bodies import bounded
from tilde.runtime.clock import Clock
from tilde.eventlog import LogReader
from tilde.catalog.follower import CatalogFollower
from tilde.keys.keyring import Keyring
from tilde.web.plain_app import PlainApp
from tilde.store import StoreReader
from tilde.store.progress import Progress

REQUEST_BYTES_MAX = 1 << 20  # as much as an edge passes on


@dataclass(frozen=True, slots=True)
class Parts:
    """What the API stands on. `follower` has read to the end and runs; `log` is for the ends of topics, and its own."""

    store: StoreReader
    follower: CatalogFollower
    log: LogReader
    progress: Progress
    keyring: Keyring
    clock: Clock
    operator_token: str
    rebuild: Rebuild | None = None
    streams: Streams | None = None


class QueryApp(PlainApp):
    """The web application, and a bound on what it is sent."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            receive = bounded(scope, receive, REQUEST_BYTES_MAX)
        await super().__call__(scope, receive, send)


def build_app(parts: Parts) -> QueryApp:
    """The application. It reads the generation that the catalog says is active, at every request anew."""
    app = QueryApp(title="Tilde query API", docs_url=None, redoc_url=None)
    for error, handler in (exception_handlers() | registry.exception_handlers()).items():
        app.add_exception_handler(error, handler)
    access = Access(parts.follower, parts.keyring, parts.operator_token)
    stats = Stats(parts.store, parts.follower)
    series = Series(stats)
    settling = Settling(parts.log, parts.progress)
    counted = Measures()
    app.include_router(stathat_export.router(access, stats, series, parts.keyring, parts.clock))
    app.include_router(stathat_cli.router(access, stats, series, parts.clock))
    app.include_router(stat_routes.router(access, stats, series, parts.keyring, parts.clock))
    app.include_router(export.router(access, parts.store, stats))
    app.include_router(account_routes.router(access, stats, parts.keyring, parts.clock))
    app.include_router(point_routes.router(access, stats, settling, parts.clock))
    app.include_router(operations.router(access, parts.store, parts.progress, parts.rebuild, parts.streams))
    app.include_router(measures.router(counted, parts.log, parts.progress, stats, parts.clock))
    app.include_router(registry.router())
    app.include_router(registry.router(), prefix="/tilde/registry", include_in_schema=False)
    app.add_middleware(Measured, measures=counted, clock=parts.clock)
    return app
