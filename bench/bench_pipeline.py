"""`tilde up` from HTTP to queryable row: what it sustains, how fresh it is, what it takes when idle."""

import asyncio
import itertools
import json
import statistics
import tempfile
import time
from pathlib import Path

from bench.report import Row
from testkit.running import RunningTilde

BATCH = 1_000
SUSTAINED_BATCHES = 1_500
SUSTAINED_CONNECTIONS = 4
POSTS_PER_S = 2_000
FRESH_S = 10
CONNECTIONS = 16
PROBES_PER_S = 10


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes, kind: bytes) -> None:
    """One post on a keep-alive connection, answered."""
    writer.write(
        b"POST /ez HTTP/1.1\r\nhost: x\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n%s" % (kind, len(body), body)
    )
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    answer = await reader.readexactly(length)
    assert answer.startswith(b'{"status":200'), answer


def rss_mb(pid: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0


def run() -> list[Row]:
    """All rows of the pipeline."""
    with tempfile.TemporaryDirectory() as folder, RunningTilde(Path(folder) / "data") as tilde:
        tilde.account = tilde.create_account("bench")
        pids = [tilde.pid, tilde.child("edge"), tilde.child("pipeline")]
        idle = sum(rss_mb(pid) for pid in pids if pid)
        rows = [Row("tilde up, idle", "MB resident", f"{idle:.0f}", "", "600")]
        rows += asyncio.run(fresh(tilde))
        return rows + asyncio.run(sustained(tilde))


async def sustained(tilde: RunningTilde) -> list[Row]:
    """Batches as fast as they are taken, until the last is queryable."""
    ezkey = tilde.account["ezkey"]
    data = [{"stat": f"stat {n % 500}", "count": 1} for n in range(BATCH)]
    body = json.dumps({"ezkey": ezkey, "data": data}).encode()
    left = itertools.count()

    async def client() -> None:
        reader, writer = await asyncio.open_connection(tilde.host, tilde.port)
        while next(left) < SUSTAINED_BATCHES:
            await exchange(reader, writer, body, b"application/json")
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(SUSTAINED_CONNECTIONS)))
    acknowledged = time.perf_counter() - began
    await asyncio.to_thread(tilde.wait_counted)
    counted = time.perf_counter() - began
    total = SUSTAINED_BATCHES * BATCH
    return [
        Row("HTTP to acknowledged, batches of 1,000", "stats/s", f"{total / acknowledged:,.0f}", "", ""),
        Row("HTTP to queryable, sustained", "stats/s", f"{total / counted:,.0f}", "", "80,000"),
    ]


async def fresh(tilde: RunningTilde) -> list[Row]:
    """From the answer to the row, at a steady rate: a probe's own stat is asked for until it is there."""
    ezkey = tilde.account["ezkey"].encode()
    stop = asyncio.Event()
    sent = 0

    async def load(number: int) -> None:
        nonlocal sent
        reader, writer = await asyncio.open_connection(tilde.host, tilde.port)
        pause_s = CONNECTIONS / POSTS_PER_S
        due = time.perf_counter()
        while not stop.is_set():
            body = b"ezkey=%s&stat=load+%d&count=1" % (ezkey, number)
            await exchange(reader, writer, body, b"application/x-www-form-urlencoded")
            sent += 1
            due += pause_s
            await asyncio.sleep(max(0, due - time.perf_counter()))
        writer.close()

    loads = [asyncio.create_task(load(number)) for number in range(CONNECTIONS)]
    began = time.perf_counter()
    ages = await probes(tilde, ezkey)
    stop.set()
    await asyncio.gather(*loads)
    rate = sent / (time.perf_counter() - began)
    p99 = statistics.quantiles(ages, n=100)[98]
    return [
        Row(
            f"acknowledged to queryable at {rate:,.0f} posts/s",
            "p50 ms",
            f"{statistics.median(ages) * 1000:.0f}",
            "",
            "",
        ),
        Row(f"acknowledged to queryable at {rate:,.0f} posts/s", "p99 ms", f"{p99 * 1000:.0f}", "", "1,000"),
    ]


async def probes(tilde: RunningTilde, ezkey: bytes) -> list[float]:
    """Seconds from the answer to the row, of each probe."""
    reader, writer = await asyncio.open_connection(tilde.host, tilde.port)
    ages = []
    for marker in range(1, FRESH_S * PROBES_PER_S + 1):
        body = b"ezkey=%s&stat=probe&count=%d" % (ezkey, marker)
        await exchange(reader, writer, body, b"application/x-www-form-urlencoded")
        answered = time.perf_counter()
        while not await asyncio.to_thread(_is_there, tilde, marker):
            await asyncio.sleep(0.01)
        ages.append(time.perf_counter() - answered)
    writer.close()
    return ages


def _is_there(tilde: RunningTilde, marker: int) -> bool:
    return any(number == marker for _, number in tilde.points("probe", "counter"))
