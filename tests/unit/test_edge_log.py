"""What the edge's own log knows after a start: the last event id goes with the append, in one transaction."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from producers.edge.edge_log import Adopted, EdgeLog
from testkit.builders import NOON_MS
from tilde.domain.log.identity import EventIds
from tilde.eventlog import Append, LogError
from tilde.eventlog.segments import SegmentReader, segment_paths

BATCH = Append("stats", 0, [b"sealed"])


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EdgeLog]:
    log = EdgeLog(tmp_path, 0)
    yield log
    log.close()


def started_again(folder: Path) -> int:
    """The last event id as the next process finds it, while this one has closed nothing."""
    log = EdgeLog(folder, 0)
    last = log.last_event_id
    log.close()
    return last


def test_event_ids_go_on_after_a_restart(tmp_path: Path, log: EdgeLog) -> None:
    """An id that was given out is never given out again, also when the process was killed and the clock went back."""
    ids = EventIds(3)
    given = [ids.next(NOON_MS) for _ in range(3)]
    log.append([BATCH], ids.last)

    assert started_again(tmp_path) == log.last_event_id == given[-1]
    assert EventIds(3, started_again(tmp_path)).next(NOON_MS - 3_600_000) > given[-1]


def test_the_last_event_id_goes_over_every_border(tmp_path: Path) -> None:
    """The newest segment says it, also while nothing was appended to it yet."""
    log = EdgeLog(tmp_path, 0, segment_bytes_max=1)

    for last in (7, 9, 12):
        log.append([BATCH], last)
        assert started_again(tmp_path) == last

    assert len(segment_paths(tmp_path)) == 4
    log.close()


def test_of_a_failed_append_neither_batches_nor_the_last_event_id_are_there(tmp_path: Path, log: EdgeLog) -> None:
    """They are one transaction: with its batches in the log and its id not there, the id would be given out again.

    `trouble` says why, until the next append that succeeds.
    """
    log.append([BATCH], 7)
    assert log.trouble is None
    db = log._writer.newest.db
    db.execute(
        "CREATE TRIGGER full BEFORE INSERT ON meta WHEN NEW.name = 'last_event_id' AND NEW.value = 9"
        " BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    )

    with pytest.raises(LogError, match="disk full"):
        log.append([BATCH], 9)

    reader = SegmentReader(tmp_path)
    assert (len(reader.read("stats", 0, 0, 1 << 20)), log.next_offset, started_again(tmp_path)) == (1, 2, 7)
    assert log.trouble == "00000000000000000001.segment: disk full"
    log.append([BATCH], 10)
    assert log.trouble is None
    assert (len(reader.read("stats", 0, 0, 1 << 20)), log.next_offset, started_again(tmp_path)) == (2, 3, 10)
    reader.close()


OURS, THEIRS = Append("commands", 0, [b"sealed"]), Adopted("commands", 0, [b"sealed elsewhere"])


@pytest.mark.parametrize(
    ("appends", "own"),
    [
        ([[OURS, THEIRS]], 1),
        ([[OURS], [THEIRS], [THEIRS, THEIRS]], 1),
        ([[THEIRS], [OURS], [BATCH, THEIRS]], 2),
        ([[OURS, OURS, THEIRS], [BATCH], [THEIRS]], 2),
        ([[THEIRS]], -1),
        ([[THEIRS], [OURS]], 2),
    ],
)
def test_a_batch_that_is_adopted_is_not_the_one_before_our_next(
    tmp_path: Path, appends: list[list[Append]], own: int
) -> None:
    """Before and after a start, and when the segment is full."""
    before = []
    for segment_bytes_max in (1 << 20, 1):
        log = EdgeLog(tmp_path / str(segment_bytes_max), 0, segment_bytes_max)
        for batches in appends:
            log.append(batches, 0)
        before.append(log.last_offset("commands", 0))
        log.close()
        log = EdgeLog(tmp_path / str(segment_bytes_max), 0)
        before.append(log.last_offset("commands", 0))
        log.close()

    assert before == [own] * 4


def test_who_an_edge_is_is_kept_with_the_first_append_that_succeeds(tmp_path: Path) -> None:
    """One that fails takes nothing of it along: the next has it."""
    log = EdgeLog(tmp_path, NOON_MS)
    db = log._writer.newest.db
    db.execute("CREATE TRIGGER full BEFORE INSERT ON meta BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(LogError, match="disk full"):
        log.append([BATCH], 1)
    db.execute("DROP TRIGGER full")
    log.append([BATCH], 1)
    edge, epoch = log.edge, log.epoch
    log.close()

    again = EdgeLog(tmp_path, 0)
    assert (again.edge, again.epoch_before, again.number) == (edge, epoch, -1)
    again.close()


def test_another_edge_has_no_batch_before_its_first(log: EdgeLog) -> None:
    """Whatever the one before it has asked for."""
    log.append([BATCH], 1)
    assert log.last_offset("stats", 0) == 1

    log.become_another_edge()
    assert log.last_offset("stats", 0) == -1
    log.append([BATCH], 2)
    assert log.last_offset("stats", 0) == 2
