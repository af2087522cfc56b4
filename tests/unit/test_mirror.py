"""An edge's own copy of `catalog`."""

from pathlib import Path

import pytest

from testkit.memory_log import MemoryLog
from tilde.eventlog import Append, LogError, Record
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.mirror import MirroredCatalog


class AwayLog(MemoryLog):
    """As Kafka while no broker answers."""

    async def read(self, topic: str, partition: int, offset: int, bytes_max: int = 1 << 20) -> list[Record]:
        raise LogError("away")


async def test_what_was_read_once_is_read_again_while_the_log_is_away(tmp_path: Path) -> None:
    """So an edge that starts meanwhile knows its keys; what it has never read it cannot know."""
    log = MemoryLog()
    await log.append([Append("catalog", 0, [b"a", b"b", b"c"])])
    before = MirroredCatalog(log, LogFile(tmp_path / "catalog.log", writes=True))
    read = await before.read("catalog", 0, 0)
    await before.close()

    after = MirroredCatalog(AwayLog(), LogFile(tmp_path / "catalog.log", writes=True))

    assert await after.read("catalog", 0, 0) == read == [Record(0, b"a"), Record(1, b"b"), Record(2, b"c")]
    with pytest.raises(LogError):
        await after.read("catalog", 0, 3)
    await after.close()


async def test_a_reader_that_begins_in_the_middle_leaves_no_gap_in_the_copy(tmp_path: Path) -> None:
    """Kept is only what stands right behind the copy's end."""
    log, copy = MemoryLog(), LogFile(tmp_path / "catalog.log", writes=True)
    await log.append([Append("catalog", 0, [b"a", b"b", b"c"])])
    mirror = MirroredCatalog(log, copy)

    assert [record.value for record in await mirror.read("catalog", 0, 2)] == [b"c"]
    assert copy.end_offset("catalog", 0) == 0
    assert [record.value for record in await mirror.read("catalog", 0, 0)] == [b"a", b"b", b"c"]
    assert copy.end_offset("catalog", 0) == 3
    await mirror.close()
