"""Bounds how long a statement becomes: a part of what was asked may stand in what we write several times. Pure."""

import re

from tilde.domain.people.question import QuestionError

PARTS_MAX = 20_000
STATEMENT_BYTES_MAX = 15 << 20  # a statement as the engine is given it: less than it takes
REPEATED_MAX = 100_000  # characters: seconds of the engine, which reads a value as often as it stands there

WORDS_MAX = 30_000  # the engine makes at most 50,000 parts of them
_WORD = re.compile(r"\w[\w.]*|'[^']*'|\(")
_NUMBERS = re.compile(r"\(-?\d+(?:, -?\d+)*\)")
"""A list of them is one part, however many people or texts are meant."""


def require_readable(sql: str) -> None:
    """Raises QuestionError for a statement that the engine would find too large to be read."""
    if len(_WORD.findall(_NUMBERS.sub("0", sql))) > WORDS_MAX:
        raise QuestionError("the statement is too large: values of WITH, CASE and BETWEEN stand in it several times")


class Spent:
    """What one statement has become so far. Each call raises QuestionError where that is too much."""

    def __init__(self) -> None:
        self._parts = 0
        self._repeated = 0

    def one(self) -> None:
        """One part more."""
        self._parts += 1
        if self._parts > PARTS_MAX:
            raise QuestionError("the statement is too large")

    def repeat(self, sql: str, times: int) -> None:
        """A value stands in another one so often. One of these within the next is as many times as long, each time."""
        self._repeated += len(sql) * times
        if self._repeated > REPEATED_MAX:
            raise QuestionError(
                "values stand too often within each other: put those into a query in brackets, and give them names"
            )
