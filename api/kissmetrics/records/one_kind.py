"""Finds the one type of values that stand beside each other, as in `a = b` or `coalesce(a, b)`: a number and a text
have none.
"""

from collections.abc import Sequence

from api.kissmetrics.records.meanings import EVENT, Meaning
from api.kissmetrics.records.scope import SqlValue
from api.kissmetrics.records.value_types import NUMERIC, SqlType, common_type, typed_sql
from tilde.domain.people.question import QuestionError


def of_one_kind(what: str, values: Sequence[SqlValue]) -> tuple[list[str], SqlType]:
    """Each as the one type that all may be, and that type. Raises QuestionError where there is none."""
    type_ = common_type(value.type for value in values)
    if type_ is None:
        words = " and ".join(dict.fromkeys(_kind(value.type) for value in values if value.type is not SqlType.NULL))
        hint = ": event is a number, and event_name its name" if any(one.meaning == EVENT for one in values) else ""
        raise QuestionError(f"{what} takes values of one kind, and not {words}{hint}")
    return [typed_sql(value.sql, value.type, type_) for value in values], type_


def _kind(type_: SqlType) -> str:
    return SqlType.NUMBER.value if type_ in NUMERIC else type_.value


def require_fitting(one: Meaning, other: Meaning) -> None:
    """Raises QuestionError where equal values of both do not mean the same."""
    if not one.fits(other):
        raise QuestionError(f"{one.kind.value} and {other.kind.value} do not go together")
