"""A clock that is plainly wrong: told, refused while it is, and no harm once it is right again."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from producers.stathat.reasons import Reason
from producers.web.front import Front
from producers.web.health import Health, health_router
from producers.web.measures import EdgeMeasures
from producers.web.query_api import QueryApi
from testkit.asking import JSON, ask
from testkit.builders import NOON_MS
from testkit.fixed_clock import FixedClock
from testkit.stathat import EZKEY, OK
from testkit.whole_edge import a_query_api
from tests.integration.test_edge_log import RunningEdge, batches, running
from tilde.data_folder import edge_folder
from tilde.domain.catalog.stats import DeleteStat
from tilde.domain.log.identity import CLOCK_END_MS, EPOCH_MS, SHIFT, first_id_at
from tilde.schemas.topics import STATS

IN_2070_MS = 3_155_760_000_000
WRONG = (503, b'{"status":503,"msg":"server clock is wrong"}')


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON_MS)


@pytest.fixture
async def edge(tmp_path: Path, clock: FixedClock) -> AsyncIterator[RunningEdge]:
    async with running(tmp_path, clock) as edge:
        yield edge


def show(clock: FixedClock, now_ms: int) -> None:
    clock.advance(now_ms - clock.now_ms())


def ids(data: Path) -> list[int]:
    """All event ids in the log."""
    folder = edge_folder(data)
    return [id_ for partition in range(STATS.partitions) for one in batches(folder, partition) for id_ in one.ids]


async def health(edge: RunningEdge, clock: FixedClock) -> httpx.Response:
    api = QueryApi(httpx.ASGITransport(a_query_api))
    measures = EdgeMeasures([edge.intake.tally], lambda: edge.edge.log.next_offset)
    edge.app.include_router(
        health_router(Health(measures, api, edge.edge.sealer.trouble, lambda: None, Front(), clock))
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(edge.app), base_url="http://edge") as client:
        answer = await client.get("/health")
    await api.close()
    return answer


@pytest.mark.parametrize("shown_ms", [0, EPOCH_MS - 1, CLOCK_END_MS, IN_2070_MS])
async def test_posts_are_refused_while_the_clock_is_plainly_wrong_and_taken_when_it_is_right(
    tmp_path: Path, clock: FixedClock, edge: RunningEdge, shown_ms: int, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every call, in StatHat's form; nothing of it is in the log, and what comes later has ids of its own time."""
    show(clock, shown_ms)
    batch = b'{"ezkey":"%s","data":[{"stat":"a","count":1},{"stat":"b","value":2}]}' % EZKEY.encode()

    assert [(reply.status, reply.body) for reply in (await edge.post("a"), await edge.post("b"))] == [WRONG, WRONG]
    json = await ask(edge.app, "POST", "/ez", batch, JSON)
    assert (json.status, json.body) == WRONG
    assert edge.intake.tally.refused[Reason.CLOCK_IS_WRONG] == 3
    assert capfd.readouterr().err.count("this machine's clock is plainly wrong") == 1
    assert ids(tmp_path) == []

    show(clock, NOON_MS + 5)
    assert (await edge.post("a")).body == OK
    assert [id_ >> SHIFT for id_ in ids(tmp_path)] == [NOON_MS + 5 - EPOCH_MS]


async def test_health_says_that_the_clock_is_wrong_and_what_it_shows(clock: FixedClock, edge: RunningEdge) -> None:
    """503, as while its log cannot be written."""
    show(clock, IN_2070_MS)
    answer = await health(edge, clock)

    assert (answer.status_code, answer.json()["status"]) == (503, "not writing")
    assert "it shows 2070-01-01, before 2026-01-01 or from 2059-11-03 on" in answer.json()["edge"]


async def test_an_edge_starts_by_a_wrong_clock_and_takes_posts_when_it_is_right(
    tmp_path: Path, clock: FixedClock
) -> None:
    """As a machine without a battery does, before it has asked for the time; its epoch is not taken from that clock."""
    async with running(tmp_path, clock) as before:
        epoch = before.edge.log.epoch
    show(clock, IN_2070_MS)
    async with running(tmp_path, clock) as edge:
        assert edge.edge.log.epoch == epoch + 1
        assert (await edge.post("a")).status == 503
        show(clock, NOON_MS + 1)

        assert (await edge.post("a")).body == OK


async def test_a_folder_whose_ids_are_used_up_goes_on_as_another_edge(tmp_path: Path, clock: FixedClock) -> None:
    """An older release gave ids beyond what a clock may show: no later one would be below 2^53."""
    async with running(tmp_path, clock) as poisoned:
        name, number = poisoned.edge.log.edge, poisoned.edge.log.number
        poisoned.edge.log.append([], first_id_at(IN_2070_MS))
    async with running(tmp_path, clock) as edge:
        assert edge.edge.log.edge != name
        assert edge.edge.log.number != number
        assert (await edge.post("a")).body == OK
        number = edge.edge.log.number

    assert [id_ >> SHIFT for id_ in ids(tmp_path)] == [NOON_MS - EPOCH_MS]
    async with running(tmp_path, clock) as again:
        assert again.edge.log.number == number


async def test_no_command_but_an_edges_start_is_decided_by_a_wrong_clock(clock: FixedClock, edge: RunningEdge) -> None:
    """Its time would stand in the catalog for ever."""
    show(clock, IN_2070_MS)

    with pytest.raises(Exception, match="the clock of the machine that decides is plainly wrong"):
        await edge.edge.desk.ask(DeleteStat(1, 77))
