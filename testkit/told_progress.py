"""The progress of a sink that is as far as it is told, for tests of who waits for the tables."""

from collections.abc import Mapping

from tilde.schemas.topics import TOPICS
from tilde.store.tables import SOURCES


class ToldProgress:
    """A Progress without tables. `done` is what it says; `flushes` and `looks` count how often it was asked."""

    def __init__(self) -> None:
        self.done = {source: [0] * TOPICS[source].partitions for source in SOURCES}
        self.flushes = 0
        self.looks = 0

    async def passed(self) -> dict[str, list[int]]:
        self.looks += 1
        return {source: list(done) for source, done in self.done.items()}

    def flush(self) -> None:
        self.flushes += 1

    async def catch_up(self, within_s: float) -> None:
        return

    def trouble(self) -> str | None:
        return None

    def rows(self) -> Mapping[str, int]:
        return {}
