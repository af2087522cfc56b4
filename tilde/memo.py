"""Remembers what was made, by what it was made of, so that it is not made again. Pure."""

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Memo(dict[K, V]):
    """What was made, by what it was made of; a key of which nothing is kept is looked up as in any dict.

    It has at most `entries_max` entries: where there is no room for one more, all are forgotten. What is needed again
    is soon there again, and who keeps the order in which entries were used pays for that with every look-up.
    """

    __slots__ = ("_entries_max",)

    def __init__(self, entries_max: int) -> None:
        super().__init__()
        self._entries_max = entries_max

    def keep(self, key: K, made: V) -> V:
        """Keeps what was made, and returns it."""
        if len(self) >= self._entries_max:
            self.clear()
        self[key] = made
        return made
