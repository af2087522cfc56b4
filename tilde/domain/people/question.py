"""What is asked of the people of a product: who did what, how often and when, and which values he had.

    Group(Join.ALL, (
        Did("signed up", Span(march, april)),
        Did("purchased", where=Had("amount", values=Values(low=100.0)), times=Times(Bound.AT_LEAST, 2)),
        Did("canceled", negated=True),
        Did("visited site", Span(march, april), meanwhile=Had("plan"), is_first_ever=True),
    ))

An event counts once a second, whichever identity of a person it came with. What was last said of a property by a second
is said in it, or before; of one second it is what came last. A text is asked for by its keyed hash: who
asks by what a text contains has found out before which texts these are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

SECONDS_END = 2**32


class QuestionError(ValueError):
    """Such a question cannot be answered; the text says why."""


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time: from a unix second to before another one."""

    since: int = 0
    until: int = SECONDS_END


EVER = Span()


class Bound(StrEnum):
    """How a number is compared with how often something was done."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    EXACTLY = "exactly"


@dataclass(frozen=True, slots=True)
class Times:
    """How often something was done, from 0 on."""

    bound: Bound
    count: int


ONCE = Times(Bound.AT_LEAST, 1)


@dataclass(frozen=True, slots=True)
class Values:
    """Some values: numbers from `low` to `high`, both of them in, and texts. Without numbers both are None."""

    low: float | None = None
    high: float | None = None
    texts: frozenset[int] = frozenset()


class Comparison(StrEnum):
    """How a value is compared with a text, which stands for a number where it looks like one."""

    EQUALS = "equals"
    CONTAINS = "contains"
    BEGINS_WITH = "begins_with"
    ENDS_WITH = "ends_with"
    GREATER_THAN = "greater_than"
    LESS_THAN = "less_than"
    BETWEEN = "between"
    AT_LEAST = "greater_than_or_equal_to"
    AT_MOST = "less_than_or_equal_to"


OF_NUMBERS = frozenset(
    {Comparison.GREATER_THAN, Comparison.LESS_THAN, Comparison.BETWEEN, Comparison.AT_LEAST, Comparison.AT_MOST}
)


@dataclass(frozen=True, slots=True)
class Compared:
    """Values as somebody asks for them, before it is known which ones these are. `high` is the other end of BETWEEN."""

    comparison: Comparison
    text: str
    high: str = ""


@dataclass(frozen=True, slots=True)
class Had:
    """A condition: that a property was said to be one of these values, or any where there are none, within a span.
    `is_first_ever` asks only of the first time that anything was ever said of it.
    """

    property: str
    values: Values | Compared | None = None
    span: Span = EVER
    negated: bool = False
    is_first_ever: bool = False


@dataclass(frozen=True, slots=True)
class Did:
    """A condition: that an event was done so often within a span. Three things say which times count: `where`, that
    said so of a property with it; `meanwhile`, by which that was the last that was said of a property, with whatever,
    or where it is negated was not; and `is_first_ever`, the first time of all, which may lie before the span. Spans of
    properties are not asked.
    """

    event: str
    span: Span = EVER
    times: Times = ONCE
    where: Had | None = None
    negated: bool = False
    meanwhile: Had | None = None
    is_first_ever: bool = False


class Join(StrEnum):
    """How parts hold together: all of them, one at least, or one later than the other."""

    ALL = "and"
    ANY = "or"
    THEN = "then"


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that hold together; negated: that they do not. Of none ALL holds for everybody, and ANY for nobody."""

    join: Join
    parts: tuple["Part", ...]
    negated: bool = False


Part = Did | Had | Group
PARTS_MAX = 60  # leaves of a question
DEPTH_MAX = 10


def properties_asked(leaf: Did | Had) -> Iterator[Had]:
    """What a leaf asks of properties."""
    if isinstance(leaf, Had):
        yield leaf
    else:
        yield from (had for had in (leaf.where, leaf.meanwhile) if had is not None)


def leaves(part: Part) -> Iterator[Did | Had]:
    """What stands at the ends of a question, from left to right."""
    if isinstance(part, Group):
        for each in part.parts:
            yield from leaves(each)
    else:
        yield part


def holds_of_nothing(part: Part) -> bool:
    """Whether it holds of somebody who did nothing of what is asked for."""
    if isinstance(part, Group):
        each = map(holds_of_nothing, part.parts)
        return (any(each) if part.join is Join.ANY else all(each)) is not part.negated
    times = part.times if isinstance(part, Did) else ONCE
    return (times.bound is Bound.AT_MOST or times.count == 0) is not part.negated


def require_answerable(question: Part) -> None:
    """Raises QuestionError for a question that is too large, and for one whose order in time has no meaning: what never
    was, or was at most so often, is not later than anything.
    """
    if _depth(question) > DEPTH_MAX:
        raise QuestionError(f"groups are nested at most {DEPTH_MAX} deep")
    if sum(1 for _ in leaves(question)) > PARTS_MAX:
        raise QuestionError(f"a question has at most {PARTS_MAX} conditions")
    _require_order(question, is_in_order=False)


def _depth(part: Part) -> int:
    return 1 + max(map(_depth, part.parts), default=0) if isinstance(part, Group) else 0


def _require_order(part: Part, *, is_in_order: bool) -> None:
    if isinstance(part, Group):
        if is_in_order and (part.negated or part.join is Join.ALL):
            raise QuestionError("a step of a sequence is an event, a property, or one of several of these")
        for each in part.parts:
            _require_order(each, is_in_order=is_in_order or part.join is Join.THEN)
    elif is_in_order and part.negated:
        raise QuestionError("a step of a sequence has been done: it cannot be negated")
    elif is_in_order and isinstance(part, Did) and part.times.bound is not Bound.AT_LEAST:
        raise QuestionError("a step of a sequence was done at least so often")
