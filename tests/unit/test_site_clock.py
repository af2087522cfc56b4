"""What a site's clock shows around the changes that history has had, and how clients set it."""

from datetime import UTC, date, datetime

import pytest

from tilde.domain.sites.clock import clock_of
from tilde.domain.sites.clock_setting import read_offset_s, read_rule

PACIFIC = -8 * 3600


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def shown(clock, at: str) -> str:
    moment = instant(at)
    return datetime.fromtimestamp(moment + clock.offset_at(moment), UTC).isoformat(" ", "seconds")[:19]


@pytest.mark.parametrize(
    ("last_of_winter", "last_of_summer"),  # in UTC, eight hours later than the clock of winter
    [
        ("1967-04-30 09:59:59", "1967-10-29 08:59:59"),
        ("1973-04-29 09:59:59", "1973-10-28 08:59:59"),
        ("1974-01-06 09:59:59", "1974-10-27 08:59:59"),  # the energy crisis
        ("1975-02-23 09:59:59", "1975-10-26 08:59:59"),
        ("1976-04-25 09:59:59", "1976-10-31 08:59:59"),
        ("1986-04-27 09:59:59", "1986-10-26 08:59:59"),
        ("1987-04-05 09:59:59", "1987-10-25 08:59:59"),
        ("2006-04-02 09:59:59", "2006-10-29 08:59:59"),
        ("2007-03-11 09:59:59", "2007-11-04 08:59:59"),
        ("2026-03-08 09:59:59", "2026-11-01 08:59:59"),
        ("2037-03-08 09:59:59", "2037-11-01 08:59:59"),
    ],
)
def test_usa_has_the_rules_of_each_year(last_of_winter, last_of_summer):
    clock = clock_of(PACIFIC, "usa")
    spring, autumn = instant(last_of_winter), instant(last_of_summer)

    assert [clock.offset_at(moment) // 3600 for moment in (spring, spring + 1)] == [-8, -7]
    assert [clock.offset_at(moment) // 3600 for moment in (autumn, autumn + 1)] == [-7, -8]


@pytest.mark.parametrize(
    ("last_of_winter", "last_of_summer"),
    [
        ("1981-03-29 00:59:59", "1981-09-27 00:59:59"),
        ("1995-03-26 00:59:59", "1995-09-24 00:59:59"),
        ("1996-03-31 00:59:59", "1996-10-27 00:59:59"),
        ("2026-03-29 00:59:59", "2026-10-25 00:59:59"),
        ("2037-03-29 00:59:59", "2037-10-25 00:59:59"),
    ],
)
@pytest.mark.parametrize("hours", [-1, 0, 1, 2, 5.75])
def test_eu_changes_everywhere_at_one_oclock_of_utc(hours, last_of_winter, last_of_summer):
    clock = clock_of(int(hours * 3600), "eu")
    spring, autumn = instant(last_of_winter), instant(last_of_summer)

    assert [clock.offset_at(moment) / 3600 - hours for moment in (spring, spring + 1)] == [0, 1]
    assert [clock.offset_at(moment) / 3600 - hours for moment in (autumn, autumn + 1)] == [1, 0]


@pytest.mark.parametrize(("rule", "summer"), [("usa", "1966-07-01"), ("eu", "1980-07-01")])
def test_before_there_was_a_common_rule_there_is_no_summer_time(rule, summer):
    assert clock_of(3600, rule).offset_at(instant(summer)) == 3600


def test_the_newest_rule_goes_on_to_2106():
    assert shown(clock_of(PACIFIC, "usa"), "2105-07-01 12:00:00") == "2105-07-01 05:00:00"
    assert shown(clock_of(3600, "eu"), "2105-07-01 12:00:00") == "2105-07-01 14:00:00"


def test_one_and_zero_are_summer_and_winter_all_the_year():
    for at in ("2026-01-01 12:00:00", "2026-07-01 12:00:00"):
        assert shown(clock_of(-5 * 3600, "1"), at)[11:] == "08:00:00"
        assert shown(clock_of(-5 * 3600, "0"), at)[11:] == "07:00:00"


def test_a_day_is_from_midnight_to_midnight_of_the_site():
    clock = clock_of(PACIFIC, "usa")

    assert clock.span(day("2026-07-04"), day("2026-07-04")) == (
        instant("2026-07-04 07:00:00"),
        instant("2026-07-05 07:00:00"),
    )
    assert clock.day_at(instant("2026-07-04 06:59:59")) == day("2026-07-03")
    assert clock.day_at(instant("2026-07-04 07:00:00")) == day("2026-07-04")


def test_days_of_a_range_are_one_span():
    clock = clock_of(3600, "eu")

    assert clock.span(day("2026-03-28"), day("2026-03-30")) == (
        instant("2026-03-27 23:00:00"),
        instant("2026-03-30 22:00:00"),
    )


def test_an_hour_that_never_comes_is_none_and_one_that_comes_twice_is_two():
    clock = clock_of(PACIFIC, "usa")

    assert [hour.shown for hour in clock.hours(day("2026-03-08"))] == [0, 1, *range(3, 24)]
    assert [hour.shown for hour in clock.hours(day("2026-11-01"))] == [0, 1, 1, *range(2, 24)]
    assert [hour.shown for hour in clock.hours(day("2026-07-04"))] == list(range(24))


def test_a_clock_of_half_hours_has_full_ones():
    hours = clock_of(int(5.5 * 3600), "0").hours(day("2026-07-04"))

    assert hours[0] == (instant("2026-07-03 18:30:00"), instant("2026-07-03 19:30:00"), 0)
    assert len(hours) == 24


def test_where_half_an_hour_comes_twice_an_hour_is_longer():
    """Lord Howe's summer is half an hour: at two o'clock of 5 April 2026 it was half past one once more."""
    hours = clock_of(0, "Australia/Lord_Howe").hours(day("2026-04-05"))

    assert [hour.shown for hour in hours] == list(range(24))
    assert [hour.ends - hour.begins for hour in hours[:3]] == [3600, 5400, 3600]


def test_a_day_goes_on_where_the_clock_is_put_back_over_midnight():
    """St. John's put it back at a minute past midnight until 2011: at 23:01 it was Sunday still."""
    clock = clock_of(0, "America/St_Johns")
    midnight = instant("2010-11-07 02:30:00")

    assert shown(clock, "2010-11-07 02:31:00") == "2010-11-06 23:01:00"
    assert clock.day_at(midnight - 1) == day("2010-11-06")
    assert clock.day_at(midnight) == clock.day_at(midnight + 60) == day("2010-11-07")
    assert clock.span(day("2010-11-07"), day("2010-11-07")) == (midnight, instant("2010-11-08 03:30:00"))


def test_a_day_that_never_came_has_no_seconds():
    """Samoa went to bed on Thursday, 29 December 2011, and woke on Saturday."""
    clock = clock_of(0, "Pacific/Apia")
    missing = day("2011-12-30")

    assert clock.span(missing, missing) == (instant("2011-12-30 10:00:00"),) * 2
    assert clock.hours(missing) == []
    assert clock.span(missing - 1, missing - 1)[1] == clock.span(missing + 1, missing + 1)[0]


@pytest.mark.parametrize(
    ("zone", "hours"), [("America/Boa_Vista", -3), ("America/Noronha", -1), ("America/Recife", -2)]
)
def test_a_summer_of_a_week_is_seen(zone, hours):
    """Brazil's north gave it up at once in October 2000."""
    clock = clock_of(0, zone)

    assert clock.offset_at(instant("2000-10-11")) == hours * 3600
    assert {clock.offset_at(instant(at)) for at in ("2000-10-08", "2000-10-16")} == {(hours - 1) * 3600}


def test_an_unknown_zone_is_utc():
    for name in ("Mars/Olympus", "", "../../etc/passwd", "usa\x00", "x" * 10_000, "localtime"):
        assert clock_of(0, name).offset_at(instant("2026-07-04")) == 0


@pytest.mark.parametrize(
    ("sent", "hours"),
    [
        *(("-8", -8), ("5.5", 5.5), ("+5.75", 5.75), (" 5.75", 5.75), ("0", 0), ("-0", 0), ("-8.0", -8), (".5", 0.5)),
        *(("-08:00", -8), ("+05:45", 5.75), ("5:45", 5.75), ("-0800", -8), ("0530", 5.5), ("-3:30", -3.5)),
        *(("GMT -0800", -8), ("GMT-8", -8), ("gmt+1", 1), ("UTC 2", 2), ("UTC", 0), ("UTC-00:30", -0.5)),
        *(("-12", -12), ("14", 14), ("+14:00", 14), ("-12:00", -12), ("5.5\r\n", 5.5), ("1e1", 10), ("-9.75", -9.75)),
    ],
)
def test_hours_from_gmt_are_read_as_clients_write_them(sent, hours):
    assert read_offset_s(sent) == hours * 3600


@pytest.mark.parametrize(
    "sent",
    [
        *("", " ", "-12.01", "14.01", "-13", "15", "14:01", "-1201", "99:00", "05:60", "0560", "1:2:3", "5:5"),
        *("nan", "inf", "-inf", "1e999", "0x5", "1_0", "5,5", "--5", "+-5", "Pacific", "GMTX", "GMT GMT", "8 0", "٥"),
        *("9" * 5000, "1" + "0" * 300, "-" * 100, "\x00", "-8\x00"),
    ],
)
def test_hours_that_are_none_or_out_of_range_are_none(sent):
    assert read_offset_s(sent) is None


def test_rules_are_four():
    assert [read_rule(sent) for sent in ("usa", "eu", "1", "0", " USA ", "Eu")] == ["usa", "eu", "1", "0", "usa", "eu"]
    assert [read_rule(sent) for sent in ("", "2", "us", "true", "Europe/Berlin")] == [None] * 5
