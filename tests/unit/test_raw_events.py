"""What a doctor reads of a raw topic: each event once, and nothing of what cannot be read."""

from run.cli.raw_events import raw_events
from testkit.memory_log import MemoryLog
from testkit.people import an_activity
from testkit.sealed import FakeEdge
from tilde.eventlog import Append
from tilde.schemas.topics import ACTIVITY


async def test_each_event_is_read_once_with_its_place() -> None:
    """A batch may stand in the log twice, and beside one that is broken."""
    log, edge = MemoryLog(), FakeEdge()
    one, two = (edge.seal(3, [an_activity(n), an_activity(n + 1)], ACTIVITY) for n in (1, 3))
    await log.append([one, Append(ACTIVITY.name, 3, [b"broken"]), one, two, two])
    found = [each async for each in raw_events(log, ACTIVITY, 3)]

    assert [(offset, nth, event["event"]) for offset, nth, event in found] == [
        (0, 0, 1),
        (0, 1, 2),
        (3, 0, 3),
        (3, 1, 4),
    ]
    assert [each async for each in raw_events(log, ACTIVITY, 4)] == []
