"""Histories of people through both drivers and both engines: all that is asked of them is answered as an oracle answers.

TILDE_HISTORIES says how many histories (10), each with twenty questions.
"""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from api.reads.people.people import People
from api.reads.tables import Tables
from streams.drivers.kafka.names import changelogs
from testkit import example_topic, labels
from testkit.chaos import Restarted
from testkit.driven_histories import History, Rows, folded, histories, sealed
from testkit.kafka_broker import KafkaBroker
from testkit.labels import with_labelling
from testkit.people import names_of, people_of
from testkit.people_histories import an_oracle
from testkit.query_place import QueryPlace
from testkit.waiting import PATIENCE_S, until_told
from tilde.eventlog import Append
from tilde.eventlog.kafka import KafkaLog, KafkaWriter
from tilde.eventlog.kafka_topics import create_topics
from tilde.schemas.codec import decode
from tilde.schemas.topics import EVENTS, OF_PEOPLE, PEOPLE, PROPERTIES, Topic

MANY = int(os.environ.get("TILDE_HISTORIES", "10"))  # a thousand where somebody asks for them
WORKER = Path(__file__).parents[1] / "faults/streams_worker.py"
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(0)]


@pytest.fixture(scope="module")
def found() -> list[History]:
    return histories(MANY)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def embedded(found: list[History], tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """What the embedded driver makes of them."""
    return await folded(sealed(found), tmp_path_factory.mktemp("embedded"))


@pytest.mark.store
async def test_questions_are_answered_as_an_oracle_answers_them(
    place: QueryPlace, found: list[History], embedded: Rows
) -> None:
    for topic in OF_PEOPLE:
        await place.insert_rows(topic, sorted(embedded[topic.name]))
    people = People(Tables(place.store, lambda: 1))

    for history in found:
        oracle = an_oracle(history.acts)
        for question in history.questions:
            assert set(await people.found(history.product, question)) == oracle.answer(question), history


async def test_histories_that_come_in_another_order_are_the_same_people(
    found: list[History], embedded: Rows, tmp_path: Path
) -> None:
    """Indexes and versions alone follow the order."""
    chance = random.Random(1)
    permuted = [history._replace(acts=chance.sample(history.acts, len(history.acts))) for history in found]
    again = await folded(sealed(permuted), tmp_path)

    assert again != embedded
    assert told(again) == told(embedded)


def told(rows: Rows) -> list[object]:
    people, events, properties = (
        [decode(row, topic.subject) for row in rows[topic.name]] for topic in (PEOPLE, EVENTS, PROPERTIES)
    )
    return [people_of(people), names_of(events, "event"), names_of(properties, "property")]


@pytest.mark.kafka
async def test_workers_that_come_and_die_on_kafka_write_the_same_rows(
    found: list[History], embedded: Rows, tmp_path: Path
) -> None:
    """To the byte, and so each question has the same answer: a second worker joins in the middle, the first is killed,
    and comes again.
    """
    batches = sealed(found)
    with KafkaBroker() as broker, example_topic.known(), labels.known():
        await create_topics(broker.bootstrap, changelogs=changelogs(1, with_labelling()))
        writer, log = KafkaWriter(broker.bootstrap), KafkaLog(broker.bootstrap)
        workers = [worker(broker, tmp_path / "first")]
        third = len(batches) // 3
        await ship(writer, batches[:third])
        await until_there(log, 1)
        workers.append(worker(broker, tmp_path / "second"))
        await ship(writer, batches[third : 2 * third])
        await until_there(log, sum(map(len, embedded.values())) // 3)
        assert workers[0].send(signal.SIGKILL)
        await ship(writer, batches[2 * third :])
        async with asyncio.timeout(PATIENCE_S + MANY):
            while (rows := await rows_on(log)) != embedded:
                await asyncio.sleep(0.5)
        starts = [each.starts for each in workers]
        for each in workers:
            await each.end()
        await log.close()
        await writer.close()

    assert rows == embedded
    assert starts == [2, 1]


def worker(broker: KafkaBroker, folder: Path) -> Restarted:
    command = [sys.executable, str(WORKER), broker.bootstrap, str(folder)]
    return Restarted(command, folder.with_suffix(".log"))


async def ship(writer: KafkaWriter, batches: list[Append]) -> None:
    for begins in range(0, len(batches), 50):
        await writer.append(batches[begins : begins + 50])


async def rows_on(log: KafkaLog) -> Rows:
    """Each once: a worker that died may have written some again."""
    return {topic.name: frozenset([row async for row in rows_of(log, topic)]) for topic in OF_PEOPLE}


async def rows_of(log: KafkaLog, topic: Topic) -> AsyncIterator[bytes]:
    for partition in range(topic.partitions):
        offset = 0
        while records := await log.read(topic.name, partition, offset):
            offset = records[-1].offset + 1
            for record in records:
                yield record.value


async def until_there(log: KafkaLog, many: int) -> None:
    """So many rows."""
    await until_told(partial(rows_on, log), lambda rows: sum(map(len, rows.values())) >= many, pause_s=0.2)
