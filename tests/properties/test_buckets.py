"""Buckets of local time, in every zone and around every change of its clock: each instant lies in exactly one."""

from bisect import bisect_right
from datetime import datetime, time, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.reads.durations import BadTimeframeError, Buckets, Duration, duration_of
from api.reads.local_buckets import before, instant_of, local_buckets, zone_of

ZONES = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))
DURATIONS = st.builds(Duration, st.integers(1, 40), st.sampled_from("mhdwMy"))
FROM = 946_684_800  # 2000-01-01
INSTANTS = st.integers(FROM, 4_000_000_000)


def length_of(duration: Duration) -> int:
    return duration.seconds or duration.months * 30 * 86_400


@given(DURATIONS, ZONES, INSTANTS, st.floats(0.01, 40))
def test_every_instant_lies_in_exactly_one_bucket(duration, zone, from_, spans):
    to = min(from_ + 1 + int(length_of(duration) * spans), 2**32)
    buckets = local_buckets(duration, zone_of(zone), from_, to)

    assert buckets.starts[0] <= from_
    assert buckets.starts[-1] < to == buckets.end
    assert all(a < b for a, b in zip(buckets.starts, buckets.starts[1:], strict=False))
    assert len(buckets.starts) == 1 or buckets.starts[1] > from_


@given(DURATIONS, ZONES, INSTANTS, st.lists(st.integers(0, 10**7), max_size=50), st.floats(0.01, 40))
def test_the_sum_over_local_buckets_is_the_sum_over_utc(duration, zone, from_, offsets, spans):
    to = min(from_ + 1 + int(length_of(duration) * spans), 2**32)
    points = [from_ + offset % (to - from_) for offset in offsets]
    starts = local_buckets(duration, zone_of(zone), from_, to).starts
    counts = [0] * len(starts)
    for point in points:
        counts[bisect_right(starts, point) - 1] += 1

    assert sum(counts) == len(points)


def floored(at: datetime, duration: Duration) -> tuple:
    """Which bucket a reading of the clock belongs to, by other means than the code's."""
    if duration.months:
        return ((at.year * 12 + at.month - 1) // duration.months,)
    origin = datetime(1970, 1, 5) if duration.unit == "w" else datetime(1970, 1, 1)  # noqa: DTZ001 - a clock's reading
    return ((at - origin) // timedelta(seconds=duration.seconds),)


def by_the_minute(duration: Duration, zone, from_: int, to: int) -> list[int]:
    """Where buckets begin, found by looking at the clock each minute: where it gets further than it ever was; those of
    minutes and hours also where it shows one of their starts again.
    """
    starts, furthest, previous = [], None, None
    for instant in range(from_ - from_ % 60, to, 60):
        reading = datetime.fromtimestamp(instant, zone).replace(tzinfo=None)
        place = floored(reading, duration)
        is_start = floored(reading - timedelta(minutes=1), duration) != place
        again = duration.unit in "mh" and is_start and previous is not None
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
    zone, duration = zone_of(zone), duration_of(text)
    for change in changes_of(zone, year):
        from_, to = change - 86_400, change + 3 * 86_400
        if duration.unit == "m":
            from_, to = change, change + 86_400
        starts = by_the_minute(duration, zone, from_, to)
        found = local_buckets(duration, zone, from_, to).starts

        assert [start for start in found if start > from_ + 59] == [start for start in starts if start > from_ + 59]


@pytest.mark.parametrize(
    ("text", "day", "begins"),
    [
        ("1d", "2026-11-01", ["2026-11-01T00:00:00-04:00"]),  # midnight happens twice, and the day begins once
        ("1h", "2026-11-01", ["2026-11-01T00:00:00-04:00", "2026-11-01T00:00:00-05:00", "2026-11-01T01:00:00-05:00"]),
        ("1d", "2026-03-08", ["2026-03-08T01:00:00-04:00"]),  # there is no midnight
    ],
)
def test_a_day_begins_once_whatever_the_clock_does_at_midnight(text, day, begins):
    zone = zone_of("America/Havana")
    from_ = int(datetime.fromisoformat(begins[0]).timestamp())
    starts = local_buckets(duration_of(text), zone, from_, from_ + 25 * 3600).starts

    shown = [datetime.fromtimestamp(start, zone) for start in starts]
    assert [each.isoformat() for each in shown if each.date().isoformat() == day][: len(begins)] == begins
    assert len([each for each in shown if each.date().isoformat() == day]) == (25 if text == "1h" else 1)


@given(ZONES, INSTANTS, st.integers(1, 400 * 86_400))
def test_the_period_before_ends_where_this_one_begins(zone, from_, seconds):
    zone = zone_of(zone)
    start, end = before(from_, from_ + seconds, zone)

    assert end == from_
    assert abs((end - start) - seconds) <= 3 * 86_400 + 3 * 3600  # a month, and a clock that is changed
    if datetime.fromtimestamp(from_, zone).time() not in (time(0), time(0, 30), time(1)):
        assert end - start == seconds


ROUND = st.sampled_from(["1d", "1w", "1M", "3M", "1y"])


@given(ZONES, st.integers(FROM + 30 * 366 * 86_400, 4_000_000_000), ROUND, st.integers(1, 14))
def test_whole_calendar_periods_compare_with_as_many_before(zone, instant, unit, count):
    """Also where a day has 23 or 25 hours, a month 28 days, or the clock jumps over midnight."""
    zone, duration = zone_of(zone), duration_of(unit)
    reach = (2 * count + 2) * (366 * 86_400 if duration.unit == "y" else length_of(duration) + 4 * 86_400)
    starts = local_buckets(duration, zone, max(FROM, instant - reach), instant).starts[1:]
    from_, to = starts[-count - 1], starts[-1]
    start, end = before(from_, to, zone)

    assert (start, end) == (starts[-2 * count - 1], from_)


@pytest.mark.parametrize(
    ("zone", "from_", "to", "start"),
    [
        ("UTC", "2014-10-01", "2014-11-01", "2014-09-01"),
        ("UTC", "2026-03-01", "2026-04-01", "2026-02-01"),
        ("UTC", "2028-03-01", "2028-04-01", "2028-02-01"),
        ("UTC", "2026-02-01", "2026-03-01", "2026-01-01"),
        ("UTC", "2026-01-01", "2026-04-01", "2025-10-01"),
        ("UTC", "2025-01-01", "2026-01-01", "2024-01-01"),
        ("UTC", "2024-01-01", "2025-01-01", "2023-01-01"),
        ("UTC", "2026-03-02", "2026-03-09", "2026-02-23"),
        ("UTC", "2026-03-01", "2026-03-31", "2026-01-30"),
        ("UTC", "2026-03-01T12:00", "2026-04-01T12:00", "2026-01-29T12:00"),
        ("UTC", "2026-03-01", "2026-03-01T06:00", "2026-02-28T18:00"),
        ("Europe/Berlin", "2026-03-29", "2026-03-30", "2026-03-28"),
        ("Europe/Berlin", "2026-03-30", "2026-03-31", "2026-03-29"),
        ("Europe/Berlin", "2026-10-25", "2026-10-26", "2026-10-24"),
        ("Europe/Berlin", "2026-11-01", "2026-12-01", "2026-10-01"),
        ("Australia/Lord_Howe", "2026-04-01", "2026-05-01", "2026-03-01"),
        ("Australia/Lord_Howe", "2026-04-06", "2026-04-07", "2026-04-05"),
        ("Africa/Casablanca", "2026-03-01", "2026-04-01", "2026-02-01"),
        ("America/Sao_Paulo", "2018-11-05", "2018-11-06", "2018-11-04"),  # 4 November began at one o'clock
        ("America/Havana", "2026-11-02", "2026-11-03", "2026-11-01"),
        ("Pacific/Apia", "2011-12-31", "2012-01-01", "2011-12-29"),  # there was no 30th
        ("Asia/Kolkata", "2026-10-01", "2026-11-01", "2026-09-01"),
    ],
)
def test_the_period_before(zone, from_, to, start):
    zone = zone_of(zone)

    assert before(instant_of(from_, zone), instant_of(to, zone), zone) == (
        instant_of(start, zone),
        instant_of(from_, zone),
    )


def test_a_month_of_another_zone_is_no_month():
    """October of New York, asked for in UTC: as many seconds before."""
    zone = zone_of("America/New_York")
    from_, to = instant_of("2026-10-01", zone), instant_of("2026-11-01", zone)

    assert before(from_, to, zone_of("UTC")) == (from_ - (to - from_), from_)


@pytest.mark.parametrize(
    "text", [" 1793016073\r\n", "\ufeff1793016073\u200b", "2026-10-26T12:01:13 00:00", "2026-10-26T14:01:13 +02:00"]
)
def test_blanks_in_times_are_read(text):
    """Around them; and a plus that was not encoded arrives as one."""
    assert instant_of(text, zone_of("UTC")) == 1_793_016_073


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2026-11-01T00:00:00 02:00", "2026-11-01T00:00:00+02:00"),
        ("2026-11-01 00:00:00 0530", "2026-11-01T00:00:00+05:30"),
        ("2026-11-01T00:00:00.250 02", "2026-11-01T00:00:00.250+02:00"),
        ("2026-11-01T00:00 02:00", "2026-11-01T00:00+02:00"),
        ("20261101T000000 0200", "2026-11-01T00:00+02:00"),
        ("2026-11-01T00:00:00 -02:00", "2026-11-01T00:00-02:00"),
        ("2026-11-01 02:00", "2026-11-01T02:00"),
        ("2026-11-01 02", "2026-11-01T02:00"),
    ],
)
def test_a_space_before_an_offset_is_its_plus(text, same):
    zone = zone_of("Asia/Tokyo")

    assert instant_of(text, zone) == instant_of(same, zone)


@pytest.mark.parametrize(("name", "key"), [("Etc/GMT 10", "Etc/GMT+10"), (" UTC\n", "UTC"), ("GMT 0", "GMT+0")])
def test_a_space_in_a_zone_is_its_plus(name, key):
    assert zone_of(name).key == key


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


@pytest.mark.parametrize(
    "name",
    ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "Europe", "a\0b", "localtime", "posixrules", "Factory"],
)
def test_what_is_no_zone_is_refused(name):
    with pytest.raises(BadTimeframeError):
        zone_of(name)


def test_too_many_buckets_are_refused():
    with pytest.raises(BadTimeframeError, match="10,000"):
        local_buckets(Duration(1, "m"), zone_of("UTC"), 0, 10_001 * 60)


def test_one_bucket_is_even():
    assert Buckets((0,), 60).step == 60
