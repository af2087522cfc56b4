"""The parts that every dialect of the edge is given."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass

from producers.admin.admin import Admin
from producers.edge.edge import Edge
from producers.people.lines import Lines
from producers.services import Services
from producers.web.query_api import QueryApi
from producers.web.questions import Questions
from tilde.keys.keyring import Keyring
from tilde.runtime.clock import Clock
from tilde.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """The open edge, and what stands on it: events go to `edge`, commands to `admin`, what the edge itself asks to
    `questions`, and what its users ask to `api`. What a dialect has that is no route it names to `services`, and who
    takes lines of an export itself to `lines`.
    """

    settings: Settings
    edge: Edge
    api: QueryApi
    questions: Questions
    admin: Admin
    keyring: Keyring
    clock: Clock
    operator_token: str
    services: Services
    lines: Lines
    datagrams: Mapping[str, socket.socket]
    """The bound sockets, by the setting that says which port: those of a dialect's record that are set."""
