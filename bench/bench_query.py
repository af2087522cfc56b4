"""How long the query API takes over HTTP at ten million rows of 2,001 stats, one of which holds a quarter of them; and
for a second account with 412,000 stats that have next to no points.

    python -m bench.bench_query [--rows 10000000] [--requests 300] [--folder KEPT]

The target is a p99 below 30 ms for one stat over a month by the hour. Requests come one at a time from another process;
`8 at once` has eight of them. An export takes time by what is exported, not by how many stats the account has.
"""

import argparse
import asyncio
import http.client
import json
import random
import socket
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from api.web.server import serve_on_port
from testkit.query_place import NOW, SLASHED_TOKEN, TOKEN, QueryPlace
from testkit.rows import a_metric
from tilde.domain.log.identity import EPOCH_MS
from tilde.domain.stats.metrics import metric_id, short_id
from tilde.store.clickhouse import ClickHouse, open_store
from tilde.store.migrate import migrate, pending

NAMES = [f"stat {n}" for n in range(2001)]
METRICS = [metric_id(1, "counter", name) for name in NAMES]
BUSY = short_id(METRICS[0])
DAYS = 60
FILL = """
INSERT INTO tilde_g1.points
SELECT
    1, metric, bitShiftLeft(toUInt64(ms - {epoch_ms:Int64}), 13) + n % 256, 0, n, 0,
    fromUnixTimestamp64Milli(intDiv(ms, 1000) * 1000, 'UTC'), fromUnixTimestamp64Milli(ms, 'UTC'), (n % 1000) / 8
FROM
(
    SELECT
        number AS n,
        {first_ms:Int64} + intDiv(number * 86400000, {rows:UInt64}) AS ms,
        cityHash64(number, {first_ms:Int64}) AS chance,
        {metrics:Array(UInt64)}[if(chance % 4 = 0, 1, 2 + intDiv(chance, 4) % 2000)] AS metric
    FROM numbers({rows:UInt64})
)
"""
SILENT_STATS, FEW_POINTS = 412_000, 7_487
FILL_SILENT = """
INSERT INTO tilde_g1.metrics
SELECT
    2, cityHash64(number) % pow(2, 52), 0, 0, 0, 'counter', concat('silent ', toString(number)), number,
    fromUnixTimestamp64Milli({first_ms:Int64})
FROM numbers({stats:UInt64})
"""
FILL_FEW = """
INSERT INTO tilde_g1.points
SELECT
    2, cityHash64(number % 500) % pow(2, 52), number, 0, number, 0,
    fromUnixTimestamp64Milli({first_ms:Int64}), fromUnixTimestamp64Milli({first_ms:Int64}), 1
FROM numbers({points:UInt64})
"""


async def fill(store: ClickHouse, place: QueryPlace, rows: int) -> None:
    metrics = [a_metric(name, first_seen_at=(NOW - DAYS * 86_400) * 1000) for name in NAMES]
    await place.insert("metric", *metrics)
    for day in range(DAYS):
        first_ms = (NOW - (DAYS - day) * 86_400) * 1000
        parameters = {"epoch_ms": EPOCH_MS, "first_ms": first_ms, "rows": rows // DAYS, "metrics": METRICS}
        await store.execute(FILL, parameters)
    first_ms = (NOW - 86_400) * 1000
    await store.execute(FILL_SILENT, {"first_ms": first_ms, "stats": SILENT_STATS})
    await store.execute(FILL_FEW, {"first_ms": first_ms, "points": FEW_POINTS})


def questions() -> dict[str, tuple[int, list[str]]]:
    """By name: how many at once, and the paths to ask for."""
    chance = random.Random(1)  # the same every time
    stats = [short_id(metric) for metric in chance.sample(METRICS[1:], 1000)]
    month = {id_: f"/x/{TOKEN}/data/{id_}?t=30d1h" for id_ in [*stats, BUSY]}
    zone = f"from={NOW - 30 * 86_400}&bucket=1d&tz=America/New_York"
    return {
        "month by the hour, a stat": (1, [month[id_] for id_ in stats]),
        "month by the hour, a stat, 8 at once": (8, [month[id_] for id_ in stats]),
        "month by the hour, the busy stat": (1, [month[BUSY]]),
        "last day by the minute, the busy stat": (1, [f"/x/{TOKEN}/data/{BUSY}?t=1d1m"]),
        "month of New York days, a stat": (1, [f"/tilde/v1/stats/{id_}/series?{zone}" for id_ in stats]),
        "five stats, week by three hours": (1, [f"/x/{TOKEN}/data/{'/'.join(stats[i : i + 5])}" for i in range(900)]),
        "one stat by name": (1, [f"/x/{TOKEN}/stat?name=stat+{n}" for n in range(1, 1000)]),
        "list of all 2,001 stats": (1, [f"/x/{TOKEN}/statlist"]),
        "export of 7,487 points beside 412,000 stats": (1, ["/tilde/v1/export"]),
        "5,000 of 412,000 stats, by id": (1, ["/tilde/v1/stats?after=&limit=5000"]),
    }


def ask(port: int, paths: list[str], at_once: int, requests: int) -> list[float]:
    """Milliseconds a request; runs in the client's process."""

    def some(first: int) -> list[float]:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        took = []
        for n in range(first, requests, at_once):
            started_s = time.perf_counter()
            path = paths[n % len(paths)]
            is_first = TOKEN in path or "/stats/" in path or path.startswith("/core/")
            token = TOKEN if is_first else SLASHED_TOKEN  # the account of the silent stats
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            body = answer.read()
            took.append((time.perf_counter() - started_s) * 1000)
            assert answer.status == 200, body
        return took

    with ThreadPoolExecutor(at_once) as threads:
        return [ms for part in threads.map(some, range(at_once)) for ms in part]


def client(port: int, requests: int) -> None:
    results = {}
    for name, (at_once, paths) in questions().items():
        ask(port, paths, 1, 10)
        wanted = requests if len(paths) > 1 else requests // 5
        results[name] = sorted(ask(port, paths, at_once, wanted))
    print(json.dumps(results))


async def main(folder: Path, rows: int, requests: int) -> None:
    store = await open_store(f"chdb://{folder}")
    is_new = bool(await pending(store, 1))
    await migrate(store, 1)
    place = QueryPlace(store)
    await place.open()
    if is_new:
        await fill(store, place, rows)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    serving = asyncio.create_task(serve_on_port(place.app, listening))
    await asyncio.sleep(1)
    asking = [sys.executable, "-m", "bench.bench_query", "--client", str(port), "--requests", str(requests)]
    child = await asyncio.create_subprocess_exec(*asking, stdout=asyncio.subprocess.PIPE)
    out, _ = await child.communicate()
    serving.cancel()
    parts = await store.rows("SELECT count(), sum(rows) FROM system.parts WHERE active AND table = 'points'")
    print_results(json.loads(out), f"Query API at {parts[0][1]:,} rows in {parts[0][0]} parts, over HTTP")
    await store.close()


def print_results(results: dict[str, list[float]], title: str) -> None:
    table = Table("request", "requests", "p50 ms", "p99 ms", "max ms", title=title)
    for name, took in results.items():
        shown = (took[len(took) // 2], took[len(took) * 99 // 100], took[-1])
        table.add_row(name, str(len(took)), *(f"{ms:.1f}" for ms in shown))
    Console().print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--folder", type=Path, help="kept, and used again")
    parser.add_argument("--client", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.client:
        client(args.client, args.requests)
    else:
        with tempfile.TemporaryDirectory() as temporary:
            uvloop.run(main(args.folder or Path(temporary), args.rows, args.requests))
