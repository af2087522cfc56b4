"""Other people's tools read the output topics as they are: ClickHouse's AvroConfluent and Confluent's client, with our
registry.
"""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from testkit.running import RunningTilde
from tests.clients.runners import seen_by_the_registry_client
from tilde.eventlog.sqlite import SqliteLog
from tilde.schemas.codec import decode, schema_of
from tilde.schemas.registry import latest
from tilde.schemas.topics import METRICS, OUTPUTS, POINTS, TOPICS, Topic

pytestmark = pytest.mark.e2e

SEEN = {
    "number": 1.0,
    "subjects": [f"{name}-value" for name in TOPICS],
    "latest": latest("point").id,
    "looked up": latest("point").id,
    "compatibility": "FULL_TRANSITIVE",
    "written again": {"that register": True, "that look up": True, "of the latest version": True},
    "no such id": [404, 40403],
    "no such subject": [404, 40401],
    "no such version": [404, 40402],
    "another schema": [422, 42205],
    "another level": [422, 42205],
}
"""What Confluent's client sees."""

CLICKHOUSE = """
import sys
import chdb
print(chdb.query(sys.argv[1], "JSONEachRow"))
"""


def ask(sql: str, registry: str) -> list[dict]:
    """The rows of a statement in an engine that knows of Tilde only where its registry is."""
    settings = f"format_avro_schema_registry_url = '{registry}'"
    done = subprocess.run(
        [sys.executable, "-c", CLICKHOUSE, f"{sql} SETTINGS {settings}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line]


async def messages(data: Path, topic: Topic) -> list[bytes]:
    """All that a topic holds."""
    log = SqliteLog(data)
    found = [
        record.value
        for partition in range(topic.partitions)
        for record in await log.read(topic.name, partition, 0, 1 << 30)
    ]
    await log.close()
    return found


def test_clickhouse_and_confluents_client_read_points_and_metrics_with_our_registry(tmp_path: Path) -> None:
    """Nothing but rows of one schema is in them, however many flushes and restarts there were."""
    with RunningTilde(tmp_path / "data") as tilde:
        account = tilde.make_account("topics")
        for number in range(1, 9):
            body = {"ezkey": account["ezkey"], "stat": f"stat {number}~a,b", "count": number}
            assert tilde.client.post("/ez", data=body).json()["status"] == 200
            tilde.wait_counted()
        topics = {topic.name: asyncio.run(messages(tilde.data, topic)) for topic in OUTPUTS}
        for name, values in topics.items():
            (tmp_path / name).write_bytes(b"".join(values))
        points = ask(
            f"SELECT count() AS points, sum(number) AS total FROM file('{tmp_path / POINTS.name}', 'AvroConfluent')",
            f"{tilde.url}/tilde/registry",
        )
        names = ask(
            f"SELECT DISTINCT name FROM file('{tmp_path / METRICS.name}', 'AvroConfluent') ORDER BY name LIMIT 2",
            tilde.url,
        )

        first = min(topics["points"], key=lambda message: decode(message, "point")["event_id"])
        seen = [seen_by_the_registry_client(url, first) for url in (tilde.url, f"{tilde.url}/tilde/registry")]

    assert points == [{"points": 16, "total": 72.0}]
    assert names == [{"name": "stat 1 a"}, {"name": "stat 1 b"}]
    for name, subject in (("points", "point"), ("metrics", "metric")):
        assert {schema_of(value).id for value in topics[name]} == {latest(subject).id}
    assert topics["dead_letters"] == []
    assert seen == [SEEN, SEEN]
