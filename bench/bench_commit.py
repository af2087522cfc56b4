"""What making a post durable costs, part by part: the disk's own sync, SQLite, the edge's log, and the clients' wait.

Each commit holds the posts of one group of GROUP clients, each of which posts again once it was answered. CPU of one
process, all threads; the posts are the same in all parts.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import uvloop

from bench.edge_server import NoLog
from bench.report import Row
from producers.edge.edge_log import EdgeLog, LogThread
from producers.edge.event_writer import EventWriter
from producers.edge.sealer import Sealer
from tilde.domain.catalog.state import Catalog
from tilde.domain.log.identity import EventIds
from tilde.domain.stats.metrics import metric_id
from tilde.eventlog import Append
from tilde.eventlog.logfile import LogFile
from tilde.schemas import hot
from tilde.schemas.topics import STATS

GROUP = 64
COMMITS = 500
ROUNDS = 7
NAME = "ws0 load average"
POST = hot.stat_posted(
    5 << 40, hot.posted_name(1, metric_id(1, "counter", NAME), "counter", NAME), 1.0, None, hot.long(1_795_000_000_000)
)
GROUPED = b"".join([POST] * GROUP)


def cpu_us(commits: Callable[[Path], None]) -> float:
    """CPU microseconds a commit."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        commits(Path(folder))
        return (time.process_time() - began) / COMMITS * 1e6


def plain_file(folder: Path) -> None:
    """The least a durable log can do: append to a file, sync it."""
    file = os.open(folder / "plain", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    for _ in range(COMMITS):
        os.write(file, GROUPED)
        os.fdatasync(file)
    os.close(file)


def sqlite(folder: Path, synchronous: str) -> None:
    """The same bytes as a batch of a LogFile, with and without SQLite's sync."""
    file = LogFile(folder / "log", writes=True)
    file.db.execute(f"PRAGMA synchronous={synchronous}")
    for _ in range(COMMITS):
        file.append([Append("stats", 0, (GROUPED,))])
    file.close()


def handed_over(folder: Path) -> None:
    """Nothing, done in another thread and waited for by the event loop."""

    async def commits() -> None:
        thread = LogThread()
        for _ in range(COMMITS):
            await thread.run(int)
        thread.close()

    uvloop.run(commits())


def clients(folder: Path, *, keeps: bool) -> None:
    """GROUP clients at the sealer, without HTTP: each posts, waits until that is durable, and posts again."""

    async def client(writer: EventWriter) -> None:
        for _ in range(COMMITS):
            writer.post(0, POST)
            await writer.durable()

    async def commits() -> None:
        log = EdgeLog(folder, 0)
        sealer = Sealer(log, EventIds(1, 0), Catalog())
        writer = sealer.writer(STATS) if keeps else NoLog()
        await asyncio.gather(*(client(writer) for _ in range(GROUP)))
        await sealer.close()
        log.close()

    uvloop.run(commits())


PARTS: dict[str, Callable[[Path], None]] = {
    "a plain file: write and fdatasync": plain_file,
    "a LogFile that does not sync": lambda folder: sqlite(folder, "OFF"),
    "a LogFile": lambda folder: sqlite(folder, "FULL"),
    "handing over to a thread, and back": handed_over,
    f"{GROUP} clients, nothing kept": lambda folder: clients(folder, keeps=False),
    f"{GROUP} clients, sealed and kept": lambda folder: clients(folder, keeps=True),
}


def run() -> list[Row]:
    """All rows of a commit. The parts take turns."""
    seen: dict[str, list[float]] = {part: [] for part in PARTS}
    for _ in range(ROUNDS):
        for part, commits in PARTS.items():
            seen[part].append(cpu_us(commits))
    medians = {part: statistics.median(figures) for part, figures in seen.items()}
    baseline = medians[next(iter(PARTS))]
    return [
        Row(part, "CPU us/commit, /post", f"{us:.0f}, {us / GROUP:.2f}", f"{us / baseline:.2f}", "")
        for part, us in medians.items()
    ]
