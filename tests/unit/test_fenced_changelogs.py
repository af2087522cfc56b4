"""Who sends what processors remember: whoever held the partition when it was asked for."""

from collections.abc import Sequence

from streams.contract import no_outputs
from streams.drivers.kafka.fenced_changelogs import FencedChangelogs
from streams.drivers.kafka.holding import Drained, SourcePartition
from testkit.counting import CountingProcessor
from tilde.domain.log.position import Position
from tilde.eventlog.kafka_producer import Batch

PARTITION = SourcePartition(CountingProcessor.source.name, 3)


class Sent:
    """A producer that is answered at once, by offset 0."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []

    async def send(self, batches: Sequence[Batch]) -> list[int]:
        self.batches += batches
        return [0] * len(batches)


async def test_what_is_awaited_later_is_sent_as_who_held_it_at_the_call(monkeypatch) -> None:
    """Sent as the next holder, the broker would take what the former one had gathered."""
    changelogs = FencedChangelogs("127.0.0.1:9", [CountingProcessor()], 1)
    at_the_call, later = Sent(), Sent()
    monkeypatch.setattr(changelogs, "_producers", {PARTITION: at_the_call})

    sending = changelogs.send([Drained(CountingProcessor.name, 3, no_outputs(), Position(1), {})])
    monkeypatch.setattr(changelogs, "_producers", {PARTITION: later})
    await sending

    assert (len(at_the_call.batches), len(later.batches)) == (1, 0)
