"""Watchers under SIGKILL, and what they stand on too: each command is decided once, each letter is there once.

    posts --> edge (killed) --> stats --> watchers (killed) --> commands --> decider --> catalog
                                                  |
    a clock -------------------------------------'--> letters, each a file

Every first sight of a stat that was posted to gives one of each, and so does every half second.
"""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from streams.decider import Decider
from testkit.chaos import Chaos, Restarted
from testkit.first_sights import HOURLY, text_of
from testkit.kafka_broker import KafkaBroker
from testkit.mail_server import MailServer, mail_server
from testkit.sealed import FakeEdge
from testkit.watching import comments, with_an_account
from tilde.catalog.follower import read_catalog
from tilde.data_folder import letters_folder, watchers_path
from tilde.domain.catalog.state import Catalog
from tilde.domain.log.partitioner import partition_of_metric
from tilde.eventlog import LogError, LogReader
from tilde.eventlog.kafka import KafkaLog, KafkaWriter
from tilde.eventlog.kafka_topics import create_topics
from tilde.eventlog.sqlite import SqliteLog
from tilde.runtime.clock import SystemClock
from tilde.runtime.tasks import cancel
from tilde.schemas.codec import decode
from tilde.schemas.topics import COMMANDS, STATS
from watchers.ledger import Ledger
from watchers.outbox import Outbox

pytestmark = pytest.mark.timeout(0)

FAULTS = int(os.environ.get("TILDE_FAULTS", "20"))
SEED = int(os.environ.get("TILDE_SEED", "1"))
WORKER = [sys.executable, str(Path(__file__).with_name("watchers_worker.py"))]
PERIOD_MS = 500
SETTLE_S = 120
KILLS_MAX = 40  # of the control: one of two finds the moment


def worker(role: str, data: Path, *more: str) -> Restarted:
    return Restarted([*WORKER, role, str(data), *more], data / f"{role}.log")


def what_is_there(data: Path) -> Counter[str]:
    """The texts of the letters."""
    letters = [text_of(path.read_bytes()) for path in letters_folder(data).glob("*.eml")]
    return Counter(letter.partition(":")[0] for letter in letters)


def is_drained(data: Path) -> bool:
    """Whether nothing of the outbox waits but what the last half second may have given."""
    ledger = Ledger(watchers_path(data))
    outbox = Outbox(ledger)
    waiting = sum(outbox.waiting().values()) + len(outbox.commands(10))
    ledger.close()
    return waiting <= 1


async def all_followed(data: Path) -> None:
    """Returns once the watchers have begun: what is posted from here on is told of."""
    async with asyncio.timeout(SETTLE_S):
        while not watchers_path(data).exists() or None in positions(data):
            await asyncio.sleep(0.1)


def positions(data: Path) -> list[int | None]:
    """The next offset of each partition of `stats`."""
    ledger = Ledger(watchers_path(data))
    saved = [ledger.position("first_sights", f"stats-{partition}") for partition in range(STATS.partitions)]
    ledger.close()
    return [each and each["next_offset"] for each in saved]


async def repeats(log: LogReader) -> int:
    """How many batches of watchers stand in `commands` a second time."""
    offset, batches = 0, Counter[tuple[str, int]]()
    while records := await log.read(COMMANDS.name, 0, offset):
        for record in records:
            batch = decode(record.value, COMMANDS.subject)
            if "/" in batch["edge"]:
                batches[batch["edge"], batch["offset"]] += 1
            offset = record.offset + 1
    return batches.total() - len(batches)


def seen_in(catalog: Catalog) -> Counter[int]:
    """How often each metric was commented on as first seen."""
    told = comments(catalog)
    return Counter({metric: count for (metric, text), count in told.items() if text == "first seen"})


def half_seconds_in(catalog: Catalog) -> list[int]:
    """The half seconds that were commented on, each as often as it was, in order."""
    told = comments(catalog)
    return sorted(
        int(text.removeprefix("at ")) for (m, text) in told.elements() if m == HOURLY and text != "first seen"
    )


def require_each_once(data: Path, catalog: Catalog, posted: set[int], known: set[int]) -> None:
    """`posted` has to be told of; `known` are those that may be: a client was not answered, and the post is there."""
    seen, half_seconds, letters = seen_in(catalog), half_seconds_in(catalog), what_is_there(data)
    assert set(seen.values()) == {1}
    assert posted <= seen.keys() <= known
    assert {f"1/{metric}" for metric in seen} <= letters.keys()
    assert set(letters.values()) == {1}
    steps = {after - before for before, after in pairwise(half_seconds)}
    assert steps == {PERIOD_MS}, "each once, and none left out"


async def sights_in(log: LogReader) -> set[int]:
    """Every metric that stands in `stats`."""
    found: set[int] = set()
    for partition in range(STATS.partitions):
        offset = 0
        while records := await log.read(STATS.name, partition, offset):
            for record in records:
                found |= {event["metric"] for event in decode(record.value, STATS.subject)["events"]}
            offset = records[-1].offset + 1
    return found


def acknowledged(data: Path) -> set[int]:
    lines = (data / "acknowledged").read_text().splitlines(keepends=True)
    return {int(line) for line in lines if line.endswith("\n")}


def delivered_twice(data: Path) -> int:
    lines = (data / "delivered").read_text().split()
    return len(lines) - len(set(lines))


# Embedded.


async def begun(data: Path, *more: str) -> tuple[Restarted, Restarted]:
    """An edge with its decider, and watchers that are told of all that is posted to it from now on."""
    edge = worker("edge", data, *more)
    async with asyncio.timeout(SETTLE_S):
        while not (data / "catalog.log").exists() or not (await read_catalog(SqliteLog(data))).accounts:
            await asyncio.sleep(0.1)
    watchers = worker("watch", data, *more)
    await all_followed(data)
    (data / "go").touch()
    return edge, watchers


async def moved(data: Path) -> None:
    """Returns once the watchers have looked at something: whoever was killed works again, however busy the machine."""
    before = positions(data)
    async with asyncio.timeout(SETTLE_S):
        while positions(data) == before:
            await asyncio.sleep(0.02)


async def settled(data: Path) -> Catalog:
    """The catalog, once what was posted is told of and nothing waits."""
    log = SqliteLog(data)
    async with asyncio.timeout(SETTLE_S):
        while True:
            catalog = await read_catalog(SqliteLog(data))
            if (await sights_in(log)) <= seen_in(catalog).keys() and is_drained(data):
                await log.close()
                return catalog
            await asyncio.sleep(0.5)


async def test_each_command_and_each_letter_is_there_once_embedded(tmp_path: Path) -> None:
    edge, watchers = await begun(tmp_path)
    kills = random.Random(SEED)
    for _ in range(FAULTS):
        await moved(tmp_path)
        await asyncio.sleep(kills.uniform(0, 0.7))
        (edge if kills.random() < 0.3 else watchers).send(signal.SIGKILL)
    (tmp_path / "stop").touch()
    catalog = await settled(tmp_path)
    await watchers.end()
    await edge.end()
    log = SqliteLog(tmp_path)
    known, again = await sights_in(log), await repeats(log)
    await log.close()
    print(f"seed {SEED}, {FAULTS} kills, {watchers.starts} starts: {len(acknowledged(tmp_path))} stats,", end=" ")
    print(f"{len(half_seconds_in(catalog))} half seconds; sent again: {again} batches of commands,", end=" ")
    print(f"{delivered_twice(tmp_path)} letters")

    require_each_once(tmp_path, catalog, acknowledged(tmp_path), known)
    assert again > 0
    assert delivered_twice(tmp_path) > 0


async def test_no_letter_to_a_mail_server_is_lost_and_each_comes_again_only_behind_a_kill(tmp_path: Path) -> None:
    """SIGKILL of the watchers, wherever they are between asking for a letter, the server's yes, and the position."""
    loop, kills, killed_s = asyncio.get_running_loop(), random.Random(SEED), []
    async with mail_server(MailServer()) as server:
        edge, watchers = await begun(tmp_path, f"smtp={server.port}", "seldom")
        for _ in range(FAULTS):
            await moved(tmp_path)
            await asyncio.sleep(kills.uniform(0, 0.7))
            if watchers.send(signal.SIGKILL):
                killed_s.append(loop.time())
        (tmp_path / "stop").touch()
        posted, wanted = acknowledged(tmp_path), await asked_for(tmp_path)
        async with asyncio.timeout(SETTLE_S):
            while not wanted <= told_by(server).keys():
                await asyncio.sleep(0.2)
        await watchers.end()
        await edge.end()
    again = [pair for times in server.times.values() for pair in pairwise(sorted(times))]
    print(f"seed {SEED}, {len(killed_s)} kills: {len(server.times)} letters, {len(again)} of them again")

    assert {f"1/{metric}" for metric in posted} <= wanted
    assert set(told_by(server).values()) == {1}, "one came under two Message-IDs"
    assert again, "no kill has found the moment"
    assert all(any(first_s < kill_s < then_s for kill_s in killed_s) for first_s, then_s in again)


async def asked_for(data: Path) -> set[str]:
    """The letters that what was posted, and each half second so far, has to give."""
    log = SqliteLog(data)
    async with asyncio.timeout(SETTLE_S):
        while not (await sights_in(log)) <= seen_in(catalog := await read_catalog(SqliteLog(data))).keys():
            await asyncio.sleep(0.5)
    await log.close()
    return {f"1/{metric}" for metric in seen_in(catalog)} | {f"at {at_ms}" for at_ms in half_seconds_in(catalog)}


def told_by(server: MailServer) -> Counter[str]:
    """What the letters tell that a server took, each once for each Message-ID that it came under."""
    letters = {message["Message-ID"]: message["Subject"] for _, message in server.taken}
    return Counter(subject.partition(":")[0] for subject in letters.values())


async def test_the_harness_notices_a_position_that_runs_ahead_of_the_outbox(tmp_path: Path) -> None:
    """So the test above can fail."""
    edge, watchers = await begun(tmp_path, "position-first")
    for _ in range(KILLS_MAX):
        await moved(tmp_path)
        watchers.send(signal.SIGKILL)
        if await lost(tmp_path):
            break
    await watchers.end()
    await edge.end()
    print(f"seed {SEED}: {len(await lost(tmp_path))} lost over {watchers.starts} starts")

    assert await lost(tmp_path)


async def lost(data: Path) -> set[int]:
    """The metrics that the watchers are past, and have asked for nothing; none of them runs."""
    log, passed = SqliteLog(data), set[int]()
    for partition, next_offset in enumerate(positions(data)):
        for record in (await log.read(STATS.name, partition, 0, 1 << 30))[:next_offset]:
            passed |= {event["metric"] for event in decode(record.value, STATS.subject)["events"]}
    ledger = Ledger(watchers_path(data))
    asked = [each.batch for each in Outbox(ledger).commands(100_000)]
    ledger.close()
    asked += [record.value for record in await log.read(COMMANDS.name, 0, 0, 1 << 30)]
    await log.close()
    commands = [event["action"][1] for batch in asked for event in decode(batch, COMMANDS.subject)["events"]]
    return passed - {command.get("metric") for command in commands}


# On Kafka.


@pytest.mark.kafka
@pytest.mark.skipif(bool(KafkaBroker.missing()), reason=KafkaBroker.missing() or "Kafka can run")
async def test_each_command_and_each_letter_is_there_once_on_kafka(tmp_path: Path) -> None:
    """The broker pauses, too, so that acks are late; and some batches stand in `stats` twice."""
    with KafkaBroker() as broker:
        await create_topics(broker.bootstrap)
        log, writer = KafkaLog(broker.bootstrap), KafkaWriter(broker.bootstrap)
        await with_an_account(writer)
        commands = KafkaLog(broker.bootstrap)
        deciding = asyncio.create_task(Decider(commands, writer, SystemClock()).run())
        watchers = worker("watch", tmp_path, broker.bootstrap)
        await all_followed(tmp_path)
        posted: set[int] = set()
        posting = asyncio.create_task(post(writer, posted))
        chaos = Chaos(SEED, [watchers], broker)
        await chaos.run(FAULTS // 2, between_s=(0.5, 2.0))
        await cancel(posting)
        async with asyncio.timeout(SETTLE_S):
            while not (
                posted <= seen_in(await read_catalog(KafkaLog(broker.bootstrap))).keys() and is_drained(tmp_path)
            ):
                await asyncio.sleep(0.5)
        await watchers.end()
        catalog = await read_catalog(KafkaLog(broker.bootstrap))
        known, again = await sights_in(log), await repeats(log)
        await cancel(deciding)
        for opened in (log, commands, writer):
            await opened.close()
    print(f"seed {SEED}, {dict(chaos.done)}, {watchers.starts} starts: {len(posted)} stats,", end=" ")
    print(f"{len(half_seconds_in(catalog))} half seconds; {again} batches of commands sent again")

    require_each_once(tmp_path, catalog, posted, known)


async def post(writer: KafkaWriter, posted: set[int]) -> None:
    """Each metric once or twice, and every fifth batch again, as after an ack that was lost."""
    edge, metric = FakeEdge(), 10
    while True:
        metric += 1
        sealed = edge.seal(partition_of_metric(metric, STATS.partitions), [edge.post("s", metric=metric)])
        for _ in range(2 if metric % 5 == 0 else 1):
            await sent(writer, sealed)
        posted.add(metric)
        await asyncio.sleep(0.03)


async def sent(writer: KafkaWriter, sealed: object) -> None:
    """Once the broker answers: it may be there twice then."""
    while True:
        try:
            await writer.append([sealed])
        except LogError:
            await asyncio.sleep(0.1)
        else:
            return
