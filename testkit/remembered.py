"""What this process remembers: who holds some texts, wherever that is."""

import gc
from collections.abc import Iterator
from typing import Any


def holders_of(*backwards: str) -> dict[str, set[str]]:
    """The types of all objects that hold one of these texts, or a longer one that has it, or their bytes; without those
    that nobody holds. They are given backwards: who asks would else hold them himself.
    """
    gc.collect()
    found: dict[str, set[str]] = {}
    for holder in gc.get_objects():
        held = "\n".join(_texts(holder))
        for each in backwards:
            if each in held[::-1]:
                found.setdefault(each, set()).add(type(holder).__name__)
    return found


def _texts(holder: Any) -> Iterator[str]:
    """Also of what it holds that the collector does not follow: keys of a dict, tuples of texts."""
    keys = list(holder) if isinstance(holder, dict) else []
    for each in (*gc.get_referents(holder), *keys):
        if isinstance(each, str):
            yield each
        elif isinstance(each, bytes | bytearray):
            yield each.decode("latin-1")
        elif isinstance(each, tuple | dict) and not gc.is_tracked(each):
            yield from _texts(each)
