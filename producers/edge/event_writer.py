"""The port by which dialects leave events. The writers of an edge share one open group, so events of two topics that
were left in it become durable together; `sealer.py` has the writer of a topic.
"""

import asyncio
from typing import NamedTuple, Protocol


class EventWriter(Protocol):
    """Where a dialect leaves its events. What `durable` returned for survives kill -9 and a power cut."""

    def post(self, partition: int, event: bytes) -> None:
        """Adds one event, the body that its topic's schema has, to the open group. Never blocks."""
        ...

    def durable(self) -> asyncio.Future[None]:
        """Done once everything posted before the call is durable, in other topics too; LogError when it could not be
        written.

        Many wait for one future: it cannot be cancelled, so who is cancelled while waiting harms nobody else, and
        ends when it is done.
        """
        ...


class EventPlace(NamedTuple):
    """Where an event stands for ever: the batch that it is in, and its place there."""

    edge: str
    epoch: int
    offset: int
    at: int
