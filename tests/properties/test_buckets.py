"""Buckets of local time, in every zone and around every change of its clock: each instant lies in exactly one."""

from bisect import bisect_right
from datetime import datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.local_buckets import before, instant_of, local_buckets, zone_of
from api.timeframes import BadTimeframeError, Buckets, Span, span_of

ZONES = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))
SPANS = st.builds(Span, st.integers(1, 40), st.sampled_from("mhdwMy"))
FROM = 946_684_800  # 2000-01-01
INSTANTS = st.integers(FROM, 4_000_000_000)


def length_of(span: Span) -> int:
    return span.seconds or span.months * 30 * 86_400


@given(SPANS, ZONES, INSTANTS, st.floats(0.01, 40))
def test_every_instant_lies_in_exactly_one_bucket(span, zone, from_, spans):
    to = min(from_ + 1 + int(length_of(span) * spans), 2**32)
    buckets = local_buckets(span, zone_of(zone), from_, to)

    assert buckets.starts[0] <= from_
    assert buckets.starts[-1] < to == buckets.end
    assert all(a < b for a, b in zip(buckets.starts, buckets.starts[1:], strict=False))
    assert len(buckets.starts) == 1 or buckets.starts[1] > from_


@given(SPANS, ZONES, INSTANTS, st.lists(st.integers(0, 10**7), max_size=50), st.floats(0.01, 40))
def test_the_sum_over_local_buckets_is_the_sum_over_utc(span, zone, from_, offsets, spans):
    to = min(from_ + 1 + int(length_of(span) * spans), 2**32)
    points = [from_ + offset % (to - from_) for offset in offsets]
    starts = local_buckets(span, zone_of(zone), from_, to).starts
    counts = [0] * len(starts)
    for point in points:
        counts[bisect_right(starts, point) - 1] += 1

    assert sum(counts) == len(points)


def floored(at: datetime, span: Span) -> tuple:
    """Which bucket a reading of the clock belongs to, by other means than the code's."""
    if span.months:
        return ((at.year * 12 + at.month - 1) // span.months,)
    origin = datetime(1970, 1, 5) if span.unit == "w" else datetime(1970, 1, 1)  # noqa: DTZ001 - a clock's reading
    return ((at - origin) // timedelta(seconds=span.seconds),)


def by_the_minute(span: Span, zone, from_: int, to: int) -> list[int]:
    """Where buckets begin, found by looking at the clock each minute: where it gets further than it ever was; those of
    minutes and hours also where it shows one of their starts again.
    """
    starts, furthest, previous = [], None, None
    for instant in range(from_ - from_ % 60, to, 60):
        reading = datetime.fromtimestamp(instant, zone).replace(tzinfo=None)
        place = floored(reading, span)
        is_start = floored(reading - timedelta(minutes=1), span) != place
        again = span.unit in "mh" and is_start and previous is not None
        if furthest is None or place > furthest or again:
            starts.append(instant)
        furthest = place if furthest is None else max(furthest, place)
        previous = reading
    return starts[1:]


def changes_of(zone, year: int) -> list[int]:
    first = int(datetime(year, 1, 1, tzinfo=zone).timestamp())
    days = [first + day * 86_400 for day in range(367)]
    offsets = [datetime.fromtimestamp(day, zone).utcoffset() for day in days]
    return [day for day, offset, following in zip(days, offsets, offsets[1:], strict=False) if offset != following]


@given(ZONES, st.integers(2000, 2037), st.sampled_from(["1m", "15m", "1h", "2h", "3h", "5h", "6h", "1d", "1w", "1M"]))
def test_around_a_change_of_the_clock_buckets_begin_where_the_clock_says(zone, year, text):
    zone, span = zone_of(zone), span_of(text)
    for change in changes_of(zone, year):
        from_, to = change - 86_400, change + 3 * 86_400
        if span.unit == "m":
            from_, to = change, change + 86_400
        starts = by_the_minute(span, zone, from_, to)
        found = local_buckets(span, zone, from_, to).starts

        assert [start for start in found if start > from_ + 59] == [start for start in starts if start > from_ + 59]


@given(ZONES, INSTANTS, st.integers(1, 400 * 86_400))
def test_the_period_before_ends_where_this_one_begins(zone, from_, seconds):
    zone = zone_of(zone)
    start, end = before(from_, from_ + seconds, zone)

    assert end == from_
    assert abs((end - start) - seconds) <= 2 * 3 * 3600  # no clock was changed by more since 2000, once at each end


@pytest.mark.parametrize(
    ("text", "zone", "instant"),
    [
        ("1793016073", "UTC", 1_793_016_073),
        ("0", "UTC", 0),
        ("2026-10-26T12:01:13Z", "America/New_York", 1_793_016_073),
        ("2026-10-26T12:01:13+02:00", "America/New_York", 1_793_008_873),
        ("2026-10-26T08:01:13", "America/New_York", 1_793_016_073),
        ("2026-10-26", "UTC", 1_792_972_800),
        ("20261026", "UTC", 1_792_972_800),
        ("2026-03-08T02:30:00", "America/New_York", 1_772_953_200),  # skipped: the moment of the jump, 03:00 local
        ("2026-11-01T01:30:00", "America/New_York", 1_793_511_000),  # happens twice: the first
    ],
)
def test_times_are_read_in_the_zone(text, zone, instant):
    assert instant_of(text, zone_of(zone)) == instant


@pytest.mark.parametrize("text", ["", "now", "2026-13-01", "12:00", "1e9", "-1", "٣", "9" * 5000])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(BadTimeframeError):
        instant_of(text, zone_of("UTC"))


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "Europe", "a\0b"])
def test_what_is_no_zone_is_refused(name):
    with pytest.raises(BadTimeframeError):
        zone_of(name)


def test_too_many_buckets_are_refused():
    with pytest.raises(BadTimeframeError, match="10,000"):
        local_buckets(Span(1, "m"), zone_of("UTC"), 0, 10_001 * 60)


def test_one_bucket_is_even():
    assert Buckets((0,), 60).step == 60
