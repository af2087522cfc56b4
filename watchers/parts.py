"""What watchers and destinations are made with, besides their messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tilde.domain.catalog.state import Catalog
from tilde.keys.keyring import Keyring
from tilde.settings import Settings


class CatalogCopy(Protocol):
    """The catalog as of now, as this process has read it: for `read` and for destinations. Nothing that `look` says of
    a message may follow from it: a repeated look would find it further on.
    """

    @property
    def catalog(self) -> Catalog:
        """The catalog as this process has read it. It goes on between two calls."""
        ...

    async def read_to_end(self) -> None:
        """Takes in everything that was decided before the call. Raises LogError."""
        ...


class TableReader(Protocol):
    """The tables; read-only. Raises StoreError where they cannot be read now, QueryRefusedError where what is asked is
    wrong.
    """

    async def rows(self, query: str) -> Sequence[dict[str, Any]]:
        """The rows of one SELECT by column, as operators see them in SQL: what is deleted is there still."""
        ...

    async def days(self, product: int, metrics: Sequence[int], begins: Sequence[int]) -> Sequence[dict[str, Any]]:
        """The days of those of some metrics that are in sight, as every read shows them: `metric`, `kind`, `name`, and
        `days`, sum and count of each day. `begins` are unix seconds, of each day and of the one behind the last. At
        most DAYS_ASKED_MAX.
        """
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """Open for as long as the process runs. The data folder is `settings.data`."""

    settings: Settings
    catalog: CatalogCopy
    tables: TableReader
    keyring: Keyring
