"""A query API over a log in memory and a real store, for tests: facts and rows go in, requests are answered."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from api.parts import Parts
from api.reads.stats.stats import Stats
from api.reads.tables import Tables
from api.wiring import build_app, jobs_in
from sinks.block import join
from testkit.builders import an_entry_message
from testkit.edges import KEYRING
from testkit.fixed_clock import FixedClock
from testkit.memory_log import MemoryLog
from testkit.rows import a_point
from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.accounts import AccountCreated
from tilde.domain.catalog.entries import Entry, Fact
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import CommandId
from tilde.domain.log.identity import first_id_at
from tilde.domain.stats.metrics import metric_id
from tilde.eventlog import Append
from tilde.keys.opener import Opener
from tilde.schemas.registry import latest
from tilde.schemas.topics import OUTPUTS, Topic
from tilde.store import Store
from tilde.store.progress import StoredProgress
from tilde.web.http_clients import open_async_client

NOW = 1_793_016_073  # 2026-10-26T12:01:13Z, a Monday, a day after Europe's clocks were set back
TOKEN, SLASHED_TOKEN = "a-token-of-32-characters-or-more", "TOK/x"
OPERATOR = "the operator's token"
HITS = metric_id(1, "counter", "hits")


def product_uuid(number: int) -> str:
    """That of the product that an account of this number begins with."""
    return f"00000000-0000-4000-8000-{number:012}"


def an_account(number: int, name: str, token: str) -> AccountCreated:
    """With one product of the same number."""
    return AccountCreated(number, name, (KEYRING.store(KeyKind.TOKEN, token),), number, product_uuid(number), "")


def a_hit(seconds_ago: int, number: float = 1.0, **fields: Any) -> bytes:
    """A point of counter `hits` that was received so long before NOW."""
    at = (NOW - seconds_ago) * 1000
    return a_point(**{"metric": HITS, "received_at": at, "event_id": first_id_at(at), "number": number} | fields)


class QueryPlace:
    """Accounts `main` (product 1, TOKEN) and `other` (product 2, SLASHED_TOKEN), generation 1, a clock at NOW."""

    def __init__(self, store: Store, opener: Opener | None = None) -> None:
        self.store = store
        self.log = MemoryLog()
        self.clock = FixedClock(NOW * 1000)
        self.follower = CatalogFollower(self.log)
        progress = StoredProgress(store, lambda: 1)
        self.jobs = jobs_in(Path(":memory:"), keyring=KEYRING, follower=self.follower, clock=self.clock)
        self.parts = Parts(store, self.follower, self.log, progress, KEYRING, self.clock, OPERATOR, self.jobs, opener)
        self.app = build_app(self.parts)
        self.http = open_async_client(httpx.ASGITransport(self.app), base_url="http://tilde")

    def stats(self) -> Stats:
        """Its look-ups, for who asks them without HTTP."""
        return Stats(Tables(self.store, lambda: self.follower.catalog.generation), self.follower)

    async def open(self) -> None:
        """Makes the accounts."""
        await self.decide(an_account(1, "main", TOKEN))
        await self.decide(an_account(2, "other", SLASHED_TOKEN))
        self._opened = await self._state()

    async def is_as_opened(self) -> bool:
        """Whether nothing was decided since, and the clock stands where it stood."""
        return await self._state() == self._opened

    async def _state(self) -> tuple[int, int]:
        return await self.log.end_offset("catalog", 0), self.clock.now_ms()

    async def decide(
        self, *facts: Fact, at_ms: int = (NOW - 86_400) * 1000, followed: bool = True, ends: Sequence[int] = ()
    ) -> None:
        """Appends one entry of the catalog; the API knows it at once unless `followed` is False. `ends`: of the
        partitions of `stats`, for a deletion.
        """
        sequence = await self.log.end_offset("catalog", 0) + 1
        entry = Entry(sequence, CommandId("edge", 1, sequence, 0), sequence, at_ms, facts, None, {}, tuple(ends))
        await self.log.append([Append("catalog", 0, [an_entry_message(entry)])])
        if followed:
            await self.follower.read_to_end()

    async def insert(self, subject: str, *messages: bytes, generation: int = 1) -> None:
        """Puts messages, of `point` or `metric`, into their table."""
        table = next(topic.name for topic in OUTPUTS if topic.subject == subject)
        await self.store.insert_block(f"tilde_g{generation}.{table}", join(latest(subject), messages))

    async def insert_rows(self, topic: Topic, rows: Sequence[bytes]) -> None:
        """Puts messages of an output topic into its table, of generation 1."""
        await self.store.insert_block(f"tilde_g1.{topic.name}", join(latest(topic.subject), rows))

    async def get(self, path: str, status: int = 200, **options: Any) -> Any:
        """The JSON of an answer that has this status."""
        answer = await self.http.get(path, **options)
        assert answer.status_code == status, answer.text
        return answer.json()
