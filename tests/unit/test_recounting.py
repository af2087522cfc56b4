"""The doctor's comparison: what the tables may say while hits come in, and what they may not."""

from run.cli.recounting import _differences
from tilde.domain.hits.traffic import Counts

THERE = {(2, 5): Counts(3, 4, 1), (3, 5): Counts(1, 1)}
LOG = {(2, 5): Counts(4, 5, 1)}


def test_tables_that_say_what_the_log_does_are_right():
    """And so are those that have more than the log had a moment before."""
    assert _differences(THERE, THERE, THERE) == []
    assert _differences(THERE, {}, THERE) == []


def test_a_day_that_has_too_little_too_much_or_is_not_there_is_told():
    """Each in a line, with its date, all three numbers by their names, and what the log has."""
    assert _differences(THERE, LOG, LOG) == [
        "site 2, 1970-01-06: the tables have 3 page views, 4 hits, 1 of bots; the log 4 page views, 5 hits, 1 of bots",
        "site 3, 1970-01-06: the tables have 1 page views, 1 hits, 0 of bots; the log 0 page views, 0 hits, 0 of bots",
    ]
    (line,) = _differences({}, {(2, 5): Counts(1, 1)}, {(2, 5): Counts(2, 3, 4)})
    assert line.endswith("the log 1 page views, 1 hits, 0 of bots to 2 page views, 3 hits, 4 of bots")
    assert len(_differences({}, LOG, LOG)) == 1
