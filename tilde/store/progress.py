"""Says how far the tables are: by a sink in the same process, or by what a sink in another process has saved."""

from collections.abc import Callable, Mapping
from typing import Protocol

from tilde.store.migrate import database_of
from tilde.store.port import StoreReader
from tilde.store.positions import load_positions
from tilde.store.tables import passed_by_source


class Progress(Protocol):
    """How far a sink is, as the query API asks it."""

    async def passed(self) -> dict[str, list[int]]:
        """By source topic, for each partition: the offset below which all of it can be queried. Raises StoreError."""
        ...

    def flush(self) -> None:
        """Asks for what has come to be inserted now, whatever the pace. Returns at once: who waits for `passed` asks as
        often as he looks. It is done ten times a second at most, and a sink in another process keeps its pace.
        """
        ...

    async def catch_up(self, within_s: float) -> None:
        """Returns once what came before the call can be queried, which it asks for as `flush` does, or after so long.
        At once where all of it can be; where so much comes that the pace is less than a second, and nobody needs to
        ask; and where the sink, another process, keeps its pace.
        """
        ...

    def trouble(self) -> str | None:
        """Why the sink does not get on at the moment; None while it does."""
        ...

    def rows(self) -> Mapping[str, int]:
        """Rows written since the start, by table, those that came twice included."""
        ...


class StoredProgress:
    """How far a sink in another process is, by what it has saved: half a second behind it."""

    def __init__(self, store: StoreReader, generation: Callable[[], int]) -> None:
        self._store = store
        self._generation = generation

    async def passed(self) -> dict[str, list[int]]:
        positions = await load_positions(self._store, database_of(self._generation()))
        return passed_by_source({(position.topic, position.partition): position.passed for position in positions})

    def flush(self) -> None:
        return

    async def catch_up(self, within_s: float) -> None:
        return

    def trouble(self) -> str | None:
        return None

    def rows(self) -> Mapping[str, int]:
        return {}
