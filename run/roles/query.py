"""Builds the query API's application over open parts, for all roles that serve it."""

from fastapi import FastAPI

from api.parts import Parts, Rebuild, Workers
from api.wiring import build_app
from tilde.catalog.follower import CatalogFollower
from tilde.eventlog import LogReader
from tilde.runtime.clock import SystemClock
from tilde.settings import Settings, open_keyring, open_operator_token
from tilde.store import StoreReader
from tilde.store.progress import Progress


def query_app(
    settings: Settings,
    store: StoreReader,
    follower: CatalogFollower,
    log: LogReader,
    progress: Progress,
    rebuild: Rebuild | None,
    workers: Workers | None = None,
) -> FastAPI:
    """The application, with the keys of the data folder this process works in."""
    keyring, token = open_keyring(settings), open_operator_token(settings)
    keyring.require_ours(follower.catalog)
    return build_app(Parts(store, follower, log, progress, keyring, SystemClock(), token, rebuild, workers))
