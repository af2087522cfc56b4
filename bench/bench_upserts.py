"""How soon an upsert of StatsMix's is answered, which reads back what it wrote: stats of one account with a `ref_id`,
so many a second, whoever is answered late.

    python -m bench.bench_upserts [--seconds 15] [20 50 100 200]

Most of them change a stat that is there. Each answer has to be the stat as it was written, or as it was written after
that. The CPU is that of edge and pipeline together.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from bench.bench_light import spent
from bench.report import Row, table
from testkit.running import RunningTilde

KEY = "0123456789abcdef0123"
RATES = (20, 50, 100, 200)
SECONDS = 15
WARM_S = 3
METRICS = 10
REFS = 100  # two writes of one are half a second apart, and more
_HEAD = "POST /api/v2/track.json HTTP/1.1\r\nhost: x\r\nx-statsmix-token: %s\r\ncontent-length: %d\r\n\r\n%s"


class Clients:
    """Connections that are kept: who is not answered yet keeps nobody from asking on another one."""

    def __init__(self, tilde: RunningTilde) -> None:
        self._tilde = tilde
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._answered: defaultdict[int, set[int]] = defaultdict(set)

    async def upsert(self, nth: int) -> float:
        """Seconds until it was answered. Raises AssertionError where the answer has what was there before:
        that was answered when this one was not sent yet.
        """
        ref = nth % REFS
        over = frozenset(self._answered[ref])
        body = f"name=orders {nth % METRICS}&ref_id=order {ref}&value={nth}"
        began_s = time.perf_counter()
        reader, writer = self._free.pop() if self._free else await self._opened()
        writer.write((_HEAD % (KEY, len(body), body)).encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        answer = await reader.readexactly(length)
        took_s = time.perf_counter() - began_s
        assert head.startswith(b"http/1.1 200"), (head, answer)
        value = json.loads(answer)["stat"]["value"]
        assert value == nth or value not in over, (nth, answer)
        self._answered[ref].add(nth)
        self._free.append((reader, writer))
        return took_s

    async def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self._tilde.host, self._tilde.port)

    def close(self) -> None:
        """Closes those that nobody waits on."""
        for _, writer in self._free:
            writer.close()


async def steadily(clients: Clients, rate: int, seconds: float, first: int) -> list[float]:
    """How long each took, the shortest first."""
    began_s, asked = time.perf_counter(), []
    for n in range(int(rate * seconds)):
        await asyncio.sleep(max(0, began_s + n / rate - time.perf_counter()))
        asked.append(asyncio.create_task(clients.upsert(first + n)))
    return sorted(await asyncio.gather(*asked))


async def measured(tilde: RunningTilde, rates: tuple[int, ...], seconds: float) -> list[Row]:
    """A row for each rate."""
    clients, rows = Clients(tilde), []
    await steadily(clients, 20, WARM_S, 0)
    for nth, rate in enumerate(rates, 1):
        before = spent(tilde)
        took = await steadily(clients, rate, seconds, nth * 1_000_000)
        cpu = spent(tilde).since(before).both / seconds
        p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
        shown = f"{p50 * 1000:.0f}, {p99 * 1000:.0f}"
        rows.append(Row(f"{rate} upserts/s, CPU {cpu:.2f} of a core", "ms, p50 and p99", shown, "", "p99 500"))
    clients.close()
    return rows


def run(rates: tuple[int, ...] = RATES, seconds: float = SECONDS) -> list[Row]:
    """With `tilde up`."""
    with tempfile.TemporaryDirectory() as folder, RunningTilde(Path(folder) / "data") as tilde:
        tilde.make_account("bench", api_key=KEY)
        return asyncio.run(measured(tilde, rates, seconds))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("rates", type=int, nargs="*", default=RATES)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    args = parser.parse_args()
    sys.stdout.write(table(run(tuple(args.rates), args.seconds)) + "\n")
