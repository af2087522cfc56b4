"""Hits that are cut are those that fastavro reads: whatever stands in them, however it is written, and when bytes of
them are damaged. So are the rows that are made of the pieces.
"""

from base64 import b64encode
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from testkit.cut_batches import ANY_BYTES, ANY_LONG, ANY_TEXT, CHANGES, CUT_OFF, CutBatches
from testkit.hits import an_event
from tilde.domain.hits.hit import HitType, KnownBy, Transport
from tilde.schemas.codec import decode, encoder, header
from tilde.schemas.cut_hits import CutHit, clock_in, cut_hit, cut_hits
from tilde.schemas.hit_rows import action_row
from tilde.schemas.registry import latest
from tilde.schemas.topics import ACTIONS, HITS, STATS

encode_row = encoder(ACTIONS.subject)

NULLABLE = ("host", "title", "ref", "lang", "res", "tz", "agent", "bot", "network")
LONGS = ANY_LONG | st.sampled_from([-(2**63), -1, 0, 63, 64, 2**53, 2**62, 2**63 - 1])
# At the borders of what one byte, or two, can say of a size, and of what is cut.
BORDERS = st.builds(str.__mul__, st.sampled_from(["a", "\x7f", "é", "€"]), st.sampled_from([0, 31, 32, 63, 64]))
LONG_ONES = st.builds(
    str.__mul__, st.sampled_from(["a", "é"]), st.sampled_from([255, 256, 511, 512, 1_023, 1_024, 4_096, 8_192])
)
TEXTS = ANY_TEXT | BORDERS | LONG_ONES
HITS_OF_ANY_KIND = st.lists(
    st.fixed_dictionaries(
        {
            **dict.fromkeys(("event", "site", "received_at", "visitor", "key"), LONGS),
            "clock_offset_s": st.integers(-(2**31), 2**31 - 1),
            "clock_rule": TEXTS,
            "type": st.sampled_from(list(map(str, HitType))),
            "transport": st.sampled_from(list(map(str, Transport))),
            "href": TEXTS,
            **dict.fromkeys(NULLABLE, st.none() | TEXTS),
            "known_by": st.sampled_from(list(map(str, KnownBy))),
            "who": ANY_BYTES,
            "said": st.none() | ANY_BYTES,
            "parameters": st.lists(st.fixed_dictionaries({"name": TEXTS, "value": TEXTS}), max_size=10),
        }
    ),
    max_size=3,
)
PLAIN = an_event(
    5 << 40,
    href="/shop?a=1",
    host="www.awesome.com",
    title="The café",
    ref="https://search.example/?q=" + "shoes" * 20,
    agent="Mozilla/5.0 (X11; rv:128.0) Gecko Firefox/128.0 and so on, until a size has two bytes",
    bot="curl",
    who=bytes(range(200)),
    said=b"\xff\x00",
    visitor=2**62,
    parameters=[{"name": "goal[id]", "value": "7"}, {"name": "ck", "value": "ü"}],
)


def row_of(event: dict[str, Any], version: int, day: int) -> bytes:
    """By a general writer, of the values."""
    texts = ("type", "transport", "href", *NULLABLE, "known_by", "clock_rule")
    return encode_row(
        {
            **{name: event[name] for name in ("site", "received_at", "visitor", "key", "clock_offset_s")},
            **{name: event[name] or "" for name in texts},
            "event_id": event["event"],
            "version": version,
            "is_deleted": 0,
            "day": day,
            "who": b64encode(event["who"]).decode(),
            "said": b64encode(event["said"] or b"").decode(),
            "parameters": orjson.dumps([[each["name"], each["value"]] for each in event["parameters"]]).decode(),
        }
    )


def require(event: dict[str, Any], hit: CutHit) -> None:
    """The same row."""
    assert action_row(hit, 513, 20_000) == row_of(event, 513, 20_000)
    assert clock_in(hit.clock) == (event["clock_offset_s"], event["clock_rule"])
    assert hit.is_bot == (event["bot"] is not None)


BATCHES = CutBatches(HITS.subject, cut_hits, cut_hit, require)


@given(HITS_OF_ANY_KIND)
def test_any_hits_are_cut_as_they_are_read(events: list[dict[str, Any]]) -> None:
    """Every field at its borders, every branch, texts of whatever size and in whatever letters."""
    message = BATCHES.sealed(events)

    BATCHES.require_the_same(message)
    assert decode(message, HITS.subject)["events"] == events


def test_what_edges_write_is_cut_and_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one begins with what could be a parameter."""
    like_a_parameter = an_event(1, clock_offset_s=0, clock_rule="0")
    some = [{**PLAIN, "parameters": [{"name": "tc", "value": ""}] * count} for count in range(9)]

    BATCHES.require_cut([an_event(1), {**PLAIN, "bot": None}, *some, PLAIN, like_a_parameter], monkeypatch)


def test_the_pieces_are_the_fields_of_a_hit_in_their_order() -> None:
    """Those of the newest schema; a clock is two fields."""
    assert " ".join(BATCHES.fields).replace("clock_offset_s clock_rule", "clock").split() == list(CutHit._fields)


def test_one_hit_that_is_not_cut_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those before it and behind it: only the one with a text of two kilobytes is read."""
    events = BATCHES.require_cut([PLAIN, an_event(1, ref="x" * 2_000), PLAIN], monkeypatch, and_read=True)

    assert events[1].ref[2:] == b"x" * 2_000


def test_every_bit_and_every_end_of_a_batch() -> None:
    BATCHES.require_every_bit([PLAIN, an_event(1)])


@given(HITS_OF_ANY_KIND, CHANGES, CUT_OFF)
def test_damaged_hits(events: list[dict[str, Any]], changes: list[tuple[int, int]], cut_off: int) -> None:
    BATCHES.require_damaged(events, changes, cut_off)


@given(HITS_OF_ANY_KIND, st.randoms(use_true_random=False))
def test_hits_that_somebody_else_has_written(events: list[dict[str, Any]], chance: Random) -> None:
    BATCHES.require_oddly(events, chance)


@settings(max_examples=50)
@given(st.binary(max_size=100))
@example(b"")
@example(header(latest(STATS.subject)) + b"\0")
@example(b"\0\xff\xff\xff\xff")
def test_any_bytes_are_poison_as_they_were(body: bytes) -> None:
    """That of the header of another topic, or of a release that is to come, too."""
    BATCHES.require_any(body)
