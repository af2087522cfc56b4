"""A connection from its beginning to its end: whose it is, how long it may be idle, what its client takes of the
answers, and how it is given up. What is said on it `limited_protocol.py` reads.
"""

import asyncio
import socket
import struct
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from producers.web.clients import NO_PROXIES, NOBODY, Client, Proxies
from producers.web.refusal import refusal
from producers.web.standing import STANDS_S, Standing
from producers.web.targets import path_of

HEAD_S = 10.0
LINGER_S = 2.0  # so long what a refused client still sends is read and thrown away; else it would not get the answer
# A client that has written all it will reads so long at least; it may also be gone, and look like that.
HALF_OPEN_S = 2.0


class Connection(HttpToolsProtocol):
    """uvicorn's, with ends of our own. What its peer says of clients is believed where `proxies` have the peer.

    What has no underscore is for who reads the connection, and may be set there: where its request stands
    (`in_message`, `in_head`, `running`, `idle_since_s`), how it ends (`timer`, `refusal_status`, `is_over`).
    """

    head_s = HEAD_S
    stands_s = STANDS_S
    half_open_s = HALF_OPEN_S
    _standing: Standing  # from the connection's first moment on

    def __init__(self, *args: Any, proxies: Proxies = NO_PROXIES, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.proxies = proxies
        self.peer = NOBODY
        self.address = ""  # the peer's, as turns are counted
        self.is_proxy = False
        self.timer: asyncio.TimerHandle | None = None  # for a head, a body, or what a refused client still sends
        self.in_message = self.in_head = False  # of a request, as who reads it says
        self.refusal_status = HTTPStatus.BAD_REQUEST  # what it is refused with
        self.is_over = self.is_lost = False
        self.idle_since_s: float | None = None
        self.running: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        self.peer = Client.at(self.client[0] if self.client else "", self.scheme or "http")
        self.address = self.peer.network
        self.is_proxy = self.proxies.trust(self.peer.address)
        self._standing = Standing(transport, self.stands_s)
        self.start_timer(self.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_over = self.is_lost = True
        self.stop_timer()
        self._standing.stop()
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None
        for cycle in (self.running, *(waiting for waiting, _ in self.pipeline)):  # uvicorn's own tells the newest
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
        self.pipeline.clear()
        super().connection_lost(exc)
        # Each knows this connection: a circle would keep it, and TLS's buffers, until the collector looks (garbage.py).
        self.cycle = self.running = self.scope = None  # type: ignore[assignment] # as before its first request

    def is_answering(self) -> bool:
        """Whether the newest request has no whole answer yet."""
        return self.cycle is not None and not self.cycle.response_complete

    # What the client takes of its answers.

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_writing()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.transport.is_closing():
            self._standing.stop()

    def _watch_writing(self) -> None:
        if not self.is_lost:
            self._standing.watch()

    # Between requests: one timer for many, since to set and to cancel one costs a microsecond.

    def on_response_complete(self) -> None:
        """As uvicorn's own, which sets a timer each time, and counts for a limit that we do not set."""
        if self.transport.is_closing():
            self._watch_writing()
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self.be_idle()

    def be_idle(self) -> None:
        """Nothing is asked from now on: after a while without a request it is closed."""
        self.idle_since_s = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._look_at_idleness_in(self.timeout_keep_alive)

    def _look_at_idleness_in(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _unset_keepalive_if_required(self) -> None:
        self.idle_since_s = None

    def timeout_keep_alive_handler(self) -> None:
        self.timeout_keep_alive_task = None
        if self.idle_since_s is None:  # the end of the request that runs sets the next one
            return
        left_s = self.idle_since_s + self.timeout_keep_alive - self.loop.time()
        if left_s > 0:
            self._look_at_idleness_in(left_s)
            return
        super().timeout_keep_alive_handler()
        self._watch_writing()  # it closes when all is written

    # How it ends.

    def start_timer(self, seconds: float) -> None:
        """Ends it then, unless the timer is stopped before."""
        self.timer = self.loop.call_later(seconds, self.end)

    def stop_timer(self) -> None:
        """What was waited for has come."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def end(self) -> None:
        """Closes the connection, once what is whole is answered."""
        self.timer = None
        if self.is_answering() and not self.cycle.disconnected:
            self.is_over = True
            self.cycle.keep_alive = False
        else:
            self.transport.close()

    def give_up_half_open(self) -> None:
        """An answer that has begun finds out by itself whether somebody reads it."""
        if self.running is not None and not self.running.response_started:
            self.transport.abort()

    def give_up(self) -> None:
        """The rest of a body has not come."""
        self.timer = None
        self.refusal_status = HTTPStatus.REQUEST_TIMEOUT
        self.refuse()

    def refuse(self) -> None:
        """Answers what is no request, or one too large, and ends. The answer is in the form of the path's dialect,
        where the path has come.
        """
        self.is_over = True
        self.stop_timer()
        if self.is_answering():
            if not self.cycle.more_body:
                self.end()  # the request before it is whole
                return
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.in_message and not self.in_head and (self.cycle.response_started or self.cycle.response_complete):
            self.transport.close()  # a body went wrong behind its answer
            return
        self.transport.write(self.refused_with(path_of(self.url) if self.in_message else None))
        if not self.transport.can_write_eof():
            self.transport.close()
            return
        self.transport.write_eof()
        self.flow.resume_reading()
        self.start_timer(LINGER_S)

    def refused_with(self, path: str | None) -> bytes:
        """The answer to what is refused at a path."""
        return refusal(self.refusal_status, path)

    def reset(self) -> None:
        """Ends at once; in HTTP/1.0 with a reset, since a plain end would make what was written a whole answer."""
        connected = self.transport.get_extra_info("socket")
        is_old = self.running is not None and self.running.scope["http_version"] < "1.1"
        if is_old and connected is not None and connected.fileno() >= 0:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
