"""Days and hours of every clock lie side by side, so their sums are those of UTC; and clocks show what the world's did."""

from collections import Counter
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.reads.durations import Duration
from api.reads.local_buckets import local_buckets
from tilde.domain.sites.changes import of_zone
from tilde.domain.sites.clock import SiteClock, clock_of
from tilde.domain.sites.clock_setting import read_offset_s, read_rule

HOUR = 3600
DAY = 24 * HOUR
YEARS = range(1967, 2038)
QUARTERS = range(-12 * HOUR, 14 * HOUR + 1, HOUR // 4)
BEGIN_1970, END_2037 = 0, 2_145_916_800
SETTINGS = st.tuples(
    st.sampled_from(QUARTERS) | st.integers(-12 * HOUR, 14 * HOUR), st.sampled_from(["usa", "eu", "1", "0"])
)
ALL_ZONES = sorted(available_timezones() - {"localtime", "Factory"})
ODD_ZONES = """
Africa/Cairo Africa/Casablanca Africa/Monrovia America/Asuncion America/Boa_Vista America/Caracas America/Havana
America/Nuuk America/Santiago America/Sao_Paulo America/Scoresbysund America/St_Johns Antarctica/Casey Antarctica/Troll
Asia/Gaza Asia/Kathmandu Asia/Tehran Atlantic/Azores Australia/Lord_Howe Europe/Dublin Europe/Moscow Pacific/Apia
Pacific/Chatham Pacific/Kwajalein
""".split()
"""With changes at midnight and over it, by half an hour or a day, for a week or for months, in winter and by the second."""
ZONES = st.sampled_from(ODD_ZONES)
CLOCKS = SETTINGS.map(lambda setting: clock_of(*setting)) | ZONES.map(lambda name: clock_of(0, name))
INSTANTS = st.integers(-DAY, 2**32 + DAY)
OFFSETS_OF_USERS = [-8, -7, -5, -3.5, -1.5, 0, 1, 5.75, 14]


def assert_that_days_lie_side_by_side(clock: SiteClock, day: int) -> None:
    for one in (day - 1, day, day + 1):
        begins, ends = clock.span(one, one)
        assert ends == clock.begins(one + 1)
        assert clock.day_at(begins - 1) < one <= clock.day_at(begins)
        assert begins == ends or clock.day_at(ends - 1) == one


def assert_that_hours_make_the_day(clock: SiteClock, day: int) -> None:
    hours = clock.hours(day)
    begins, ends = clock.span(day, day)
    assert [begins, *(hour.ends for hour in hours)] == [*(hour.begins for hour in hours), ends]
    for hour in hours:
        assert (hour.begins + clock.offset_at(hour.begins)) // HOUR % 24 == hour.shown


@lru_cache
def changes_of(rule: str) -> tuple[int, ...]:
    """Of 1967 to 2037 for a clock of GMT, found by looking at it each hour of the days on which it may be changed."""
    clock = clock_of(0, rule)
    days = [
        datetime(year, month, day, tzinfo=UTC)
        for year in YEARS
        for month in (1, 2, 3, 4, 9, 10, 11)
        for day in range(1, 29)
    ]
    days += [datetime(year, month, day, tzinfo=UTC) for year in YEARS for month in (3, 10) for day in (29, 30, 31)]
    days += [datetime(year, month, day, tzinfo=UTC) for year in YEARS for month in (4, 9) for day in (29, 30)]
    hours = [int(day.timestamp()) + n * HOUR for day in days for n in range(24)]
    return tuple(hour for hour in hours if clock.offset_at(hour) != clock.offset_at(hour - 1))


@pytest.mark.parametrize(("rule", "changes"), [("usa", 2 * 71), ("eu", 2 * 57)])
def test_around_every_change_of_1967_to_2037_days_lie_side_by_side(rule, changes):
    """At every offset of quarter hours."""
    assert len(changes_of(rule)) == changes
    for offset_s in QUARTERS:
        clock = clock_of(offset_s, rule)
        shift = offset_s if rule == "usa" else 0
        for change in changes_of(rule):
            assert clock.offset_at(change - shift) != clock.offset_at(change - shift - 1)
            assert_that_days_lie_side_by_side(clock, clock.day_at(change - shift))


@pytest.mark.parametrize("rule", ["usa", "eu"])
@pytest.mark.parametrize("hours", OFFSETS_OF_USERS)
def test_around_every_change_of_1967_to_2037_hours_make_the_day(rule, hours):
    offset_s = int(hours * HOUR)
    clock = clock_of(offset_s, rule)
    for change in changes_of(rule):
        day = clock.day_at(change - (offset_s if rule == "usa" else 0))
        assert_that_hours_make_the_day(clock, day)
        assert_that_hours_make_the_day(clock, day - 1)


@given(st.sampled_from(QUARTERS), st.integers(BEGIN_1970, END_2037))
def test_the_usa_is_los_angeles_at_another_hour(offset_s, instant):
    """Its rule speaks of what the clock shows."""
    there = datetime.fromtimestamp(instant + offset_s + 8 * HOUR, ZoneInfo("America/Los_Angeles"))

    assert clock_of(offset_s, "usa").offset_at(instant) - offset_s == there.dst().total_seconds()


@given(st.sampled_from(QUARTERS), st.integers(347_155_200, END_2037))
def test_the_eu_is_paris_with_another_offset(offset_s, instant):
    """Its rule speaks of UTC."""
    there = datetime.fromtimestamp(instant, ZoneInfo("Europe/Paris"))

    assert clock_of(offset_s, "eu").offset_at(instant) - offset_s == there.dst().total_seconds()


@given(CLOCKS, st.data())
def test_every_instant_is_in_one_day_and_one_hour(clock, data):
    instant = data.draw(INSTANTS)
    day = clock.day_at(instant)
    begins, ends = clock.span(day, day)

    assert begins <= instant < ends
    assert sum(hour.begins <= instant < hour.ends for hour in clock.hours(day)) == 1


@given(CLOCKS, st.data())
def test_days_lie_side_by_side_in_every_clock(clock, data):
    day = clock.day_at(data.draw(INSTANTS))

    assert_that_days_lie_side_by_side(clock, day)
    assert_that_hours_make_the_day(clock, day)


@given(CLOCKS, st.integers(0, 2**32), st.lists(st.integers(0, 60 * DAY), max_size=100))
def test_the_sum_over_local_days_and_hours_is_the_sum_over_utc(clock, since, times):
    instants = [since + time for time in times]
    first, last = clock.day_at(since), clock.day_at(since + 60 * DAY)
    by_day = Counter(map(clock.day_at, instants))
    spans = [clock.span(day, day) for day in range(first, last + 1)]

    assert [sum(begins <= at < ends for at in instants) for begins, ends in spans] == [
        by_day[day] for day in range(first, last + 1)
    ]
    assert by_day.total() == len(instants)


@settings(max_examples=20)
@given(st.sampled_from(ALL_ZONES), st.lists(st.integers(0, 2**32 - 1), min_size=50, max_size=50))
def test_a_zone_shows_what_zoneinfo_says(name, instants):
    zone, clock = ZoneInfo(name), clock_of(0, name)
    for instant in (*instants, *(at - back for at in of_zone(zone).instants for back in (0, 1))):
        shown = datetime.fromtimestamp(instant, zone).utcoffset()
        assert shown is not None
        assert clock.offset_at(instant) == shown.total_seconds()


@given(ZONES, st.data())
def test_days_and_hours_are_those_of_charts(name, data):
    """Charts of stats ask zoneinfo itself. Near a change of the clock, where there is one."""
    clock = clock_of(0, name)
    changes = clock._offsets.between(2 * DAY, 2**32 - 2 * DAY)
    day = clock.day_at(data.draw(st.sampled_from(changes))) + data.draw(st.integers(-1, 1))
    begins, ends = clock.span(day, day)
    hours = tuple(hour.begins for hour in clock.hours(day))
    if begins == ends:
        assert not hours
    else:
        assert local_buckets(Duration(1, "d"), ZoneInfo(name), begins, ends).starts == (begins,)
        assert local_buckets(Duration(1, "h"), ZoneInfo(name), begins, ends).starts == hours


def years_of_difference(clock: SiteClock, zone: str) -> set[int]:
    """In which years from 1970 to 2037 a clock shows something else than a zone's."""
    changes = of_zone(ZoneInfo(zone))
    new_years = {int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in range(1970, 2038)}
    edges = new_years | set(changes.instants) | set(clock._offsets.between(BEGIN_1970, END_2037))
    return {
        datetime.fromtimestamp(at, UTC).year for at in edges if at < END_2037 and clock.offset_at(at) != changes.at(at)
    }


def years(*spans: str) -> set[int]:
    """Of `1970-1972`, `1975`."""
    ends = [(int(span[:4]), int(span[-4:])) for span in spans]
    return {year for first, last in ends for year in range(first, last + 1)}


WORLD = [
    *(("America/Los_Angeles", -8, "usa", years()), ("America/Denver", -7, "usa", years())),
    *(("America/Chicago", -6, "usa", years()), ("America/New_York", -5, "usa", years())),
    # Michigan had no summer time until 1973, and went on with April in 1975; southern Idaho began in February 1974.
    ("America/Detroit", -5, "usa", years("1970-1972", "1975")),
    ("America/Boise", -7, "usa", years("1974")),
    # Canada took part in all rules of the United States, but not in those of 1974 and 1975.
    ("America/Toronto", -5, "usa", years("1974-1975")),
    ("America/Vancouver", -8, "usa", years("1974-1975")),
    # Indiana joined in 2006. Newfoundland changed at a minute past midnight, and in 1988 by two hours.
    ("America/Indiana/Indianapolis", -5, "usa", years("1971-2005")),
    ("America/St_Johns", -3.5, "usa", years("1974-1975", "1987-2011")),
    # The United Kingdom and Ireland had summer time all the year until 1971, a rule of their own until 1980, and ended
    # it in October before 1996.
    ("Europe/London", 0, "eu", years("1970-1995")),
    ("Europe/Dublin", 0, "eu", years("1970-1995")),
    # Members by their own rules before the first directive; Zurich, which was none, began with it.
    ("Europe/Paris", 1, "eu", years("1976-1980")),
    ("Europe/Berlin", 1, "eu", years("1980")),
    ("Europe/Rome", 1, "eu", years("1970-1980")),
    ("Europe/Madrid", 1, "eu", years("1974-1980")),
    ("Europe/Zurich", 1, "eu", years()),
    ("Europe/Athens", 2, "eu", years("1975-1980")),
    # Joined with the rule later; Portugal had Central European Time from 1992 to 1996.
    ("Europe/Helsinki", 2, "eu", years("1981-1982")),
    ("Europe/Warsaw", 1, "eu", years("1977-1987")),
    ("Europe/Lisbon", 0, "eu", years("1970-1985", "1992-1996")),
    # Without summer time.
    *(
        ("America/Phoenix", -7, "0", years()),
        ("Pacific/Honolulu", -10, "0", years()),
        ("Etc/GMT+12", -12, "0", years()),
    ),
    *(("Asia/Kolkata", 5.5, "0", years()), ("Asia/Tokyo", 9, "0", years()), ("Asia/Dubai", 4, "0", years())),
    ("Asia/Kathmandu", 5.75, "0", years("1970-1985")),
    ("Pacific/Kiritimati", 14, "0", years("1970-1994")),
    # Turkey has stayed in summer since 2016, and did so from 1978 to 1983.
    ("Europe/Istanbul", 2, "1", years("1970-1978", "1983-2016")),
]


@pytest.mark.parametrize(("zone", "hours", "rule", "years"), WORLD)
def test_clocks_show_what_those_of_the_world_did(zone, hours, rule, years):
    """But in the years that are named, for the reason above."""
    assert years_of_difference(clock_of(int(hours * HOUR), rule), zone) == years


@given(st.integers(-12 * HOUR, 14 * HOUR), st.sampled_from(["usa", "eu", "1", "0"]))
def test_every_setting_can_be_written_as_hours(offset_s, rule):
    assert (read_offset_s(repr(offset_s / HOUR)), read_rule(rule)) == (offset_s, rule)


@given(st.text() | st.from_regex(r"(GMT|UTC)?[+-]?[0-9]{0,5}[:.]?[0-9]{0,5}"))
def test_whatever_is_sent_is_read_or_not(text):
    offset_s = read_offset_s(text)

    assert offset_s is None or -12 * HOUR <= offset_s <= 14 * HOUR
