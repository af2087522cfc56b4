"""What every dialect of the edge is made of."""

from dataclasses import dataclass

from producers.admin.accounts import Accounts
from producers.admin.stats import StatCommands
from producers.edge.edge import Edge
from producers.web.query_api import QueryApi
from tilde.keys.keyring import Keyring
from tilde.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """The open edge, and what stands on it: events go to `edge`, commands to `accounts` and `stats`, questions to
    `api`.
    """

    settings: Settings
    edge: Edge
    api: QueryApi
    accounts: Accounts
    stats: StatCommands
    keyring: Keyring
    operator_token: str
