"""Words put together: what a reader of queries and a reader of expressions both need, pure."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar

from api.kissmetrics.records.words import Word, WordKind
from tilde.domain.people.question import QuestionError

NESTED_MAX = 30
_DIGITS_MAX = 9
T = TypeVar("T")
RESERVED = frozenset(
    {
        *("ALL", "AND", "AS", "ASC", "BETWEEN", "BY", "CASE", "CAST", "CROSS", "DESC", "DISTINCT", "ELSE", "END"),
        *("EXCEPT", "FALSE", "FORMAT", "FROM", "FULL", "GROUP", "HAVING", "ILIKE", "IN", "INNER", "INTERSECT", "INTO"),
        *("IS", "JOIN", "LEFT", "LIKE", "LIMIT", "NOT", "NULL", "OFFSET", "ON", "OR", "ORDER", "OUTER", "OVER"),
        *("RIGHT", "SELECT", "SETTINGS", "THEN", "TRUE", "UNION", "USING", "WHEN", "WHERE", "WITH"),
    }
)


class Words:
    """The words of a statement, one after the other. Each call raises QuestionError."""

    def __init__(self, statement: str, words: list[Word]) -> None:
        self._statement = statement
        self._words = words
        self._at = 0
        self._nested = 0

    @property
    def next(self) -> Word:
        """The word that comes next."""
        return self._words[self._at]

    def is_all_of(self) -> bool:
        """Whether the word that comes next is followed by `.*`, as in `records.*`."""
        behind = self._words[self._at + 1 : self._at + 3]
        return [word.text for word in behind if word.kind is WordKind.SIGN] == [".", "*"]

    def taken(self) -> Word:
        """Takes the next word."""
        word = self._words[self._at]
        self._at = min(self._at + 1, len(self._words) - 1)
        return word

    def took_keyword(self, *keywords: str) -> bool:
        """Takes the next word where it is one of these keywords; says whether it was."""
        return self.next.is_keyword(*keywords) and bool(self.taken())

    def took_sign(self, *signs: str) -> bool:
        """Takes the next word where it is one of these signs; says whether it was."""
        return self.next.is_sign(*signs) and bool(self.taken())

    def require_keyword(self, keyword: str) -> None:
        """Takes this keyword; anything else is refused."""
        if not self.took_keyword(keyword):
            self.refuse(keyword)

    def require_sign(self, sign: str) -> None:
        """Takes this sign; anything else is refused."""
        if not self.took_sign(sign):
            self.refuse(repr(sign))

    def name(self) -> str:
        """Takes a name: one in quotes, or a word that SQL does not reserve."""
        return self.taken().text.lower() if self.is_name() else self.refuse("a name")

    def is_name(self) -> bool:
        """Whether a name comes next."""
        word = self.next
        return word.kind is WordKind.QUOTED or (word.kind is WordKind.NAME and word.text.upper() not in RESERVED)

    def whole(self) -> int:
        """Takes a whole number."""
        word = self.next
        if word.kind is WordKind.NUMBER and word.text.isdecimal() and len(word.text) <= _DIGITS_MAX:
            return int(self.taken().text)
        return self.refuse("a whole number")

    def several(self, one: Callable[[], T]) -> tuple[T, ...]:
        """Reads one or more of something, with commas between them."""
        found = [one()]
        while self.took_sign(","):
            found.append(one())
        return tuple(found)

    def written(self, since: int) -> str:
        """The text of the statement from a character to the last word taken, without a comment behind that word."""
        return self._statement[since : self._words[self._at - 1].end]

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """The block reads what stands in one more pair of brackets; too many within one another are refused."""
        self._nested += 1
        if self._nested > NESTED_MAX:
            raise QuestionError(f"a statement is nested at most {NESTED_MAX} deep")
        yield
        self._nested -= 1

    def refuse(self, wanted: str) -> NoReturn:
        """Raises QuestionError, which says what is wanted at the next word, and what stands there."""
        word = self.next
        found = "the end" if word.kind is WordKind.END else repr(word.text[:50])
        raise QuestionError(f"at character {word.at + 1} {wanted} is wanted, and {found} stands there")
