"""The embedded driver: outputs and positions in one commit, and what is dropped once it is in the tables."""

import asyncio

import pytest

from streams.drivers.embedded_driver import (
    BUSY_EVENTS,
    REST_S_MAX,
    REST_S_MIN,
    WHOLE_BYTES,
    WORTH_A_STEP,
    EmbeddedDriver,
    rest_s,
)
from streams.processors.stats import StatsProcessor
from testkit.counting import with_counting
from testkit.memory_log import CountingLog, MemoryLog
from testkit.sealed import FakeEdge
from testkit.waiting import PATIENCE_S, until_it_holds
from tilde.eventlog import LogError
from tilde.eventlog.logfile import LogFile
from tilde.runtime.clock import SystemClock
from tilde.runtime.tasks import cancel
from tilde.schemas.codec import decode
from tilde.schemas.progress import Milestone, milestone_of
from tilde.schemas.topics import POINTS


async def fill(log, edge, batches):
    """Some batches of one post each, in partition 3."""
    for _ in range(batches):
        await log.append([edge.seal(3, [edge.post("visits")])])


async def test_a_driver_that_starts_again_goes_on_where_it_was(tmp_path):
    log, edge = MemoryLog(), FakeEdge()
    await fill(log, edge, 4)
    file = LogFile(tmp_path / "outputs", writes=True)
    await EmbeddedDriver(log, file, [StatsProcessor()], SystemClock()).step()
    end = file.end_offset(POINTS.name, 3)
    file.close()

    reopened = LogFile(tmp_path / "outputs", writes=True)
    driver = EmbeddedDriver(log, reopened, [StatsProcessor()], SystemClock())

    assert await driver.step() == 0
    assert reopened.end_offset(POINTS.name, 3) == end
    await fill(log, edge, 1)
    assert await driver.step() == 1
    reopened.close()


async def test_outputs_that_could_not_be_written_are_written_later_once_and_before_others(tmp_path):
    """A full disk stops nobody's process: what was folded waits, and no more is taken in meanwhile."""
    log, edge = MemoryLog(), FakeEdge()
    file = LogFile(tmp_path / "outputs", writes=True)
    driver = EmbeddedDriver(log, file, [StatsProcessor()], SystemClock())
    posts = [edge.post("s" * 200 + "~" + ",".join(f"{n:050}" for n in range(90))) for _ in range(2)]
    pages = file.db.execute("PRAGMA page_count").fetchone()[0]
    file.db.execute(f"PRAGMA max_page_count = {pages}")
    await log.append([edge.seal(3, posts[:1])])
    for _ in range(3):
        with pytest.raises(LogError):
            await driver.step()
        await log.append([edge.seal(3, posts[1:])])
    assert file.end_offset(POINTS.name, 3) == 0

    file.db.execute("PRAGMA max_page_count = 1000000")
    while await driver.step():
        pass

    points = [record.value for record in file.read(POINTS.name, 3, 0, 1 << 30)]
    rows = [decode(value, "point") for value in points]
    assert [row["nth"] for row in rows] == list(range(90)) * 4
    file.close()


async def test_what_is_in_the_tables_is_dropped_but_for_the_last_records(tmp_path):
    log, edge = MemoryLog(), FakeEdge()
    file = LogFile(tmp_path / "outputs", writes=True)
    driver = EmbeddedDriver(
        log, file, [StatsProcessor()], SystemClock(), sunk=lambda: {(POINTS.name, 3): 8, ("progress", 3): 5}
    )
    for _ in range(12):  # each flush is a point and a milestone
        await fill(log, edge, 1)
        await driver.step()

    driver.trim(kept=2)

    assert file.start_offset(POINTS.name, 3) == 6
    assert file.end_offset(POINTS.name, 3) == 12
    assert [record.offset for record in file.read(POINTS.name, 3, 6, 1 << 20)] == [6, 7, 8, 9, 10, 11]
    assert (file.start_offset("progress", 3), file.end_offset("progress", 3)) == (3, 12)
    file.close()


async def test_a_flush_says_how_far_the_outputs_are(tmp_path):
    """In the same commit; of what an earlier process wrote too."""
    log, edge = MemoryLog(), FakeEdge()
    for _ in range(2):
        file = LogFile(tmp_path / "outputs", writes=True)
        driver = EmbeddedDriver(log, file, [StatsProcessor()], SystemClock())
        for _ in range(2):
            await fill(log, edge, 2)
            await driver.step()
        await log.append([edge.seal(5, [edge.post("visits")])])
        await driver.step()
        said = [milestone_of(record.value) for record in file.read("progress", 3, 0, 1 << 20)]
        file.close()

    assert said == [
        Milestone("stats", 3, 2 * n, {"points": 2 * n, "metrics": 1 if n < 3 else 2, "dead_letters": 0})
        for n in range(1, 5)
    ]


async def test_what_is_not_in_the_tables_yet_is_kept(tmp_path):
    log, edge = MemoryLog(), FakeEdge()
    file = LogFile(tmp_path / "outputs", writes=True)
    driver = EmbeddedDriver(log, file, [StatsProcessor()], SystemClock(), sunk=lambda: {(POINTS.name, 3): 0})
    await fill(log, edge, 3)
    await driver.step()

    driver.trim(kept=0)

    assert file.start_offset(POINTS.name, 3) == 0
    file.close()


async def test_a_file_is_as_older_releases_know_it_until_a_processor_remembers_something(tmp_path):
    log, edge = MemoryLog(), FakeEdge()
    await fill(log, edge, 1)
    tables = "SELECT count() FROM sqlite_master WHERE name = 'state'"
    seen = []
    for processors in ([StatsProcessor()], with_counting()):
        file = LogFile(tmp_path / "outputs", writes=True)
        await EmbeddedDriver(log, file, processors, SystemClock()).step()
        seen += file.db.execute(tables).fetchone()
        file.close()

    assert seen == [0, 1]


@pytest.mark.parametrize(
    ("took", "within_s", "rests_s"),
    [
        (WORTH_A_STEP, 0.5, 0.5),
        (WORTH_A_STEP // 5, 0.1, 0.5),
        (WORTH_A_STEP * 2, 0.5, 0.25),
        (1, 10.0, REST_S_MAX),  # the first one after a pause
        (0, 0.0, REST_S_MAX),  # nothing comes
        (300, 0.05, REST_S_MIN),
        (3, 0.0, REST_S_MIN),
        (BUSY_EVENTS, 10.0, 0.0),
    ],
)
def test_a_rest_lasts_until_a_step_is_worth_it(took, within_s, rests_s):
    """By what has come since the last step; within bounds, so that all can be queried in time."""
    assert rest_s(took, within_s) == pytest.approx(rests_s)


async def test_a_flush_that_is_asked_for_ends_the_rest(tmp_path, monkeypatch):
    for bound in ("REST_S_MIN", "REST_S_MAX"):
        monkeypatch.setattr(f"streams.drivers.embedded_driver.{bound}", 3_600.0)
    log, edge = MemoryLog(), FakeEdge()
    file = LogFile(tmp_path / "outputs", writes=True)
    driver = EmbeddedDriver(log, file, [StatsProcessor()], SystemClock())
    task = asyncio.create_task(driver.run())
    for n in range(1, 4):
        await fill(log, edge, 1)
        driver.flush()
        await until_it_holds(lambda n=n: file.end_offset(POINTS.name, 3) == n)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    file.close()


async def test_a_step_to_which_nothing_came_looks_into_no_partition(tmp_path):
    """However many there are: an idle Tilde costs the same with each further topic."""
    log, edge = CountingLog(), FakeEdge()
    file = LogFile(tmp_path / "outputs", writes=True)
    appended = 0
    driver = EmbeddedDriver(log, file, [StatsProcessor()], SystemClock(), appended=lambda: appended)
    await driver.step()
    first = log.reads
    idle = [await driver.step() for _ in range(10)]
    looked = log.reads
    await fill(log, edge, 1)
    appended = 1

    assert (first, idle, looked) == (16, [0] * 10, 16)
    assert await driver.step() == 1
    file.close()


async def test_how_much_was_taken_is_said_once_its_outputs_are_durable(tmp_path):
    """Of what stood in the log before the step; and not where a step took a part of it."""
    log, edge = MemoryLog(), FakeEdge()
    file, in_file = LogFile(tmp_path / "outputs", writes=True), LogFile(tmp_path / "outputs", writes=False)
    appended = 0
    driver = EmbeddedDriver(log, file, [StatsProcessor()], SystemClock(), appended=lambda: appended)
    seen = []

    async def follow() -> None:
        nonlocal appended
        for n in range(1, 4):
            await fill(log, edge, 1)
            appended = n
            await driver.until_it_has_taken(n)
            seen.append((driver.taken, in_file.end_offset(POINTS.name, 3), driver.ends[POINTS.name, 3]))

    running = asyncio.create_task(driver.run())
    async with asyncio.timeout(PATIENCE_S):
        await follow()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    large = edge.post("s" * 200 + "~" + "~".join(["t" * 200] * 9))
    for _ in range(WHOLE_BYTES // len(large) // 100 + 1):
        await log.append([edge.seal(3, [large] * 100)])
    await log.append([edge.seal(5, [edge.post("visits")])])  # of which all is taken
    appended = 4
    await driver.step()

    assert seen == [(n, n, n) for n in range(1, 4)]
    assert driver.taken == 3
    file.close()
    in_file.close()


async def test_a_rest_is_by_the_events_of_a_step_however_few_messages_they_came_in(tmp_path, monkeypatch):
    rested = []

    def rest(events: int, within_s: float) -> float:
        rested.append(events)
        return 0.0

    monkeypatch.setattr("streams.drivers.embedded_driver.rest_s", rest)
    log, edge = MemoryLog(), FakeEdge()
    file = LogFile(tmp_path / "outputs", writes=True)
    driver = EmbeddedDriver(log, file, [StatsProcessor()], SystemClock())
    for partition, posts in ((3, 400), (5, 99)):
        await log.append([edge.seal(partition, [edge.post("visits") for _ in range(posts)])])
    task = asyncio.create_task(driver.run())
    await until_it_holds(lambda: rested)
    await cancel(task)

    assert rested[0] == 499
    file.close()


class LogAway(MemoryLog):
    is_away = False

    async def read(self, *where, **how):
        if self.is_away:
            raise LogError("away")
        return await super().read(*where, **how)


async def test_who_reads_need_not_ask_one_that_does_not_get_on(tmp_path, monkeypatch):
    """He would wait for nothing; once it gets on again, it is asked as before."""
    monkeypatch.setattr("streams.drivers.embedded_driver.RETRY_S", 0.01)
    log, edge = LogAway(), FakeEdge()
    file = LogFile(tmp_path / "outputs", writes=True)
    driver = EmbeddedDriver(log, file, [StatsProcessor()], SystemClock())
    task = asyncio.create_task(driver.run())
    await fill(log, edge, 1)
    await until_it_holds(lambda: driver.is_paced)
    log.is_away = True
    await fill(log, edge, 1)
    driver.flush()
    await until_it_holds(lambda: not driver.is_paced)
    log.is_away = False
    await until_it_holds(lambda: driver.is_paced)
    await cancel(task)

    assert file.end_offset(POINTS.name, 3) == 2
    file.close()
