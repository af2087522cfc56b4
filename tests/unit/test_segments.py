"""An edge's segments: a new one's name is on the disk before it is used, and none goes that is not shipped."""

import os
from pathlib import Path

import pytest

from tilde.eventlog import Append
from tilde.eventlog.logfile_tables import Tail, create
from tilde.eventlog.segments import SegmentReader, SegmentWriter, segment_paths, unlink_shipped


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four segments: of the batches 1, 2 to 3, 4 to 6, and one with nothing in it yet."""
    writer = SegmentWriter(tmp_path)
    for batches in (1, 2, 3):
        writer.append([Append("stats", 0, [b"v"])] * batches)
        writer.begin_segment()
    writer.close()
    return tmp_path


@pytest.mark.parametrize(
    ("shipped_seq", "kept"),
    [
        (0, [1, 2, 4, 7]),
        (1, [2, 4, 7]),
        (2, [2, 4, 7]),
        (3, [4, 7]),
        (4, [4, 7]),
        (5, [4, 7]),
        (6, [7]),
        (99, [7]),
    ],
)
def test_a_segment_goes_when_its_last_batch_is_shipped_and_not_before(
    folder: Path, shipped_seq: int, kept: list[int]
) -> None:
    """What is not shipped stands nowhere else. The newest stays in any case: it says where to go on."""
    before = segment_paths(folder)

    removed = unlink_shipped(folder, shipped_seq)

    assert [int(path.stem) for path in segment_paths(folder)] == kept
    assert removed == [path for path in before if int(path.stem) not in kept]


def test_the_name_of_a_new_file_is_synced_before_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the renaming its folder is synced, once the file is whole: else a power cut takes the file as a whole. A
    folder that was made for it is synced into its own one before.

    The harness that cuts the power cannot see it: SQLite syncs the folder too, at the first commit to a new WAL, so
    nothing that was acknowledged hangs on ours alone. It is what makes the name durable before that.
    """
    path = tmp_path / "edge" / "catalog.log"
    steps: list[tuple[str, Path | int]] = []
    fsync, rename = os.fsync, Path.rename

    def recording_fsync(handle: int) -> None:
        steps.append(("fsync", os.fstat(handle).st_ino))
        fsync(handle)

    def recording_rename(old: Path, new: Path) -> Path:
        steps.append(("rename", new))
        return rename(old, new)

    monkeypatch.setattr(os, "fsync", recording_fsync)
    monkeypatch.setattr(Path, "rename", recording_rename)

    create(path)

    assert steps == [
        ("fsync", tmp_path.stat().st_ino),
        ("rename", path),
        ("fsync", path.parent.stat().st_ino),
    ]


def test_a_reader_follows_where_a_segment_is_begun_a_second_time(tmp_path: Path) -> None:
    """The first time it could not be opened, and was removed; a reader had it open by then."""
    writer, reader = SegmentWriter(tmp_path), SegmentReader(tmp_path)
    writer.append([Append("stats", 0, [b"first"])])
    create(tmp_path / "00000000000000000002.segment", {("stats", 0): Tail(1, 1)})
    assert reader.read_after(1, 1 << 20) == []
    (tmp_path / "00000000000000000002.segment").unlink()
    writer.begin_segment()
    writer.append([Append("stats", 0, [b"second"])])

    assert [batch.append.values for batch in reader.read_after(1, 1 << 20)] == [[b"second"]]
    assert [record.value for record in reader.read("stats", 0, 1, 1 << 20)] == [b"second"]
    reader.close()
    writer.close()


def test_a_file_that_is_no_segment_is_passed_over(tmp_path: Path) -> None:
    """Somebody made a copy of one beside it."""
    writer = SegmentWriter(tmp_path)
    writer.append([Append("stats", 0, [b"first"])])
    (tmp_path / "copy of 1.segment").write_text("")
    (tmp_path / "\u0661.segment").write_text("")

    reader = SegmentReader(tmp_path)
    assert [path.name for path in segment_paths(tmp_path)] == ["00000000000000000001.segment"]
    assert reader.last_seq() == 1
    reader.close()
    writer.close()
