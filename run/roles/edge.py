"""The edge's process: of `tilde up`, and `tilde edge` on Kafka."""

import asyncio
import os
import socket
from collections.abc import Sequence

from producers.wiring import run_edge
from run.process.folder_lock import LEAVING_S, DataFolder
from run.process.listening import listen_to_users
from run.process.role import needs_kafka, run_in
from tilde.runtime.clock import SystemClock
from tilde.runtime.telling import tell
from tilde.settings import Settings, open_keyring, open_operator_token
from tilde.web.addresses import Address, addresses
from tilde.web.certificate import Certificate
from watchers.topology import WATCHERS


def embedded_edge(settings: Settings, descriptors: Sequence[int]) -> None:
    """Serves the users' ports, bound by the supervisor in the order of `addresses`."""
    bound = [socket.socket(fileno=descriptor) for descriptor in descriptors]
    _run(settings, list(zip(addresses(settings), bound, strict=True)), is_supervised=True)


def edge(settings: Settings) -> None:
    """Serves the users' ports; holds the data folder, with the edge's own log in it."""
    needs_kafka(settings)
    Certificate.of(settings, SystemClock())  # told before anything is begun
    folder = DataFolder(settings.data)
    lock = folder.take(LEAVING_S)
    open_keyring(settings), open_operator_token(settings)  # made before anything is said: a full disk is one line
    listening = listen_to_users(settings)
    folder.write_urls([address.own_url for address, _ in listening])
    tell(
        "edge",
        f"listens on {' and '.join(address.url for address, _ in listening)}, data in {settings.data}, ships to Kafka"
        f" at {settings.brokers}, asks the query API at {settings.api_url}",
    )
    _run(settings, listening)
    os.close(lock)


def _run(settings: Settings, listening: list[tuple[Address, socket.socket]], *, is_supervised: bool = False) -> None:
    hangup = asyncio.Event()
    work = run_edge(settings, listening, hangup, adopts=bool(WATCHERS))
    run_in(settings.data, work, is_supervised=is_supervised, on_hangup=hangup.set)
