"""Activity that is cut is that which fastavro reads: whatever stands in it, however it is written, and when bytes of it
are damaged. So are rows that are made of the pieces, and what is put aside.
"""

from base64 import b64encode
from math import inf
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.contract import Message, Outputs, no_outputs
from streams.processors.activity import ActivityProcessor
from streams.processors.people import PeopleProcessor
from streams.state import State
from testkit.cut_batches import ANY_BYTES, ANY_LONG, ANY_TEXT, CHANGES, CUT_OFF, CutBatches
from testkit.people import a_number, a_text, an_activity
from tilde.domain.people.activity import AT_MAX, PRODUCT_MAX, RECEIVED_AT_MAX, SealedIdentity, fault_of
from tilde.schemas.activity import other_of, person_pieces
from tilde.schemas.codec import decode, encoder, header
from tilde.schemas.cut_activity import CutActivity, cut_activity, cut_event, decoded, name_in
from tilde.schemas.hot import any_long_of
from tilde.schemas.registry import latest
from tilde.schemas.topics import ACTIVITY, HITS, OCCURRENCES, PROPERTY_VALUES

encode_occurrence, encode_value = map(encoder, (OCCURRENCES.subject, PROPERTY_VALUES.subject))

BORDERS = [-(2**63), -1, 0, 63, 64, 2**62, 2**63 - 1, AT_MAX, AT_MAX + 1, RECEIVED_AT_MAX, RECEIVED_AT_MAX + 1]
HASHES = st.integers(0, 2**63 - 1) | ANY_LONG | st.sampled_from(BORDERS)
# At the borders of what one byte, or two, can say of a size, and of what is cut.
LONG_ONES = st.builds(str.__mul__, st.sampled_from(["a", "é"]), st.sampled_from([0, 32, 63, 64, 127, 255, 256, 8_192]))
TEXTS = ANY_TEXT | LONG_ONES
SEALED = {"identity": HASHES, "key": HASHES, "who": ANY_BYTES}
PROPERTIES = st.fixed_dictionaries({"name": TEXTS, "number": st.none() | st.floats(), "text": st.none() | HASHES})
ACTIVITIES = st.lists(
    st.fixed_dictionaries(
        {
            "event": ANY_LONG,
            "product": st.integers(0, PRODUCT_MAX) | HASHES,
            "received_at": st.integers(0, RECEIVED_AT_MAX) | HASHES,
            "at": st.integers(0, AT_MAX) | HASHES,
            "act": st.sampled_from(["event", "set", "alias"]),
            "name": st.none() | TEXTS,
            **SEALED,
            "other": st.none() | st.fixed_dictionaries(SEALED),
            "properties": st.lists(PROPERTIES, max_size=3) | st.lists(PROPERTIES, min_size=14, max_size=18),
            "said": st.none() | ANY_BYTES,
        }
    ),
    max_size=3,
)
PLAIN = an_activity(
    5 << 40,
    2**62,
    "café au lait, and so on until a size has two bytes, as it does behind 63",
    key=2**61,
    who=bytes(range(200)),
    properties=[a_number("price", -9.5), a_text("plan", 2**63 - 1), a_text("ü", 0), a_number("all", inf)],
    said=b"\xff\x00",
)
WHOLE = [an_activity(1), an_activity(2, 9, None, properties=[a_text("plan", 7)]), an_activity(3, 7, other=9), PLAIN]


def rows_of(event: dict[str, Any], version: int) -> tuple[list[bytes], list[bytes]]:
    """Occurrences and values of properties, by a general writer."""
    name, key = event["name"], event["key"]
    stood = {key: event[key] for key in ("product", "at", "identity", "received_at")}
    stood |= {"version": version, "is_deleted": 0, "event_id": event["event"]}
    occurrences = [] if name is None else [encode_occurrence({**stood, "event": name})]
    plain, said = {"key": key, "said": ""}, {"key": key, "said": b64encode(event["said"] or b"").decode()}
    values = [
        {**stood, "property": each["name"], "event": name or "", "number": each["number"], "text": each["text"]}
        | (plain if each["text"] is None else said)
        for each in event["properties"]
    ]
    return occurrences, list(map(encode_value, values))


def folded(event: CutActivity) -> Outputs:
    outputs = no_outputs()
    ActivityProcessor().fold(Message(3, 1, {"events": [event]}, 0), outputs, State())
    return outputs


def require(event: dict[str, Any], cut: CutActivity) -> None:
    """The event as others have it, and where it is whole, the same rows."""
    assert str(decoded(cut)) == str(event)
    assert cut.fault == fault_of(event, other_of(event))
    if cut.fault is None:
        require_pieces(event, cut)


def require_pieces(event: dict[str, Any], cut: CutActivity) -> None:
    other, rows = other_of(event), folded(cut)

    assert (rows[OCCURRENCES.name], rows[PROPERTY_VALUES.name]) == rows_of(event, Message(3, 1, {}, 0).version(0))
    assert (cut.identity, cut.key, cut.who) == person_pieces(
        SealedIdentity(event["identity"], event["key"], event["who"])
    )
    assert tuple(cut.other_pieces) == (() if other is None else person_pieces(SealedIdentity(**other)))
    assert [any_long_of(piece) for piece in cut[:4]] == [event[name] for name in list(event)[:4]]
    assert [name_in(name) for name, _, _ in cut.properties] == [each["name"] for each in event["properties"]]


BATCHES = CutBatches(ACTIVITY.subject, cut_activity, cut_event, require)


@given(ACTIVITIES)
def test_any_activity_is_cut_as_it_is_read(events: list[dict[str, Any]]) -> None:
    """Every field at its borders, every branch, texts of whatever size and in whatever letters."""
    BATCHES.require_the_same(BATCHES.sealed(events))


def test_what_edges_write_is_cut_and_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    some = [{**PLAIN, "properties": [a_number("a", 1.0), a_text("b", 2)] * count} for count in range(9)]
    events = BATCHES.require_cut([*WHOLE, *some, PLAIN], monkeypatch)

    assert [event.fault for event in events] == [None] * 14


def test_the_pieces_are_the_fields_of_activity_in_their_order() -> None:
    """Those of the newest schema; what was done is two fields."""
    assert " ".join([*BATCHES.fields, "fault"]).replace("act name", "act").split() == list(CutActivity._fields)


def test_one_event_that_is_not_cut_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those before it and behind it: only the one with a name of two kilobytes is read."""
    events = BATCHES.require_cut([PLAIN, an_activity(1, name="x" * 2_000), PLAIN], monkeypatch, and_read=True)

    assert events[1].name[2:] == b"x" * 2_000


@pytest.mark.parametrize("processor", [ActivityProcessor, PeopleProcessor])
@pytest.mark.parametrize(
    "said",
    [
        {"name": None, "act": "event"},
        {"act": "set"},
        {"act": "alias", "name": None},
        {"identity": -1},
        {"key": -1},
        {"product": PRODUCT_MAX + 1},
        {"at": AT_MAX + 1},
        {"received_at": RECEIVED_AT_MAX + 1},
        {"received_at": -1},
        {"other": {"identity": 1, "key": -1, "who": b""}, "act": "alias", "name": None},
        {"other": {"identity": 1, "key": 1, "who": b""}},
    ],
)
def test_what_nothing_can_be_made_of_is_put_aside_as_it_was_read(processor: Any, said: dict[str, Any]) -> None:
    """Whether it was cut or not: the dead letter has all fields, and the reason."""
    message, outputs = BATCHES.sealed([PLAIN | said]), no_outputs()
    (event,) = decode(message, ACTIVITY.subject)["events"]
    processor().fold(Message(3, 1, cut_activity(message), 0), outputs, State())
    (letter,) = (decode(each, "dead_letter") for each in outputs["dead_letters"])

    assert letter["reason"] == fault_of(event, other_of(event))
    assert letter["body"] == orjson.dumps(event, default=str)


def test_every_bit_and_every_end_of_a_batch() -> None:
    BATCHES.require_every_bit(WHOLE[1:])


@given(ACTIVITIES, CHANGES, CUT_OFF)
def test_damaged_activity(events: list[dict[str, Any]], changes: list[tuple[int, int]], cut_off: int) -> None:
    BATCHES.require_damaged(events, changes, cut_off)


@given(ACTIVITIES, st.randoms(use_true_random=False))
def test_activity_that_somebody_else_has_written(events: list[dict[str, Any]], chance: Random) -> None:
    BATCHES.require_oddly(events, chance)


@settings(max_examples=50)
@given(st.binary(max_size=100))
@example(b"")
@example(header(latest(HITS.subject)) + b"\0")
def test_any_bytes_are_poison_as_they_were(body: bytes) -> None:
    """That of another topic's header, too."""
    BATCHES.require_any(body)
