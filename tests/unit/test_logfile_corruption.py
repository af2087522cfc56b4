"""A stored batch that is not what was written is never handed out."""

from pathlib import Path

import pytest

from tilde.eventlog import Append, CorruptError
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.sqlite import SqliteLog, outputs_path

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
