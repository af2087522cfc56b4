"""What Tilde's own API changes: accounts, keys, products, stats, generations."""

from producers.parts import Parts
from producers.tilde_v1 import operator_routes, product_routes, stat_routes
from producers.tilde_v1.deletions import Deletions
from producers.tilde_v1.operator_stats import StatCalls
from producers.web.app import EdgeApp
from producers.web.tally import Tally


def add(app: EdgeApp, parts: Parts) -> list[Tally]:
    """Adds the routes; none of them takes events in."""
    edge, api = parts.edge, parts.api
    deletions = Deletions(parts.stats, api)
    app.include_router(stat_routes.router(edge.keys, parts.accounts, deletions))
    of_stat = StatCalls(parts.accounts, parts.stats, parts.operator_token, api.has_stat_of, deletions)
    app.include_router(operator_routes.router(parts.accounts, of_stat, parts.operator_token))
    app.include_router(product_routes.router(parts.products, parts.accounts, edge.keys, parts.operator_token))
    app.include_router(operator_routes.generations_router(edge.desk, api.has_caught_up, parts.operator_token))
    return []
