"""Turns values as somebody asks for them into those that the tables have: a range of numbers, or texts by their keyed
hashes.

of_compared(question)           {("plan", Compared(EQUALS, "Gold")), ..}: what has to be found out
with_values(question, found)    the question with values in their places
"""

from collections.abc import Mapping
from dataclasses import replace
from math import inf, nextafter

from tilde.domain.people.question import (
    OF_NUMBERS,
    Compared,
    Comparison,
    Did,
    Group,
    Had,
    Part,
    QuestionError,
    Values,
    leaves,
    properties_asked,
)
from tilde.domain.people.values import number_in

FoundValues = Mapping[tuple[str, Compared], frozenset[int]]
"""By property and what is asked of it, the keyed hashes of the texts of which it holds."""


def of_compared(question: Part) -> set[tuple[str, Compared]]:
    """What is asked of texts: of which properties, and what. Numbers need no look."""
    hads = (had for leaf in leaves(question) for had in properties_asked(leaf))
    wanted = {(had.property, had.values) for had in hads if isinstance(had.values, Compared)}
    return {(name, compared) for name, compared in wanted if compared.comparison not in OF_NUMBERS}


def require_numbers(question: Part) -> None:
    """Raises QuestionError where a number is wanted, and is none."""
    with_values(question, {})


def with_values(question: Part, found: FoundValues) -> Part:
    """With the values that are meant. Raises QuestionError where a number is wanted, and is none."""
    if isinstance(question, Group):
        return replace(question, parts=tuple(with_values(part, found) for part in question.parts))
    if isinstance(question, Did):
        hads = (question.where, question.meanwhile)
        where, meanwhile = (None if had is None else _had(had, found) for had in hads)
        return replace(question, where=where, meanwhile=meanwhile)
    return _had(question, found)


def _had(had: Had, found: FoundValues) -> Had:
    if not isinstance(had.values, Compared):
        return had
    return replace(had, values=_values(had.values, found.get((had.property, had.values), frozenset())))


def _values(compared: Compared, texts: frozenset[int]) -> Values:
    if compared.comparison in OF_NUMBERS:
        return _numbers(compared)
    number = number_in(compared.text) if compared.comparison is Comparison.EQUALS else None
    return Values(number, number, texts)


def _numbers(compared: Compared) -> Values:
    number = _number(compared, compared.text, "value")
    match compared.comparison:
        case Comparison.GREATER_THAN:
            return Values(low=nextafter(number, inf))
        case Comparison.AT_LEAST:
            return Values(low=number)
        case Comparison.LESS_THAN:
            return Values(high=nextafter(number, -inf))
        case Comparison.AT_MOST:
            return Values(high=number)
        case _:
            return Values(number, _number(compared, compared.high, "high"))


def _number(compared: Compared, text: str, name: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = inf
    if not -inf < number < inf:
        raise QuestionError(f"{name} is {text!r}: {compared.comparison} compares with a number")
    return number


def matches(compared: Compared, text: str) -> bool:
    """Whether what is asked holds of a text."""
    match compared.comparison:
        case Comparison.EQUALS:
            return text == compared.text
        case Comparison.CONTAINS:
            return compared.text in text
        case Comparison.BEGINS_WITH:
            return text.startswith(compared.text)
        case Comparison.ENDS_WITH:
            return text.endswith(compared.text)
        case _:
            return False
