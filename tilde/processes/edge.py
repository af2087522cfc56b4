"""The edge's process: of `tilde up`, and `tilde edge` on Kafka."""

import os
import socket

from producers.wiring import run_edge
from tilde.processes.folder_lock import DataFolder
from tilde.processes.listening import listen
from tilde.processes.role import needs_kafka, run_in
from tilde.settings import Settings


def embedded_edge(settings: Settings, descriptor: int) -> None:
    """Serves the users' port, bound by the supervisor."""
    run_in(settings.data, run_edge(settings, socket.socket(fileno=descriptor)), is_supervised=True)


def edge(settings: Settings) -> None:
    """Serves the users' port; holds the data folder, with the edge's own log in it."""
    needs_kafka(settings)
    lock = DataFolder(settings.data).take()
    run_in(settings.data, run_edge(settings, listen(settings.host, settings.port)))
    os.close(lock)
