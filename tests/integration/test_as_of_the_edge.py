"""From a command to a row, with the real edge, its log and the decider: what is posted once a command was answered is
looked up as of that command, and what a replay finds is the same.

    desk --> commands --> decider --> catalog --> the edge's copy   (names the entry in each batch)
    posts --> sealer --> examples --> driver, labelling             (as of that entry, in its own copy)
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from producers.edge.edge import Edge
from producers.wiring import open_embedded_edge
from streams.drivers.embedded_driver import EmbeddedDriver
from testkit import example_topic, labels
from testkit.deciding import deciding
from testkit.edges import KEYRING
from testkit.example_topic import EXAMPLES, example_posted
from testkit.labels import LabellingProcessor, SetLabel
from testkit.waiting import until_it_holds
from tilde.catalog.follower import CatalogFollower
from tilde.eventlog.bell import Bell
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.sqlite import SqliteLog
from tilde.runtime.clock import SystemClock
from tilde.runtime.tasks import cancel
from tilde.schemas.codec import decode
from tilde.schemas.topics import METRICS

ROUNDS = 30


@pytest.fixture
async def bell(tmp_path: Path) -> AsyncIterator[Bell]:
    with example_topic.known(), labels.known():
        yield Bell(tmp_path / "bell.sock", serves=False)


@pytest.fixture
async def edge(tmp_path: Path, bell: Bell) -> AsyncIterator[Edge]:
    clock = SystemClock()
    async with deciding(tmp_path, bell, clock), AsyncExitStack() as stack:
        yield await open_embedded_edge(tmp_path, KEYRING, clock, bell, stack)


class Labelling:
    """A driver over the data folder, with a copy of the catalog of its own, until `close`."""

    def __init__(self, data: Path, outputs: str, bell: Bell) -> None:
        self._logs = SqliteLog(data, bell=bell), SqliteLog(data, bell=bell)
        self._file = LogFile(data / outputs, writes=True)
        follower = CatalogFollower(self._logs[0])
        driver = EmbeddedDriver(self._logs[1], self._file, [LabellingProcessor(follower)], SystemClock())
        self._tasks = [asyncio.create_task(follower.run()), asyncio.create_task(driver.run())]

    def rows(self) -> dict[int, str]:
        """The label of each event."""
        values = [
            record.value for p in range(EXAMPLES.partitions) for record in self._file.read(METRICS.name, p, 0, 1 << 30)
        ]
        return {row["event_id"]: row["name"] for row in (decode(value, METRICS.subject) for value in values)}

    async def all_rows(self, events: int) -> dict[int, str]:
        await until_it_holds(lambda: len(self.rows()) >= events)
        return self.rows()

    async def close(self) -> None:
        await cancel(*self._tasks)
        for log in self._logs:
            await log.close()
        self._file.close()


async def post(edge: Edge, events: int) -> list[int]:
    """Their ids, once they are durable."""
    ids = [edge.ids.next(SystemClock().now_ms()) for _ in range(events)]
    for id_ in ids:
        edge.sealer.writer(EXAMPLES).post(id_ % EXAMPLES.partitions, example_posted(id_, id_, "noted"))
    await edge.sealer.writer(EXAMPLES).durable()
    return ids


async def test_what_is_posted_after_a_commands_answer_is_looked_up_as_of_it(
    edge: Edge, tmp_path: Path, bell: Bell
) -> None:
    """Whatever is set afterwards, and however far a replay has read when it begins; what is posted while a command is
    under way has the label from before it or from after it, and keeps that.
    """
    live = Labelling(tmp_path, "live", bell)
    expected, meanwhile = dict.fromkeys(await post(edge, 3), ""), list[int]()
    for number in range(ROUNDS):
        asking = asyncio.create_task(edge.desk.ask(SetLabel("noted", f"label {number}")))
        while not asking.done():
            meanwhile += await post(edge, 2)
        await asking
        expected |= dict.fromkeys(await post(edge, 3), f"label {number}")
    events = len(expected) + len(meanwhile)
    rows = await live.all_rows(events)
    await live.close()
    again = Labelling(tmp_path, "again", bell)
    replayed = await again.all_rows(events)
    await again.close()

    assert {id_: rows[id_] for id_ in expected} == expected
    assert replayed == rows
    assert {"", f"label {ROUNDS - 1}"} < set(rows.values())
