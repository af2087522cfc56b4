"""Posts to stats that are cut are those that fastavro reads: whatever stands in them, however they are written, and when
bytes of them are damaged. So are the points that are made of the pieces.
"""

from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.contract import Message, Outputs, no_outputs
from streams.processors.stats import StatsProcessor
from streams.state import State
from testkit.cut_batches import ANY_LONG, ANY_TEXT, CHANGES, CUT_OFF, CutBatches
from testkit.sealed import a_post
from tilde.domain.stats.fanout import BadNameError, has_tilde, stats_of
from tilde.domain.stats.metrics import metric_id
from tilde.schemas.codec import HEADER_BYTES, batch_end, batch_schemas, decode, encoder, header
from tilde.schemas.cut_stats import CutStat, Posted, cut_stat, cut_stats, posted_of, seconds_of
from tilde.schemas.hot import NULL
from tilde.schemas.reading import decoded
from tilde.schemas.registry import latest
from tilde.schemas.topics import HITS, METRICS, POINTS, STATS

encode_point = encoder(POINTS.subject)

LONGS = ANY_LONG | st.sampled_from([-(2**63), -1, 0, 63, 64, 127, 128, 2**53, 2**62, 2**63 - 1])
# At the borders of what one byte, or two, can say of a size, and of what is cut.
LONG_ONES = st.builds(
    str.__mul__, st.sampled_from(["a", "é"]), st.sampled_from([32, 63, 64, 255, 256, 511, 512, 8_192])
)
TEXTS = ANY_TEXT | LONG_ONES | st.sampled_from(["a~b,c", "~", "a~b~c"])
POSTS = st.lists(
    st.fixed_dictionaries(
        {
            **dict.fromkeys(("id", "product", "metric"), LONGS),
            "kind": st.sampled_from(["counter", "value"]),
            "name": st.none() | TEXTS,
            "number": st.floats(),
            "t": st.none() | st.integers(-(2**53), 2**53) | st.just(0),
            "received_at": LONGS,
        }
    ),
    max_size=3,
)
PLAIN = a_post(1, "café au lait, and so on until a size has two bytes, as it has them behind 63", 2.5, t=1_760_000_000)
WHOLE = [a_post(1, "hits"), {**a_post(2), "name": None}, PLAIN]


def points_of(event: dict[str, Any], *, spreads: bool) -> list[bytes]:
    """By a general writer."""
    ts = event["received_at"] if event["t"] is None else event["t"] * 1000
    shared = {"product": event["product"], "event_id": event["id"], "version": Message(3, 1, {}, 0).version(0)}
    shared |= {"is_deleted": 0, "ts": ts, "received_at": event["received_at"], "number": event["number"]}
    return [
        encode_point({**shared, "metric": metric, "nth": nth, "raw_partition": 3})
        for nth, metric in enumerate(metrics_of(event, spreads=spreads))
    ]


def metrics_of(event: dict[str, Any], *, spreads: bool) -> list[int]:
    name = event["name"]
    if name is None:
        return [event["metric"]]
    try:
        stats = stats_of(name, spreads=spreads)
    except BadNameError:
        return []
    if not spreads or not has_tilde(name):
        return [event["metric"]]
    return [metric_id(event["product"], event["kind"], stat) for stat in stats]


def folded(event: CutStat, *, spreads: bool) -> Outputs:
    outputs = no_outputs()
    StatsProcessor().fold(Message(3, 1, {"events": [event], "spreads": spreads}, 0), outputs, State())
    return outputs


def require(event: dict[str, Any], cut: CutStat) -> None:
    """The event as others have it, and the same points."""
    assert str(decoded(cut)) == str(event)
    assert posted_of(cut) == Posted(event["product"], event["metric"], event["kind"], event["name"])
    assert (None if cut.t == NULL else seconds_of(cut.t)) == event["t"]
    for spreads in (True, False) if event["id"] >= 0 else ():  # below zero is no id, and no row can say it
        assert folded(cut, spreads=spreads)[POINTS.name] == points_of(event, spreads=spreads)


BATCHES = CutBatches(STATS.subject, cut_stats, cut_stat, require)


@given(POSTS)
def test_any_posts_are_cut_as_they_are_read(events: list[dict[str, Any]]) -> None:
    """Every field at its borders, every branch, names of whatever size and in whatever letters."""
    BATCHES.require_the_same(BATCHES.sealed(events))


@pytest.mark.parametrize("said", [{}, {"spreads": True}, {"spreads": False}])
def test_what_edges_write_is_cut_and_not_read(said: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """In each version of the schema that they write."""
    events = BATCHES.sealed(WHOLE)[HEADER_BYTES:-1]  # the last byte says that names spread
    for schema in batch_schemas(STATS.subject, said):
        message = header(schema) + events + batch_end(schema, said)
        assert decode(message, STATS.subject)["spreads"] == said.get("spreads", True)

        with monkeypatch.context() as patch:
            assert BATCHES.require_cut_of(message, patch) == list(map(cut_stat, WHOLE))


def test_the_pieces_are_the_fields_of_a_post_in_their_order() -> None:
    """Those of the newest schema; what it is to is four fields."""
    assert " ".join(BATCHES.fields).replace("product metric kind name", "posted").replace(
        "id", "event", 1
    ).split() == list(CutStat._fields)


def test_one_post_that_is_not_cut_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those before it and behind it: only the one with a name of two kilobytes is read."""
    events = BATCHES.require_cut([PLAIN, a_post(1, "x" * 2_000), PLAIN], monkeypatch, and_read=True)

    assert posted_of(events[1]).name == "x" * 2_000


@pytest.mark.parametrize("name", ["x" * 255, "x" * 256, "x" * 511, "é" * 255])
def test_a_post_with_a_long_name_is_cut_too(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of up to 511 bytes: StatHat takes names of 255 characters."""
    assert posted_of(BATCHES.require_cut([a_post(1, name)], monkeypatch)[0]).name == name


IDS = st.integers(0, 2**63 - 1)


@given(IDS, IDS)
@example(2**53, 2**53 - 1)
@example(127, 128)
@example(63, 64)
@example(7, 7)
def test_the_earlier_of_two_events_announces_a_stat(one: int, other: int) -> None:
    """By their ids, of which nobody reads more than the bytes: the second is announced only where it is earlier."""
    outputs, events = no_outputs(), [cut_stat(a_post(id_)) for id_ in (one, other)]
    StatsProcessor().fold(Message(3, 1, {"events": events, "spreads": True}, 0), outputs, State())

    announced = [decode(row, METRICS.subject)["event_id"] for row in outputs[METRICS.name]]
    assert announced == ([one, other] if other < one else [one])


def test_a_post_by_the_key_of_a_stat_announces_none() -> None:
    """Nobody but its owner says what that one is called."""
    outputs = folded(cut_stat({**a_post(1), "name": None}), spreads=True)

    assert (len(outputs[POINTS.name]), outputs[METRICS.name]) == (1, [])


def test_a_batch_of_nothing_is_read_as_others_read_it() -> None:
    """No edge writes one; whole, and with a byte too many."""
    for schema in batch_schemas(STATS.subject, {}):
        nothing = header(schema) + BATCHES.sealed([])[HEADER_BYTES:-1] + batch_end(schema, {})
        for message in (nothing, nothing + b"\0", nothing + b"\1"):
            BATCHES.require_the_same(message)


def test_every_bit_and_every_end_of_a_batch() -> None:
    BATCHES.require_every_bit(WHOLE)


@given(POSTS, CHANGES, CUT_OFF)
def test_damaged_posts(events: list[dict[str, Any]], changes: list[tuple[int, int]], cut_off: int) -> None:
    BATCHES.require_damaged(events, changes, cut_off)


@given(POSTS, st.randoms(use_true_random=False))
def test_posts_that_somebody_else_has_written(events: list[dict[str, Any]], chance: Random) -> None:
    BATCHES.require_oddly(events, chance)


@settings(max_examples=50)
@given(st.binary(max_size=100))
@example(b"")
@example(header(latest(HITS.subject)) + b"\0")
def test_any_bytes(body: bytes) -> None:
    BATCHES.require_any(body)
