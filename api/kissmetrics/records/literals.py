"""What a statement says itself: texts, numbers, dates, and names in the brackets of functions."""

import re
from datetime import datetime

from api.kissmetrics.records.functions import TYPES
from api.kissmetrics.records.meanings import EVENT, PLAIN
from api.kissmetrics.records.scope import SqlValue, plain
from api.kissmetrics.records.signatures import Typed, called
from api.kissmetrics.records.sources import text_sql
from api.kissmetrics.records.syntax import Expression, Literal
from api.kissmetrics.records.value_types import DAYS, SqlType
from tilde.domain.people.names import name_of
from tilde.domain.people.question import QuestionError
from tilde.domain.people.vocabulary import NAMES_MAX

_TIMES = {"date": "date", "timestamp": "time"}
_FIRST_YEAR, _LAST_YEAR = 1970, 2105  # those that the engine has whole
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)
_TYPES = {str: SqlType.TEXT, bool: SqlType.BOOLEAN, int: SqlType.WHOLE, float: SqlType.NUMBER}


def literal(value: str | float | None) -> SqlValue:
    """A text by the digits of its bytes, a number written anew."""
    if value is None:
        return SqlValue("NULL", PLAIN, SqlType.NULL)
    sql = text_sql(value) if isinstance(value, str) else repr(int(value) if isinstance(value, bool) else value)
    return SqlValue(f"({sql})" if sql.startswith("-") else sql, PLAIN, _TYPES[type(value)])


def is_text(expression: Expression) -> bool:
    """Whether it is a text that is said."""
    return isinstance(expression, Literal) and isinstance(expression.value, str)


def is_name(subject: SqlValue, expression: Expression) -> bool:
    """Whether an event is compared with a name."""
    return subject.meaning == EVENT and is_text(expression)


def beside(value: SqlValue, expression: Expression, other: SqlValue) -> SqlValue:
    """A value as it is compared with another one: of a text that is said the number, or the time, where the other is
    one. Raises QuestionError where it says no time.
    """
    if not isinstance(expression, Literal) or not isinstance(expression.value, str):
        return value
    if other.type in DAYS:
        return plain(time_said(expression.value, "timestamp"))
    if other.type not in {SqlType.WHOLE, SqlType.NUMBER} or not _NUMBER.fullmatch(expression.value):
        return value
    return literal(float(expression.value) if "." in expression.value else int(expression.value))


def is_time(type_: str) -> bool:
    """Whether CAST to a type makes a date or a time of a text."""
    return type_ in _TIMES


def time_said(said: str, type_: str) -> Typed:
    """`2026-10-25`, `2026-10-25 07:30:00`. Raises QuestionError."""
    try:
        at = datetime.fromisoformat(said.strip())
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None or not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise QuestionError(f"a text is no {_TIMES[type_]} from {_FIRST_YEAR} to {_LAST_YEAR}: {said[:50]!r}")
    return called("CAST", TYPES[type_], [Typed(text_sql(at.strftime("%Y-%m-%d %H:%M:%S")), SqlType.TEXT)])


def name_or_index(function: str, argument: Expression) -> str | int:
    """What stands in the brackets of a function about records. Raises QuestionError."""
    said = argument.value if isinstance(argument, Literal) else None
    if isinstance(said, str) and (name := name_of(said)):
        return name
    if isinstance(said, int) and not isinstance(said, bool) and 0 < said <= NAMES_MAX:
        return said
    raise QuestionError(f"{function} has a name in its brackets, in single quotes, or an index")
