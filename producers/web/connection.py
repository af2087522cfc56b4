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
    """uvicorn's, with ends of our own. What its peer says of clients is believed where `proxies` have the peer."""

    head_s = HEAD_S
    stands_s = STANDS_S
    half_open_s = HALF_OPEN_S
    _standing: Standing  # from the connection's first moment on

    def __init__(self, *args: Any, proxies: Proxies = NO_PROXIES, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._proxies = proxies
        self._peer = NOBODY
        self._address = ""  # the peer's, as turns are counted
        self._is_proxy = False
        self._timer: asyncio.TimerHandle | None = None  # for a head, a body, or what a refused client still sends
        self._in_message = self._in_head = False  # of a request, as who reads it says
        self._status = HTTPStatus.BAD_REQUEST  # what it is refused with
        self._is_over = self._is_lost = False
        self._idle_since_s: float | None = None
        self._running: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        self._peer = Client.at(self.client[0] if self.client else "", self.scheme or "http")
        self._address = self._peer.network
        self._is_proxy = self._proxies.trust(self._peer.address)
        self._standing = Standing(transport, self.stands_s)
        self._start_timer(self.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_over = self._is_lost = True
        self._stop_timer()
        self._standing.stop()
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None
        for cycle in (self._running, *(waiting for waiting, _ in self.pipeline)):  # uvicorn's own tells the newest
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
        self.pipeline.clear()
        super().connection_lost(exc)
        # Each knows this connection: a circle would keep it, and TLS's buffers, until the collector looks (garbage.py).
        self.cycle = self._running = self.scope = None  # type: ignore[assignment] # as before its first request

    def _is_answering(self) -> bool:
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
        if not self._is_lost:
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
            self._keep_alive()

    def _keep_alive(self) -> None:
        self._idle_since_s = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._look_at_idleness_in(self.timeout_keep_alive)

    def _look_at_idleness_in(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _unset_keepalive_if_required(self) -> None:
        self._idle_since_s = None

    def timeout_keep_alive_handler(self) -> None:
        self.timeout_keep_alive_task = None
        if self._idle_since_s is None:  # the end of the request that runs sets the next one
            return
        left_s = self._idle_since_s + self.timeout_keep_alive - self.loop.time()
        if left_s > 0:
            self._look_at_idleness_in(left_s)
            return
        super().timeout_keep_alive_handler()
        self._watch_writing()  # it closes when all is written

    # How it ends.

    def _start_timer(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._end)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end(self) -> None:
        """Closes the connection, once what is whole is answered."""
        self._timer = None
        if self._is_answering() and not self.cycle.disconnected:
            self._is_over = True
            self.cycle.keep_alive = False
        else:
            self.transport.close()

    def _give_up_half_open(self) -> None:
        """An answer that has begun finds out by itself whether somebody reads it."""
        if self._running is not None and not self._running.response_started:
            self.transport.abort()

    def _give_up(self) -> None:
        """The rest of a body has not come."""
        self._timer = None
        self._status = HTTPStatus.REQUEST_TIMEOUT
        self._refuse()

    def _refuse(self) -> None:
        """Answers what is no request, or one too large, and ends. The answer is in the form of the path's dialect,
        where the path has come.
        """
        self._is_over = True
        self._stop_timer()
        if self._is_answering():
            if not self.cycle.more_body:
                self._end()  # the request before it is whole
                return
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self._in_message and not self._in_head and (self.cycle.response_started or self.cycle.response_complete):
            self.transport.close()  # a body went wrong behind its answer
            return
        self.transport.write(refusal(self._status, path_of(self.url) if self._in_message else None))
        if not self.transport.can_write_eof():
            self.transport.close()
            return
        self.transport.write_eof()
        self.flow.resume_reading()
        self._start_timer(LINGER_S)

    def _reset(self) -> None:
        """Ends at once; in HTTP/1.0 with a reset, since a plain end would make what was written a whole answer."""
        connected = self.transport.get_extra_info("socket")
        is_old = self._running is not None and self._running.scope["http_version"] < "1.1"
        if is_old and connected is not None and connected.fileno() >= 0:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
