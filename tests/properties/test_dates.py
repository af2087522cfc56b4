"""Whatever is sent on whatever day: days from 1970 to today, or none, and what a client is told it may send again."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from producers.clicky.whitelabel.traffic import DATES
from tilde.domain.sites.daily_average import daily_average
from tilde.domain.sites.dates import Dates
from tilde.domain.sites.day_range import DayRange, date_of, day_of

TODAYS = st.integers(0, day_of(date(2106, 2, 7)))
NUMBERS = st.integers(0, 400) | st.integers(0, 10**30)
NAMES = ["today", "yesterday"] + [f"{which}-{what}" for which in ("this", "last") for what in ("week", "month", "year")]
FORMS = ["{}-days-ago", "{}-weeks-ago", "{}-months-ago", "last-{}-days", "previous-{}-days"]
DAYS = st.dates().map(date.isoformat)
ONES = (
    st.sampled_from(NAMES)
    | st.builds(str.format, st.sampled_from(FORMS), NUMBERS)
    | DAYS
    | st.builds("{:04}-{:02}".format, st.integers(0, 9999), st.integers(0, 13))
)
SENT = ONES | st.builds("{},{}".format, ONES, ONES) | st.text() | st.from_regex(r"[0-9,a-z-]{0,30}")
WEEK_BEGINS = st.integers(0, 6)


@given(SENT, TODAYS, WEEK_BEGINS)
def test_whatever_is_sent_means_days_that_have_come_or_none(sent, today, week_begins):
    found = Dates(today, week_begins).read(sent)

    assert found is None or 0 <= found.first <= found.last <= today


@given(SENT, TODAYS, WEEK_BEGINS)
def test_what_a_client_is_told_means_the_same_days(sent, today, week_begins):
    dates = Dates(today, week_begins)
    found = dates.read(sent)

    assert found is None or dates.read(str(found)) == found


@given(SENT | st.none(), TODAYS)
def test_traffic_is_always_of_one_to_seven_days(sent, today):
    days = DATES.days(sent, today)

    assert 1 <= days.days <= 7
    assert 0 <= days.first <= days.last <= today


@given(ONES, ONES, TODAYS)
def test_ends_may_stand_in_either_order(one, other, today):
    dates = Dates(today)

    assert dates.read(f"{one},{other}") == dates.read(f"{other},{one}")


@given(st.integers(1, 5000), TODAYS.filter(lambda today: today > 6000))
def test_last_days_end_today_and_previous_days_yesterday(number, today):
    dates = Dates(today)

    assert dates.read(f"last-{number}-days") == DayRange(today - number + 1, today)
    assert dates.read(f"previous-{number}-days") == DayRange(today - number, today - 1)


@given(st.sampled_from(["week", "month"]), st.integers(1, 300), TODAYS, WEEK_BEGINS)
def test_weeks_and_months_lie_side_by_side(period, ago, today, week_begins):
    """The one after the other, with the one of today at their end."""
    dates = Dates(today, week_begins)
    before, after = dates.read(f"{ago}-{period}s-ago"), dates.read(f"{ago - 1}-{period}s-ago")
    if before and after:
        assert before.last + 1 == after.first
    if before and before.first:
        begins = date_of(before.first)
        assert (begins.weekday(), before.days) == (week_begins, 7) if period == "week" else begins.day == 1


@given(TODAYS)
def test_today_is_in_its_week_its_month_and_its_year(today):
    dates = Dates(today)
    first = {name: date_of(dates.read(f"this-{name}").first) for name in ("month", "year")}

    assert all(dates.read(f"this-{name}").last == today for name in ("week", "month", "year"))
    assert first == {"month": date_of(today).replace(day=1), "year": date_of(today).replace(month=1, day=1)}


@given(st.integers(0, 10**12), st.integers(1, 31))
def test_an_average_is_that_of_decimals(total, days):
    assert daily_average(total, days) == (Decimal(total) / days).quantize(Decimal(1), ROUND_HALF_UP)
