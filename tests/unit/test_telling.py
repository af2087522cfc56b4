"""What an operator is told while something is away: that it is, that it is back, and nothing in between."""

from collections.abc import Sequence

import pytest

from testkit.memory_log import MemoryLog
from tilde.eventlog import Append, LogError, Record
from tilde.eventlog.watched import WatchedLog, WatchedWriter
from tilde.runtime.telling import SELDOM_S, Outage, Seldom

AWAY = "tilde edge: Kafka at broker:9092 does not answer, and is tried again until it does: "
BACK = "tilde edge: Kafka at broker:9092 answers again"


class Moody(MemoryLog):
    """A log that can be away."""

    is_away = False

    async def read(self, topic: str, partition: int, offset: int, bytes_max: int = 1 << 20) -> list[Record]:
        if self.is_away:
            raise LogError(f"cannot read {topic}")
        return await super().read(topic, partition, offset, bytes_max)

    async def append(self, appends: Sequence[Append]) -> list[int]:
        if self.is_away:
            raise LogError("cannot append")
        return await super().append(appends)


async def in_vain(*calls) -> None:
    for call in calls:
        with pytest.raises(LogError):
            await call


async def test_an_outage_is_two_lines_however_many_find_out(capsys) -> None:
    """A reader and a writer try again and again; the log is back when both say so."""
    log, outage = Moody(), Outage("edge", "Kafka at broker:9092")
    reader, writer = WatchedLog(log, outage), WatchedWriter(log, outage)
    assert await reader.read("catalog", 0, 0) == []
    log.is_away = True
    await in_vain(reader.read("catalog", 0, 0), writer.append([]), writer.append([]), reader.read("catalog", 0, 0))

    assert capsys.readouterr().err.splitlines() == [AWAY + "cannot read catalog"]
    log.is_away = False
    await reader.read("catalog", 0, 0)
    assert capsys.readouterr().err == ""
    await writer.append([])
    await reader.read("catalog", 0, 0)
    assert capsys.readouterr().err.splitlines() == [BACK]


async def test_who_is_closed_holds_nothing_up(capsys) -> None:
    """Its last try says nothing about the log."""
    log, outage = Moody(), Outage("edge", "Kafka at broker:9092")
    closed, reader = WatchedLog(log, outage), WatchedLog(log, outage)
    log.is_away = True
    await in_vain(closed.read("catalog", 0, 0), reader.read("catalog", 0, 0))
    await closed.close()
    log.is_away = False
    await reader.read("catalog", 0, 0)

    assert capsys.readouterr().err.splitlines() == [AWAY + "cannot read catalog", BACK]


def test_what_others_cause_is_told_once_an_hour(capsys) -> None:
    """However often it happens."""
    seldom = Seldom("edge", "somebody speaks https here")
    for now_s in (0.0, 1.0, SELDOM_S - 1, SELDOM_S, SELDOM_S + 1):
        seldom.happened(now_s)

    assert capsys.readouterr().err == "tilde edge: somebody speaks https here (told once an hour)\n" * 2
