"""A set of texts of one width, sorted, in nodes of bounded size: one more text changes one node, however many there
are, and each thousandth or so the node above it.

It is a tree. Nodes of level 0 have the texts; one above has the bounds of those below it, which are the least text
that each may have. The node at the top stands with whoever has the set; what is below stands in a memory, by level and
bound. Small sets are one node.
"""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from tilde.domain.people.memory import Memory

WIDTH = 8  # characters of a text
NODE_TEXTS_MAX = 128  # a kilobyte: what is written anew with each text that comes
_LEAST = "-" * WIDTH  # below every text


class Top(NamedTuple):
    """The node at the top and how many levels are below it."""

    height: int
    node: str


def with_text(top: Top, text: str, place: str, memory: Memory) -> Top | None:
    """The set with one more text: the same object where the top stays as it is, None where the text is there. `place`
    is where in the memory the set stands.
    """
    above: list[tuple[int, str, str]] = []  # where we went down, in which node, and under which bound that stands
    node, bound = top.node, _LEAST
    for level in range(top.height - 1, -1, -1):
        at = _at(node, text)
        if node[at : at + WIDTH] != text:
            at -= WIDTH
        above.append((at, node, bound))
        bound = node[at : at + WIDTH]
        node = memory.get(_key(place, level, bound))
    at = _at(node, text)
    if node[at : at + WIDTH] == text:
        return None
    return _put(top, at, text, (node, bound, above), place, memory)


def _put(
    top: Top, at: int, text: str, where: tuple[str, str, list[tuple[int, str, str]]], place: str, memory: Memory
) -> Top:
    """Puts the text into its node, and cuts what becomes too large, up to the top."""
    (node, bound, above), level = where, 0
    node = node[:at] + text + node[at:]
    while len(node) > NODE_TEXTS_MAX * WIDTH:
        # Most come in order: a node that grows at its end is left full.
        cut = at if at + WIDTH == len(node) else len(node) // (2 * WIDTH) * WIDTH
        right = node[cut : cut + WIDTH]
        memory.put(_key(place, level, bound), node[:cut])
        memory.put(_key(place, level, right), node[cut:])
        level += 1
        if not above:
            return Top(level, _LEAST + right)
        at, node, bound = above.pop()
        at += WIDTH
        node = node[:at] + right + node[at:]
    if not above:
        return Top(top.height, node)
    memory.put(_key(place, level, bound), node)
    return top


def is_behind(stood: str, begins: int, text: str) -> bool:
    """Whether a text comes behind all of a node that stands there up to the end, and there is room for it: nearly all
    do, and then it can be written behind the node.
    """
    size = len(stood) - begins
    return size < NODE_TEXTS_MAX * WIDTH and (not size or stood[-WIDTH:] < text)


def texts_of(top: Top, place: str, memory: Memory) -> Iterator[str]:
    """All texts of a set, in order. The set may change meanwhile only elsewhere."""
    for level, node in _nodes(top, place, memory):
        if level == 0:
            yield from _cut(node)


def how_many(top: Top, place: str, memory: Memory, most: int) -> int:
    """How many there are; no more than so many are counted."""
    if not top.height:
        return min(len(top.node) // WIDTH, most)
    return sum(1 for _ in islice(texts_of(top, place, memory), most))


def drop(top: Top, place: str, memory: Memory) -> None:
    """Takes away what stands below the top."""
    below = [(level, bound) for level, node in _nodes(top, place, memory) if level for bound in _cut(node)]
    for level, bound in below:
        memory.put(_key(place, level - 1, bound), None)


def _nodes(top: Top, place: str, memory: Memory) -> Iterator[tuple[int, str]]:
    """Each with its level, a node before those below it."""
    rest = [(top.height, top.node)]
    while rest:
        level, node = rest.pop()
        yield level, node
        if level:
            below = [(level - 1, memory.get(_key(place, level - 1, bound))) for bound in _cut(node)]
            rest.extend(reversed(below))


def _cut(node: str) -> list[str]:
    return [node[at : at + WIDTH] for at in range(0, len(node), WIDTH)]


def _at(node: str, text: str) -> int:
    """Where the first text stands that is not below this one."""
    if text > node[-WIDTH:]:
        return len(node)
    places = range(len(node) // WIDTH)
    return WIDTH * bisect_left(places, text, key=lambda n: node[n * WIDTH : n * WIDTH + WIDTH])


def _key(place: str, level: int, bound: str) -> str:
    return f"{place}.{level}.{bound}"
