"""What a product calls its events, and its properties: each name has an index, from 1, in the order of the log, and
when it was used and sent first and last.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tilde.domain.people.memory import Memory, record_bytes

NAMES_MAX = 65_535  # of events, and as many of properties, of a product
TOUCHED_BYTES_MAX = 3 << 19  # of records of names, with one message; a product has some dozens of names
_NUMBERS = (0,) * 6


class TooManyNamesError(Exception):
    """There are too many names to take one more: of a product, or at once, as the text says."""


class Name(NamedTuple):
    """A name of an event or of a property, and the product whose it is."""

    product: int
    text: str


@dataclass(slots=True)
class UsageSoFar:
    """What is known of a name as of the message that is folded. `total`: how many people did it in how many seconds; of
    a property 0. Used is when it was done, in seconds; sent when it was received, in milliseconds.
    """

    index: int
    total: int
    first_used_at: int
    last_used_at: int
    first_sent_ms: int
    last_sent_ms: int

    def use(self, at: int, received_at: int) -> None:
        """Counts a use in: when it was done, and when it was received, may be a new first or last time."""
        if at > self.last_used_at:
            self.last_used_at = at
        elif at < self.first_used_at:
            self.first_used_at = at
        if received_at > self.last_sent_ms:
            self.last_sent_ms = received_at
        elif received_at < self.first_sent_ms:
            self.first_sent_ms = received_at


class Vocabulary:
    """The names that one message is about, of events or of properties. `kind` is durable: a letter that no other kind
    has.
    """

    def __init__(self, kind: str, memory: Memory) -> None:
        self._kind = kind
        self._memory = memory
        self._touched: dict[Name, UsageSoFar] = {}
        self._new: dict[int, int] = {}  # how many names a product has, where some are new
        self.bytes = 0
        """How large the records of what was touched are, at most."""

    def used(self, name: Name, at: int, received_at: int) -> UsageSoFar:
        """A name is used; at its first time it gets its index. Raises TooManyNamesError."""
        usage = self._touched.get(name)
        if usage is None:
            usage = self._touched[name] = self._touch(name, at, received_at)
        usage.use(at, received_at)
        return usage

    def bytes_of(self, product: int, indexes: Collection[int]) -> int:
        """How much larger the records are where these names are touched, too."""
        names = (Name(product, self._memory.get(self._number(product, index))) for index in indexes)
        return sum(self._record_bytes(name) for name in names if name not in self._touched)

    def lose(self, product: int, index: int, many: int) -> None:
        """Takes so many off again that turned out to be counted twice."""
        name = Name(product, self._memory.get(self._number(product, index)))
        usage = self._touched.get(name)
        if usage is None:
            usage = self._touched[name] = UsageSoFar(*self._memory.get(self._place(name)))
            self.bytes += self._record_bytes(name)
        usage.total -= many

    def touched(self) -> Iterator[tuple[Name, UsageSoFar]]:
        """What has changed, in the order of first changes."""
        yield from self._touched.items()

    def keep(self) -> None:
        """Puts what has changed into the memory."""
        for name, usage in self._touched.items():
            kept = [usage.index, usage.total, usage.first_used_at, usage.last_used_at]
            self._memory.put(self._place(name), [*kept, usage.first_sent_ms, usage.last_sent_ms])
        for product, many in self._new.items():
            self._memory.put(self._count(product), [many])

    def _touch(self, name: Name, at: int, received_at: int) -> UsageSoFar:
        larger = self.bytes + self._record_bytes(name)
        if larger > TOUCHED_BYTES_MAX:
            raise TooManyNamesError("too many names at once")
        kept = self._memory.get(self._place(name))
        if kept is None:
            usage = UsageSoFar(self._next_index(name.product), 0, at, at, received_at, received_at)
            self._memory.put(self._number(name.product, usage.index), name.text)
        else:
            usage = UsageSoFar(*kept)
        self.bytes = larger
        return usage

    def _record_bytes(self, name: Name) -> int:
        """That of its usage, and that of its number, which is written where it is new."""
        number = record_bytes(self._number(name.product, NAMES_MAX), name.text)
        return record_bytes(self._place(name), _NUMBERS) + number

    def _next_index(self, product: int) -> int:
        many = self._new.get(product)
        if many is None:
            (many,) = self._memory.get(self._count(product)) or (0,)
        if many >= NAMES_MAX:
            raise TooManyNamesError(f"a product has at most {NAMES_MAX} such names")
        self._new[product] = many + 1
        return many + 1

    def _place(self, name: Name) -> str:
        return f"{self._kind}{name.product}.{name.text}"

    def _number(self, product: int, index: int) -> str:
        return f"{self._kind}{product}#{index}"

    def _count(self, product: int) -> str:
        return f"{self._kind}{product}"
