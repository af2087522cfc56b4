"""Requires of a JOIN that something is equal on both sides, as in `ON a.person = b.person`: by that the engine looks
rows up.
"""

import re
from collections.abc import Iterator, Sequence

from api.kissmetrics.records.expression_writer import ExpressionWriter
from api.kissmetrics.records.syntax import AndOr, Expression, Operation
from tilde.domain.people.question import QuestionError

_LABEL = re.compile(r"\bt[0-9]+(?=\.)")


def require_joining(condition: Expression, writer: ExpressionWriter, labels: Sequence[str]) -> None:
    """Raises QuestionError where nothing is equal in the last table and in one before it."""
    *before, last = labels
    for part in _parts(condition):
        if isinstance(part, Operation) and part.operator == "=":
            sides = [{*labels} & {*_LABEL.findall(writer.written(side).sql)} for side in part.operands]
            if {last} in sides and any(side and side <= {*before} for side in sides):
                return
    raise QuestionError("a JOIN is by what is equal on both sides: ON a.person = b.person")


def _parts(condition: Expression) -> Iterator[Expression]:
    """What holds all, together."""
    if isinstance(condition, AndOr) and condition.operator == "AND":
        for part in condition.parts:
            yield from _parts(part)
    else:
        yield condition
