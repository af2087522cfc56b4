"""Run by test_power_cut.py under the shim: cuts the power of an edge's log at many places, and looks what is left.

    python power_cut_run.py FOLDER SYNCHRONOUS MODE POINTS      prints one line of JSON

Each point is a fresh folder and two lives of the edge, each ended by a cut in the midst of its appends (the second one
meets what the first has left); a third looks. Every life is a fork, armed with its own cut.
"""

import ctypes
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from producers.edge.edge_log import EdgeLog
from streams.drivers.partition_fold import PartitionFold
from streams.processors.stats import StatsProcessor
from testkit.builders import NOON_MS
from testkit.sealed import sealed_stats
from tilde.domain.log.identity import EventIds
from tilde.domain.log.position import Position
from tilde.eventlog import Append
from tilde.eventlog.segments import SegmentReader
from tilde.schemas.codec import decode
from tilde.schemas.hot import long, posted_name, stat_posted
from tilde.schemas.topics import STATS

MODES = {"kill": 0, "all": 1, "some": 2}
CUT = 86  # the shim's exit code
APPENDS = 40
PARTITIONS = 3
SEGMENT_BYTES = 24_000  # several borders within those appends
CHECKPOINT_PAGES = 12  # and several checkpoints within a segment
NAME = posted_name(1, 77, "counter", "signups")

shim = ctypes.CDLL(None)
shim.powercut_arm.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_ulonglong]
shim.powercut_calls.restype = ctypes.c_long


def live(folder: Path, synchronous: str, acknowledge: int) -> None:
    """An edge's life: appends sealed batches, and writes each event id to the pipe once its append has returned."""
    log = EdgeLog(folder, 0, SEGMENT_BYTES)
    ids = EventIds(0, log.last_event_id)
    for number in range(APPENDS):
        db = log._writer.newest.db
        if synchronous != "FULL":  # that is what the edge itself has to ask for
            db.execute(f"PRAGMA synchronous={synchronous}")
        db.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        batches = []
        given = []
        for partition in range(number % PARTITIONS + 1):
            events = [ids.next(NOON_MS) for _ in range(1 + number % 5)]
            given += events
            bodies = [stat_posted(one, NAME, float(one), None, long(NOON_MS)) for one in events]
            before = log.last_offset(STATS.name, partition)
            sealed = sealed_stats(log.edge, log.epoch, log.next_offset + len(batches), before, 0, bodies)
            batches.append(Append(STATS.name, partition, (sealed,)))
        log.append(batches, ids.last)
        os.write(acknowledge, b"".join(b"%d\n" % one for one in given))


def one_life(folder: Path, synchronous: str, at: int, mode: int, seed: int) -> tuple[list[int], int]:
    """The ids that were acknowledged before the cut, and the calls that were made."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        shim.powercut_arm(at, mode, seed)
        status = 1
        try:
            live(folder, synchronous, writing)
            os.write(writing, b"calls %d\n" % shim.powercut_calls())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        lines = pipe.read().splitlines()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status not in (0, CUT):
        raise RuntimeError(f"an edge could not go on after a cut (mode {mode}, at {at}, seed {seed})")
    calls = [int(line.split()[1]) for line in lines if line.startswith(b"calls")]
    return [int(line) for line in lines if not line.startswith(b"calls")], calls[0] if calls else 0


def read_back(folder: Path) -> Iterator[int]:
    """Every event id in the log, as a third life reads it and a processor folds it. Raises where a promise is broken."""
    log = EdgeLog(folder, 0, SEGMENT_BYTES)
    reader = SegmentReader(folder)
    for partition in range(PARTITIONS):
        fold = PartitionFold(StatsProcessor(), partition, Position())
        while records := reader.read(STATS.name, partition, fold.position.next_offset, 1 << 20):
            for record in records:
                message = decode(record.value, STATS.subject)
                assert message["offset"] < log.next_offset, "an edge offset would be given out again"
                fold.take(record)
                for event in message["events"]:
                    assert event["id"] <= log.last_event_id, "an event id would be given out again"
                    yield event["id"]
        assert fold.position.next_offset == reader.end_offset(STATS.name, partition)
    reader.close()
    log.close()


def main(folder: Path, synchronous: str, mode: int, points: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    calls = one_life(folder, synchronous, 0, mode, 0)[1]
    seen = {"calls": calls, "points": points, "acknowledged": 0, "lost": 0, "bad_points": 0}
    problems = []
    for point in range(points):
        shutil.rmtree(folder)
        try:
            acknowledged, _ = one_life(folder, synchronous, 1 + point * calls // points, mode, 2 * point)
            acknowledged += one_life(folder, synchronous, 1 + point * 7919 % calls, mode, 2 * point + 1)[0]
            seen["acknowledged"] += len(acknowledged)
            lost = len(set(acknowledged) - look(folder, acknowledged))
        except Exception as problem:  # noqa: BLE001 - whatever breaks is told
            problems.append(f"point {point} of {points}: {type(problem).__name__}: {problem}")
            lost = 0
        seen["lost"] += lost
        seen["bad_points"] += lost > 0
    seen["bad_points"] += len(problems)
    print(json.dumps(seen | {"problems": problems[:5]}))


def look(folder: Path, acknowledged: list[int]) -> set[int]:
    """The events that are there. Raises where one is there twice, or where an id was given to two."""
    there = list(read_back(folder))
    assert len(set(there)) == len(there), "an event stands there twice"
    assert len(set(acknowledged)) == len(acknowledged), "an event id was given out twice"
    return set(there)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], MODES[sys.argv[3]], int(sys.argv[4]))
