"""What becomes of a record between reading and flushing, whichever driver runs."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from streams.contract import Outputs
from streams.drivers.partition_fold import PartitionFold
from streams.processors.creations import CreationsProcessor
from streams.processors.stats import StatsProcessor
from streams.state import Kept
from streams.topology import processors
from testkit.builders import an_entry, an_entry_message
from testkit.counting import CountingProcessor
from testkit.example_topic import EXAMPLES, EchoProcessor
from testkit.sealed import FakeEdge, a_post, a_sealed_batch
from testkit.uniques import UniquesProcessor
from tilde.domain.catalog.stats import StatCreated
from tilde.domain.log.position import HoleError, Mark, Position
from tilde.domain.stats.metrics import Kind, metric_id
from tilde.errors import TooMuchPoisonError
from tilde.eventlog import Record
from tilde.schemas.codec import decode, schema_of
from tilde.schemas.dead_letters import POISON_RUN_MAX
from tilde.schemas.topics import METRICS
from tilde.store.tables import SOURCES

POISON = b"\0\0\0\0\x01 no such thing"


@pytest.fixture
def fold() -> PartitionFold:
    return PartitionFold(StatsProcessor(), partition=3, position=Position())


def take(fold: PartitionFold, value: bytes) -> None:
    fold.take(Record(fold.position.next_offset, value))


def batch(offset: int, before: int = -1, posts: int = 1) -> bytes:
    return a_sealed_batch([a_post(offset * 1000 + i) for i in range(posts)], offset, before)


def event_ids(outputs: Outputs) -> list[int]:
    return [decode(point, "point")["event_id"] for point in outputs["points"]]


def test_a_batch_gives_its_outputs_and_moves_the_position(fold: PartitionFold) -> None:
    """Every event of a batch is folded, and the position then says so."""
    take(fold, batch(5, posts=3))

    assert (fold.is_dirty, fold.events, fold.messages) == (True, 3, 4)
    assert fold.position == Position(1, {"e": Mark(1, 5)})
    assert event_ids(fold.drain()) == [5000, 5001, 5002]


def test_a_repeated_batch_gives_nothing_but_is_passed(fold: PartitionFold) -> None:
    """A batch that comes again has no outputs; the position moves past it, so a flush is due."""
    take(fold, batch(5))
    fold.drain()

    take(fold, batch(5))

    assert (fold.is_dirty, fold.events) == (True, 0)
    assert fold.position == Position(2, {"e": Mark(1, 5)})
    assert event_ids(fold.drain()) == []


def test_a_hole_stops_the_fold_where_it_is(fold: PartitionFold) -> None:
    """When a batch is missing the position stays in front of the hole."""
    take(fold, batch(1))

    with pytest.raises(HoleError):
        take(fold, batch(9, before=4))

    assert fold.position.next_offset == 1


def test_poison_goes_to_the_dead_letters_with_its_bytes(fold: PartitionFold) -> None:
    """What cannot be decoded is kept, said why, and passed."""
    take(fold, POISON)

    outputs = fold.drain()
    letter = decode(outputs["dead_letters"][0], "dead_letter")

    assert letter["body"] == POISON
    assert [letter[f"source_{name}"] for name in ("topic", "partition", "offset")] == ["stats", 3, 0]
    assert letter["event_index"] == -1
    assert fold.position.next_offset == 1


def test_too_much_poison_in_a_row_stops(fold: PartitionFold) -> None:
    """A bad release must not bury the whole log."""
    for _ in range(POISON_RUN_MAX):
        take(fold, POISON)

    with pytest.raises(TooMuchPoisonError, match="offset 20"):
        take(fold, POISON)

    assert fold.position.next_offset == POISON_RUN_MAX


def test_a_restart_does_not_begin_a_new_run_of_poison(fold: PartitionFold) -> None:
    """A supervisor starts the process again and again: then all of a bad release's batches would be buried."""
    for _ in range(POISON_RUN_MAX):
        take(fold, POISON)
        fold = PartitionFold(StatsProcessor(), 3, Position.from_json(fold.position.to_json()))

    with pytest.raises(TooMuchPoisonError, match="21 messages in a row"):
        take(fold, POISON)
    lenient = PartitionFold(StatsProcessor(), 3, fold.position, poison_run_max=21)
    take(lenient, POISON)
    assert lenient.position.next_offset == 21


def test_a_dead_letter_fits_into_its_topic_whatever_it_is_of(fold: PartitionFold) -> None:
    """The decoder's reason repeats the bytes it failed on, and a foreign message may be larger than any of ours."""
    take(fold, batch(1, posts=1)[:5] + b"\xff\x01" + b"\xff" * (2 << 20))

    letter = fold.drain()["dead_letters"][0]
    assert len(letter) < (1 << 20) + 1000


def test_a_good_batch_ends_a_run_of_poison(fold: PartitionFold) -> None:
    """Only poison in a row is counted."""
    for i in range(3):
        for _ in range(POISON_RUN_MAX):
            take(fold, POISON)
        take(fold, batch(i + 1, before=i or -1))

    assert fold.position.next_offset == 3 * (POISON_RUN_MAX + 1)


def test_outputs_are_rows_and_nothing_else(fold: PartitionFold) -> None:
    """Other people's tools read the topics as they are, and stop at a second schema."""
    take(fold, batch(1))
    take(fold, POISON)

    outputs = fold.drain()

    subjects = {topic: {schema_of(message).subject for message in messages} for topic, messages in outputs.items()}
    assert subjects == {"points": {"point"}, "metrics": {"metric"}, "dead_letters": {"dead_letter"}}


def test_a_drain_begins_anew(fold: PartitionFold) -> None:
    """What was drained is not given again."""
    take(fold, batch(1))
    fold.drain()

    assert (fold.is_dirty, fold.events, fold.messages) == (False, 0, 0)


def test_records_must_come_in_order(fold: PartitionFold) -> None:
    """A driver that leaves an offset out, or gives one twice, has a bug and is stopped by it."""
    with pytest.raises(AssertionError):
        fold.take(Record(1, batch(1)))


def test_a_fold_goes_on_from_a_stored_position() -> None:
    """After a restart nothing that is in is taken in again."""
    fold = PartitionFold(StatsProcessor(), 3, Position(41, {"e": Mark(1, 5)}))

    fold.take(Record(41, batch(5)))
    fold.take(Record(42, batch(8, before=5)))

    assert event_ids(fold.drain()) == [8000]


def test_an_entry_that_does_not_hold_gives_nothing() -> None:
    """As for everybody who follows the catalog: the first entry of a sequence holds, a later one was decided blindly.

    The decider had no answer from the log, and decided again: too late, so refused. Then its first entry arrived.
    """
    fold = PartitionFold(CreationsProcessor(), 0, Position())
    made, ghost = (StatCreated(1, metric_id(1, "counter", name), Kind.COUNTER, name) for name in ("made", "ghost"))
    entries = an_entry(1, made), an_entry(2, refusal="DEADLINE_PASSED"), an_entry(2, ghost), an_entry(3, made)

    take(fold, POISON)
    for entry in entries:
        take(fold, an_entry_message(entry))

    assert [decode(row, "metric")["name"] for row in fold.drain()["metrics"]] == ["made", "made"]
    assert fold.position.next_offset == 5


def test_good_batches_go_on_behind_their_own_edges_poison() -> None:
    """The next batch of the edge names the poison as the one before it, and no mark knows that one."""
    fold = PartitionFold(StatsProcessor(), 3, Position())
    edge = FakeEdge()
    first, lost, third, fourth = (edge.seal(3, [edge.post("visits", number)]).values[0] for number in (1, 2, 3, 4))

    fold.take(Record(0, first))
    fold.take(Record(1, b"\0\0\0\xff\xff" + lost[5:]))  # an unknown schema id
    fold.take(Record(2, third))
    fold.take(Record(3, fourth))

    points = [decode(message, "point") for message in fold.drain()["points"]]
    assert [point["number"] for point in points] == [1, 3, 4]
    assert fold.position.poisoned == 0


def test_poison_excuses_no_hole_that_comes_after_its_edge_was_heard_of() -> None:
    """Whose batch it was is not known, but the next batch of each edge tells: a hole later on is another matter."""
    fold = PartitionFold(StatsProcessor(), 3, Position())
    edge, other = FakeEdge(), FakeEdge("other")
    first, second, _, fourth = (edge.seal(3, [edge.post("visits", number)]).values[0] for number in (1, 2, 3, 4))
    _, new = (other.seal(3, [other.post("visits", number)]).values[0] for number in (1, 2))
    take(fold, first)
    take(fold, POISON)
    take(fold, second)

    with pytest.raises(HoleError):
        take(fold, fourth)
    take(fold, new)  # never heard of before: what it lacks may be the poison
    assert (fold.position.poisoned, fold.position.suspects) == (0, frozenset())


def test_a_hole_that_no_poison_explains_still_stops() -> None:
    fold = PartitionFold(StatsProcessor(), 3, Position())
    edge = FakeEdge()
    first, _, _, fourth = (edge.seal(3, [edge.post("visits", number)]).values[0] for number in (1, 2, 3, 4))
    fold.take(Record(0, first))

    with pytest.raises(HoleError):
        fold.take(Record(1, fourth))


def test_a_state_that_is_ahead_of_its_position_counts_no_message_twice() -> None:
    """On Kafka a former holder's flush may be written late, behind newer ones, and bring the position back."""
    batches = [batch(1, posts=2), batch(2, before=1), batch(3, before=2)]
    first = PartitionFold(CountingProcessor(), 3, Position())
    for value in batches[:2]:
        take(first, value)
    ahead = first.state.drain()

    again = PartitionFold(CountingProcessor(), 3, Position(), state=ahead)
    for value in batches:
        take(again, value)

    assert again.state.get("signups") == [4, 1000, 3000]
    assert again.state.drain() == {"signups": Kept([4, 1000, 3000], 2)}


def test_a_source_has_no_more_partitions_than_what_its_outputs_go_to() -> None:
    """Rows in a partition that no sink reads would be lost without a word."""
    wide = replace(EXAMPLES, partitions=METRICS.partitions + 1)

    with pytest.raises(ValueError, match="examples has more partitions than metrics, progress"):
        PartitionFold(EchoProcessor(wide), 0, Position())


def test_what_processors_read_is_what_tables_wait_for() -> None:
    """Who waits until the tables hold all that is in the log waits for every source, and for nothing else."""
    assert {processor.source.name for processor in processors()} == set(SOURCES)


class Forgetful(UniquesProcessor):
    """Keeps something, and does not say so."""

    remembers = False


def test_a_processor_that_does_not_say_that_it_remembers_may_not() -> None:
    """On Kafka nobody would be shut out from what it keeps."""
    fold, (sealed,) = PartitionFold(Forgetful(), 0, Position()), FakeEdge().seal(0, [a_post(1)]).values

    with pytest.raises(AssertionError, match="does not say that it remembers"):
        fold.take(Record(0, sealed))


def test_what_was_waited_for_is_waited_for_no_more_once_it_is_there() -> None:
    """A driver asks for the catalog, and stops reading a partition back, as long as it is said to wait."""
    catalog = SimpleNamespace(sequence=0)
    processor = StatsProcessor()
    processor.as_of = SimpleNamespace(catalog=catalog)
    fold = PartitionFold(processor, 3, Position())
    edge = FakeEdge()
    (waiting,), (next_one,) = (edge.seal(3, [edge.post("s")], catalog=sequence).values for sequence in (2, 2))

    taken = [fold.take(Record(0, waiting))]
    seen = [(fold.waits_for, fold.is_waiting)]
    catalog.sequence = 2
    seen.append((fold.waits_for, fold.is_waiting))
    for offset, value in enumerate((waiting, next_one)):
        taken.append(fold.take(Record(offset, value)))
        seen.append((fold.waits_for, fold.is_waiting))

    assert taken == [False, True, True]
    assert seen == [(2, True), (2, False), (None, False), (None, False)]
