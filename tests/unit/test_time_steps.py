"""Steps of time are hours, days, weeks and months of a site's clock, side by side."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilde.domain.sites.clock import clock_of
from tilde.domain.sites.dates import MONDAY, SUNDAY
from tilde.domain.sites.time_steps import TimeStep, step_starts, steps_at_most

BERLIN = clock_of(0, "Europe/Berlin")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp())


def starts(since: str, until: str, step: TimeStep, week_begins: int = MONDAY) -> list[int]:
    return step_starts(BERLIN, at(since), at(until), step, week_begins)


def test_a_day_on_which_clocks_change_has_23_hours_or_25() -> None:
    spring = starts("2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00", TimeStep.HOUR)
    autumn = starts("2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00", TimeStep.HOUR)

    assert (len(spring), len(autumn)) == (23, 25)
    days = starts("2026-10-24T00:00+02:00", "2026-10-27T00:00+01:00", TimeStep.DAY)
    assert [later - one for one, later in pairwise(days)] == [86_400, 90_000]


def test_the_first_and_the_last_step_may_be_there_in_part() -> None:
    found = starts("2026-06-10T12:00+02:00", "2026-06-12T01:00+02:00", TimeStep.DAY)

    assert found == [at("2026-06-10T12:00+02:00"), at("2026-06-11T00:00+02:00"), at("2026-06-12T00:00+02:00")]


@pytest.mark.parametrize(("week_begins", "day"), [(MONDAY, "15"), (SUNDAY, "14")])
def test_a_week_begins_as_it_is_set(week_begins: int, day: str) -> None:
    found = starts("2026-06-10T00:00+02:00", "2026-06-20T00:00+02:00", TimeStep.WEEK, week_begins)

    assert found == [at("2026-06-10T00:00+02:00"), at(f"2026-06-{day}T00:00+02:00")]


def test_months_begin_on_their_first_day() -> None:
    found = starts("2026-01-31T00:00+01:00", "2026-04-01T00:00+02:00", TimeStep.MONTH)

    assert found == [at(f"2026-{month}+01:00") for month in ("01-31T00:00", "02-01T00:00", "03-01T00:00")]


@given(
    st.integers(0, 2**32 - 2),
    st.integers(1, 90 * 86_400),
    st.sampled_from(TimeStep),
    st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "usa", "Pacific/Apia", "0"]),
)
def test_steps_rise_within_their_range_and_are_no_more_than_was_said(
    since: int, length: int, step: TimeStep, rule: str
) -> None:
    until = min(since + length, 2**32)
    found = step_starts(clock_of(0, rule), since, until, step, MONDAY)

    assert found[0] == since
    assert all(one < later for one, later in zip(found, [*found[1:], until], strict=True))
    assert len(found) <= steps_at_most(since, until, step)
