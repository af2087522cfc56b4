"""StatHat's reads: `/x/TOKEN/..`, and what its command line asks below `/a1`."""

from api.parts import Parts, Reads
from api.stathat import cli, export
from tilde.web.plain_app import PlainApp


def add(app: PlainApp, parts: Parts, reads: Reads) -> None:
    """Adds the routes."""
    app.include_router(export.router(reads.callers, reads.stats, reads.series, parts.keyring, parts.clock))
    app.include_router(cli.router(reads.callers, reads.stats, reads.series, parts.clock))
