"""Histories of people, and questions about them, out of a seed: always the same ones. Of many that hypothesis makes
most are changes of one, in which everybody did the same, and whatever is asked holds of all or of nobody.
"""

import random
from collections.abc import Sequence
from typing import Any, TypeVar

from testkit.questions import BEFORE_ALL, BEGAN, NOBODYS, NOBODYS_NUMBER, NOBODYS_TEXT, SECONDS, TEXTS
from tilde.domain.people.question import EVER, ONCE, Bound, Did, Group, Had, Join, Part, Span, Times, Values

DEPTH_MAX = 3
_VALUES = (0.0, 1.0, 2.0, *TEXTS)
_EVENTS_ASKED, _PROPERTIES_ASKED = f"aaabbb{NOBODYS}", f"pppqqq{NOBODYS}"
_One = TypeVar("_One")


class RandomPeople:
    """Conditions of the first time of all, and of what somebody had meanwhile, are among each few; so are some of what
    nobody did or had.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - it has to be repeatable

    def acts(self) -> list[Any]:
        """As `people_histories` has them: few or many people and seconds, so that much or little falls together."""
        identities, seconds = self._one(range(3, 10)), self._one((2, SECONDS))
        return [self._act(identities, seconds) for _ in range(self._one((1, 10, 25, 45, 45)))]

    def question(self) -> Part:
        """Of conditions, sequences and groups of them."""
        return self._part(0)

    def _act(self, identities: int, seconds: int) -> Any:
        identity = self._random.randint(1, identities)
        if self._is(0.05):
            return identity, self._random.randint(1, identities)
        said = {name: self._one(_VALUES) for name in "pq" if self._is(0.5)}
        return identity, self._random.randint(0, seconds), self._one(("a", "b", None)), said

    def _part(self, depth: int) -> Part:
        if depth == DEPTH_MAX or self._is(0.4):
            return self._leaf(
                self._one((Times(self._one([*Bound]), self._one(range(4))), ONCE, ONCE)), negated=self._is(0.3)
            )
        if self._is(0.3):
            return Group(Join.THEN, self._some(lambda: self._step(depth + 1)), self._is(0.3))
        return Group(self._one((Join.ALL, Join.ANY)), self._some(lambda: self._part(depth + 1)), self._is(0.3))

    def _step(self, depth: int) -> Part:
        if depth == DEPTH_MAX or self._is(0.7):
            return self._leaf(self._one((Times(Bound.AT_LEAST, self._one(range(4))), ONCE, ONCE)), negated=False)
        return Group(self._one((Join.ANY, Join.THEN)), self._some(lambda: self._step(depth + 1)))

    def _leaf(self, times: Times, *, negated: bool) -> Did | Had:
        span, is_first_ever = self._span(), self._is(0.3)
        if self._is(0.3):
            return Had(self._one(_PROPERTIES_ASKED), self._values(), span, negated, is_first_ever)
        where = self._had() if self._is(0.3) else None
        meanwhile = self._one((self._had(), Had(self._one(_PROPERTIES_ASKED), negated=True))) if self._is(0.5) else None
        return Did(self._one(_EVENTS_ASKED), span, times, where, negated, meanwhile, is_first_ever)

    def _had(self) -> Had:
        return Had(self._one(_PROPERTIES_ASKED), self._values())

    def _values(self) -> Values | None:
        low, high = sorted(self._one((0.0, 1.0, 2.0, NOBODYS_NUMBER)) for _ in range(2))
        texts = frozenset(text for text in (*TEXTS, NOBODYS_TEXT) if self._is(0.5))
        return self._one((None, Values(low, high), Values(texts=texts), Values(low, None, texts)))

    def _span(self) -> Span:
        first, last = sorted(self._random.randint(0, SECONDS) for _ in range(2))
        return self._one((EVER, EVER, EVER, BEFORE_ALL, Span(BEGAN + first, BEGAN + last + 1), Span(BEGAN + first)))

    def _some(self, part: Any) -> tuple[Part, ...]:
        return tuple(part() for _ in range(self._one((0, 1, 2, 2, 3, 3))))

    def _is(self, chance: float) -> bool:
        return self._random.random() < chance

    def _one(self, among: Sequence[_One]) -> _One:
        return self._random.choice(among)
