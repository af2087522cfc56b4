"""StatsMix over UDP. The Ruby gem waits for any datagram back while it debugs, so who was taken is told."""

import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from producers.datagrams import Datagram, taking
from producers.statsmix.intake import Intake

TAKEN = b"ok"


@asynccontextmanager
async def answering(bound: socket.socket, intake: Intake) -> AsyncIterator[None]:
    """Takes the datagrams that come in while the block runs, and answers those that were taken."""

    async def take(datagrams: Sequence[Datagram]) -> None:
        for taken in await intake.datagrams(datagrams):
            with suppress(OSError):  # nobody waits there, or the buffer is full: it is a courtesy
                bound.sendto(TAKEN, taken.sender)

    async with taking(bound, take):
        yield
