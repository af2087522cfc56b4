"""How long Kissmetrics' Core API takes over HTTP where a token reaches 10,000 events of ten products, in a table of a
million.

    python -m bench.bench_core_api [--requests 500]

The target is a p99 below 30 ms for a page of 20. Requests come one at a time from another process.
"""

import argparse
import asyncio
import json
import os
import random
import socket
import sys
import tempfile
from pathlib import Path

import uvloop

from api.web.server import serve_on_port
from bench.bench_query import ask, print_results
from testkit.query_place import NOW, QueryPlace, product_uuid
from tilde.domain.catalog.products import ProductCreated
from tilde.domain.people.uuids import event_uuid
from tilde.store.clickhouse import ClickHouse, open_store
from tilde.store.migrate import migrate

PRODUCTS, EVENTS, EVERYBODYS = 10, 1_000, 1_000_000
FILL = """
INSERT INTO tilde_g1.events
SELECT
    {first:UInt32} + intDiv(number, {events:UInt32}), concat('event ', toString(number % {events:UInt32})), number, 0,
    1 + number % {events:UInt32}, number, {now:UInt32} - 86400, {now:UInt32},
    fromUnixTimestamp64Milli(toInt64({now:UInt32}) * 1000 - cityHash64(number) % 86400000, 'UTC'),
    fromUnixTimestamp64Milli(toInt64({now:UInt32}) * 1000, 'UTC')
FROM numbers({rows:UInt64})
"""


async def fill(store: ClickHouse, place: QueryPlace) -> None:
    for product in range(1001, 1001 + PRODUCTS):
        await place.decide(ProductCreated(1, product, f"product {product}", product_uuid(product), "", None, ()))
    for first, rows in ((1001, PRODUCTS * EVENTS), (2001, EVERYBODYS)):
        for _ in range(2):  # each row twice, as after a crash: what reads them has to merge them
            await store.execute(FILL, {"first": first, "events": EVENTS, "now": NOW, "rows": rows})


def questions() -> dict[str, tuple[int, list[str]]]:
    """By name: how many at once, and the paths to ask for."""
    chance = random.Random(1)  # the same every time
    offsets = [chance.randrange(PRODUCTS * EVENTS - 20) for _ in range(400)]
    some = [(chance.randrange(1001, 1001 + PRODUCTS), chance.randrange(EVENTS)) for _ in range(400)]
    ids = [event_uuid(product_uuid(product), f"event {event}") for product, event in some]
    return {
        "the accounts, without a table": (1, ["/core/accounts"] * 2),
        "first page of 20 events": (1, ["/core/events"] * 2),
        "a page of 20 events": (1, [f"/core/events?offset={offset}" for offset in offsets]),
        "a page of 20 events, 8 at once": (8, [f"/core/events?offset={offset}" for offset in offsets]),
        "a page of one product": (1, [f"/core/products/{product_uuid(product)}/events" for product, _ in some]),
        "one event by its UUID": (1, [f"/core/events/{id_}" for id_ in ids]),
        "all 10,000 events": (1, ["/core/events?limit=10000"]),
    }


def client(port: int, requests: int) -> None:
    results = {}
    for name, (at_once, paths) in questions().items():
        ask(port, paths, 1, 10)
        before_ms, wanted = _server_ms(), requests if len(paths) > 1 else requests // 10
        took = sorted(ask(port, paths, at_once, wanted))
        results[f"{name}: CPU {(_server_ms() - before_ms) / wanted:.1f} ms"] = took
    print(json.dumps(results))


def _server_ms() -> float:
    """CPU time of the process that answers, which began this one: on a shared machine it says more than a clock."""
    fields = Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


async def main(requests: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(f"chdb://{Path(folder) / 'store'}")
        await migrate(store, 1)
        place = QueryPlace(store)
        await place.open()
        await fill(store, place)
        listening = socket.create_server(("127.0.0.1", 0))
        serving = asyncio.create_task(serve_on_port(place.app, listening))
        await asyncio.sleep(1)
        port = listening.getsockname()[1]
        asking = [sys.executable, "-m", "bench.bench_core_api", "--client", str(port), "--requests", str(requests)]
        child = await asyncio.create_subprocess_exec(*asking, stdout=asyncio.subprocess.PIPE)
        out, _ = await child.communicate()
        serving.cancel()
        print_results(json.loads(out), f"Core API: 10,000 events of {PRODUCTS} products, over HTTP")
        await store.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--client", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.client:
        client(args.client, args.requests)
    else:
        uvloop.run(main(args.requests))
