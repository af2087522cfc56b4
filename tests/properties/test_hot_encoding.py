"""The records written by hand are fastavro's to the byte, over all that may stand in them."""

from io import BytesIO
from typing import Any

from fastavro import schemaless_reader, schemaless_writer
from hypothesis import example, given
from hypothesis import strategies as st

from testkit.sealed import sealed_activity, sealed_hits, sealed_samples, sealed_stats, sealed_whole
from tilde.domain.hits.hit import HitType, KnownBy, Page, Parameter, Protected, Sender, Transport
from tilde.domain.people.activity import Act, Property, SealedIdentity
from tilde.domain.samples.writes import SampleWrite
from tilde.domain.stats.metrics import Kind
from tilde.schemas import hot
from tilde.schemas.activity import act_of, activity_received, person_of, property_of
from tilde.schemas.codec import decode, encoder, oldest_encoder
from tilde.schemas.hits import hit_received, of_visitor, page_of, parameter_of, site_stamp
from tilde.schemas.longs import longs_of
from tilde.schemas.sample_writes import sample_write_encoder, sample_write_of
from tilde.schemas.topics import ACTIVITY, HITS, SAMPLE_WRITES

encode_write = sample_write_encoder()

LONGS = st.integers(-(2**63), 2**63 - 1)
COUNTS = st.integers(0, 2**53)
FLOATS = st.floats(allow_nan=False)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
EVENTS = st.fixed_dictionaries(
    {
        "id": COUNTS,
        "product": COUNTS,
        "metric": st.integers(0, 2**52 - 1),
        "kind": st.sampled_from(["counter", "value"]),
        "name": st.none() | NAMES,
        "number": FLOATS,
        "t": st.none() | st.integers(0, 2**32 - 1),
        "received_at": COUNTS,
    }
)


def by_fastavro(schema: Any, value: Any) -> bytes:
    buffer = BytesIO()
    schemaless_writer(buffer, schema, value)
    return buffer.getvalue()


def body_of(event: dict[str, Any]) -> bytes:
    name = hot.posted_name(event["product"], event["metric"], event["kind"], event["name"])
    return hot.stat_posted(event["id"], name, event["number"], event["t"], hot.long(event["received_at"]))


@given(LONGS)
@example(0)
@example(-1)
@example(2**63 - 1)
@example(-(2**63))
def test_a_long_is_avros(value: int) -> None:
    """Over all 64 bits, zigzag and varint."""
    assert hot.long(value) == by_fastavro("long", value)


def test_a_long_is_avros_at_every_border_of_its_length() -> None:
    """Where a byte is added, and where a table of ours ends."""
    for bits in range(63):
        for value in (2**bits - 1, 2**bits, 2**bits + 1, -(2**bits), -(2**bits) - 1):
            assert hot.long(value) == by_fastavro("long", value)
    for value in range(-40_000, 40_000):
        assert hot.long(value) == by_fastavro("long", value)


@given(LONGS)
def test_a_long_comes_back(value: int) -> None:
    """Read by fastavro, nothing left over, and by hand."""
    body = BytesIO(hot.long(value))

    assert schemaless_reader(body, "long", None) == value
    assert body.read() == b""
    assert hot.long_of(hot.long(value)) == value


@given(st.lists(LONGS, max_size=1_100))
@example([-(2**63), 2**63 - 1, -1, 0, 1] * 205)
def test_many_longs_come_back_at_once(values: list[int]) -> None:
    """However many, and each whatever stands beside it."""
    assert longs_of(list(map(hot.long, values))) == values


@given(NAMES)
def test_a_text_is_avros(value: str) -> None:
    """UTF-8 behind its length in bytes."""
    assert hot.text(value) == by_fastavro("string", value)
    assert hot.content_of(hot.text(value)) == value.encode()


@given(st.integers(0, 20_000))
@example(63)
@example(64)
@example(8_191)
@example(8_192)
def test_bytes_are_avros(size: int) -> None:
    """Their size before them, in one byte or more."""
    assert hot.size_and(bytes(size)) == by_fastavro("bytes", bytes(size))
    assert hot.content_of(hot.size_and(bytes(size))) == bytes(size)


@given(st.lists(EVENTS, min_size=1, max_size=5), st.text(max_size=40), *[st.integers(-1, 2**53)] * 4)
def test_a_sealed_batch_is_avros(
    events: list[dict[str, Any]], edge: str, epoch: int, offset: int, before: int, catalog: int
) -> None:
    """Header, every field of every event, and the end of the array."""
    batch = {"edge": edge, "epoch": epoch, "offset": offset, "before": before, "catalog": catalog, "events": events}

    bodies = list(map(body_of, events))

    for seal, spreads in ((sealed_stats, True), (sealed_whole, False)):
        sealed = seal(edge, epoch, offset, before, catalog, bodies)
        said = {} if spreads else {"spreads": False}
        assert sealed == oldest_encoder("sealed_stats")(batch | said)
        assert decode(sealed, "sealed_stats") == batch | {"spreads": spreads}


@given(
    st.fixed_dictionaries(
        {
            "product": COUNTS,
            "metric": COUNTS,
            "event_id": COUNTS,
            "nth": st.integers(0, 2**31 - 1),
            "version": COUNTS,
            "is_deleted": st.just(0),
            "ts": st.integers(0, (2**32 - 1) * 1000),
            "received_at": st.integers(0, 2**41),
            "number": FLOATS,
            "raw_partition": st.integers(0, 15),
        }
    )
)
def test_a_point_is_avros(point: dict[str, Any]) -> None:
    """A whole message, header and all."""
    by_hand = hot.point(
        hot.point_metric(point["product"], point["metric"]),
        hot.long(point["event_id"]),
        point["nth"],
        hot.long(point["version"]),
        hot.long(point["ts"]) + hot.long(point["received_at"]),
        hot.double(point["number"]) + hot.long(point["raw_partition"]),
    )

    assert by_hand == encoder("point")(point)


@given(
    COUNTS,
    COUNTS,
    st.integers(0, 2**52 - 1),
    st.sampled_from(["counter", "value"]),
    st.none() | NAMES,
    FLOATS,
    st.none() | st.integers(0, (2**32 - 1) * 1000),
    st.none() | NAMES,
    COUNTS,
)
def test_a_plain_write_of_a_sample_is_avros(
    event_id: int,
    product: int,
    metric: int,
    kind: str,
    name: str | None,
    number: float,
    t_ms: int | None,
    meta: str | None,
    received_at: int,
) -> None:
    """What the general encoder makes of it, in a batch of its topic that is read as the same write."""
    write = SampleWrite(product, metric, event_id, event_id, received_at, None, number, t_ms, meta)
    by_hand = hot.sample_written(
        event_id, hot.posted_name(product, metric, kind, name), number, t_ms, meta, hot.long(received_at)
    )
    sealed = sealed_samples("e", 1, 2, 1, 0, [by_hand])

    assert by_hand == encode_write(write, Kind(kind), name)
    (event,) = decode(sealed, SAMPLE_WRITES.subject)["events"]
    assert sample_write_of(event) == write
    assert (event["kind"], event["name"]) == (kind, name)


@given(
    st.fixed_dictionaries(
        {
            "product": COUNTS,
            "metric": COUNTS,
            "ts": st.integers(0, (2**32 - 1) * 1000),
            "id": COUNTS,
            "version": COUNTS,
            "is_deleted": st.just(0),
            "ref": NAMES,
            "number": FLOATS,
            "meta": NAMES,
            "created_at": st.integers(0, 2**41),
            "updated_at": st.integers(0, 2**41),
        }
    )
)
def test_a_sample_is_avros(sample: dict[str, Any]) -> None:
    """A whole message, header and all."""
    said = hot.text(sample["ref"]) + hot.double(sample["number"]) + hot.text(sample["meta"])
    by_hand = hot.sample(
        hot.sample_metric(sample["product"], sample["metric"]),
        hot.long(sample["ts"]),
        hot.long(sample["id"]),
        hot.long(sample["version"]),
        said + hot.long(sample["created_at"]) + hot.long(sample["updated_at"]),
    )

    assert by_hand == encoder("sample")(sample)


MAYBE = st.none() | NAMES
HITS_SEEN = st.lists(
    st.fixed_dictionaries(
        {
            "event": COUNTS,
            "site": COUNTS,
            "clock_offset_s": st.integers(-86_400, 86_400),
            "clock_rule": NAMES,
            "received_at": COUNTS,
            "type": st.sampled_from(list(HitType)),
            "transport": st.sampled_from(list(Transport)),
            "href": NAMES,
            **dict.fromkeys(("host", "title", "ref", "lang", "res", "tz", "agent", "bot", "network"), MAYBE),
            "visitor": st.integers(0, 2**63 - 1),
            "known_by": st.sampled_from(list(KnownBy)),
            "key": st.integers(0, 2**62 - 1),
            "who": st.binary(max_size=300),
            "said": st.none() | st.binary(max_size=300),
            "parameters": st.lists(st.fixed_dictionaries({"name": NAMES, "value": NAMES}), max_size=5),
        }
    ),
    min_size=1,
    max_size=3,
)


def hit_of(event: dict[str, Any]) -> bytes:
    page = Page(
        event["type"],
        event["transport"],
        *(event[name] for name in ("href", "host", "title", "ref", "lang", "res", "tz")),
    )
    parameters = [parameter_of(Parameter(**each)) for each in event["parameters"]]
    sender = Sender(event["agent"], event["bot"], event["network"])
    visitor = of_visitor(sender, Protected(event["visitor"], event["known_by"], event["key"], event["who"]))
    stamp = site_stamp(event["site"], event["clock_offset_s"], event["clock_rule"])
    received_at = hot.long(event["received_at"])
    return hit_received(event["event"], stamp, received_at, page_of(page), visitor, event["said"], parameters)


@given(HITS_SEEN)
def test_hits_are_avros(events: list[dict[str, Any]]) -> None:
    """All of one, and read back they are what was written."""
    sealed = sealed_hits("e", 1, 2, -1, 7, [hit_of(event) for event in events])
    batch = {"edge": "e", "epoch": 1, "offset": 2, "before": -1, "catalog": 7, "events": events}

    assert sealed == encoder(HITS.subject)(batch)
    assert decode(sealed, HITS.subject)["events"] == events


IDENTITIES = st.fixed_dictionaries(
    {"identity": st.integers(0, 2**63 - 1), "key": st.integers(0, 2**62 - 1), "who": st.binary(max_size=300)}
)
PROPERTIES = st.fixed_dictionaries(
    {"name": NAMES, "number": st.none() | FLOATS, "text": st.none() | st.integers(0, 2**63 - 1)}
)
ACTIVITY_SEEN = st.lists(
    st.tuples(
        st.fixed_dictionaries(
            {
                "event": COUNTS,
                "product": COUNTS,
                "received_at": COUNTS,
                "at": st.integers(0, 2**32 - 1),
                "act": st.sampled_from(list(Act)),
                "name": MAYBE,
            }
        ),
        IDENTITIES,
        st.fixed_dictionaries(
            {
                "other": st.none() | IDENTITIES,
                "properties": st.lists(PROPERTIES, max_size=5),
                "said": st.none() | st.binary(max_size=300),
            }
        ),
    ).map(lambda parts: parts[0] | parts[1] | parts[2]),
    min_size=1,
    max_size=3,
)


def activity_of(event: dict[str, Any]) -> bytes:
    person = person_of(SealedIdentity(event["identity"], event["key"], event["who"]))
    other = event["other"] and person_of(SealedIdentity(**event["other"]))
    properties = [property_of(Property(**each)) for each in event["properties"]]
    product, received_at = map(hot.long, (event["product"], event["received_at"]))
    act = act_of(event["act"], event["name"])
    return activity_received(
        event["event"], product, received_at, event["at"], act, person, other, properties, event["said"]
    )


@given(ACTIVITY_SEEN)
def test_activity_is_avros(events: list[dict[str, Any]]) -> None:
    """Events, properties and aliases; read back they are what was written."""
    sealed = sealed_activity("e", 1, 2, -1, 7, [activity_of(event) for event in events])
    batch = {"edge": "e", "epoch": 1, "offset": 2, "before": -1, "catalog": 7, "events": events}
    read = decode(sealed, ACTIVITY.subject)["events"]

    assert sealed == encoder(ACTIVITY.subject)(batch)
    assert [event | {"other": event["other"] and event["other"][1]} for event in read] == events
