"""A statement of SQL taken apart into its words, pure. Comments are white space; what is no word of it is refused.

words_of("SELECT 1 -- one")     [Word(NAME, "SELECT", 0, 6), Word(NUMBER, "1", 7, 8), Word(END, "", 15, 15)]
"""

import re
from enum import Enum
from typing import NamedTuple

from tilde.domain.people.question import QuestionError

CHARACTERS_MAX = 20_000
WORDS_MAX = 5_000


class WordKind(Enum):
    """What a word is."""

    NAME = "name"
    QUOTED = "quoted name"
    TEXT = "text"
    NUMBER = "number"
    SIGN = "sign"
    END = "end"


class Word(NamedTuple):
    """One; of a text and of a quoted name without the quotes. It stands from `at` to before `end`."""

    kind: WordKind
    text: str
    at: int
    end: int

    def is_keyword(self, *keywords: str) -> bool:
        """Whether it is one of some, which are given in capitals."""
        return self.kind is WordKind.NAME and self.text.upper() in keywords

    def is_sign(self, *signs: str) -> bool:
        """Whether it is one of some."""
        return self.kind is WordKind.SIGN and self.text in signs


_WORD = re.compile(
    r"""
    (?P<white>\s+|--[^\n]*|/\*.*?\*/)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?![A-Za-z0-9_.])
    | '(?P<text>(?:[^']|'')*)'
    | "(?P<quoted>(?:[^"]|"")+)"
    | `(?P<ticked>[^`]+)`
    | (?P<sign><>|!=|<=|>=|\|\||[-+*/%=<>(),.;])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)


def words_of(statement: str) -> list[Word]:
    """All of them, and END. Raises QuestionError."""
    if len(statement) > CHARACTERS_MAX:
        raise QuestionError(f"a statement has at most {CHARACTERS_MAX:,} characters")
    if "\0" in statement or any("\ud800" <= one <= "\udfff" for one in statement):
        raise QuestionError("a statement has no character NUL, and no half of one")
    words, at = list[Word](), 0
    while at < len(statement):
        found = _WORD.match(statement, at)
        if found is None:
            raise QuestionError(
                f"what stands at character {at + 1} is no word of this SQL: {statement[at : at + 10]!r}"
            )
        if found.lastgroup != "white":
            words.append(_word(found))
        at = found.end()
    if len(words) > WORDS_MAX:
        raise QuestionError(f"a statement has at most {WORDS_MAX:,} words")
    return [*words, Word(WordKind.END, "", at, at)]


def _word(found: "re.Match[str]") -> Word:
    group, (at, end) = str(found.lastgroup), found.span()
    text = found[group]
    match group:
        case "text":
            return Word(WordKind.TEXT, text.replace("''", "'"), at, end)
        case "quoted":
            return Word(WordKind.QUOTED, text.replace('""', '"'), at, end)
        case "ticked":
            return Word(WordKind.QUOTED, text, at, end)
        case _:
            return Word(WordKind(group), text, at, end)
