"""What stands in the file of jobs of metrics and of SQL: a release reads what the one before it wrote, to the letter."""

import pytest

from api.kissmetrics.kinds.metric import asked_by_segment, by_segment_of
from api.kissmetrics.kinds.metric_over_time import asked_over_time, over_time_of
from api.kissmetrics.kinds.sql import asked_sql
from tilde.domain.people.question import Span
from tilde.domain.people.segment import Of, Value
from tilde.domain.sites.time_steps import TimeStep

METRIC = '"id":"5f","metric":null,"since":86400,"until":172800'
SEGMENT = '{"property":"plan","which":"last_value","span":{"since":0,"until":4294967296}}'


@pytest.mark.parametrize(
    "text",
    [
        f'{{{METRIC},"segment":null,"is_which_said":false}}',
        f'{{{METRIC},"segment":{SEGMENT},"is_which_said":true}}',
    ],
)
def test_a_question_by_segment_is_read_as_it_was_written(text: str) -> None:
    assert asked_by_segment(text).json() == text
    assert asked_by_segment(text).about.span == Span(86_400, 172_800)


def test_a_question_over_time_is_read_as_it_was_written() -> None:
    text = f'{{{METRIC},"step":"week"}}'

    assert asked_over_time(text).json() == text
    assert asked_over_time(text).step is TimeStep.WEEK


def test_a_statement_is_read_as_it_was_written() -> None:
    text = '{"sql":"SELECT 1 FROM records","properties":{"3":"plan"},"since":0,"until":4294967296}'

    assert asked_sql(text).json() == text
    assert asked_sql(text).records.properties == {3: "plan"}


def test_a_statement_that_was_kept_without_indexes_has_none() -> None:
    assert asked_sql('{"sql":"SELECT 1 FROM records","since":0,"until":9}').records.properties == {}


def test_an_answer_by_segment_is_read_as_it_was_written() -> None:
    answer = b'{"parts":["Points"],"rows":[[["everybody",null,null],null,3,2],[["value",null,7],"Gold",2.5,1]]}'
    found = by_segment_of(answer)

    assert found.json() == answer
    assert [(row.segment, row.said, row.cells) for row in found.rows] == [
        (Value(Of.EVERYBODY), None, [3, 2]),
        (Value(Of.VALUE, None, 7), "Gold", [2.5, 1]),
    ]


def test_an_answer_over_time_is_read_as_it_was_written() -> None:
    answer = b'{"parts":[],"rows":[["whole",0,86400,"1970-01-01T00:00:00+00:00",3]]}'

    assert over_time_of(answer).json() == answer
    assert over_time_of(answer).rows == [["whole", 0, 86_400, "1970-01-01T00:00:00+00:00", 3]]
