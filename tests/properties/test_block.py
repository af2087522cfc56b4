"""Avro container blocks made by joining: whatever fastavro encodes, ClickHouse's input is the same records in order."""

from io import BytesIO
from typing import Any

import fastavro
from hypothesis import given
from hypothesis import strategies as st

from sinks.block import by_schema, join
from tilde.schemas.codec import encoder
from tilde.schemas.hot import long
from tilde.schemas.registry import latest

LONGS = st.integers(0, 2**53)
METRICS = st.fixed_dictionaries(
    {
        "product": LONGS,
        "metric": LONGS,
        "raw_partition": st.integers(-1, 15),
        "version": LONGS,
        "is_deleted": st.integers(0, 1),
        "kind": st.sampled_from(["counter", "value"]),
        "name": st.text(max_size=300),
        "event_id": LONGS,
        "first_seen_at": st.integers(0, 2**32 * 1000),
    }
)


def test_lengths_are_avro_longs():
    assert [long(n) for n in (0, 1, 63, 64, 8191, 8192)] == [
        b"\x00",
        b"\x02",
        b"\x7e",
        b"\x80\x01",
        b"\xfe\x7f",
        b"\x80\x80\x01",
    ]


@given(st.lists(METRICS, min_size=1, max_size=20))
def test_a_container_reads_back_as_what_went_in(records):
    messages = [encoder("metric")(record) for record in records]
    back: list[Any] = list(fastavro.reader(BytesIO(join(latest("metric"), messages))))

    for record in back:
        record["first_seen_at"] = round(record["first_seen_at"].timestamp() * 1000)
    assert back == records


@given(st.lists(METRICS, min_size=1, max_size=5))
def test_a_block_follows_from_its_messages_alone(records):
    messages = [encoder("metric")(record) for record in records]

    assert join(latest("metric"), messages) == join(latest("metric"), messages)


@given(st.lists(st.binary(max_size=12)))
def test_grouping_by_schema_keeps_all_messages_in_order(messages):
    groups = by_schema(messages)

    assert sorted(message for group in groups.values() for message in group) == sorted(messages)
    for head, group in groups.items():
        assert group == [message for message in messages if message[:5] == head]
