"""A connection of an edge without a socket: what a client sends goes in by pieces, what it would read is kept."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from producers.web.app import EdgeApp
from producers.web.clients import NO_PROXIES, Proxies
from producers.web.lane_protocol import LaneProtocol
from producers.web.turns import Turns

CLIENT = ("192.0.2.1", 1234)
_TURNS_MAX = 10_000
_QUIET_TURNS = 40  # of the loop, in which nothing is written: then nothing will, since nothing here waits for a clock


class _Transport(asyncio.Transport):
    """Keeps what is written. As a real one it says that it is closed in a later turn of the loop."""

    def __init__(self, peer: tuple[str, int]) -> None:
        super().__init__()
        self._peer = peer
        self.written = bytearray()
        self.is_closed = False
        self.protocol: HttpToolsProtocol | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self.is_closed:
            self.written += data

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            asyncio.get_running_loop().call_soon(self.lose)

    abort = close

    def lose(self) -> None:
        self.is_closed = True
        if self.protocol is not None:
            protocol, self.protocol = self.protocol, None
            protocol.connection_lost(None)

    def is_closing(self) -> bool:
        return self.is_closed

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        """What is written after it would not arrive."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": self._peer, "sockname": ("192.0.2.2", 80)}.get(name, default)

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        """It reads nothing by itself."""

    def resume_reading(self) -> None:
        """Nor here."""


@dataclass
class Wires:
    """The connections of one edge: `open` them on its loop."""

    app: EdgeApp
    turns: Turns = field(default_factory=Turns)
    proxies: Proxies = NO_PROXIES

    def __post_init__(self) -> None:
        self._config = uvicorn.Config(
            self.app, lifespan="off", access_log=False, log_level="critical", proxy_headers=False
        )
        self._config.load()
        self.state = ServerState()
        self.state.default_headers = [(b"date", b"Sat, 28 Nov 2026 12:00:00 GMT")]

    def open(self, address: str = CLIENT[0]) -> "Wire":
        """One more, of a peer."""
        return Wire(self, address)

    def connect(self, transport: _Transport) -> LaneProtocol:
        """What uvicorn makes of a connection."""
        protocol = LaneProtocol(
            config=self._config,
            server_state=self.state,
            app_state={},
            lanes=self.app.lanes,
            turns=self.turns,
            proxies=self.proxies,
        )
        transport.protocol = protocol
        protocol.connection_made(transport)
        return protocol


class Wire:
    """One connection."""

    def __init__(self, wires: Wires, address: str) -> None:
        self._transport = _Transport((address, CLIENT[1]))
        self.protocol = wires.connect(self._transport)

    @property
    def written(self) -> bytes:
        """What the client has been sent so far."""
        return bytes(self._transport.written)

    @property
    def is_closed(self) -> bool:
        """By the edge, or by the client."""
        return self._transport.is_closed

    def send(self, data: bytes) -> None:
        """One packet of the client's, at once."""
        if not self._transport.is_closed:
            self.protocol.data_received(data)

    def leave(self) -> None:
        """The client has gone, in this very turn of the loop."""
        self._transport.lose()

    def end(self) -> None:
        """The client has written all it will; it reads on."""
        if not self._transport.is_closed and not self.protocol.eof_received():
            self._transport.close()

    async def settled(self) -> None:
        """Returns when nothing more is going to happen by itself."""
        quiet = 0
        for _ in range(_TURNS_MAX):
            before = len(self._transport.written), self._transport.is_closed
            await asyncio.sleep(0)
            is_quiet = before == (len(self._transport.written), self._transport.is_closed)
            quiet = quiet + 1 if is_quiet else 0
            if quiet == _QUIET_TURNS:
                return
        raise AssertionError("it does not come to rest")
