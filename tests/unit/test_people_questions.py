"""Questions about people: how clients write them, what they mean, and which of them have no answer."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from api.kissmetrics.kinds.people_search_asked import search_in
from api.kissmetrics.questions.fields import FilterError
from api.kissmetrics.questions.filters import DATE_RANGES, FilterTerms, Reader
from api.kissmetrics.questions.product_times import ProductTimes
from testkit.questions import QUESTIONS
from tilde.domain.people.asked_values import matches, of_compared, with_values
from tilde.domain.people.question import (
    DEPTH_MAX,
    EVER,
    ONCE,
    PARTS_MAX,
    Bound,
    Compared,
    Comparison,
    Did,
    Group,
    Had,
    Join,
    Part,
    QuestionError,
    Span,
    Times,
    Values,
    require_answerable,
)
from tilde.domain.people.search import Column, Search, Tells, part_of, search_json, search_of
from tilde.domain.sites.clock import clock_of
from tilde.domain.sites.dates import MONDAY

GUIDE = Path(__file__).parents[2] / "docs/guides/kissmetrics.md"
WEEK = Span(100, 800)


def shown_in_vienna(shown: datetime) -> int:
    return int(shown.replace(tzinfo=ZoneInfo("Europe/Vienna")).timestamp())


TERMS = FilterTerms(
    {5: "signed up", 6: "purchased"}, {3: "plan"}, {"last-7-days": WEEK, "this-month": Span(7, 9)}.get, shown_in_vienna
)
READER = Reader(TERMS)
TIMES = {"type": "total_times_in_range", "subject": 5}

SECOND_API = {
    "type": "group",
    "filter": {
        "type": "and",
        "version": 2,
        "options": {"defaultDateRange": {"dateRangeId": "last_7_days"}},
        "operands": [
            {"type": "event", "negate": False, "event": 5, "frequencyValue": 2, "frequencyOccurance": "at_most"},
            {"type": "property", "property": 3, "comparisonMode": "equals", "comparisonString": "Gold"},
            {"type": "or", "operands": [{"type": "event", "event": "Canceled", "negate": True}]},
        ],
    },
    "defaultCalculationDateRange": {"dateRangeId": "custom", "startDate": 10, "endDate": "1970-01-01T00:00:19Z"},
    "calculations": [
        {"type": "first_date_in_range", "subject": 5, "label": "Since"},
        {"type": "last_value_in_range", "subject": "Plan"},
    ],
}
THIRD_API = {
    "filter": {
        "type": "then",
        "date_range": {"type": "preset", "preset": "this_month_to_date"},
        "operands": [
            {
                "type": "event",
                "event": 6,
                "frequency_occurence": "at_least",
                "frequency_value": "3",
                "with_property": True,
                "property": "plan",
                "comparison_mode": "begins_with",
                "comparison_string": "G",
            },
            {"type": "property", "property": 3, "comparison_mode": "any_value", "date_range": {"type": "any_time"}},
        ],
    }
}


def test_the_second_apis_way_of_writing() -> None:
    asked = search_in(SECOND_API, READER)

    assert asked.question == Group(
        Join.ALL,
        (
            Did("signed up", WEEK, Times(Bound.AT_MOST, 2)),
            Had("plan", Compared(Comparison.EQUALS, "Gold"), WEEK),
            Group(Join.ANY, (Did("canceled", WEEK, negated=True),)),
        ),
    )
    assert asked.columns == (
        Column(Tells.FIRST_TIME, "signed up", False, Span(10, 20), "Since"),
        Column(Tells.LAST_VALUE, "plan", True, Span(10, 20), "plan"),
    )


def test_the_third_apis_way_of_writing() -> None:
    month = Span(7, 9)
    where = Had("plan", Compared(Comparison.BEGINS_WITH, "G"))
    assert search_in(THIRD_API, READER).question == Group(
        Join.THEN, (Did("purchased", month, Times(Bound.AT_LEAST, 3), where), Had("plan", None, EVER))
    )


SUBJECT = {"type": "property", "property": 3, "negate": False, "comparison_mode": "any_value"}
OF_VISITS = {"type": "event", "negate": False, "event": 5}


@pytest.mark.parametrize(
    ("said", "column"),
    [
        (
            {
                "type": "last_value_in_range",
                "subject": SUBJECT | {"date_range": {"type": "preset", "preset": "last_7_days"}},
            },
            Column(Tells.LAST_VALUE, "plan", True, WEEK, "plan"),
        ),
        (
            {"type": "total_times_in_range", "label": "Visits", "date_range_label": "Ever", "subject": OF_VISITS},
            Column(Tells.TIMES, "signed up", False, Span(7, 9), "Visits"),
        ),
        (
            {"type": "first_date_in_range", "subject": SUBJECT, "date_range": "last_7_days"},
            Column(Tells.FIRST_TIME, "plan", True, WEEK, "plan"),
        ),
        ({"type": "total_value_in_range", "subject": 3}, Column(Tells.TOTAL, "plan", True, Span(7, 9), "plan")),
        ({"type": "median_value_in_range", "subject": SUBJECT}, Column(Tells.MEDIAN, "plan", True, Span(7, 9), "plan")),
    ],
)
def test_a_calculation_has_an_operand_as_the_documentation_of_the_third_api_says(said: Any, column: Column) -> None:
    """Dates of the operand are those of the column."""
    assert search_in({"calculations": [said]}, READER, Span(7, 9)).columns == (column,)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"type": "last_value_in_range", "subject": OF_VISITS}, "is of a property, and subject is an event"),
        ({"type": "first_date_in_range", "subject": OF_VISITS | {"negate": True}}, "without conditions"),
        ({"type": "total_times_in_range", "subject": OF_VISITS | {"frequency_value": 2}}, "without conditions"),
        ({"type": "first_date_in_range", "subject": {"type": "and", "operands": [OF_VISITS]}}, "without conditions"),
        ({"type": "first_date_in_range", "subject": {"event": 5}}, "type is None"),
        ({"type": "mode_value_in_range", "subject": SUBJECT}, "calculation type is 'mode_value_in_range'"),
    ],
)
def test_a_calculation_is_of_all_that_was_done_or_said(said: Any, why: str) -> None:
    with pytest.raises(FilterError, match=why):
        search_in({"calculations": [said]}, READER)


def test_one_person_is_searched_by_an_identity() -> None:
    asked = search_in({"type": "identity", "identity": "ann@example.com", "calculations": [TIMES]}, READER)
    assert (asked.who, asked.question, asked.columns[0].name) == ("ann@example.com", Group(Join.ALL, ()), "signed up")
    assert search_of(search_json(asked)) == asked


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"type": "identity", "calculations": []}, "identity is one of a person's identities"),
        ({"type": "identity", "identity": "i" * 256}, "identity is one of a person's identities"),
        ({"type": "identity", "identity": "ann", "filter": OF_VISITS}, "filter is no key here"),
        ({"type": "group", "identity": "ann"}, "identity is no key here"),
    ],
)
def test_who_is_searched_is_said_in_one_way(said: Any, why: str) -> None:
    with pytest.raises(FilterError, match=why):
        search_in(said, READER)


def test_the_span_of_a_run_is_that_of_what_has_none() -> None:
    assert search_in({"type": "event", "event": 5}, READER, WEEK).question == Did("signed up", WEEK)
    assert search_in({"type": "group"}, READER, WEEK).question == Group(Join.ALL, ())


def test_a_name_is_the_one_that_is_meant_however_it_is_spelled() -> None:
    """As it was kept; digits that are no index are a name."""
    assert READER.part({"type": "event", "event": " Viewed:Page "}) == Did("viewed page")
    assert READER.part({"type": "event", "event": "2014"}) == Did("2014")
    assert READER.part({"type": "event", "event": "5"}) == Did("signed up")


def test_empty_is_to_have_had_no_value() -> None:
    empty = {"type": "property", "property": 3, "comparison_mode": "empty"}
    assert READER.part(empty) == Had("plan", negated=True)
    assert READER.part(empty | {"negate": True}) == Had("plan")


@pytest.mark.parametrize(
    ("filter_", "why"),
    [
        ([], "a filter and its parts are objects"),
        ({"type": "nor"}, "type is 'nor'"),
        ({"type": []}, r"type is \[\]"),
        ({"type": {"and": 1}}, "type is "),
        ({"type": "property", "property": 3, "comparison_mode": ["equals"]}, "comparison_mode is "),
        ({"type": "property", "property": 3, "comparison_mode": {}, "frequency_value": 2}, "frequency_value is no key"),
        ({"type": "event", "event": 5, "first_ever": "soon"}, "first_ever is 'soon'"),
        ({"type": "event", "event": 5, "whileProperty": "true"}, "property is missing"),
        ({"type": "property", "property": 3, "while_property": True}, "while_property is no key here"),
        ({"type": "and", "operands": [], "first_ever": True}, "first_ever is no key here"),
        ({"type": "property", "property": 3, "comparison_mode": "empty", "first_ever": True}, "has no first time"),
        ({"type": "event", "event": 5, "negate": "no"}, "negate is 'no'"),
        ({"type": "event", "event": 5, "frequncy_value": 3}, "frequncy_value is no key here"),
        ({"type": "and", "operands": [], "value": 3}, "value is no key here"),
        ({"type": "event", "event": 5, "date_range": {"start": 3}}, "start is no key here"),
        ({"type": "event", "event": 5, "frequency_value": 1.5}, "frequency_value is 1.5"),
        ({"type": "and"}, "operands is a list"),
        ({"type": "and", "operands": [{"type": "event"}] * 101}, "at most 100"),
        ({"type": "event", "event": 99}, "event 99 is no index"),
        ({"type": "event", "event": " "}, "is no index"),
        ({"type": "event", "event": None}, "event is missing"),
        ({"type": "event", "event": ""}, "event is missing"),
        ({"type": "event"}, "event is missing"),
        ({"type": "property"}, "property is missing"),
        ({"type": "event", "event": 5, "frequency_value": -1}, "frequency_value is -1"),
        ({"type": "event", "event": 5, "frequency_value": True}, "frequency_value is True"),
        ({"type": "event", "event": 5, "frequency_value": 1e400}, "frequency_value is inf"),
        ({"type": "event", "event": 5, "frequency_occurrence": "often"}, "frequency_occurrence is 'often'"),
        ({"type": "event", "event": 5, "date_range": {"type": "some day"}}, "date range 'some day' is not known"),
        ({"type": "event", "event": 5, "date_range": 7}, "are objects"),
        ({"type": "event", "event": 5, "date_range": {"type": "after"}}, "date range 'after' has a date"),
        ({"type": "event", "event": 5, "date_range": {"type": "on", "date": "soon"}}, "'soon' is no time"),
        ({"type": "property", "property": 3, "comparison_mode": "like", "comparison_string": "x"}, "comparison_mode"),
        ({"type": "property", "property": 3, "comparison_mode": "equals"}, "comparison_string is a text"),
        ({"type": "property", "property": 3, "comparison_mode": "in_range"}, 'has both ends of a range, as "5,20"'),
        (
            {"type": "property", "property": 3, "comparison_mode": "in_range", "comparison_min": 5},
            'comparison_min is no key here: .*; comparison_string has both ends of a range, as "5,20"',
        ),
        ({"type": "property", "property": 3, "comparison_mode": "equals", "comparison_min": 5}, "date_range$"),
        ({"type": "property", "property": 3, "comparison_string": "Gold"}, "comparison_mode any_value compares with"),
        ({"type": "event", "event": 5, "with_property": True, "property": 3, "comparison_mode": "empty"}, "empty"),
        (
            {
                "type": "event",
                "event": 5,
                "with_property": True,
                "while_property": True,
                "property": 3,
                "comparison_mode": "empty",
            },
            "an event with a property says something of it",
        ),
    ],
)
def test_what_means_nothing_is_told(filter_: Any, why: str) -> None:
    with pytest.raises(FilterError, match=why):
        READER.part(filter_)


def test_groups_end_somewhere() -> None:
    deep: dict[str, Any] = {"type": "event", "event": 5}
    for _ in range(500):
        deep = {"type": "and", "operands": [deep]}
    with pytest.raises(FilterError, match="deep"):
        READER.part(deep)


@pytest.mark.parametrize("said", ["soon", -1, 2**32, "2200-01-01", [], "nan", "inf"])
def test_a_time_is_one(said: Any) -> None:
    with pytest.raises(FilterError, match="is no time"):
        dates(said, None)


def dates(start: Any, end: Any) -> Span:
    return READER.dates({"start_date": start, "end_date": end})


def test_times_are_seconds_or_iso_8601_and_both_ends_are_in() -> None:
    assert dates("1409324310", 1409324310.7) == Span(1409324310, 1409324311)
    assert dates("2014-08-29T14:58:30Z", "2014-08-29T16:58:30+02:00") == Span(1409324310, 1409324311)
    assert dates("2014-08-29T16:58:30", None) == Span(1409324310)
    assert dates(None, None) == EVER


def test_a_date_without_a_time_is_that_whole_day_of_the_products_clock() -> None:
    """One of 25 hours, too."""
    assert dates("2014-08-29", "2014-08-29") == Span(1409263200, 1409263200 + 86_400)
    assert dates("2026-10-25", "2026-10-25") == Span(1792879200, 1792879200 + 25 * 3_600)


@pytest.mark.parametrize(("start", "end"), [(20, 19), ("2026-10-26", "2026-10-25"), ("2026-10-25T12:00:00", 0)])
def test_a_range_ends_after_it_has_begun(start: Any, end: Any) -> None:
    with pytest.raises(FilterError, match="ends after it has begun"):
        dates(start, end)


@pytest.mark.parametrize(
    ("said", "span"),
    [
        ("last_7_days", WEEK),
        ("any_time", EVER),
        ({"preset": "last_7_days"}, WEEK),
        ({"dateRangeId": "custom", "startDate": 10, "endDate": 19}, Span(10, 20)),
        ({"start_date": 10}, Span(10)),
        ({"type": "after", "date": "2014-08-29"}, Span(1409263200)),
        ({"type": "before", "date": "2014-08-29"}, Span(0, 1409263200 + 86_400)),
        ({"type": "on", "date": "2014-08-29"}, Span(1409263200, 1409263200 + 86_400)),
        (None, Span(5, 6)),
    ],
)
def test_a_date_range_is_a_text_or_an_object_wherever_it_stands(said: Any, span: Span) -> None:
    """Also beside the filter, and beside the parameters; what is nearer counts."""
    assert READER.part({"type": "event", "event": 5, "date_range": said}, Span(5, 6)) == Did("signed up", span)
    asked = {"filter": {"type": "event", "event": 5}, "date_range": said, "calculations": [TIMES]}
    search = search_in(asked, READER, Span(5, 6))
    assert (search.question, search.columns[0].span) == (Did("signed up", span), span)
    assert READER.run({"date_range": said}) == (EVER if said is None else span)


def test_a_date_range_that_is_none_is_told_with_all_that_there_are() -> None:
    with pytest.raises(FilterError) as told:
        READER.span("last_moonth", EVER)

    assert str(told.value) == (
        "date range 'last_moonth' is not known, or still to come: there are any_time, custom, on, after, before, today, "
        "yesterday, this_week, last_week, this_month, last_month, this_year, last_year, 3_days_ago, 3_weeks_ago, "
        "3_months_ago, last_7_days, previous_7_days, this_week_to_date, this_month_to_date, this_year_to_date, "
        "2014-07-17, 2014-07"
    )


@pytest.mark.parametrize("id_", DATE_RANGES)
def test_each_date_range_that_is_told_is_read(id_: str) -> None:
    """And stands in the guide; days are those of the product's clock."""
    times = ProductTimes(
        clock_of(0, "Europe/Vienna"), int(datetime(2026, 11, 29, 23, 30, tzinfo=UTC).timestamp()), MONDAY
    )
    reader = Reader(FilterTerms({}, {}, times.days, times.instant))
    span = reader.span({"type": id_, "date": "2026-11-30", "start_date": "2026-11-30"}, WEEK)

    assert span.since < span.until
    assert f"`{id_}`" in GUIDE.read_text()
    if id_ == "today":
        assert span == Span(1795993200, 1795993200 + 86_400)  # from 23:00 UTC of the day before on


def test_dates_beside_a_filter_are_those_of_what_has_none() -> None:
    asked = {"filter": {"type": "event", "event": 5}, "startDate": 10, "endDate": 19}
    assert search_in(asked, READER, WEEK).question == Did("signed up", Span(10, 20))


def test_an_event_that_names_a_property_counts_with_it() -> None:
    """Unless it says that it does not."""
    gold = {"type": "event", "event": 5, "property": 3, "comparison_mode": "equals", "comparison_string": "Gold"}
    where = Had("plan", Compared(Comparison.EQUALS, "Gold"))
    assert READER.part(gold) == READER.part(gold | {"with_property": True}) == Did("signed up", where=where)
    assert READER.part(gold | {"withProperty": False}) == Did("signed up")


@pytest.mark.parametrize(
    ("compared", "why"),
    [
        ({"comparison_mode": "equals", "comparison_string": "NoSuchPlan"}, "property is missing"),
        ({"comparisonMode": "equals", "property": "", "comparisonString": "Gold"}, "property is missing"),
        ({"comparison_mode": "empty"}, "property is missing"),
        ({"comparison_string": "Gold", "while_property": False}, "property is missing"),
        ({"comparison_mode": "any_value", "comparison_string": 0}, "property is missing"),
        ({"comparison_mode": "like"}, "comparison_mode is 'like': it is one of any_value, empty, "),
        ({"comparison_mode": "like", "with_property": False}, "comparison_mode is 'like'"),
        ({"property": 3, "comparison_string": "Gold"}, "'Gold': comparison_mode any_value compares with nothing"),
    ],
)
def test_an_event_that_is_compared_has_a_property(compared: dict[str, Any], why: str) -> None:
    """Else all who did it would be found, and no number would say that something was forgotten."""
    with pytest.raises(FilterError, match=why):
        READER.part({"type": "event", "event": 5, **compared})


@pytest.mark.parametrize("mode", [None, "", "any_value"])
@pytest.mark.parametrize("nothing", [None, ""])
def test_an_event_may_come_with_fields_of_a_comparison_that_say_nothing(mode: Any, nothing: Any) -> None:
    """As clients send them."""
    empty = {"comparisonMode": mode, "comparisonString": nothing, "property": nothing}
    assert READER.part({"type": "event", "event": 5, **empty}) == Did("signed up")
    assert READER.part({"type": "event", "event": 5, **empty, "withProperty": False}) == Did("signed up")


def test_an_event_that_is_done_while_somebody_has_a_property() -> None:
    """Whatever said so, unless `with_property` wants it of the event, too; and where nothing has been said yet."""
    gold = {"type": "event", "event": 5, "property": 3, "comparison_mode": "equals", "comparison_string": "Gold"}
    had = Had("plan", Compared(Comparison.EQUALS, "Gold"))
    empty = {"type": "event", "event": 5, "property": 3, "comparisonMode": "empty", "whileProperty": True}

    assert READER.part(gold | {"while_property": True}) == Did("signed up", meanwhile=had)
    assert READER.part(gold | {"whileProperty": "true", "withProperty": False}) == Did("signed up", meanwhile=had)
    assert READER.part(gold | {"while_property": 1, "with_property": True}) == Did(
        "signed up", where=had, meanwhile=had
    )
    assert READER.part(gold | {"while_property": False}) == Did("signed up", where=had)
    assert READER.part(empty) == Did("signed up", meanwhile=Had("plan", negated=True))
    assert READER.part({"type": "event", "event": 5, "while_property": True, "property": "plan"}) == Did(
        "signed up", meanwhile=Had("plan")
    )


def test_a_condition_of_the_first_time_of_all() -> None:
    """Of an event it is that of the event, and not of its property; of a property its own."""
    first = {"type": "event", "event": 5, "first_ever": True, "date_range": "last_7_days"}
    gold = {"property": 3, "comparison_mode": "equals", "comparison_string": "Gold"}
    had = Had("plan", Compared(Comparison.EQUALS, "Gold"))

    assert READER.part(first) == Did("signed up", WEEK, is_first_ever=True)
    assert READER.part(first | gold) == Did("signed up", WEEK, where=had, is_first_ever=True)
    assert READER.part({"type": "property", "firstEver": 1, **gold}, WEEK) == Had(
        "plan", Compared(Comparison.EQUALS, "Gold"), WEEK, is_first_ever=True
    )
    assert READER.part({"type": "property", "property": 3, "first_ever": True, "negate": True}) == Had(
        "plan", negated=True, is_first_ever=True
    )


def test_all_that_is_said_of_an_event_holds_together() -> None:
    said = {"type": "event", "event": 6, "firstEver": True, "whileProperty": True, "negate": True, "property": "plan"}
    often = {"frequencyOccurrence": "at_most", "frequencyValue": 3, "comparisonMode": "contains"}

    assert READER.part(said | often | {"comparisonString": "ol"}) == Did(
        "purchased",
        times=Times(Bound.AT_MOST, 3),
        negated=True,
        meanwhile=Had("plan", Compared(Comparison.CONTAINS, "ol")),
        is_first_ever=True,
    )


def test_what_was_written_before_there_was_a_first_time_is_read() -> None:
    """Jobs that wait over an upgrade, and filters of kept metrics."""
    had = {"property": "plan", "values": None, "span": {"since": 3, "until": 9}, "negated": False}
    did = {"event": "a", "span": {"since": 3, "until": 9}, "times": {"bound": "at_least", "count": 1}, "where": had}

    assert part_of(had) == Had("plan", None, Span(3, 9))
    assert part_of(did | {"negated": True}) == Did("a", Span(3, 9), where=Had("plan", None, Span(3, 9)), negated=True)


STEP = Did("a")


@pytest.mark.parametrize(
    ("question", "why"),
    [
        (Group(Join.THEN, (STEP, Did("b", negated=True))), "negated"),
        (Group(Join.THEN, (STEP, Did("b", times=Times(Bound.AT_MOST, 1)))), "at least"),
        (Group(Join.THEN, (STEP, Group(Join.ALL, (STEP,)))), "one of several"),
        (Group(Join.THEN, (Group(Join.ANY, (STEP, Group(Join.ALL, ()))),)), "one of several"),
        (Group(Join.ANY, (STEP,) * (PARTS_MAX + 1)), "conditions"),
    ],
)
def test_some_questions_have_no_answer(question: Part, why: str) -> None:
    with pytest.raises(QuestionError, match=why):
        require_answerable(question)


def test_one_that_is_too_deep_has_none() -> None:
    deep: Part = STEP
    for _ in range(DEPTH_MAX):
        deep = Group(Join.ALL, (deep,))
    require_answerable(deep)
    with pytest.raises(QuestionError, match="groups are nested at most 10 deep"):
        require_answerable(Group(Join.ALL, (deep,)))


@given(QUESTIONS)
def test_a_search_is_the_same_when_it_is_read_again(question: Part) -> None:
    columns = (Column(Tells.TIMES, "a", False, WEEK, "often"), Column(Tells.LAST_VALUE, "p", True, EVER, "ö"))
    assert search_of(search_json(Search(question, columns))) == Search(question, columns)


def test_values_are_found_out_where_they_are_texts() -> None:
    gold, above, part = Compared(Comparison.EQUALS, "Gold"), Compared(Comparison.GREATER_THAN, "5"), Had("plan")
    contains, ends = Compared(Comparison.CONTAINS, "ol"), Compared(Comparison.ENDS_WITH, "ld")
    did = Did("a", where=Had("plan", contains), meanwhile=Had("city", ends))
    question = Group(Join.ALL, (Had("plan", gold), did, Had("amount", above), part, Did("b")))
    assert of_compared(question) == {("plan", gold), ("plan", contains), ("city", ends)}

    found = {("plan", gold): frozenset({7}), ("plan", contains): frozenset({7, 8}), ("city", ends): frozenset({9})}
    asked = with_values(question, found)
    assert isinstance(asked, Group)
    equal, did, amount, *others = asked.parts
    assert equal == Had("plan", Values(texts=frozenset({7})))
    where, meanwhile = Had("plan", Values(texts=frozenset({7, 8}))), Had("city", Values(texts=frozenset({9})))
    assert did == Did("a", where=where, times=ONCE, meanwhile=meanwhile)
    assert isinstance(amount, Had)
    assert isinstance(amount.values, Values)
    assert amount.values.low is not None
    assert 5 < amount.values.low < 5.0000001
    assert others == [part, Did("b")]


@pytest.mark.parametrize(
    ("mode", "values"),
    [("greater_than_or_equal_to", Values(low=5.0)), ("less_than_or_equal_to", Values(high=5.0))],
)
def test_a_number_may_be_the_end_itself(mode: str, values: Values) -> None:
    said = {"type": "property", "property": 3, "comparison_mode": mode, "comparison_string": 5}
    assert with_values(READER.part(said), {}) == Had("plan", values)


def test_a_text_that_is_a_number_is_equal_to_that_number() -> None:
    """And to the text, where the number is one that stands sealed: a telephone's."""
    asked = with_values(Had("p", Compared(Comparison.EQUALS, "5.0")), {})
    assert asked == Had("p", Values(5.0, 5.0))
    phone = Compared(Comparison.EQUALS, "15551234567")
    assert with_values(Had("p", phone), {("p", phone): frozenset({9})}) == Had("p", Values(texts=frozenset({9})))


@pytest.mark.parametrize("text", ["five", "nan", "inf", ""])
def test_a_number_is_compared_with_a_number(text: str) -> None:
    with pytest.raises(QuestionError, match=f"^value is '{text}': less_than compares with a number$"):
        with_values(Had("p", Compared(Comparison.LESS_THAN, text)), {})


@pytest.mark.parametrize(
    ("comparison", "text", "holds"),
    [
        (Comparison.CONTAINS, "ol", True),
        (Comparison.CONTAINS, "OL", False),
        (Comparison.BEGINS_WITH, "Go", True),
        (Comparison.BEGINS_WITH, "ld", False),
        (Comparison.ENDS_WITH, "ld", True),
        (Comparison.ENDS_WITH, "Go", False),
        (Comparison.EQUALS, "Gold", True),
        (Comparison.EQUALS, "gold", False),
    ],
)
def test_texts_are_compared_as_they_are_written(comparison: Comparison, text: str, holds: bool) -> None:
    assert matches(Compared(comparison, text), "Gold") is holds
