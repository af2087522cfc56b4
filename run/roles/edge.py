"""The edge's process: of `tilde up`, and `tilde edge` on Kafka."""

import asyncio
import os
import socket
from collections.abc import Mapping, Sequence

from producers.wiring import run_edge
from run.process.folder_lock import LEAVING_S, DataFolder
from run.process.listening import listen_to_users, receive_datagrams
from run.process.role import needs_kafka, run_in
from tilde.runtime.clock import SystemClock
from tilde.runtime.telling import tell
from tilde.settings import Settings, open_keyring, open_operator_token
from tilde.web.addresses import Address, addresses, datagram_addresses
from tilde.web.certificate import Certificate


def embedded_edge(settings: Settings, descriptors: Sequence[int]) -> None:
    """Serves the users' ports, bound by the supervisor in the order of `addresses`, and of `datagram_addresses`."""
    bound = [socket.socket(fileno=descriptor) for descriptor in descriptors]
    users, senders = addresses(settings), [address.setting for address in datagram_addresses(settings)]
    listening = list(zip(users, bound[: len(users)], strict=True))
    _run(settings, listening, dict(zip(senders, bound[len(users) :], strict=True)), is_supervised=True)


def edge(settings: Settings) -> None:
    """Serves the users' ports; holds the data folder, with the edge's own log in it."""
    needs_kafka(settings)
    Certificate.of(settings, SystemClock())  # told before anything is begun
    folder = DataFolder(settings.data)
    lock = folder.take(LEAVING_S)
    open_keyring(settings), open_operator_token(settings)  # made before anything is said: a full disk is one line
    listening, datagrams = listen_to_users(settings), receive_datagrams(settings)
    folder.write_urls([address.own_url for address, _ in listening])
    tell(
        "edge",
        f"listens on {' and '.join(address.url for address, _ in listening)}, data in {settings.data}, ships to Kafka"
        f" at {settings.brokers}, asks the query API at {settings.api_url}",
    )
    _run(settings, listening, datagrams)
    os.close(lock)


def _run(
    settings: Settings,
    listening: list[tuple[Address, socket.socket]],
    datagrams: Mapping[str, socket.socket],
    *,
    is_supervised: bool = False,
) -> None:
    hangup = asyncio.Event()
    work = run_edge(settings, listening, hangup, datagrams, adopts=True)
    run_in(settings.data, work, is_supervised=is_supervised, on_hangup=hangup.set)
