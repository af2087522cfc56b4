"""What a processor is: a pure fold from one topic's messages to messages of output topics. Both drivers run the same
ones.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Protocol

from streams.state import State
from tilde.domain.log.versions import version_at
from tilde.schemas.topics import Topic

Outputs = defaultdict[str, list[bytes]]
"""Encoded messages by output topic, in order. They go to the partition of the message they came from."""


def no_outputs() -> Outputs:
    """An empty collection to fold into."""
    return defaultdict(list)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One decoded message and where it stood."""

    partition: int
    offset: int
    message: dict[str, Any]

    def version(self, place: int) -> int:
        """The version of the row that the event at `place` of this message gives."""
        return version_at(self.offset, place)


class Processor(Protocol):
    """Called by a driver for one partition at a time, with messages in order, none twice, none left out.

    `name` is durable: positions are kept under it. What `fold` adds to `outputs` follows from the messages alone, so a
    replay gives the same rows; what it remembers between calls by itself may only save work. What has to be remembered
    stands in `state`, that of the delivery's partition: it is made durable with the position. It never blocks and never
    raises for a single bad event: that goes to the dead letters.
    """

    @property
    def name(self) -> str: ...

    @property
    def source(self) -> Topic: ...

    @property
    def outputs(self) -> tuple[Topic, ...]: ...

    def forget(self) -> None:
        """Drops what is remembered between calls: outputs that were folded will never be written."""
        ...

    def fold(self, delivery: Delivery, outputs: Outputs, state: State) -> None:
        """Adds the messages that `delivery` gives, and changes the state."""
        ...
