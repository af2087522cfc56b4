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
    """Each in a line, with all three."""
    assert _differences(THERE, LOG, LOG) == [
        "site 2, day 5: the tables have (3, 4, 1), the log (4, 5, 1) to (4, 5, 1)",
        "site 3, day 5: the tables have (1, 1, 0), the log (0, 0, 0) to (0, 0, 0)",
    ]
    assert len(_differences({}, LOG, LOG)) == 1
