"""The parts that every dialect of the edge is given."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass

from producers.admin.accounts import Accounts
from producers.admin.products import Products
from producers.admin.stats import StatCommands
from producers.admin.subaccounts import Subaccounts
from producers.edge.edge import Edge
from producers.services import Services
from producers.web.query_api import QueryApi
from tilde.keys.keyring import Keyring
from tilde.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """The open edge, and what stands on it: events go to `edge`, commands to `accounts`, `stats`, `products` and
    `subaccounts`, questions to `api`. What a dialect has that is no route it names to `services`.
    """

    settings: Settings
    edge: Edge
    api: QueryApi
    accounts: Accounts
    stats: StatCommands
    products: Products
    subaccounts: Subaccounts
    keyring: Keyring
    operator_token: str
    services: Services
    datagrams: Mapping[str, socket.socket]
    """The bound sockets, by the setting that says which port: those of a dialect's record that are set."""
