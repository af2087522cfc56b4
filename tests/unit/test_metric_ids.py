"""What a metric's ids are: the same everywhere and for ever, so literals stand here."""

import uuid

import pytest

from tilde.domain.stats.metrics import Kind, metric_id, metric_of_short_id, metric_uuid, short_id

# All dialects 1 of docs/compatibility.md: words that stand where a short id may.
RESERVED = [
    "iapi",
    "api2",
    "api3",
    "api4",
    "wp-iframe",
    "trash",
    "data",
    "alerts",
    "stats",
    "statlist",
    "stat",
    "embed",
    "graph",
    "text",
    "table",
    "histogram",
]


def test_ids_follow_from_product_kind_and_name_alone() -> None:
    """These are stored for ever: a change of the rule is a change of every id."""
    assert metric_id(1, "counter", "signups") == 4_455_691_251_793_213
    assert metric_uuid(1, "counter", 4_455_691_251_793_213, "signups") == uuid.UUID(
        "98bed9cf-7f48-51bd-b970-87466ca855f4"
    )
    assert short_id(4_455_691_251_793_213) == "KPEwTV9Ib"


def test_a_count_and_a_value_of_one_name_are_two_metrics() -> None:
    """So are the same names of two products, and no other way of putting them together."""
    ids = {
        metric_id(1, Kind.COUNTER, "a"),
        metric_id(1, Kind.VALUE, "a"),
        metric_id(11, Kind.COUNTER, "a"),
        metric_id(1, Kind.COUNTER, "1"),
        metric_id(1, Kind.COUNTER, "A"),
        metric_id(1, Kind.COUNTER, "a "),
    }

    assert len(ids) == 6


def test_an_id_has_52_bits() -> None:
    """JavaScript reads it, and the bit above marks derived identities."""
    ids = [metric_id(1, "counter", str(number)) for number in range(1000)]

    assert max(ids) < 2**52
    assert max(ids) > 2**51


@pytest.mark.parametrize(
    ("metric", "text"), [(0, "000000000"), (61, "00000000z"), (62, "000000010"), (2**52 - 1, "KcqObyjK3")]
)
def test_a_short_id_has_nine_characters_and_leads_back(metric: int, text: str) -> None:
    """Base 62, digits first, then upper and lower case."""
    assert short_id(metric) == text
    assert metric_of_short_id(text) == metric


@pytest.mark.parametrize(
    "text", ["", "0", "0000000000", "00000000-", "00000000é", "00000000٣", "zzzzzzzzz", "L00000000"]
)
def test_what_cannot_be_a_short_id_leads_to_none(text: str) -> None:
    """Too short, too long, foreign characters, or more than 52 bits."""
    assert metric_of_short_id(text) is None


def test_no_short_id_is_a_reserved_word() -> None:
    """They stand in the same place of a path; the first character of an id is a digit or A to K."""
    assert short_id(2**52 - 1)[0] == "K"
    assert not [word for word in RESERVED if metric_of_short_id(word) is not None]
