"""What Tilde's own API changes: accounts, keys, tokens, products and what is said of them, stats, generations; and on
Kafka what an edge opens for query APIs.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from producers.parts import Parts
from producers.tilde_v1 import (
    activity_routes,
    definition_routes,
    generation_routes,
    kept_metric_routes,
    opening_routes,
    operator_routes,
    person_routes,
    product_routes,
    saved_report_routes,
    stat_routes,
    token_routes,
    visitor_routes,
)
from producers.tilde_v1.deletions import Deletions
from producers.tilde_v1.operator_stats import StatCalls
from producers.web.app import EdgeApp
from producers.web.tally import Tally
from tilde.data_folder import keyholders_path
from tilde.keys.opener import FolderOpener


def add(app: EdgeApp, parts: Parts) -> list[Tally]:
    """Adds the routes. What they take in is another dialect's, which counts it."""
    admin, keys, operator_token = parts.admin, parts.edge.keys, parts.operator_token
    deletions = Deletions(admin.stats, parts.api)
    app.include_router(stat_routes.router(keys, admin.accounts, deletions))
    of_stat = StatCalls(admin.accounts, admin.stats, operator_token, parts.questions, deletions)
    app.include_router(operator_routes.router(admin.accounts, of_stat, operator_token))
    app.include_router(product_routes.router(admin.products, admin.accounts, keys, operator_token))
    app.include_router(definition_routes.router(admin.definitions, admin.products, operator_token))
    app.include_router(saved_report_routes.router(admin.saved_reports, admin.products, operator_token))
    app.include_router(kept_metric_routes.router(admin.kept_metrics, admin.products, operator_token))
    app.include_router(token_routes.router(admin.tokens, operator_token))
    app.include_router(generation_routes.router(admin.generations, operator_token))
    app.include_router(visitor_routes.router(admin.erasures, parts.edge.erasing, operator_token))
    app.include_router(person_routes.router(admin.people, parts.edge.erasing, operator_token))
    app.include_router(activity_routes.router(parts.lines, parts.edge.follower, operator_token))
    if not parts.settings.is_embedded:
        _open_for_others(app, parts)
    return []


def _open_for_others(app: EdgeApp, parts: Parts) -> None:
    """Over the file of keys of its own, read beside the edge's loop."""
    opener = FolderOpener(keyholders_path(parts.edge.log.folder), parts.keyring)
    parts.services.open_with(lambda: _closing(opener))
    app.include_router(opening_routes.router(opener, parts.keyring, lambda: parts.edge.log.edge))


@asynccontextmanager
async def _closing(opener: FolderOpener) -> AsyncIterator[None]:
    with closing(opener):
        yield
