"""What a watcher is: it looks at what happened, in topics or on a clock, and says what follows from it: commands, and
letters. What follows becomes durable together with how far it has looked, and goes out only then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tilde.domain.catalog.entries import Action
from tilde.schemas.topics import Topic
from watchers.occasions import Occasions


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a topic, as `tilde/schemas/reading.py` reads it, and where it stood: events of `stats`, `hits` and
    `activity` are cut into pieces, and `decoded` gives back what those of `stats` and `activity` say. `is_old`: it was
    there before the watcher was, so nothing that follows from it goes out, now or later: it is looked at for what is to
    be remembered.
    """

    topic: str
    partition: int
    offset: int
    content: dict[str, Any]
    is_old: bool = False


@dataclass(frozen=True, slots=True)
class Occasion:
    """A moment that the clock has come to (unix milliseconds), and what the watcher's `read` has found for it."""

    at_ms: int
    found: Any = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A command for the decider, which decides it once, however often it is sent."""

    action: Action


@dataclass(frozen=True, slots=True)
class Send:
    """A letter: bytes for a destination, by its name. No address of a person is in them, since they may lie in the
    outbox for days: the destination looks it up, as it does what the letter shows of the tables.
    """

    destination: str
    body: bytes


Effect = Ask | Send


class Memory(Protocol):
    """What a watcher remembers: JSON values by key, over all partitions and the clock."""

    def get(self, key: str) -> Any:
        """The value of a key; None where there is none."""
        ...

    def put(self, key: str, value: Any) -> None:
        """Remembers it; None forgets the key. Durable together with the effects of the same look."""
        ...

    def items(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """The keys that begin with `prefix`, in order, and their values. Nothing may be put while they are read."""
        ...


class Watcher(Protocol):
    """Made with the parts (`watchers/parts.py`), of which it keeps what it needs.

    `name` is durable: letters, digits and `_`; positions, memory and identities are kept under it.

    `topics`: raw ones, or `catalog`, since offsets of the others are not for ever. `occasions`: when it looks at the
    clock; None for never. `learns`: whether its first start looks at all that stands in the topics by then, so that it
    remembers; nothing that follows from that goes out. Otherwise it begins with what comes then.
    """

    @property
    def name(self) -> str: ...

    @property
    def topics(self) -> tuple[Topic, ...]: ...

    @property
    def occasions(self) -> Occasions | None: ...

    @property
    def learns(self) -> bool: ...

    async def read(self, at_ms: int) -> Any:
        """What an occasion needs of the tables, read before `look`; None where it needs nothing. Only this watcher's
        clock waits for it. Raises StoreError where they cannot be read: the occasion comes again, later.
        """
        ...

    def look(self, at: Message | Occasion, memory: Memory) -> Sequence[Effect]:
        """What follows. Pure: of the same message or occasion, with the same memory, the same follows; a crash before
        it is durable repeats the look. Each message and each occasion is looked at once, those of a partition in order.
        """
        ...


class RefusedForGoodError(Exception):
    """A destination will never take this letter. The text names no address of a person: it is told to the operator."""


class NotNowError(Exception):
    """A destination cannot take the letter now, or cannot be reached. As for its text, see above."""


class Destination(Protocol):
    """Where letters go. `name` is durable."""

    @property
    def name(self) -> str: ...

    async def deliver(self, id_: str, body: bytes) -> None:
        """Returns once the letter is there for good. May take its time: others go out beside it.

        Called again with the same id where a crash, or an error, hid whether it was: a destination that keeps ids has
        it once then. Raises RefusedForGoodError, NotNowError.
        """
        ...


class Commands(Protocol):
    """The way into topic `commands`."""

    async def send(self, batches: Sequence[bytes]) -> int:
        """Appends sealed batches, in order. Returns how many are durable there: all, or those before the first of which
        it cannot be known. Raises LogError where that is the first of all. Sent again they are the same commands, and
        are decided once.
        """
        ...
