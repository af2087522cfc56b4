"""Values of which one is told, as by `coalesce(property_value('plan'), 'none')` and CASE: what each is beside the
others.
"""

from collections.abc import Sequence

from api.kissmetrics.records.compared import number_sql
from api.kissmetrics.records.meanings import EVENT, PLAIN, Meaning, ValueKind
from api.kissmetrics.records.one_kind import of_one_kind, require_fitting
from api.kissmetrics.records.scope import SqlValue
from api.kissmetrics.records.sources import text_sql
from api.kissmetrics.records.syntax import Expression, Literal
from api.kissmetrics.records.value_types import SqlType


def together(
    what: str, values: Sequence[SqlValue], expressions: Sequence[Expression]
) -> tuple[list[str], Meaning, SqlType]:
    """A property, and texts and numbers that are said; or all the same. Of plain ones all are of one kind. Each stands
    beside the expression that it was made of. Raises QuestionError.
    """
    pairs = list(zip(values, expressions, strict=True))
    sealed = next((each for each in values if not each.meaning.is_plain), None)
    if sealed is not None:
        return [_as(sealed.meaning, *pair) for pair in pairs], sealed.meaning, sealed.type
    is_event = all(each.meaning == EVENT or said == Literal(None) for each, said in pairs)
    each, type_ = of_one_kind(what, values)
    return each, EVENT if is_event and type_ is not SqlType.NULL else PLAIN, type_


def _as(meaning: Meaning, found: SqlValue, expression: Expression) -> str:
    if isinstance(expression, Literal):
        value = expression.value
        if value is None:
            return "NULL"
        if meaning.kind is ValueKind.TEXT and not isinstance(value, bool):
            return text_sql(value) if isinstance(value, str) else number_sql(float(value))
    require_fitting(meaning, found.meaning)
    return found.sql
