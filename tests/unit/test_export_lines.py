"""Lines of an export say numbers so that whoever takes them in has the same ones."""

from typing import Any

import orjson
import pytest

from api.kissmetrics.export_lines import lines_of
from api.reads.people.told_history import ToldAct
from producers.kissmetrics.export_lines import said_in_line
from tilde.domain.people.values import number_in


def line_with(value: float) -> bytes:
    (line,) = lines_of(ToldAct("ann", 1_409_324_310, "", {"amount": value}))
    return line


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, b"0"),
        (-0.0, b"-0.0"),
        (5.0, b"5"),
        (99.95, b"99.95"),
        (999_999_999.0, b"999999999"),
        (-999_999_999.0, b"-999999999"),
        (1_000_000_000.0, b"1000000000.0"),
        (-1_000_000_000.0, b"-1000000000.0"),
        (1_000_000_001.0, b"1000000001.0"),
        (1e300, b"1e+300"),
    ],
)
def test_a_number_is_taken_in_as_the_same_one(value: float, written: bytes) -> None:
    """Of nine digits it is written without a fraction; with ten it would be a telephone's then, and no number."""
    line = line_with(value)
    said: Any = said_in_line(orjson.loads(line))

    assert line == b'{"_p":"ann","_t":1409324310,"amount":%b}\n' % written
    assert str([number_in(text) for _, text in said.properties]) == str([value])
