"""`tilde tail` prints the events of a topic as they come in, decoded, one JSON object a line; also beside a Tilde that
runs.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import orjson

from run.process.folder_lock import DataFolder
from run.process.printing import print_json_text
from tilde.catalog.follower import read_catalog
from tilde.data_folder import bell_path, catalog_path
from tilde.errors import SettingsError
from tilde.eventlog import LogReader
from tilde.eventlog.bell import Bell
from tilde.eventlog.sqlite import SqliteLog
from tilde.runtime.telling import announce
from tilde.schemas.codec import PoisonError, decode, schema_of
from tilde.schemas.topics import TOPICS, Topic
from tilde.settings import Settings

POLL_S = 1.0


def topic_named(name: str) -> Topic:
    """The topic. Raises SettingsError that lists them all."""
    if name not in TOPICS:
        raise SettingsError(f"there is no topic {name!r}; there are {', '.join(TOPICS)}")
    return TOPICS[name]


async def tail(settings: Settings, name: str, *, from_start: bool, follow: bool) -> None:
    """Prints until cancelled, or to the end where it does not follow."""
    topic = topic_named(name)
    async with open_log(settings) as log:
        if follow and settings.is_embedded and not DataFolder(settings.data).is_taken():
            announce(f"no Tilde runs on {settings.data}; waiting for one, until Ctrl-C")
        offsets = [
            await (log.start_offset if from_start else log.end_offset)(topic.name, partition)
            for partition in range(topic.partitions)
        ]
        while True:
            news = 0
            for partition in range(topic.partitions):
                for record in await log.read(topic.name, partition, offsets[partition]):
                    offsets[partition] = record.offset + 1
                    news += 1
                    for line in lines(topic, partition, record.offset, record.value):
                        print_json_text(line.decode())
            if not news and not follow:
                return
            if not news:
                await log.wait(POLL_S)


@asynccontextmanager
async def open_log(settings: Settings) -> AsyncIterator[LogReader]:
    """The log that the settings name, to be read beside whoever writes it."""
    if not settings.is_embedded:
        from tilde.eventlog.kafka import KafkaLog

        generation = (await read_catalog(KafkaLog(settings.brokers))).generation
        log: LogReader = KafkaLog(settings.brokers, generation)
        try:
            yield log
        finally:
            await log.close()
        return
    if not catalog_path(settings.data).exists():
        raise SettingsError(f"{settings.data} is no data folder of Tilde")
    bell = Bell(bell_path(settings.data), serves=False)
    await bell.open()
    log = SqliteLog(settings.data, (await read_catalog(SqliteLog(settings.data))).generation, bell)
    try:
        yield log
    finally:
        await log.close()
        await bell.close()


def lines(topic: Topic, partition: int, offset: int, message: bytes) -> Iterator[bytes]:
    """One JSON line for each event of a message; a message that cannot be decoded says so."""
    where: dict[str, Any] = {"topic": topic.name, "partition": partition, "offset": offset}
    try:
        schema = schema_of(message)
        record = decode(message, schema.subject)
    except PoisonError as poison:
        yield orjson.dumps(where | {"poison": str(poison), "bytes": message.hex()})
        return
    if schema.subject == "marker":
        return
    events = record.pop("events", None)
    if events is None:
        yield orjson.dumps(where | _plain(record))
        return
    for nth, event in enumerate(events):
        yield orjson.dumps(where | {"nth": nth, "edge": record["edge"]} | _plain(event))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return {"type": value[0].removeprefix("tilde."), **_plain(value[1])}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value


def run(settings: Settings, topic: str, *, from_start: bool, follow: bool) -> None:
    """`tail`, ended by Ctrl-C."""
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        asyncio.run(tail(settings, topic, from_start=from_start, follow=follow))
