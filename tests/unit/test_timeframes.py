"""Spans of time and the buckets of StatHat's datasets."""

from datetime import datetime

import pytest

from api.reads.durations import BadTimeframeError, Duration, add_months, duration_of
from api.stathat.timeframes import summary_buckets, timeframe_of

NOW = 1_415_757_673  # 2014-11-12T02:01:13Z, a minute of which StatHat's own sample is


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        ("1w3h", "1 week @ 3 hours"),
        ("1d1h", "1 day @ 1 hour"),
        ("1d15m", "1 day @ 15 minutes"),
        ("30m1m", "30 minutes @ 1 minute"),
        ("2M1d", "2 months @ 1 day"),
        ("1y1M", "1 year @ 1 month"),
        ("7d60m", "1 week @ 1 hour"),
        ("24M1w", "2 years @ 1 week"),
        ("36h90m", "36 hours @ 90 minutes"),
    ],
)
def test_prose_is_stathats(text, prose):
    """Five words, the largest unit that divides, singular and plural."""
    assert timeframe_of(text).prose == prose


@pytest.mark.parametrize(
    "text", ["", "1w", "w3h", "1w3", "1w 3h", "1W3h", "01w3h", "0w3h", "1w0h", "1d15m1w1d", "٣w1h", "-1w3h"]
)
def test_what_is_no_timeframe_is_refused(text):
    with pytest.raises(BadTimeframeError):
        timeframe_of(text)


def test_stathats_own_sample_of_a_week_by_the_day():
    """Both ends: eight points for seven days, on the minute of now and not on midnight."""
    assert timeframe_of("1w1d").buckets(NOW).starts == (
        1_415_152_860,
        1_415_239_260,
        1_415_325_660,
        1_415_412_060,
        1_415_498_460,
        1_415_584_860,
        1_415_671_260,
        1_415_757_660,
    )


def test_stathats_own_sample_of_a_summary():
    """Seven days at 00:00 UTC, today the last."""
    assert summary_buckets(duration_of("7d"), NOW).starts == (
        1_415_232_000,
        1_415_318_400,
        1_415_404_800,
        1_415_491_200,
        1_415_577_600,
        1_415_664_000,
        1_415_750_400,
    )


def test_a_summary_of_months_counts_calendar_days():
    assert len(summary_buckets(duration_of("2M"), NOW).starts) == 61  # from 2014-09-13


def test_a_summary_with_start_runs_from_that_day():
    assert summary_buckets(duration_of("2d"), NOW, 1_415_232_001).starts == (1_415_232_000, 1_415_318_400)


def test_a_start_is_taken_as_it_is():
    assert timeframe_of("2h1h").buckets(NOW, 61).starts == (61, 3661, 7261)


def test_a_third_part_says_how_far_back():
    """The official tool's `top` was seen to ask for `1d15m1w`: a day, as it was a week ago."""
    frame = timeframe_of("1d1h1w")

    assert frame.prose == "1 day @ 1 hour"
    assert frame.buckets(NOW).starts[-1] == 1_415_757_660 - 604_800


def test_an_interval_longer_than_the_duration_is_one_bucket():
    assert timeframe_of("1h1d").buckets(NOW).starts == (1_415_754_060,)


def test_an_interval_that_does_not_divide_the_duration_ends_before_it():
    assert timeframe_of("5m2m").buckets(NOW).starts == (1_415_757_360, 1_415_757_480, 1_415_757_600)


def test_months_keep_the_day_where_they_can():
    march_31 = 1_774_958_400  # 2026-03-31T12:00:00Z

    assert add_months(march_31, -1) == 1_772_280_000  # 02-28
    assert add_months(march_31, 1) == 1_777_550_400  # 04-30
    assert add_months(march_31, 12) == march_31 + 365 * 86_400


def test_months_are_counted_from_the_first_not_from_each_other():
    """Otherwise the 31st would become the 28th for ever after the first February."""
    starts = timeframe_of("3M1M").buckets(0, 1_769_860_800).starts  # 2026-01-31T12:00:00Z

    assert starts == (1_769_860_800, 1_772_280_000, 1_774_958_400, 1_777_550_400)


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp())


@pytest.mark.parametrize(
    ("frame", "now", "first", "last", "points"),
    [
        ("1M1d", "2026-10-31T12:00:20", "2026-09-30T12:00", "2026-10-31T12:00", 32),
        ("1M1h", "2026-03-31T12:00", "2026-02-28T12:00", "2026-03-31T12:00", 31 * 24 + 1),
        ("1M1h", "2028-03-31T12:00", "2028-02-29T12:00", "2028-03-31T12:00", 31 * 24 + 1),
        ("2M1d", "2026-12-31T00:00", "2026-10-31T00:00", "2026-12-31T00:00", 62),
        ("1y1d", "2028-02-29T06:00", "2027-02-28T06:00", "2028-02-29T06:00", 367),
        ("1M1w", "2026-10-31T12:00", "2026-09-30T12:00", "2026-10-28T12:00", 5),
        ("1M1M", "2026-10-31T12:00", "2026-09-30T12:00", "2026-10-31T12:00", 2),
        ("3M1M", "2026-05-31T12:00", "2026-02-28T12:00", "2026-05-31T12:00", 4),
        ("1y1M", "2028-02-29T12:00", "2027-02-28T12:00", "2028-02-29T12:00", 13),
        ("2y1y", "2028-02-29T12:00", "2026-02-28T12:00", "2028-02-29T12:00", 3),
        ("1M1d1M", "2026-10-31T12:00", "2026-08-30T12:00", "2026-09-30T12:00", 32),
        ("5M2M", "2026-12-31T12:00", "2026-07-31T12:00", "2026-11-30T12:00", 3),
    ],
)
def test_the_end_stands_and_months_are_subtracted_from_it(frame, now, first, last, points):
    """Where the month before has no such day, the frame begins on its last; it never ends before now."""
    buckets = timeframe_of(frame).buckets(at(now))

    assert (buckets.starts[0], buckets.starts[-1], len(buckets.starts)) == (at(first), at(last), points)


@pytest.mark.parametrize("text", ["1w3h\r\n", " 1w3h ", "\ufeff1w3h"])
def test_blanks_around_a_timeframe_are_not_part_of_it(text):
    assert timeframe_of(text) == timeframe_of("1w3h")
    assert duration_of("\ufeff1w ") == Duration(1, "w")


@pytest.mark.parametrize("text", ["1y1m", "9999y1d", "9999w1m"])
def test_too_many_points_are_refused(text):
    with pytest.raises(BadTimeframeError):
        timeframe_of(text).buckets(NOW)


def test_times_before_the_common_era_are_refused():
    with pytest.raises(BadTimeframeError):
        timeframe_of("9999y9999y").buckets(NOW)


def test_the_step_of_even_buckets():
    assert timeframe_of("1w3h").buckets(NOW).step == 10_800
    assert timeframe_of("2M1M").buckets(NOW).step is None
    assert Duration(5, "M").seconds is None


@pytest.mark.parametrize("t", ["9999y1M", "9999w1y1990y", "9999w1M1990y", "9999d9999M2000y"])
def test_a_frame_out_of_the_range_of_time_is_refused(t: str) -> None:
    """Whatever it is that leaves the calendar: a start, a step, a shift."""
    with pytest.raises(BadTimeframeError):
        timeframe_of(t).buckets(1_790_000_000, None)
