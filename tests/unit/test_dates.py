"""The dates that clients of statistics ask for, and the days that they get."""

from datetime import date

import pytest

from producers.clicky.whitelabel.traffic import DATES
from tilde.domain.sites.daily_average import daily_average
from tilde.domain.sites.date_policy import DatePolicy
from tilde.domain.sites.dates import SUNDAY, Dates
from tilde.domain.sites.day_range import DayRange, day_of

WEDNESDAY = day_of(date(2014, 7, 23))  # the day of the example in the white label API's documentation


def read(text: str, today: int = WEDNESDAY, week_begins: int = 0) -> str | None:
    found = Dates(today, week_begins).read(text)
    return None if found is None else str(found)


@pytest.mark.parametrize(
    ("sent", "days"),
    [
        ("2014-07-17", "2014-07-17"),
        ("2014-7-4", "2014-07-04"),
        ("2008-06", "2008-06-01,2008-06-30"),
        ("2008-02", "2008-02-01,2008-02-29"),
        ("2014-07-17,2014-07-23", "2014-07-17,2014-07-23"),
        ("2014-07-17,2014-07-17", "2014-07-17"),
        ("2014-07-23,2014-07-17", "2014-07-17,2014-07-23"),
        ("2014-05,2014-06", "2014-05-01,2014-06-30"),
        ("today", "2014-07-23"),
        ("yesterday", "2014-07-22"),
        ("0-days-ago", "2014-07-23"),
        ("3-days-ago", "2014-07-20"),
        ("1-day-ago", "2014-07-22"),
        ("7-days-ago", "2014-07-16"),
        ("last-7-days", "2014-07-17,2014-07-23"),
        ("last-1-days", "2014-07-23"),
        ("last-30-days", "2014-06-24,2014-07-23"),
        ("previous-7-days", "2014-07-16,2014-07-22"),
        ("previous-30-days", "2014-06-23,2014-07-22"),
        ("this-week", "2014-07-21,2014-07-23"),
        ("last-week", "2014-07-14,2014-07-20"),
        ("1-weeks-ago", "2014-07-14,2014-07-20"),
        ("3-weeks-ago", "2014-06-30,2014-07-06"),
        ("this-month", "2014-07-01,2014-07-23"),
        ("2014-07", "2014-07-01,2014-07-23"),
        ("last-month", "2014-06-01,2014-06-30"),
        ("5-months-ago", "2014-02-01,2014-02-28"),
        ("7-months-ago", "2013-12-01,2013-12-31"),
        ("this-year", "2014-01-01,2014-07-23"),
        ("last-year", "2013-01-01,2013-12-31"),
        ("7-days-ago,yesterday", "2014-07-16,2014-07-22"),
        (" Last-7-Days\r\n", "2014-07-17,2014-07-23"),
        ("2014-07-17, 2014-07-23", "2014-07-17,2014-07-23"),
    ],
)
def test_a_date_means_these_days(sent, days):
    assert read(sent) == days


@pytest.mark.parametrize(
    ("sent", "days"),
    [
        ("2014-07-20,2014-08-20", "2014-07-20,2014-07-23"),
        ("2014-07-23,2099-12-31", "2014-07-23"),
        ("1960-01-01,1970-01-02", "1970-01-01,1970-01-02"),
        ("0001-01-01,9999-12-31", "1970-01-01,2014-07-23"),
        ("last-99999999999999-days", "1970-01-01,2014-07-23"),
        ("0000-01,9999-12", "1970-01-01,2014-07-23"),
    ],
)
def test_what_is_still_to_come_or_before_1970_is_left_out(sent, days):
    assert read(sent) == days


@pytest.mark.parametrize(
    "sent",
    [
        *(
            "",
            " ",
            ",",
            "2014-07-17,",
            ",2014-07-17",
            "2014-07-17,2014-07-18,2014-07-19",
            "2014",
            "2014-02-30",
            "2014-13",
        ),
        *(
            "2014-00",
            "2014-07-00",
            "0000-01-01",
            "17.07.2014",
            "07/17/2014",
            "20140717",
            "2014-07-17T00:00:00",
            "tomorrow",
        ),
        *("last-0-days", "last--1-days", "-1-days-ago", "last-x-days", "days-ago", "1.5-days-ago", "last-7", "soon"),
        *("٣-days-ago", "२०१४-०७-१७", "2014-07-17\x00", "9" * 5000 + "-days-ago", "last-" + "9" * 5000 + "-days"),
        *("2014-07-24", "2014-08", "9999-12-31", "9999-12", "2014-07-24,2014-07-30"),  # not yet
        *("1969-12-31", "0001-01-01", "99999-days-ago", "99999-weeks-ago", "999999999999999999-months-ago"),  # never
    ],
)
def test_what_is_no_date_or_has_no_day_yet_is_none(sent):
    assert read(sent) is None


def test_weeks_begin_on_the_day_that_is_set():
    sunday, monday = day_of(date(2014, 7, 20)), day_of(date(2014, 7, 21))

    assert read("this-week", week_begins=SUNDAY) == "2014-07-20,2014-07-23"
    assert read("last-week", week_begins=SUNDAY) == "2014-07-13,2014-07-19"
    assert read("this-week", sunday, SUNDAY) == "2014-07-20"
    assert read("this-week", sunday) == "2014-07-14,2014-07-20"
    assert read("this-week", monday) == "2014-07-21"


@pytest.mark.parametrize(
    ("sent", "days"),
    [
        (None, "2014-07-16"),
        ("", "2014-07-16"),
        ("mars", "2014-07-16"),
        ("2014-07-24", "2014-07-16"),
        ("2014-07-23,2014-07-17", "2014-07-17,2014-07-23"),
        ("last-week", "2014-07-14,2014-07-20"),
        ("last-8-days", "2014-07-17,2014-07-23"),
        ("last-month", "2014-06-24,2014-06-30"),
        ("2013-01-01,2013-12-31", "2013-12-25,2013-12-31"),
        ("2014-07-01,2014-08-31", "2014-07-17,2014-07-23"),
    ],
)
def test_traffic_is_that_of_seven_days_at_most_and_of_the_same_day_last_week_by_default(sent, days):
    assert str(DATES.days(sent, WEDNESDAY)) == days


def test_in_the_first_week_of_1970_the_default_is_today():
    assert DATES.days(None, 3) == DayRange(3, 3)


def test_a_policy_without_a_limit_gives_the_whole_range():
    assert DatePolicy("today").days("last-year", WEDNESDAY).days == 365
    assert str(DatePolicy("today", week_begins=SUNDAY).days("last-week", WEDNESDAY)) == "2014-07-13,2014-07-19"


@pytest.mark.parametrize(
    ("total", "days", "average"),
    [
        *(
            (0, 7, 0),
            (7, 7, 1),
            (3, 7, 0),
            (4, 7, 1),
            (5, 2, 3),
            (3, 2, 2),
            (1, 2, 1),
            (17, 7, 2),
            (18, 7, 3),
            (66, 1, 66),
        ),
        *((2**63, 2, 2**62), (2**63 + 1, 2, 2**62 + 1)),
    ],
)
def test_the_average_is_whole_and_half_of_one_goes_up(total, days, average):
    assert daily_average(total, days) == average
