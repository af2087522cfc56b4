"""Commands of a white label in a data folder, over HTTP: users and sites made by concurrent clients, and what a start
costs with ten thousand of each.

    python -m bench.bench_white_label [--users 10000]
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import quote

from bench.bench_light import Spent, spent
from bench.report import Row, table
from testkit.running import RunningTilde

CLIENTS = 8
TIMED = 1_000  # users, and as many sites
USERS = 10_000
READ = """
import asyncio, sys, time
from pathlib import Path
from tilde.catalog.follower import read_catalog
from tilde.domain.catalog.nouns import FACTS
from tilde.eventlog.sqlite import SqliteLog
def rss(): return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
async def main():
    before, began = rss(), time.process_time()
    catalog = await read_catalog(SqliteLog(Path(sys.argv[1])))
    print(time.process_time() - began, rss() - before, len(catalog.users), len(catalog.sites))
asyncio.run(main())
"""


def run(users: int = USERS) -> list[Row]:
    """All rows."""
    with tempfile.TemporaryDirectory() as folder, RunningTilde(Path(folder) / "data") as tilde:
        empty = spent(tilde).edge, _rss_mb(tilde)
        key = tilde.make_account("bench")["white_label_key"]
        before, began = spent(tilde), time.perf_counter()
        took_ms = asyncio.run(_made(tilde, key, 0, TIMED))
        seconds, used = time.perf_counter() - began, spent(tilde).since(before)
        asyncio.run(_made(tilde, key, TIMED, users - TIMED))
        tilde.stop()
        read = subprocess.run([sys.executable, "-c", READ, str(tilde.data)], capture_output=True, text=True, check=True)
        cpu_s, megabytes, *found = read.stdout.split()
        assert found == [str(users)] * 2, found
        tilde.start()
        return [*_of_commands(took_ms, seconds, used), *_of_a_start(tilde, empty, f"{users:,}", cpu_s, megabytes)]


def _of_commands(took_ms: list[float], seconds: float, used: Spent) -> list[Row]:
    cuts, per_s = quantiles(took_ms, n=100), f"{len(took_ms) / seconds:,.0f}"
    return [
        Row(f"{len(took_ms):,} users and sites made, {CLIENTS} at a time", "commands/s", per_s, "", "300"),
        Row("one of them", "p50 ms, p99 ms", f"{cuts[49]:.1f}, {cuts[98]:.1f}", "", "p99 50"),
        Row("edge and pipeline", "CPU us/command", f"{used.both / len(took_ms) * 1e6:,.0f}", "", ""),
    ]  # fmt: skip


def _of_a_start(tilde: RunningTilde, empty: tuple[float, float], users: str, cpu_s: str, megabytes: str) -> list[Row]:
    empty_s, empty_mb = empty
    more_mb = _rss_mb(tilde) - empty_mb
    return [
        Row(f"{users} users and {users} sites: the catalog read", "CPU s", f"{float(cpu_s):.2f}", "", ""),
        Row("the same, in memory", "MB", f"{float(megabytes):.0f}", "", ""),
        Row("the edge's start with them", "CPU s", f"{spent(tilde).edge:.2f}", f"without: {empty_s:.2f}", "3"),
        Row("the edge's memory", "MB more", f"{more_mb:.0f}", f"without: {empty_mb:.0f} MB", "40"),
    ]


async def _made(tilde: RunningTilde, key: str, first: int, users: int) -> list[float]:
    """How many milliseconds each command took: a user, a site of his, and so on."""
    took_ms: list[float] = []
    numbers = iter(range(first, first + users))
    await asyncio.gather(*(_one_after_the_other(tilde, key, numbers, took_ms) for _ in range(CLIENTS)))
    return took_ms


async def _one_after_the_other(tilde: RunningTilde, key: str, numbers: Any, took_ms: list[float]) -> None:
    reader, writer = await asyncio.open_connection(tilde.host, tilde.port)
    for number in numbers:
        user = ""
        for asked in (
            f"type=user&username=user-{number}&email={number}%40x.com",
            f"type=site&domain=site{number}.com&user_id=",
        ):
            began = time.perf_counter()
            writer.write(f"GET /api/whitelabel/?auth={quote(key)}&{asked}{user} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            ok, user, *_ = (await reader.readexactly(length)).decode().split("\n")
            took_ms.append((time.perf_counter() - began) * 1_000)
            assert ok == "OK", user
    writer.close()


def _rss_mb(tilde: RunningTilde) -> float:
    """Of the edge."""
    return int(Path(f"/proc/{tilde.child('edge')}/statm").read_text().split()[1]) * 4096 / 1e6


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--users", type=int, default=USERS)
    print(table(run(parser.parse_args().users)))


if __name__ == "__main__":
    main()
