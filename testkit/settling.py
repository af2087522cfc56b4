"""Waits until tables have what was acknowledged, of whichever release: by the topics that its progress names."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition

from testkit.waiting import PATIENCE_S, until
from tilde.data_folder import catalog_path, edge_folder
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.segments import SegmentReader
from tilde.schemas.topics import CATALOG

Ends = dict[str, list[int]]
"""Where each partition of a topic ends."""


def settle_folder(client: httpx.Client, data: Path) -> None:
    """Those of a data folder."""
    _settle(client, _ends_in_folder(data, _passed(client)))


def settle_kafka(client: httpx.Client, bootstrap: str) -> None:
    """Those of a Kafka. What was answered is there, unless it was answered from the edge's disk."""
    _settle(client, asyncio.run(_ends_on_kafka(bootstrap, _passed(client))))


def _settle(client: httpx.Client, ends: Ends) -> None:
    def is_there() -> bool:
        passed = _passed(client)
        return all(done >= end for topic in ends for done, end in zip(passed[topic], ends[topic], strict=True))

    until(is_there, PATIENCE_S, lambda: f"not in the tables: {ends}, {_passed(client)}")


def _passed(client: httpx.Client) -> dict[str, list[int]]:
    answer = client.get("/tilde/v1/progress")
    assert answer.is_success, answer.text
    return dict(answer.json()["passed"])


def _ends_in_folder(data: Path, topics: Mapping[str, list[int]]) -> Ends:
    catalog = LogFile(catalog_path(data), writes=False)
    raw = SegmentReader(edge_folder(data))
    try:
        return {
            name: [(catalog if name == CATALOG.name else raw).end_offset(name, nth) for nth in range(len(topics[name]))]
            for name in topics
        }
    finally:
        raw.close()
        catalog.close()


async def _ends_on_kafka(bootstrap: str, topics: Mapping[str, list[int]]) -> Ends:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        places = {name: [TopicPartition(name, nth) for nth in range(len(passed))] for name, passed in topics.items()}
        ends = await consumer.end_offsets([place for each in places.values() for place in each])
        return {name: [ends[place] for place in each] for name, each in places.items()}
    finally:
        await consumer.stop()
