"""Reads expressions of SQL, pure: from OR, which binds least, to a name or a number."""

from collections.abc import Callable
from math import isfinite

from api.kissmetrics.records.reading import Words
from api.kissmetrics.records.syntax import (
    AndOr,
    Call,
    Case,
    Cast,
    ColumnName,
    Expression,
    In,
    IsNull,
    Like,
    Literal,
    OneValue,
    Operation,
    Query,
)
from api.kissmetrics.records.words import WordKind
from tilde.domain.people.question import QuestionError

_COMPARED = ("=", "<>", "!=", "<", "<=", ">", ">=")
_TYPED = ("DATE", "TIMESTAMP")
_DIGITS_MAX = 19  # those of a person, too
_BEYOND_WHOLE = str(1 << 63)
"""A whole number with `-` before it alone."""


class ExpressionReader:
    """`query` reads one in brackets. Each call raises QuestionError."""

    def __init__(self, words: Words, query: Callable[[], Query]) -> None:
        self._words = words
        self._query = query

    def expression(self) -> Expression:
        """One, as long as it goes."""
        with self._words.deeper():
            return self._joined("OR", lambda: self._joined("AND", self._not))

    def _joined(self, operator: str, part: Callable[[], Expression]) -> Expression:
        parts = [part()]
        while self._words.took_keyword(operator):
            parts.append(part())
        return parts[0] if len(parts) == 1 else AndOr(operator, tuple(parts))

    def _not(self) -> Expression:
        is_negated = False
        while self._words.took_keyword("NOT"):
            is_negated = not is_negated
        compared = self._compared()
        return Operation("NOT", (compared,)) if is_negated else compared

    def _compared(self) -> Expression:
        left, words = self._sum(), self._words
        if words.next.is_sign(*_COMPARED):
            operator = words.taken().text
            return Operation("<>" if operator == "!=" else operator, (left, self._sum()))
        if words.took_keyword("IS"):
            is_negated = words.took_keyword("NOT")
            words.require_keyword("NULL")
            return IsNull(left, is_negated)
        is_negated = words.took_keyword("NOT")
        if words.took_keyword("IN"):
            return In(left, self._items(), is_negated)
        if words.took_keyword("BETWEEN"):
            return self._between(left, is_negated=is_negated)
        if words.next.is_keyword("LIKE", "ILIKE"):
            is_blind = words.taken().is_keyword("ILIKE")
            return Like(left, self._sum(), is_blind, is_negated)
        if is_negated:
            words.refuse("IN, BETWEEN or LIKE")
        return left

    def _between(self, subject: Expression, *, is_negated: bool) -> Expression:
        low = self._sum()
        self._words.require_keyword("AND")
        within = AndOr("AND", (Operation(">=", (subject, low)), Operation("<=", (subject, self._sum()))))
        return Operation("NOT", (within,)) if is_negated else within

    def _items(self) -> tuple[Expression, ...] | Query:
        self._words.require_sign("(")
        found = self._query() if self._words.next.is_keyword("SELECT", "WITH") else self._several()
        self._words.require_sign(")")
        return found

    def _several(self) -> tuple[Expression, ...]:
        return self._words.several(self.expression)

    def _sum(self) -> Expression:
        return self._chain(("+", "-", "||"), lambda: self._chain(("*", "/", "%"), self._signed))

    def _chain(self, operators: tuple[str, ...], part: Callable[[], Expression]) -> Expression:
        left = part()
        while self._words.next.is_sign(*operators):
            left = Operation(self._words.taken().text, (left, part()))
        return left

    def _signed(self) -> Expression:
        is_negative = False
        while self._words.next.is_sign("-", "+"):
            is_negative ^= self._words.taken().text == "-"
        if is_negative and self._words.next.text == _BEYOND_WHOLE and self._words.next.kind is WordKind.NUMBER:
            return Literal(-int(self._words.taken().text))
        value = self._value()
        return Operation("-", (value,)) if is_negative else value

    def _value(self) -> Expression:
        words = self._words
        literal = self._literal()
        if literal is not None:
            return literal
        if words.took_sign("("):
            return self._in_brackets()
        if words.took_keyword("CASE"):
            return self._case()
        if words.took_keyword("CAST"):
            return self._cast()
        return self._named()

    def _literal(self) -> Literal | None:
        words = self._words
        if words.next.kind is WordKind.TEXT:
            return Literal(words.taken().text)
        if words.next.kind is WordKind.NUMBER:
            return Literal(_number(words.taken().text))
        if words.took_keyword("NULL"):
            return Literal(None)
        return Literal(words.taken().is_keyword("TRUE")) if words.next.is_keyword("TRUE", "FALSE") else None

    def _in_brackets(self) -> Expression:
        is_query = self._words.next.is_keyword("SELECT", "WITH")
        found = OneValue(self._query()) if is_query else self.expression()
        self._words.require_sign(")")
        return found

    def _case(self) -> Expression:
        words, subject = self._words, None
        if not words.next.is_keyword("WHEN"):
            subject = self.expression()
        whens = list[tuple[Expression, Expression]]()
        while words.took_keyword("WHEN"):
            when = self.expression()
            words.require_keyword("THEN")
            whens.append((when if subject is None else Operation("=", (subject, when)), self.expression()))
        otherwise = self.expression() if words.took_keyword("ELSE") else Literal(None)
        words.require_keyword("END")
        if not whens:
            raise QuestionError("CASE has no WHEN")
        return Case(tuple(whens), otherwise)

    def _cast(self) -> Expression:
        self._words.require_sign("(")
        subject = self.expression()
        self._words.require_keyword("AS")
        found = Cast(subject, self._words.name())
        self._words.require_sign(")")
        return found

    def _named(self) -> Expression:
        words = self._words
        is_type = words.next.is_keyword(*_TYPED)
        name = words.name()
        if is_type and words.next.kind is WordKind.TEXT:
            return Cast(Literal(words.taken().text), name)
        if words.took_sign("("):
            return self._call(name)
        return ColumnName(name, words.name()) if words.took_sign(".") else ColumnName(None, name)

    def _call(self, name: str) -> Expression:
        words, is_distinct, arguments = self._words, False, tuple[Expression, ...]()
        if not words.took_sign(")"):
            if not (name == "count" and words.took_sign("*")):
                is_distinct = words.took_keyword("DISTINCT")
                arguments = self._several()
            words.require_sign(")")
        if words.next.is_keyword("OVER"):
            raise QuestionError("OVER: there are no window functions in this SQL")
        return Call(name, arguments, is_distinct)


def _number(text: str) -> int | float:
    if text.isdecimal() and len(text) <= _DIGITS_MAX and int(text) < 1 << 63:
        return int(text)
    number = float(text)
    if not isfinite(number):
        raise QuestionError(f"the number {text[:50]} is too large")
    return number
