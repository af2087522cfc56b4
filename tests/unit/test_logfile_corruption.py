"""A stored batch that is not what was written is never handed out, nor shipped."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tilde.data_folder import outputs_path
from tilde.eventlog import Append, CorruptError, Record
from tilde.eventlog.logfile import LogFile, Sequenced
from tilde.eventlog.sqlite import SqliteLog

VALUES = [b"first", b"", b"the third of them", b"\0\xff" * 30]


@pytest.mark.parametrize("column", ["body", "lengths"])
async def test_one_flipped_bit_anywhere_in_a_batch_is_noticed(tmp_path: Path, column: str) -> None:
    """Whichever byte of the stored values or of their lengths has a bit flipped, reading raises CorruptError."""
    file = LogFile(outputs_path(tmp_path, 1), writes=True)
    file.append([Append("points", 0, VALUES)])
    (stored,) = file.db.execute(f"SELECT {column} FROM batch").fetchone()
    log = SqliteLog(tmp_path)

    noticed = 0
    for at in range(len(stored)):
        flipped = bytearray(stored)
        flipped[at] ^= 1 << at % 8
        file.db.execute(f"UPDATE batch SET {column} = ?", (bytes(flipped),))
        with pytest.raises(CorruptError):
            await log.read("points", 0, 0)
        noticed += 1
    file.db.execute(f"UPDATE batch SET {column} = ?", (stored,))
    records = await log.read("points", 0, 0)
    await log.close()
    file.close()

    assert noticed == len(stored) > 15
    assert [record.value for record in records] == VALUES


async def test_a_corrupt_batch_does_not_hold_up_the_log(tmp_path: Path) -> None:
    """The batches before it are read as ever, and after CorruptError nothing is left open: the log can be written."""
    file = LogFile(outputs_path(tmp_path, 1), writes=True)
    file.append([Append("points", 0, [b"good"])])
    file.append([Append("points", 0, [b"bad"])])
    file.db.execute("UPDATE batch SET body = x'424144' WHERE first_offset = 1")
    log = SqliteLog(tmp_path)
    with pytest.raises(CorruptError):
        await log.read("points", 0, 1)

    file.append([Append("points", 0, [b"next"])])
    records = await log.read("points", 0, 0)
    await log.close()
    file.close()

    assert [record.value for record in records] == [b"good"]


async def test_a_page_that_is_no_page_is_noticed_as_well(tmp_path: Path) -> None:
    """SQLite's own complaint: trying again would be for ever."""
    path = outputs_path(tmp_path, 1)
    file = LogFile(path, writes=True)
    for number in range(50):
        file.append([Append("points", 0, [b"%d" % number * 500])])
    file.close()
    with path.open("r+b") as damaged:
        damaged.seek(5 * 4096)
        damaged.write(b"\xff" * (path.stat().st_size - 5 * 4096))
    log = SqliteLog(tmp_path)

    with pytest.raises(CorruptError, match="outputs.g1.log is damaged: database disk image is malformed"):
        await log.read("points", 0, 0, 1 << 30)
    await log.close()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[LogFile]:
    """Three batches of one partition: 1 and 3 as they were written, 2 with a byte of its body flipped."""
    file = LogFile(tmp_path / "1.segment", writes=True)
    for value in (b"first", b"second", b"third"):
        file.append([Append("stats", 0, [value])])
    (body,) = file.db.execute("SELECT body FROM batch WHERE seq = 2").fetchone()
    flipped = bytes((body[0] ^ 1,)) + body[1:]
    file.db.execute("UPDATE batch SET body = ? WHERE seq = 2", (flipped,))
    yield file
    file.close()


def test_a_read_ends_in_front_of_a_corrupt_batch_and_the_next_one_says_so(file: LogFile) -> None:
    """What is whole is handed out first; then CorruptError, at every try; nothing behind it comes by itself."""
    assert file.read("stats", 0, 0, 1 << 20) == [Record(0, b"first")]
    for _ in range(2):
        with pytest.raises(
            CorruptError, match=r"/1\.segment is damaged: stats/0 at offset 1: checksum does not match$"
        ):
            file.read("stats", 0, 1, 1 << 20)


def test_shipping_ends_in_front_of_a_corrupt_batch_and_the_next_round_says_so(file: LogFile) -> None:
    """To Kafka go the batches before it; then the forwarder stops with CorruptError, and passes nothing over."""
    assert file.read_after(0, 1 << 20) == [Sequenced(1, Append("stats", 0, [b"first"]))]
    for _ in range(2):
        with pytest.raises(CorruptError, match=r"/1\.segment is damaged: batch 2: checksum does not match$"):
            file.read_after(1, 1 << 20)


@pytest.mark.parametrize("column", ["body", "lengths"])
def test_one_flipped_bit_anywhere_in_a_batch_is_not_shipped(tmp_path: Path, column: str) -> None:
    """Kafka would keep it for ever, under a checksum of its own."""
    file = LogFile(tmp_path / "1.segment", writes=True)
    file.append([Append("stats", 0, VALUES)])
    (stored,) = file.db.execute(f"SELECT {column} FROM batch").fetchone()

    for at in range(len(stored)):
        flipped = bytearray(stored)
        flipped[at] ^= 1 << at % 8
        file.db.execute(f"UPDATE batch SET {column} = ?", (bytes(flipped),))
        with pytest.raises(CorruptError):
            file.read_after(0, 1 << 20)
    file.db.execute(f"UPDATE batch SET {column} = ?", (stored,))

    assert file.read_after(0, 1 << 20) == [Sequenced(1, Append("stats", 0, VALUES))]
    file.close()
