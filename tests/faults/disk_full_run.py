"""An edge's log on a disk of its own, 8 MB of memory, filled to the brim: `disk_full_run.py FOLDER [no-ballast]`.

Run in a mount namespace of its own (`unshare -m`). Prints as JSON how many batches were acknowledged before the disk was
full, how many of them arrived at the brokers, and how many more were acknowledged then without anybody's help.
"""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from producers.edge.ballast import Ballast
from producers.edge.edge_log import EdgeLog
from producers.edge.forwarder import Forwarder
from testkit.memory_log import MemoryLog
from tilde.eventlog import Append, DiskFullError
from tilde.runtime.clock import SystemClock

BATCH = bytes(20_000)
REFUSALS = 20  # posts go on for a while when the disk is full


async def main(folder: Path, *, has_ballast: bool) -> None:
    brokers = MemoryLog()
    ballast = Ballast(folder / "ballast", 1 << 20) if has_ballast else None
    log = EdgeLog(folder, 0, 64 << 20, ballast)  # one segment would take the whole disk
    forwarder = Forwarder(folder, brokers, SystemClock(), ballast)
    acknowledged = fill(log)
    while await forwarder.step():  # at the end it keeps its place, and removes what is shipped
        pass
    again = fill(log, batches_max=50)
    while await forwarder.step():
        pass
    shipped = await brokers.end_offset("stats", 0)
    await forwarder.close()
    log.close()
    print(json.dumps({"acknowledged": acknowledged, "again": again, "shipped": shipped}))


def fill(log: EdgeLog, batches_max: int = 10_000) -> int:
    """Appends until it was refused often enough, or that many were acknowledged; returns how many were."""
    acknowledged = refused = 0
    while refused < REFUSALS and acknowledged < batches_max:
        try:
            log.append([Append("stats", 0, [BATCH])], last_event_id=0)
            acknowledged += 1
        except DiskFullError:
            refused += 1
    return acknowledged


if __name__ == "__main__":
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", sys.argv[1]], check=True)
    asyncio.run(main(Path(sys.argv[1]), has_ballast="no-ballast" not in sys.argv))
