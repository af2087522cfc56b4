"""A set of texts of one width, sorted, in pieces of bounded size: one more text changes one piece, however many there
are, and each thousandth or so the piece above it.

It is a tree. Pieces of level 0 have the texts; one above has the bounds of those below it, which are the least text
that each may have. The piece at the top stands with whoever has the set; what is below stands in a memory, by level and
bound. Small sets are one piece.
"""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from tilde.domain.people.memory import Memory

WIDTH = 8  # characters of a text
PIECE_TEXTS_MAX = 128  # a kilobyte: what is written anew with each text that comes
_LEAST = "-" * WIDTH  # below every text


class Top(NamedTuple):
    """The piece at the top and how many levels are below it."""

    height: int
    piece: str


def with_text(top: Top, text: str, place: str, memory: Memory) -> Top | None:
    """The set with one more text: the same object where the top stays as it is, None where the text is there. `place`
    is where in the memory the set stands.
    """
    above: list[tuple[int, str, str]] = []  # where we went down, in which piece, and under which bound that stands
    piece, bound = top.piece, _LEAST
    for level in range(top.height - 1, -1, -1):
        at = _at(piece, text)
        if piece[at : at + WIDTH] != text:
            at -= WIDTH
        above.append((at, piece, bound))
        bound = piece[at : at + WIDTH]
        piece = memory.get(_key(place, level, bound))
    at = _at(piece, text)
    if piece[at : at + WIDTH] == text:
        return None
    return _put(top, at, text, (piece, bound, above), place, memory)


def _put(
    top: Top, at: int, text: str, where: tuple[str, str, list[tuple[int, str, str]]], place: str, memory: Memory
) -> Top:
    """Puts the text into its piece, and cuts what becomes too large, up to the top."""
    (piece, bound, above), level = where, 0
    piece = piece[:at] + text + piece[at:]
    while len(piece) > PIECE_TEXTS_MAX * WIDTH:
        # Most come in order: a piece that grows at its end is left full.
        cut = at if at + WIDTH == len(piece) else len(piece) // (2 * WIDTH) * WIDTH
        right = piece[cut : cut + WIDTH]
        memory.put(_key(place, level, bound), piece[:cut])
        memory.put(_key(place, level, right), piece[cut:])
        level += 1
        if not above:
            return Top(level, _LEAST + right)
        at, piece, bound = above.pop()
        at += WIDTH
        piece = piece[:at] + right + piece[at:]
    if not above:
        return Top(top.height, piece)
    memory.put(_key(place, level, bound), piece)
    return top


def is_behind(stood: str, begins: int, text: str) -> bool:
    """Whether a text comes behind all of a piece that stands there up to the end, and there is room for it: nearly all
    do, and then it can be written behind the piece.
    """
    size = len(stood) - begins
    return size < PIECE_TEXTS_MAX * WIDTH and (not size or stood[-WIDTH:] < text)


def texts_of(top: Top, place: str, memory: Memory) -> Iterator[str]:
    """All texts of a set, in order. The set may change meanwhile only elsewhere."""
    for level, piece in _pieces(top, place, memory):
        if level == 0:
            yield from _cut(piece)


def how_many(top: Top, place: str, memory: Memory, most: int) -> int:
    """How many there are; no more than so many are counted."""
    if not top.height:
        return min(len(top.piece) // WIDTH, most)
    return sum(1 for _ in islice(texts_of(top, place, memory), most))


def drop(top: Top, place: str, memory: Memory) -> None:
    """Takes away what stands below the top."""
    below = [(level, bound) for level, piece in _pieces(top, place, memory) if level for bound in _cut(piece)]
    for level, bound in below:
        memory.put(_key(place, level - 1, bound), None)


def _pieces(top: Top, place: str, memory: Memory) -> Iterator[tuple[int, str]]:
    """Each with its level, a piece before those below it."""
    rest = [(top.height, top.piece)]
    while rest:
        level, piece = rest.pop()
        yield level, piece
        if level:
            below = [(level - 1, memory.get(_key(place, level - 1, bound))) for bound in _cut(piece)]
            rest.extend(reversed(below))


def _cut(piece: str) -> list[str]:
    return [piece[at : at + WIDTH] for at in range(0, len(piece), WIDTH)]


def _at(piece: str, text: str) -> int:
    """Where the first text stands that is not below this one."""
    if text > piece[-WIDTH:]:
        return len(piece)
    places = range(len(piece) // WIDTH)
    return WIDTH * bisect_left(places, text, key=lambda n: piece[n * WIDTH : n * WIDTH + WIDTH])


def _key(place: str, level: int, bound: str) -> str:
    return f"{place}.{level}.{bound}"
