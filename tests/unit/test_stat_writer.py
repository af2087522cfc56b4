"""Numbers for stats, from dialects whose names spread and from those whose names do not, through one edge."""

from pathlib import Path
from typing import cast

import pytest

from producers.admin.stats import StatCommands
from producers.edge.command_desk import CommandDesk, CommandRefusedError
from producers.edge.edge_log import EdgeLog
from producers.edge.receipts import Receipt
from producers.edge.sealer import Sealer
from producers.stats.stat_targets import StatTargets
from producers.stats.stat_writer import StatWriter
from streams.drivers.partition_fold import PartitionFold
from streams.processors.stats import StatsProcessor
from testkit.builders import NOON_MS, an_entry
from testkit.edges import KEYRING
from testkit.memory_log import MemoryLog
from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.entries import Action, Entry
from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.stats import CreateStat
from tilde.domain.log.identity import EventIds
from tilde.domain.log.position import Position
from tilde.domain.stats.fanout import NAME_MAX_CODE_POINTS, BadNameError
from tilde.domain.stats.metrics import Kind, metric_id, short_id
from tilde.eventlog import Record
from tilde.eventlog.segments import SegmentReader
from tilde.schemas.codec import decode, schema_of
from tilde.schemas.hot import long, stat_posted
from tilde.schemas.topics import STATS

AT_NOON = Receipt(NOON_MS, long(NOON_MS))
NOTHING_DECIDED = CatalogFollower(MemoryLog())
SPREADING, WHOLE = StatTargets(NOTHING_DECIDED, spreads=True), StatTargets(NOTHING_DECIDED, spreads=False)


def in_the_log(folder: Path) -> dict[int, list[Record]]:
    reader = SegmentReader(folder)
    records = {partition: reader.read(STATS.name, partition, 0, 1 << 30) for partition in range(STATS.partitions)}
    reader.close()
    return {partition: found for partition, found in records.items() if found}


def points_of(records: dict[int, list[Record]]) -> dict[int, list[float]]:
    """What the processor makes of them: numbers by metric."""
    found: dict[int, list[float]] = {}
    for partition, batches in records.items():
        fold = PartitionFold(StatsProcessor(), partition, Position())
        for record in batches:
            fold.take(record)
        for point in (decode(message, "point") for message in fold.drain()["points"]):
            found.setdefault(point["metric"], []).append(point["number"])
    return found


async def test_one_name_is_two_stats_for_one_dialect_and_one_for_another(tmp_path: Path) -> None:
    """In one group, as both came in: nothing is lost between the two, and a replay finds the same."""
    log = EdgeLog(tmp_path, 0)
    sealer = Sealer(log, EventIds(0), Catalog())
    spreading, whole = sealer.writer(STATS), StatWriter(sealer.writer, sealer.ids)
    for number in (1.0, 2.0):
        to = SPREADING[1, Kind.COUNTER, "a~b,c"]
        spreading.post(to.partition, stat_posted(sealer.ids.next(NOON_MS), to.name, number, None, long(NOON_MS)))
        whole.leave(WHOLE[1, Kind.COUNTER, "a~b,c"], 10 * number, None, AT_NOON)
        whole.leave(WHOLE[1, Kind.COUNTER, "d"], 100 * number, 5, AT_NOON)
    await whole.durable()
    await sealer.close()
    log.close()
    records = in_the_log(tmp_path)

    by_name = {"a b": [1.0, 2.0], "a c": [1.0, 2.0], "a~b,c": [10.0, 20.0], "d": [100.0, 200.0]}
    assert points_of(records) == {metric_id(1, "counter", name): numbers for name, numbers in by_name.items()}
    versions = {schema_of(record.value).version for batches in records.values() for record in batches}
    assert versions == {1, 2}


async def test_a_name_without_a_tilde_is_sealed_with_everybodys(tmp_path: Path) -> None:
    """One batch a partition costs less than two, and every release reads it."""
    log = EdgeLog(tmp_path, 0)
    sealer = Sealer(log, EventIds(0), Catalog())
    whole, to = StatWriter(sealer.writer, sealer.ids), WHOLE[1, Kind.VALUE, "d"]
    sealer.writer(STATS).post(to.partition, stat_posted(1, to.name, 1.0, None, long(NOON_MS)))
    whole.leave(to, 2.0, None, AT_NOON)
    await whole.durable()
    await sealer.close()
    log.close()

    ((record,),) = in_the_log(tmp_path).values()
    assert schema_of(record.value).version == 1
    assert [event["number"] for event in decode(record.value, STATS.subject)["events"]] == [1.0, 2.0]


def test_a_name_that_does_not_spread_is_refused_as_one() -> None:
    """With a `~` in it more than once, too."""
    assert WHOLE[1, Kind.COUNTER, "~" * NAME_MAX_CODE_POINTS].spreads is False
    assert WHOLE[1, Kind.COUNTER, "a~b~c"].spreads is False
    for name in ("~" * (NAME_MAX_CODE_POINTS + 1), "a~\n", "", "\u200b"):
        with pytest.raises(BadNameError):
            WHOLE[1, Kind.COUNTER, name]
    with pytest.raises(BadNameError):
        SPREADING[1, Kind.COUNTER, "a~b~c"]


class Desk:
    """Takes every command for done."""

    def __init__(self) -> None:
        self.asked: list[Action] = []

    async def ask(self, action: Action) -> Entry:
        self.asked.append(action)
        return an_entry(1, reply={"metric": metric_id(1, "counter", "a~b")})


async def nothing_in_sight(product: int, metric: int) -> None:
    return None


async def test_a_stat_with_a_tilde_is_made_only_where_names_do_not_spread() -> None:
    """Elsewhere no post would ever find it."""
    desk = Desk()
    stats = StatCommands(cast("CommandDesk", desk), Catalog(), KEYRING, nothing_in_sight)

    with pytest.raises(CommandRefusedError, match="none of them ~"):
        await stats.create(1, Kind.COUNTER, "a~b", spreads=True)
    made = await stats.create(1, Kind.COUNTER, "a~b", spreads=False)

    assert made["id"] == short_id(metric_id(1, "counter", "a~b"))
    assert desk.asked == [CreateStat(1, Kind.COUNTER, "a~b")]
