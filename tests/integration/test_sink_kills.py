"""The sink's process is killed at any moment, again and again, while rows wait for their pace too: in the end every row
stands, and stands once.
"""

import asyncio
import random
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from testkit.rows import NOON_MS, a_metric, a_milestone, a_point
from tilde.data_folder import outputs_path
from tilde.eventlog import Append
from tilde.eventlog.logfile import LogFile
from tilde.store.clickhouse import open_store
from tilde.store.positions import load_positions

pytestmark = pytest.mark.store
ROUNDS, POINTS_A_ROUND, KILLS = 60, 100, 8

CHILD = """
import asyncio, sys
from pathlib import Path
from sinks.wiring import open_sink
from tilde.runtime.clock import SystemClock
from tilde.eventlog.sqlite import SqliteLog
from tilde.store.clickhouse import open_store
from tilde.store.migrate import migrate

async def main(data):
    store = await open_store(f"chdb://{data}/store")
    await migrate(store, 1)
    sink = await open_sink(SqliteLog(data), store, 1, SystemClock())
    print("ready", flush=True)
    for n in range(100):
        if n % 5 == 4:
            sink.flush()
        await sink.step()
        if n % 2:
            await sink.save()
    print("done", flush=True)
    await store.close()

asyncio.run(main(Path(sys.argv[1])))
"""


def fill(log: LogFile, first_round: int) -> None:
    for n in range(first_round, first_round + ROUNDS):
        for partition in range(4):
            points = [
                a_point(product=partition, received_at=NOON_MS + 1000 * (n * POINTS_A_ROUND + i), version=n)
                for i in range(POINTS_A_ROUND)
            ]
            ends: Any = {"points": (n + 1) * POINTS_A_ROUND, "metrics": n + 1, "dead_letters": 0}
            log.append(
                [
                    Append("points", partition, points),
                    Append("metrics", partition, [a_metric(f"m{n}", product=partition)]),
                    Append("progress", partition, [a_milestone(partition, n + 1, **ends)]),
                ]
            )


def test_kills_at_any_moment_change_nothing(tmp_path):
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    log = LogFile(outputs_path(tmp_path, 1), writes=True)
    for kill in range(KILLS):
        fill(log, kill * ROUNDS)
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE)
        child.stdout.readline()
        time.sleep(chance.uniform(0, 0.4))  # the moment of the kill
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    log.close()
    whole = subprocess.run([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, check=True)
    assert whole.stdout.split() == [b"ready", b"done"]

    asyncio.run(assert_exact(f"chdb://{tmp_path}/store"))


async def assert_exact(dsn: str) -> None:
    store = await open_store(dsn)
    rows = 4 * KILLS * ROUNDS * POINTS_A_ROUND
    counts = "SELECT count(), sum(number), uniqExact(product, event_id) FROM tilde_g1.points FINAL"
    assert await store.rows(counts) == [(rows, rows, rows)]
    assert await store.rows("SELECT count() FROM tilde_g1.metrics FINAL") == [(4 * KILLS * ROUNDS,)]
    positions = {(position.topic, position.partition): position for position in await load_positions(store, "tilde_g1")}
    assert positions["points", 3].next_offset == KILLS * ROUNDS * POINTS_A_ROUND
    assert positions["progress", 3].next_offset == KILLS * ROUNDS
    assert positions["progress", 3].passed == {"stats": KILLS * ROUNDS}
    await store.close()
