"""The edge's process: of `tilde up`, and `tilde edge` on Kafka."""

import os
import socket

from producers.wiring import run_edge
from tilde.processes.folder_lock import LEAVING_S, DataFolder
from tilde.processes.listening import listen, require_certificate
from tilde.processes.role import needs_kafka, run_in
from tilde.settings import Settings
from tilde.telling import tell


def embedded_edge(settings: Settings, descriptor: int) -> None:
    """Serves the users' port, bound by the supervisor."""
    run_in(settings.data, run_edge(settings, socket.socket(fileno=descriptor)), is_supervised=True)


def edge(settings: Settings) -> None:
    """Serves the users' port; holds the data folder, with the edge's own log in it."""
    needs_kafka(settings)
    require_certificate(settings)
    lock = DataFolder(settings.data).take(LEAVING_S)
    listening = listen(settings.host, settings.port)
    where = f"{'https' if settings.tls_cert else 'http'}://{settings.host}:{settings.port}"
    tell(
        "edge",
        f"listens on {where}, data in {settings.data}, ships to Kafka at {settings.brokers},"
        f" asks the query API at {settings.api_url}",
    )
    run_in(settings.data, run_edge(settings, listening))
    os.close(lock)
