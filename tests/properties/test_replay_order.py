"""The tables do not depend on how the batches of several edges came to stand in a partition."""

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.drivers.partition_fold import PartitionFold
from streams.processors.stats import StatsProcessor
from testkit.sealed import sealed_stats, sealed_whole
from tilde.domain.log.position import Position
from tilde.domain.stats.metrics import metric_id
from tilde.eventlog import Record
from tilde.schemas import hot
from tilde.schemas.codec import decode, schema_of

NAMES = ["a", "b~x,y", "c~x", "d"]
RECEIVED = 1_795_000_000_000


def batches(edge, sizes, first_id):
    """The sealed batches of one edge for one partition, in its order; in each third one names do not spread."""
    sealed = []
    event_id = first_id
    for seq, size in enumerate(sizes, 1):
        events = []
        for place in range(size):
            name = NAMES[(event_id + place) % len(NAMES)]
            posted = hot.posted_name(1, metric_id(1, "counter", name), "counter", name)
            event_id += 3
            events.append(hot.stat_posted(event_id, posted, float(event_id), None, hot.long(RECEIVED + event_id)))
        seal = sealed_stats if seq % 3 else sealed_whole
        sealed.append(seal(edge, 1, seq, seq - 1 if seq > 1 else -1, 0, events))
    return sealed


def interleaved(draw, one, other):
    """Both, each in its own order."""
    one, other, mixed = list(one), list(other), []
    while one or other:
        source = one if not other or (one and draw(st.booleans())) else other
        mixed.append(source.pop(0))
    return mixed


def tables(messages):
    """(points, metrics) as the store would show them: of each identity the row with the highest version."""
    fold = PartitionFold(StatsProcessor(), 0, Position())
    for offset, message in enumerate(messages):
        fold.take(Record(offset, message))
    rows = {}
    for message in [m for values in fold.drain().values() for m in values]:
        subject = schema_of(message).subject
        row = decode(message, subject)
        identity = (subject, row["metric"], row.get("event_id") if subject == "point" else None, row.get("nth"))
        version = row.pop("version")
        if identity not in rows or version > rows[identity][0]:
            rows[identity] = version, row
    return {identity: row for identity, (_, row) in rows.items()}


@settings(max_examples=60)
@given(st.data(), st.lists(st.integers(1, 6), max_size=6), st.lists(st.integers(1, 6), max_size=6))
def test_any_interleaving_of_two_edges_gives_the_same_rows(data, sizes, others):
    one, other = batches("e1", sizes, 0), batches("e2", others, 1)

    assert tables(interleaved(data.draw, one, other)) == tables(interleaved(data.draw, one, other))


@settings(max_examples=60)
@given(st.data(), st.lists(st.integers(1, 6), min_size=1, max_size=6))
def test_batches_that_come_again_change_nothing(data, sizes):
    """A forwarder that starts again ships some twice."""
    sealed = batches("e1", sizes, 0)
    again = []
    for done, message in enumerate(sealed, 1):
        again += [message, *sealed[data.draw(st.integers(0, done)) : done]]

    assert tables(again) == tables(sealed)
