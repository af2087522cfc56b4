"""Commands from several edges at a time, each with a log and a forwarder of its own, and one decider: as on Kafka."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from producers.admin.users import SaidOfUser, Users
from producers.edge.command_desk import CommandRefusedError
from producers.edge.edge import Edge, open_edge
from producers.edge.edge_log import EdgeLog
from producers.edge.forwarder import Forwarder
from streams.decider import Decider
from testkit.builders import UUID
from testkit.edges import KEYRING
from testkit.memory_log import MemoryLog
from tilde.domain.catalog.accounts import CreateAccount
from tilde.domain.catalog.refusals import Refusal
from tilde.runtime.clock import SystemClock
from tilde.runtime.tasks import cancel

EDGES = 4
CREATIONS = 100
POLL_S = 0.005


class SharedLog(MemoryLog):
    """One that everybody looks into often: its bell is for one alone."""

    async def wait(self, timeout_s: float) -> None:
        await asyncio.sleep(POLL_S)


@pytest.fixture
async def edges(tmp_path: Path) -> AsyncIterator[list[Edge]]:
    """With two white labels, 1 and 2."""
    log, clock = SharedLog(), SystemClock()
    deciding = asyncio.create_task(Decider(log, log, clock).run())
    async with AsyncExitStack() as stack:
        stack.push_async_callback(cancel, deciding)
        opened = []
        for number in range(EDGES):
            folder = tmp_path / str(number)
            edge_log = EdgeLog(folder, clock.now_ms())
            forwarder = Forwarder(folder, log, clock)
            stack.push_async_callback(forwarder.close)
            stack.push_async_callback(cancel, asyncio.create_task(forwarder.run()))
            edge = await open_edge(edge_log, log, KEYRING, clock, forwarder.wake)
            stack.push_async_callback(edge.close)
            opened.append(edge)
        for name in ("hotstatz", "other"):
            await opened[0].desk.ask(CreateAccount(name, (), UUID, ""))
        yield opened


async def created(edge: Edge, account: int, name: str) -> int | Refusal | None:
    """The id of a new user, or why there is none."""
    try:
        return await Users(edge.desk, edge.follower.catalog, KEYRING).create(account, SaidOfUser(name))
    except CommandRefusedError as refused:
        return refused.refusal


async def test_of_a_hundred_who_ask_for_one_name_at_a_time_one_has_it(edges: list[Edge]) -> None:
    """Whichever edge they ask at, of whichever white label, in whichever case."""
    spellings = ("billy", "Billy", "BILLY", "bIllY", "billY")
    asked = [
        created(edges[number % EDGES], 1 + number % 2, spellings[number % len(spellings)])
        for number in range(CREATIONS)
    ]

    answers = Counter(await asyncio.gather(*asked))

    assert answers == {1: 1, Refusal.USER_EXISTS: CREATIONS - 1}


async def test_ids_are_counted_over_all_edges(edges: list[Edge]) -> None:
    """None twice and none left out, and every edge knows the same users in the end."""
    asked = [created(edges[number % EDGES], 1 + number % 2, f"user-{number}") for number in range(CREATIONS)]

    ids = await asyncio.gather(*asked)
    for edge in edges:
        await edge.follower.catch_up()

    assert sorted(map(str, ids)) == sorted(map(str, range(1, CREATIONS + 1)))
    assert all(edge.follower.catalog == edges[0].follower.catalog for edge in edges)
    assert len(edges[0].follower.catalog.users) == CREATIONS
