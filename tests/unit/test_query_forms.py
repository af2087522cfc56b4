"""How each Query API says what was found: the same rows, in its own form."""

from typing import Any

import orjson
import pytest

from api.jobs.job import Job, JobState
from api.kissmetrics.kinds.kind import SEGMENT, TIME, Heading, Results, RowOf, Subject
from api.kissmetrics.queries import v3_form
from api.kissmetrics.queries.v1_form import V1
from api.kissmetrics.queries.v2_form import V2Form
from api.kissmetrics.wire.answers import Page
from tilde.domain.people.search import Tells
from tilde.domain.people.segment import Which
from tilde.domain.sites.clock import clock_of

LARGE = 9_007_199_254_740_993  # a number that JavaScript does not have
DONE = Job("5f", 1, 7, "people_search", "{}", 0, JobState.DONE)


def v3(found: Results) -> Any:
    """What a client reads of a page."""
    said = orjson.loads(orjson.dumps(v3_form.results(DONE, found, 50, 10)))
    assert (said.pop("id"), said.pop("completed")) == ("5f", True)
    assert said.pop("pagination") == {"total": found.total, "offset": 50, "limit": 10}
    return said


def test_v3_tells_rows_as_objects_by_the_labels_of_their_columns() -> None:
    found = Results(70, [Heading("cohort"), Heading("people")], [["2014-09-01", 3], ["2014-09-08", None]])

    assert v3(found) == {"data": [{"cohort": "2014-09-01", "people": 3}, {"cohort": "2014-09-08", "people": None}]}


def test_v3_calls_the_column_of_a_metrics_segment_segment_whatever_the_property_is_called() -> None:
    found = Results(1, [Heading("Row"), Heading("Row", Subject.PROPERTY, SEGMENT)], [["whole", "Gold"]])

    assert v3(found) == {"data": [{"Row": "whole", "Segment": "Gold"}]}


def test_v3_says_the_columns_of_a_statement_in_its_order_and_numbers_of_persons_as_texts() -> None:
    headings = [Heading("who", is_person=True), Heading("count")]
    found = Results(2, headings, [[LARGE, 2], [None, 1]], RowOf.STATEMENT)

    assert v3(found) == {
        "columns": ["who", "count"],
        "data": [{"who": "9007199254740993", "count": 2}, {"who": None, "count": 1}],
    }


@pytest.mark.parametrize(("rows", "data"), [([[12]], {"count": 12}), ([], {})])
def test_v3_tells_the_only_row_as_one_object_and_of_nothing_beyond_it(rows: list[list[Any]], data: Any) -> None:
    assert v3(Results(1, [Heading("count")], rows, RowOf.WHOLE)) == {"data": data}


def test_v3_tells_people_with_a_list_of_cells_since_labels_may_be_the_same() -> None:
    headings = [Heading("KMID", is_person=True), Heading("Person"), Heading("plan"), Heading("plan")]
    found = Results(1, headings, [[LARGE, "ann", "Gold", 3]], RowOf.PERSON)

    person = {"identity": "ann", "person_id": "9007199254740993", "columns": ["Gold", 3]}
    assert v3(found) == {"columns": ["plan", "plan"], "data": [person]}


def test_v3_tells_people_of_whom_nothing_was_asked_without_columns() -> None:
    found = Results(1, [Heading("KMID", is_person=True), Heading("Person")], [[5, None]], RowOf.PERSON)

    assert v3(found) == {"columns": [], "data": [{"identity": None, "person_id": "5", "columns": []}]}


def test_v3_tells_what_was_said_with_an_act_as_an_object() -> None:
    headings = [Heading(label) for label in ("Time", "KMID", "Person", "Event", "Properties")]
    found = Results(1, headings, [[1_700_000_000, LARGE, "ann", None, '{"plan":"Gold"}']], RowOf.ACT)

    assert v3(found) == {
        "data": [
            {
                "timestamp": 1_700_000_000,
                "person_id": "9007199254740993",
                "identity": "ann",
                "event": None,
                "properties": {"plan": "Gold"},
            }
        ]
    }


def test_v3_has_a_form_for_each_kind_of_row() -> None:
    headings = [Heading(label) for label in "abcde"]

    assert all("data" in v3(Results(0, headings, [], row)) for row in RowOf)


@pytest.mark.parametrize(
    ("state", "error", "said"),
    [
        (JobState.WAITING, None, {"completed": False}),
        (JobState.FAILED, "too much", {"completed": True, "cancelled": False, "error": "too much"}),
        (JobState.CANCELLED, None, {"completed": True, "cancelled": True, "error": "cancelled"}),
    ],
)
def test_v3_tells_of_a_query_without_an_answer_why_it_has_none(
    state: JobState, error: str | None, said: dict[str, Any]
) -> None:
    assert v3_form.progress(Job("5f", 1, 7, "sql", "{}", 0, state, error)) == {"id": "5f", **said}


@pytest.mark.parametrize(
    ("heading", "type_", "option", "shown"),
    [
        (Heading("KMID"), "internal", "internal", "internal"),
        (Heading("Time", tells=TIME, is_time=True), "internal", "time", "Time"),
        (Heading("x", Subject.EVENT, Tells.TIMES), "event", "total_times", "Total Times for Date Range"),
        (Heading("x", Subject.EVENT, Tells.FIRST_TIME), "event", "first", "Date of First Time for Date Range"),
        (Heading("x", Subject.EVENT, Tells.LAST_TIME), "event", "last", "Date of Last Time for Date Range"),
        (Heading("x", Subject.PROPERTY, Tells.TIMES), "property", "total_times", "Total times"),
        (Heading("x", Subject.PROPERTY, Tells.FIRST_TIME), "property", "first_date", "First date"),
        (Heading("x", Subject.PROPERTY, Tells.LAST_TIME), "property", "last_date", "Last date"),
        (Heading("x", Subject.PROPERTY, Tells.FIRST_VALUE), "property", "first", "First"),
        (Heading("x", Subject.PROPERTY, Tells.LAST_VALUE), "property", "last", "Last"),
        (Heading("x", Subject.PROPERTY, Tells.TOTAL), "property", "total", "Total"),
        (Heading("x", Subject.PROPERTY, Tells.LOWEST), "property", "min", "Min"),
        (Heading("x", Subject.PROPERTY, Tells.HIGHEST), "property", "max", "Max"),
        (Heading("x", Subject.PROPERTY, Tells.AVERAGE), "property", "avg", "Avg"),
        (Heading("x", Subject.PROPERTY, Tells.MEDIAN), "property", "median", "Median"),
        (Heading("segment", Subject.PROPERTY, Which.FIRST), "property", "first_value", "First value"),
        (Heading("segment", Subject.PROPERTY, Which.LAST), "property", "last_value", "Last value"),
        (Heading("plan", Subject.PROPERTY, SEGMENT), "property", "segment", "Segment"),
    ],
)
def test_v1_says_what_a_column_tells_in_its_own_words(heading: Heading, type_: str, option: str, shown: str) -> None:
    (column,) = V1.results(Results(0, [heading], []), DONE, Page(0, 0, 20), [])["columns"]

    assert column == {
        "display_name": heading.label,
        "type": type_,
        "return_option": option,
        "display_return_option": shown,
    }


def test_v2_tells_times_as_the_products_clock_shows_them_and_v1_as_unix_seconds() -> None:
    found = Results(1, [Heading("Person"), Heading("Time", is_time=True)], [[3_600, 3_600], [3_600, None]])

    assert V2Form(lambda _: clock_of(7_200, "0")).rows(found, DONE) == [[3_600, 10_800], [3_600, None]]
    assert V1.rows(found, DONE) == [[3_600, 3_600], [3_600, None]]
