"""What a processor is: a pure fold from one topic's messages to messages of output topics. Both drivers run the same
ones.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from streams.state import State
from tilde.domain.catalog.state import Catalog
from tilde.domain.log.versions import version_at
from tilde.schemas.topics import Topic

Outputs = defaultdict[str, list[bytes]]
"""Encoded messages by output topic, in order. They go to the partition of the message they came from."""


no_outputs: Callable[[], Outputs] = partial(defaultdict, list)
"""An empty collection to fold into."""


@dataclass(frozen=True, slots=True)
class Message:
    """One decoded message and where it stood."""

    partition: int
    offset: int
    content: dict[str, Any]
    """Of a sealed batch with its `events`: as `tilde/schemas/reading.py` reads the topic.
    """
    sequence: int
    """The entry of `catalog` as of which things are looked up for it: the last one that its edge had read."""

    def version(self, place: int) -> int:
        """The version of the row that the event at `place` of this message gives."""
        return version_at(self.offset, place)


class AsOf(Protocol):
    """The catalog, for a processor that looks things up in it. It asks dated values (`Dated`) as of the message's
    sequence, so that a replay, which has read on to the end long before, gives the same answer:

        zones = self.as_of.catalog.zones
        zone = zones[site].at(message.sequence) if site in zones else None

    Whatever else stands there is as of now, and no output may follow from it.
    """

    @property
    def catalog(self) -> Catalog:
        """The copy of this process. A driver folds nothing before it has the entry that the message names; it may have
        more, and get more meanwhile.
        """
        ...

    async def read_to_end(self) -> None:
        """For drivers: takes in everything that was decided before the call. Raises LogError."""
        ...


class _NoCatalog:
    """An AsOf that has read nothing, and never will."""

    catalog = Catalog()

    async def read_to_end(self) -> None:
        return


NO_CATALOG: AsOf = _NoCatalog()
"""For processors that are asked what they are called and read, and fold nothing."""


class Processor(Protocol):
    """Called by a driver for one partition at a time, with messages in order, none twice, none left out.

    `name` is durable: positions are kept under it. What `fold` adds to `outputs` follows from the message, from the
    state that the messages before it have left, and from the catalog as of it, so a replay gives the same rows; what it
    remembers between calls by itself may only save work. What has to be remembered stands in `state`, that of the
    message's partition: it is made durable with the position, all or nothing. `fold` never blocks and never raises for
    a single bad event: that goes to the dead letters.
    """

    @property
    def name(self) -> str: ...

    @property
    def source(self) -> Topic: ...

    @property
    def outputs(self) -> tuple[Topic, ...]: ...

    @property
    def remembers(self) -> bool:
        """Whether it keeps anything in `state`. Then, on Kafka, each of its flushes is a transaction."""
        ...

    @property
    def as_of(self) -> AsOf | None:
        """What it looks things up in; None where it needs nothing of the catalog, and then never waits for it."""
        ...

    def forget(self) -> None:
        """Drops what is remembered between calls: outputs that were folded will never be written."""
        ...

    def fold(self, message: Message, outputs: Outputs, state: State) -> None:
        """Adds the rows, or other messages, that `message` gives, and changes the state."""
        ...


class PlainProcessor:
    """What a processor is as long as it does not say otherwise: it keeps no state, looks nothing up, and remembers
    nothing between calls by itself.
    """

    remembers: bool = False
    as_of: AsOf | None = None

    def forget(self) -> None:
        """There is nothing."""
        return
