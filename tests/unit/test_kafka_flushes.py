"""How a flush's outputs are cut into record batches, and what a position record looks like to Faust."""

import errno
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.contract import no_outputs
from streams.drivers.kafka.faust_driver import FaustTables, faust_app
from streams.drivers.kafka.flushes import OVERHEAD_BYTES, changelog_batch, record_batches, record_key
from streams.drivers.kafka.holding import Drained, Saved
from streams.drivers.kafka.pulse import Pulse, StoodStillError
from streams.processors.stats import StatsProcessor
from streams.state import Kept
from testkit.fixed_clock import FixedClock
from tilde.data_folder import heartbeat_path
from tilde.domain.log.position import Mark, Position
from tilde.runtime.heartbeat import trouble_of, write_heartbeat


@given(st.lists(st.binary(max_size=30), max_size=40), st.integers(1, 400))
def test_no_message_is_lost_and_no_portion_is_too_large(messages: list[bytes], bytes_max: int) -> None:
    """Portions follow each other; each fits, or is one message that does not fit anywhere."""
    cut = list(record_batches(messages, bytes_max))

    assert [message for portion in cut for message in portion] == messages
    assert all(cut)
    sizes = [sum(map(len, portion)) + OVERHEAD_BYTES * len(portion) for portion in cut]
    assert all(len(portion) == 1 or size <= bytes_max for portion, size in zip(cut, sizes, strict=True))


async def test_a_kept_position_is_what_is_read_and_is_not_sent_by_faust(tmp_path) -> None:
    """The Table takes in what is in the changelog already; its own way to write there stays unused."""
    app = faust_app("127.0.0.1:9,127.0.0.2:9", 3, tmp_path)
    tables = FaustTables(app, [StatsProcessor()], 3)

    position = Position(7, {"e": Mark(1, 4)})
    tables.keep(Drained("stats", 5, no_outputs(), position, {}))
    tables.keep(Drained("stats", 50, no_outputs(), Position(1), {}))

    assert tables.saved("stats", 5) == Saved(position)
    assert tables.saved("stats", 6) == Saved(Position())
    assert app.conf.id == "tilde-streams-g3"
    assert [str(url) for url in app.conf.broker] == ["kafka://127.0.0.1:9", "kafka://127.0.0.2:9"]


def test_a_records_partition_stands_in_its_key(tmp_path) -> None:
    """So records can be written without an agent's message, and state of a site has its place: `3|site`."""
    app = faust_app("127.0.0.1:9", 1, tmp_path)
    FaustTables(app, [StatsProcessor()], 1)
    table = app.tables["stats"]

    assert record_key(3) == "3|"
    assert table.partition_for_key("3|") == table.partition_for_key("3|site|4") == 3


def test_a_pulse_notices_a_standstill() -> None:
    """Up to four seconds the group waits for us; after that somebody else may be at work."""
    clock = FixedClock(0)
    pulse = Pulse(clock)

    clock.advance(4000)
    pulse.check()
    clock.advance(1)
    with pytest.raises(StoodStillError, match=r"4\.0 s"):
        pulse.check()


def test_a_heartbeat_is_read_as_written_and_goes_stale(tmp_path) -> None:
    """A worker that has died says nothing new, and that is noticed."""
    path = heartbeat_path(tmp_path, "streams")

    assert trouble_of(path, 1000) == "it does not run"
    write_heartbeat(path, 1000, None)

    assert trouble_of(path, 6000) is None
    assert trouble_of(path, 6001) == "it has not been heard of for more than 5 seconds"
    write_heartbeat(path, 7000, "the broker is away")
    assert trouble_of(path, 7001) == "the broker is away"


def test_a_heartbeat_that_cannot_be_written_goes_stale_and_ends_nothing(tmp_path, monkeypatch) -> None:
    """As on a full disk: the health check sees an old beat, and the role goes on with its work."""
    path = heartbeat_path(tmp_path, "streams")
    write_heartbeat(path, 1000, None)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", full)
        write_heartbeat(path, 7000, None)

    assert trouble_of(path, 7000) == "it has not been heard of for more than 5 seconds"
    assert list(tmp_path.iterdir()) == [path]
    write_heartbeat(path, 8000, None)
    assert trouble_of(path, 8001) is None


def test_the_position_is_the_last_record_of_the_batch_that_has_the_state_it_covers() -> None:
    """All or nothing on the broker; and who reads on from a position has read the state before it."""
    state = {"seen|a": Kept(True, 6), "uniques": Kept(1, 6)}
    batch = changelog_batch(Drained("uniques", 5, no_outputs(), Position(7), state), 2)

    assert batch.partition == 5
    assert [orjson.loads(key) for key, _ in batch.records if key] == ["5|seen|a", "5|uniques", "5|"]
    assert orjson.loads(batch.records[-1][1]) == Position(7).to_json()


def test_what_is_no_one_batch_is_not_sent() -> None:
    drained = Drained("uniques", 5, no_outputs(), Position(7), {"a": Kept("x" * (8 << 20), 6)})

    with pytest.raises(AssertionError, match="no one batch"):
        changelog_batch(drained, 2)
