"""A schema registry as Confluent's clients and ClickHouse ask one; it reads nothing but the schemas of this release."""

from api.parts import Parts, Reads
from api.registry import routes
from tilde.web.plain_app import PlainApp


def add(app: PlainApp, parts: Parts, reads: Reads) -> None:
    """Adds the routes, at the root, as clients of a registry expect, and below /tilde/registry."""
    for error, handler in routes.exception_handlers().items():
        app.add_exception_handler(error, handler)
    app.include_router(routes.router())
    app.include_router(routes.router(), prefix="/tilde/registry", include_in_schema=False)
