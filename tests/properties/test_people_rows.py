"""Rows of people that are written by hand are a general writer's to the byte, over all that an event may say."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.drivers.partition_fold import PartitionFold
from streams.processors.activity import ActivityProcessor
from streams.processors.people import PeopleProcessor
from testkit.people import a_number, a_text, an_activity
from testkit.sealed import a_sealed_batch
from tilde.domain.log.position import Position
from tilde.domain.people.activity import AT_MAX, PRODUCT_MAX, RECEIVED_AT_MAX
from tilde.eventlog import Record
from tilde.schemas.codec import decode, encoder
from tilde.schemas.topics import ACTIVITY, TOPICS

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=255)
HASHES = st.integers(0, 2**62)
PROPERTIES = st.builds(a_number, NAMES, st.floats(allow_nan=False)) | st.builds(
    a_text, NAMES, st.integers(0, 2**63 - 1)
)
SAYS = st.fixed_dictionaries(
    {
        "product": st.integers(0, PRODUCT_MAX),
        "at": st.integers(0, AT_MAX),
        "received_at": st.integers(0, RECEIVED_AT_MAX),
        "properties": st.lists(PROPERTIES, max_size=3, unique_by=lambda each: each["name"]),
        "said": st.none() | st.binary(max_size=300),
        "other": st.none() | HASHES,
        "who": st.binary(max_size=1_100),
    }
)


@pytest.mark.parametrize("made_by", [ActivityProcessor, PeopleProcessor])
@given(event_id=st.integers(0, 2**53 - 1), identity=HASHES, name=st.none() | NAMES, says=SAYS)
def test_a_row_written_by_hand_is_a_general_writers(
    made_by: Any, event_id: int, identity: int, name: str | None, says: dict[str, Any]
) -> None:
    """And what cannot be made of an event goes to the dead letters, of these none."""
    fold = PartitionFold(made_by(), 3, Position())
    fold.take(Record(0, a_sealed_batch([an_activity(event_id, identity, name, **says)], topic=ACTIVITY)))
    given_rows = fold.drain()

    assert not given_rows["dead_letters"]
    for topic, rows in given_rows.items():
        subject = TOPICS[topic].subject
        assert [encoder(subject)(decode(row, subject)) for row in rows] == rows
