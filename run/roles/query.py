"""Builds the query API's application over open parts, for all roles that serve it."""

from contextlib import AsyncExitStack

from fastapi import FastAPI

from api.parts import Parts, Rebuild
from api.web.peers import Peers
from api.web.readiness import Workers
from api.wiring import build_app, open_jobs
from tilde.catalog.follower import CatalogFollower
from tilde.data_folder import jobs_path
from tilde.eventlog import LogReader
from tilde.keys.opener import Opener
from tilde.runtime.clock import SystemClock
from tilde.settings import Settings, open_keyring, open_operator_token
from tilde.store import StoreReader
from tilde.store.progress import Progress
from tilde.web.http_clients import open_async_client, open_transport

PEER_TIMEOUT_S = 60.0  # a page of ten thousand people; the edge in front waits for 75 s


def query_app(
    settings: Settings,
    stack: AsyncExitStack,
    store: StoreReader,
    follower: CatalogFollower,
    log: LogReader,
    progress: Progress,
    rebuild: Rebuild | None,
    workers: Workers | None = None,
    opener: Opener | None = None,
) -> FastAPI:
    """The application, with the keys of the data folder this process works in; `stack` closes what it opens there."""
    keyring, token = open_keyring(settings), open_operator_token(settings)
    keyring.require_ours(follower.catalog)
    clock = SystemClock()
    jobs = open_jobs(jobs_path(settings.data), stack, keyring=keyring, follower=follower, clock=clock)
    parts = Parts(
        store=store,
        follower=follower,
        log=log,
        progress=progress,
        keyring=keyring,
        clock=clock,
        operator_token=token,
        jobs=jobs,
        opener=opener,
        rebuild=rebuild,
        workers=workers,
        week_begins=settings.week_begins.weekday,
        peers=_peers(settings, stack),
    )
    return build_app(parts)


def _peers(settings: Settings, stack: AsyncExitStack) -> Peers:
    clients = []
    for url in settings.peer_urls:
        transport = open_transport(url, ca_file=settings.ca_file)
        client = open_async_client(transport, base_url=url, timeout=PEER_TIMEOUT_S)
        stack.push_async_callback(client.aclose)
        clients.append(client)
    return Peers(clients)
