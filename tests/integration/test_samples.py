"""Samples as they are read: by id, by ref, the newest of a stat; and what of them is in sight once the stat was deleted."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
import pytest_asyncio

from api.reads.settling import Settling
from api.reads.stats.samples import Samples, WantedSample
from api.reads.stats.stats import Stats
from api.reads.tables import Tables
from streams.contract import NO_CATALOG, Message, no_outputs
from streams.processors.samples import SamplesProcessor
from streams.state import State
from testkit.memory_log import MemoryLog
from testkit.query_place import OPERATOR, TOKEN, QueryPlace
from testkit.rows import a_point
from testkit.samples import AT_MS, METRIC, SampleOracle, a_write, an_event, as_read
from testkit.told_progress import ToldProgress
from testkit.waiting import until_it_holds
from tilde.domain.catalog.stats import StatDeleted, StatRestored
from tilde.domain.log.partitioner import partition_of_metric
from tilde.domain.samples.sample import Sample, sample_id
from tilde.domain.samples.writes import SampleWrite
from tilde.domain.stats.metrics import short_id
from tilde.eventlog import Append
from tilde.own_paths import samples_path
from tilde.schemas.topics import OF_POINTS, SAMPLE_WRITES, STATS
from tilde.store import Row

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

PARTITION = partition_of_metric(METRIC, 16)
OTHER = next(metric for metric in range(1, 1000) if partition_of_metric(metric, 16) == PARTITION)


class Written:
    """Writes that a processor has taken, each as the batch at the next offset, and reads over the rows."""

    def __init__(self, place: QueryPlace) -> None:
        self.place = place
        self.sunk, self.log = ToldProgress(), MemoryLog()
        tables = Tables(place.store, lambda: 1)
        self.reads = Samples(Stats(tables, place.follower), Settling(self.log, self.sunk, lambda: 1))
        self.oracle = SampleOracle()
        self._processor, self._state, self.offset = SamplesProcessor(NO_CATALOG), State(), 0

    async def write(self, *writes: SampleWrite) -> None:
        for write in writes:
            outputs = no_outputs()
            content: dict[str, Any] = {"events": [read_back(an_event(write))]}
            self._processor.fold(Message(PARTITION, self.offset, content, 0), outputs, self._state)
            self.offset += 1
            self.oracle.take(write)
            for topic, subject in (("samples", "sample"), ("points", "point"), ("metrics", "metric")):
                if outputs[topic]:
                    await self.place.insert(subject, *outputs[topic])

    async def delete_the_stat(self) -> None:
        ends = [0] * 32
        ends[16 + PARTITION] = self.offset
        await self.place.decide(StatDeleted(1, METRIC), at_ms=AT_MS, ends=ends)


def read_back(event: dict[str, Any]) -> dict[str, Any]:
    """As the topic's reader has it: the branch of a union that is a record is named."""
    before = event["before"]
    return {**event, "before": None if before is None else ("tilde.SampleRead", before)}


@pytest_asyncio.fixture(loop_scope="module")
async def written(place: QueryPlace) -> Written:
    return Written(place)


async def test_a_sample_is_found_by_its_id_and_by_its_ref_and_is_as_it_was_written_last(written: Written) -> None:
    """Over changes and moves; another product has no such sample."""
    id_ = sample_id(METRIC, "a")
    await written.write(a_write(5, "a", number=1.5, t_ms=7_000, meta="m"), a_write(6, number=2.0))
    await written.write(a_write(7, "a", t_ms=8_000, received_at=AT_MS + 9), a_write(8, "a", number=-3.25))

    one = await written.reads.one(1, id_)
    assert one == await written.reads.by_ref(1, METRIC, "a") == written.oracle.samples[id_]
    assert one == Sample(1, METRIC, id_, "a", -3.25, 8_000, "m", AT_MS, AT_MS)
    assert await written.reads.one(1, 6) == written.oracle.samples[6]
    assert await written.reads.one(2, id_) is None
    assert await written.reads.by_ref(1, OTHER, "a") is None
    assert await written.reads.by_ref(1, METRIC, "b") is None


async def test_a_deleted_one_is_found_by_nobody_and_its_ref_may_make_it_anew(written: Written) -> None:
    """It comes back under its id."""
    id_ = sample_id(METRIC, "a")
    await written.write(a_write(5, "a"), a_write(6, id=id_, makes=False, deletes=True))
    assert await written.reads.one(1, id_) is None
    assert await written.reads.by_ref(1, METRIC, "a") is None
    assert await written.reads.listed(1, METRIC, 50) == []

    await written.write(a_write(7, "a", number=9.0))
    assert await written.reads.by_ref(1, METRIC, "a") == written.oracle.samples[id_]


async def test_one_that_got_another_ref_is_found_by_that_and_the_old_one_may_be_given_away(written: Written) -> None:
    """Also where the id says another ref; whoever had a ref once has it no more."""
    id_ = sample_id(METRIC, "a")
    await written.write(a_write(5, "a"), a_write(6, "b", id=id_, makes=False))
    assert await written.reads.by_ref(1, METRIC, "a") is None
    assert await written.reads.by_ref(1, METRIC, "b") == written.oracle.samples[id_]

    await written.write(a_write(7, "a"))
    assert await written.reads.by_ref(1, METRIC, "a") == written.oracle.samples[7]


async def test_the_newest_of_a_stat_are_listed_by_time_and_then_by_id(written: Written) -> None:
    """Those of a range, its end excluded, so many; one that moved once, and those of another stat not among them."""
    await written.write(*(a_write(n, number=float(n), t_ms=1_000 * (n % 4)) for n in range(1, 13)))
    await written.write(
        a_write(20, metric=OTHER, t_ms=1_000), a_write(21, "a", t_ms=1_000), a_write(22, "a", t_ms=2_000)
    )
    there = sorted(
        (one for one in written.oracle.samples.values() if one.metric == METRIC), key=lambda one: (-one.t_ms, -one.id)
    )

    assert await written.reads.listed(1, METRIC, 50) == there
    assert len(there) == 13
    assert await written.reads.listed(1, METRIC, 5) == there[:5]
    within = [one for one in there if 1_000 <= one.t_ms < 3_000]
    assert await written.reads.listed(1, METRIC, 50, since_ms=1_000, until_ms=3_000) == within
    assert len(within) == 7


async def test_a_deleted_stat_hides_samples_and_points_alike_and_shows_both_when_it_is_restored(
    written: Written,
) -> None:
    """What is written behind the deletion is in sight, and so is what it changes of what was before."""
    await written.write(a_write(5, number=1.0), a_write(6, "a", number=2.0), a_write(7, number=4.0))
    await written.delete_the_stat()
    assert await in_sight(written) == ([], 0)
    assert await written.reads.one(1, 5) is None
    assert await written.reads.by_ref(1, METRIC, "a") is None

    await written.write(a_write(8, number=8.0), a_write(9, "a", meta="m"))
    assert await in_sight(written) == ([2.0, 8.0], 10.0)
    assert await written.reads.one(1, 5) is None

    await written.place.decide(StatRestored(1, METRIC))
    assert await in_sight(written) == ([1.0, 2.0, 4.0, 8.0], 15.0)


async def in_sight(written: Written) -> tuple[list[float], float]:
    """The numbers of the samples, and the sum over the points by the reads of stats."""
    listed = await written.reads.listed(1, METRIC, 50)
    stats = Stats(Tables(written.place.store, lambda: 1), written.place.follower)
    where = {**stats.where(1, METRIC), "from_ms": 0, "to_ms": 2**32 * 1000, "scale": 1.0}
    ((count, total, *_),) = await stats.tables.rows("series.totals", where)
    assert count == len(listed)
    return sorted(one.number for one in listed), total or 0


async def test_a_deletion_of_a_release_that_knew_no_samples_hides_none(written: Written) -> None:
    """Its entry names the ends of `stats` alone; and points that came of samples are compared with none of those."""
    await written.write(a_write(5, number=1.0), a_write(6, "a", number=2.0))
    await written.place.decide(StatDeleted(1, METRIC), at_ms=AT_MS, ends=[1_000] * 16)

    assert await in_sight(written) == ([1.0, 2.0], 3.0)
    assert await written.reads.one(1, 5) == written.oracle.samples[5]


async def test_a_write_is_waited_for_until_it_can_be_read(written: Written) -> None:
    """Of its stat's partition alone; a flush is asked for at each look."""
    await written.log.append([Append(SAMPLE_WRITES.name, PARTITION, [b"a", b"b"])])
    waiting = asyncio.create_task(written.reads.settle(METRIC))
    await until_it_holds(lambda: written.sunk.flushes > 1)
    assert not waiting.done()

    written.sunk.done[SAMPLE_WRITES.name][PARTITION] = 2
    assert await waiting
    assert await written.reads.settle()


async def test_a_hundred_who_wait_look_at_the_tables_together(written: Written) -> None:
    """And a look costs a store of its own a statement: so many a second, however many wait."""
    await written.log.append([Append(SAMPLE_WRITES.name, PARTITION, [b"a"])])
    waiting = [asyncio.create_task(written.reads.settle(METRIC)) for _ in range(100)]
    by_themselves = len(waiting)  # each looks once, before it waits with the others
    await until_it_holds(lambda: written.sunk.looks >= by_themselves + 5)
    written.sunk.done[SAMPLE_WRITES.name][PARTITION] = 1
    await asyncio.gather(*waiting)

    assert written.sunk.looks < 2 * by_themselves, "not all of them in each round"


async def test_refs_that_nobody_has_are_looked_for_together(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred in one statement, not in a hundred, which all who were asked for with them would wait for."""
    await written.write(a_write(6, "a", number=2.0))
    tables, asked = written.reads._tables, []
    rows = tables.rows

    async def counted(name: str, where: Mapping[str, object]) -> list[Row]:
        asked.append(name)
        return list(await rows(name, where))

    monkeypatch.setattr(tables, "rows", counted)
    unknown = [WantedSample(metric=metric, ref=f"it's \\ {nth}") for nth in range(50) for metric in (METRIC, OTHER)]
    found = await written.reads.found(1, [*unknown, WantedSample(metric=METRIC, ref="a")])

    assert [sample and sample.ref for sample in found] == [None] * 100 + ["a"]
    assert len(asked) <= 3


async def test_many_are_found_in_one_statement_and_each_as_it_would_be_alone(written: Written) -> None:
    """By ids and by refs, in the order in which they were asked for; one that has the ref of another is found, too."""
    await written.write(a_write(5), a_write(6, "a", number=2.0), a_write(7, "b", number=3.0))
    moved = a_write(8, "c", id=5, makes=False, before=as_read(written.oracle.samples[5]))
    await written.write(moved)
    of = {sample.ref: sample for sample in written.oracle.samples.values()}
    wanted = [
        WantedSample(metric=METRIC, ref="b"),
        WantedSample(id=5),
        WantedSample(id=999),
        WantedSample(metric=METRIC, ref="c"),
        WantedSample(),
    ]
    found = await written.reads.found(
        1, [*wanted, WantedSample(metric=METRIC, ref="a"), WantedSample(metric=OTHER, ref="a")]
    )

    assert found == [of["b"], of["c"], None, of["c"], None, of["a"], None]


async def test_an_edge_asks_for_many_at_a_time_as_the_operator(written: Written) -> None:
    """Of any of the account's products, or of one that is said."""
    await written.write(a_write(5), a_write(6, "a", number=2.0))
    asked = [{"metric": METRIC, "ref": "a"}, {"id": 5}, {"id": 5, "product": 1}, {"id": 5, "product": 2}, {"id": 7}]
    path = samples_path("main")
    found = await written.place.http.post(path, headers={"authorization": f"Bearer {OPERATOR}"}, json=asked)
    others = await written.place.http.post(path, headers={"authorization": f"Bearer {TOKEN}"}, json=asked)

    assert found.status_code == 200, found.text
    assert [one and one["id"] for one in found.json()] == [sample_id(METRIC, "a"), 5, 5, None, None]
    assert others.status_code == 401


async def test_an_edge_that_was_not_upgraded_yet_asks_for_one(written: Written) -> None:
    """Upgraded are the API first and then edges: as the release before asked it is answered."""
    await written.write(a_write(5), a_write(6, "a", number=2.0))
    operator, path = {"authorization": f"Bearer {OPERATOR}"}, samples_path("main")
    asked: list[dict[str, Any]] = [
        {"id": 5},
        {"id": 5, "product": 1},
        {"metric": METRIC, "ref": "a"},
        {"id": 7},
        {"metric": METRIC, "ref": "b"},
    ]
    answers = [await written.place.http.get(path, headers=operator, params=one) for one in asked]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 404, 404]
    assert [answer.json()["id"] for answer in answers[:3]] == [5, 5, sample_id(METRIC, "a")]


async def test_a_stat_is_waited_for_whichever_topic_its_number_stands_in(written: Written) -> None:
    """Of that stat alone: what others are posted stops nobody."""
    settling = Settling(written.log, written.sunk, lambda: 1)
    another = next(metric for metric in range(1, 1000) if partition_of_metric(metric, 16) != PARTITION)
    await written.log.append([Append(STATS.name, PARTITION, [b"a"])])
    waiting = [asyncio.create_task(settling.settle(OF_POINTS, metric)) for metric in (METRIC, None)]
    assert await settling.settle(OF_POINTS, another)
    await asyncio.sleep(0.05)
    assert not any(task.done() for task in waiting)

    written.sunk.done[STATS.name][PARTITION] = 1
    assert await asyncio.gather(*waiting) == [True, True]


async def test_who_waits_for_writes_waits_no_longer_than_so_long(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it reads what there is: a sink that is away stops no read. Where nothing is under way nobody waits."""
    monkeypatch.setattr("api.reads.settling.SETTLED_S", 0.05)
    assert await written.reads.settle()
    assert written.sunk.flushes == 0

    await written.log.append([Append(SAMPLE_WRITES.name, PARTITION, [b"a"])])
    assert not await written.reads.settle(METRIC)


async def test_a_view_shows_every_sample_once(written: Written) -> None:
    """As it is now."""
    await written.write(a_write(5, "a", t_ms=7_000), a_write(6, "a", t_ms=8_000, number=3.0, meta='{"plan": "free"}'))
    await written.write(a_write(7))
    await written.write(a_write(8, id=7, makes=False, deletes=True, before=as_read(written.oracle.samples[7])))
    rows = await written.place.store.rows(
        "SELECT id, number, ref, JSONExtractString(meta, 'plan') FROM tilde.samples WHERE product = 1"
    )

    assert rows == [(sample_id(METRIC, "a"), 3.0, "a", "free")]


async def apart(written: Written, by: str, bucket: str = "1h", status: int = 200) -> Any:
    """The series of the stat, an hour of it and a bit, in segments."""
    query = {"from": "0", "to": "5400", "bucket": bucket, "by": by}
    path = f"/tilde/v1/stats/{short_id(METRIC)}/series"
    headers = {"authorization": f"Bearer {TOKEN}"}
    return await written.place.get(path, status, headers=headers, params=query)


def told(answer: Any) -> list[tuple[Any, list[tuple[float, int]]]]:
    return [
        (segment["value"], [(point["value"], point["count"]) for point in segment["points"]])
        for segment in answer["segments"]
    ]


async def test_a_series_is_told_apart_by_a_key_of_meta(written: Written) -> None:
    """As each sample is now: what was changed, moved and deleted counts where it stands. Whatever has no such key is in
    the segment of null, what is no sample too; so the segments together are the series.
    """
    await written.write(
        a_write(5, "a", number=1.0, t_ms=1_000, meta='{"plan": "basic"}'),
        a_write(6, "b", number=2.0, t_ms=3_600_000, meta='{"plan": "basic", "seats": 3}'),
        a_write(7, "c", number=4.0, t_ms=2_000, meta='{"plan": "pro"}'),
        a_write(8, "d", number=8.0, t_ms=2_000, meta='{"plan": null}'),
        a_write(9, "e", number=16.0, t_ms=2_000),
        a_write(10, "f", number=32.0, t_ms=2_000, meta='{"plan": "gone"}'),
    )
    await written.write(a_write(11, "c", number=5.0, t_ms=3_700_000, meta='{"plan": "basic"}'))
    await written.write(a_write(12, "f", makes=False, deletes=True))
    first_version = a_point(
        metric=METRIC, number=64.0, ts=2_000, received_at=AT_MS, event_id=1 << 40, version=0, raw_partition=PARTITION
    )
    await written.place.insert("point", first_version)

    by_plan = await apart(written, "meta.plan")
    assert told(by_plan) == [("basic", [(1, 1), (7, 2)]), (None, [(88, 3), (0, 0)])]
    assert (by_plan["by"], by_plan["left_out"]) == ("meta.plan", 0)
    assert told(await apart(written, "meta.seats")) == [(3, [(0, 0), (2, 1)]), (None, [(89, 4), (5, 1)])]
    assert told(await apart(written, "meta.plan", "1M"))[0] == ("basic", [(8, 3)])
    assert told(await apart(written, "meta.'nothing\\")) == [(None, [(89, 4), (7, 2)])]


async def test_of_very_many_segments_the_larger_ones_are_told(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And how many there are besides."""
    monkeypatch.setattr("api.reads.stats.segments.SEGMENTS_MAX", 2)
    plans = ["a", "b", "c", "c", "b", "d"]
    await written.write(*(a_write(n, t_ms=n, meta=f'{{"plan": "{plan}"}}') for n, plan in enumerate(plans, 5)))

    answer = await apart(written, "meta.plan")
    assert ([value for value, _ in told(answer)], answer["left_out"]) == (["b", "c"], 2)


@pytest.mark.parametrize("by", ["plan", "meta.", "meta", "ref"])
async def test_what_is_no_key_of_meta_is_refused(written: Written, by: str) -> None:
    assert (await apart(written, by, status=400))["detail"] == "by is meta. and a key of it: meta.plan"
