"""A proxy before a broker that loses acknowledgements: the broker has the batch, the client never hears of it."""

import asyncio
import contextlib
import random
import struct
from collections.abc import Callable
from typing import Self

PRODUCE = 0
METADATA = 3
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class KafkaProxy:
    """Passes requests on, one message after the other. Of the answers to Produce it loses `loss` (0 to 1) and hangs up.

    Clients stay on the proxy: in the answers that name the broker's port it puts its own.
    """

    def __init__(self, broker: str, seed: int, loss: float) -> None:
        host, _, port = broker.partition(":")
        self._broker = host, int(port)
        self._random = random.Random(seed)  # noqa: S311 - it has to be repeatable
        self._loss = loss
        self._connections: set[asyncio.Task[None]] = set()
        self.lost = 0
        self.passed = 0
        self.when_lost: Callable[[], object] | None = None
        """Called when one was lost, before its client can know."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    @property
    def bootstrap(self) -> str:
        """The address for clients."""
        return f"127.0.0.1:{self._port}"

    async def _serve(self, *client: asyncio.StreamReader | asyncio.StreamWriter) -> None:
        reader, writer = client
        assert isinstance(reader, asyncio.StreamReader)
        assert isinstance(writer, asyncio.StreamWriter)
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            upstream = await asyncio.open_connection(*self._broker)
            try:
                await self._exchange((reader, writer), upstream)
            finally:
                upstream[1].close()
        writer.close()
        self._connections.discard(task)

    async def _exchange(self, client: Streams, broker: Streams) -> None:
        """A broker answers the requests of a connection in turn, so nothing overtakes anything here."""
        while True:
            request = await _message(client[0])
            api, version = struct.unpack_from(">hh", request)
            _send(broker[1], request)
            answer = await _message(broker[0])
            if api == PRODUCE:
                if self._random.random() < self._loss:
                    self.lost += 1
                    if self.when_lost is not None:
                        self.when_lost()
                    return
                self.passed += 1
            _send(client[1], self._renamed(answer, version) if api == METADATA else answer)

    def _renamed(self, metadata: bytes, version: int) -> bytes:
        """The answer with our port in the place of each broker's."""
        answer = bytearray(metadata)
        at = 4 + (4 if version >= 3 else 0)  # noqa: PLR2004 - correlation id; the throttle time came with version 3
        (brokers,) = struct.unpack_from(">i", answer, at)
        at += 4
        for _ in range(brokers):
            (host_bytes,) = struct.unpack_from(">h", answer, at + 4)
            at += 6 + host_bytes
            struct.pack_into(">i", answer, at, self._port)
            (rack_bytes,) = struct.unpack_from(">h", answer, at + 4) if version >= 1 else (0,)
            at += 6 + max(0, rack_bytes)
        return bytes(answer)


async def _message(reader: asyncio.StreamReader) -> bytes:
    (length,) = struct.unpack(">i", await reader.readexactly(4))
    return await reader.readexactly(length)


def _send(writer: asyncio.StreamWriter, message: bytes) -> None:
    writer.write(struct.pack(">i", len(message)) + message)
