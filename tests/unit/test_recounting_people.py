"""What the doctor says of events' totals: what the tables may say while people are busy, and what they may not."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from run.cli.recounting_people import Recount, differences
from testkit.people import NOON_S, an_activity
from testkit.people_oracle import PeopleOracle

ACTS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 2), st.none() | st.integers(1, 4)).map(
        lambda act: an_activity(1, act[0], at=NOON_S + act[1], other=act[2])
    ),
    max_size=12,
)


def decoded(event: dict[str, Any]) -> dict[str, Any]:
    """As the codec gives it: a record of a union with its name."""
    other = event["other"]
    return event if other is None else event | {"other": ("tilde.OtherIdentity", other)}


def totals(history: list[Any]) -> dict[tuple[int, str], int]:
    return {key: used.total for key, used in PeopleOracle(history).events().items()}


def recount(before: list[Any], after: list[Any]) -> Recount:
    made = Recount()
    for share, events in ((made.before, before), (made.after, after)):
        for event in events:
            share.take(decoded(event), is_aside=False)
    return made


@given(ACTS)
def test_where_nothing_comes_in_a_recount_is_exact(history: list[Any]) -> None:
    """The least is the most, and both are what a slow oracle says."""
    assert recount(history, []).totals() == (totals(history), totals(history))


@given(ACTS, ACTS, st.integers(0, 12))
def test_tables_that_have_some_of_what_came_later_are_right(before: list[Any], after: list[Any], some: int) -> None:
    """Though aliases make totals smaller."""
    least, most = recount(before, after).totals()

    assert differences(totals(before + after[:some]), least, most) == []


def test_a_total_that_is_too_small_too_large_or_not_there_is_told() -> None:
    """Each in a line."""
    there, log = {(1, "a"): 3, (2, "b"): 1}, {(1, "a"): 4, (3, "c"): 1}
    assert differences(there, log, log) == [
        "product 1, event 'a': the tables have 3, the log 4 to 4",
        "product 2, event 'b': the tables have 1, the log 0 to 0",
        "product 3, event 'c': the tables have 0, the log 1 to 1",
    ]


def test_what_was_put_aside_may_be_counted_or_not_and_joins_nobody() -> None:
    """An event whose name was one too many is in no total; one with such a property is."""
    made = Recount()
    made.before.take(an_activity(1), is_aside=True)
    made.before.take(an_activity(2, 7, "bought"), is_aside=False)
    made.before.take(an_activity(3, 8, "bought"), is_aside=False)
    made.before.take(decoded(an_activity(4, 7, other=8)), is_aside=True)

    assert made.totals() == ({(32, "bought"): 2}, {(32, "bought"): 2, (32, "signed up"): 1})
