"""The items of a list in JSON, each by itself: where the whole is no JSON, what is wrong in one item spoils that one.

Where an item ends is told by quotes and brackets alone, so these have to be in pairs.
"""

import re
from collections.abc import Callable

ITEMS_MAX = 2_000  # a batch has a thousand; each that is no JSON costs three microseconds
PARTS_MAX = 20_000  # some 6 ms; an item has two, and two more for each bracket in it that has brackets in it
_PAIRS = {"[": "]", "{": "}"}
_LIST = ["{", "["]  # it stands in the outermost object

# What has no brackets in it is one part, as most items are; else a string (one that never ends, too), a bracket or a
# comma.
_STRING = r'"(?:[^"\\]++|\\.)*+"'
_PART = re.compile(rf'[\[{{](?:{_STRING}|[^"\[\]{{}}]++)*+[\]}}]|{_STRING}?|[\[\]{{}},]', re.DOTALL)


def with_bad_items_replaced(text: str, decode: Callable[[str], object], in_place: str) -> str:
    """The text, with `in_place` for each item of a list in its outermost object that `decode` does not take. An empty
    place between two commas is one, too. Raises ValueError where brackets are not in pairs, or where there is too much.
    """
    opened: list[str] = []
    pieces: list[str] = []
    begin, items = 0, 0
    for number, part in enumerate(_PART.finditer(text)):
        first, last = text[part.start()], text[part.end() - 1]
        is_flat = first in _PAIRS and part.end() > part.start() + 1
        if number > PARTS_MAX or items > ITEMS_MAX or (is_flat and _PAIRS[first] != last):
            raise ValueError
        if is_flat or first == '"':
            continue
        if opened == _LIST and first in ",]":
            pieces += [_item(text[begin : part.start()], decode, in_place), first]
            begin, items = part.end(), items + 1
        if first in _PAIRS:
            opened.append(first)
            if opened == _LIST:
                pieces.append(text[begin : part.end()])
                begin = part.end()
        elif first != "," and (not opened or _PAIRS[opened.pop()] != first):
            raise ValueError
    return "".join([*pieces, text[begin:]])


def _item(text: str, decode: Callable[[str], object], in_place: str) -> str:
    try:
        decode(text)
    except (ValueError, RecursionError):
        return in_place
    return text
