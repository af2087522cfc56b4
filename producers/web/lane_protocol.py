"""A connection that looks into the lanes first. Its limits, the order of its answers and its end treat a request in a
lane as any other: it runs or waits in line, it is whole or not, it has an answer or not.

    the same head as once before, and a whole body -- no parser --> in a lane
    all others -- parser --> head --> in a lane, or an ASGI request at once
                                        | a body in pieces, cut off, not the lane's, a log that fails
                                        +--> an ASGI request from now on
"""

from functools import partial
from http import HTTPStatus
from typing import Any

from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, HTTPScope
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from producers.web.clients import Client
from producers.web.lane import Answer, Head, LaneRequest, Lanes
from producers.web.limited_protocol import LimitedProtocol
from tilde.eventlog import LogError


class LaneProtocol(LimitedProtocol):
    """One connection, as uvicorn makes it (`http=partial(LaneProtocol, lanes=app.lanes, turns=app.turns)`)."""

    def __init__(self, *args: Any, lanes: Lanes, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_plain = not self.config.access_log and not self.root_path  # as our server is; for these a scope is read
        self._lanes = lanes if is_plain else Lanes()
        self._unsent: Answer | None = None
        self._begun = 0  # messages, since the last data came

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        if (
            self.in_message
            or self.untold_bytes
            or self.unread
            or not (before is None or before.response_complete)
            or (request := self._lanes.known(data)) is None
        ):
            super().data_received(data)
            return
        self.idle_since_s = None
        if self.timer is not None:
            self.stop_timer()
        request.is_used = self.running is not None
        self.cycle = self.running = request
        self._begin(request)

    def read(self, data: bytes) -> None:
        before, begins_here = self.cycle, not self.in_message
        self._begun = 0
        super().read(data)
        request = self._laned(self.cycle)
        if request is None:
            return
        if request.more_body:
            if request.text is not None:  # while its rest is waited for, a body is counted; the lane does not do that
                self._declare(request)
        elif begins_here and self._begun == 1 and request is not before and data.isascii():
            self._lanes.remember(data, request.head)

    def refused_with(self, path: str | None) -> bytes:
        lane = None if path is None else self._lanes.at(path.encode())
        if lane is None or lane.too_long is None or self.refusal_status is not HTTPStatus.REQUEST_URI_TOO_LONG:
            return super().refused_with(path)
        return lane.too_long().written(self.server_state.default_headers, is_last=True)

    @staticmethod
    def _laned(cycle: RequestResponseCycle | None) -> LaneRequest | None:
        """A request as long as it is in a lane."""
        return cycle if isinstance(cycle, LaneRequest) and not cycle.is_declared else None

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begun += 1

    def begin_exchange(self) -> None:
        lane = None if self.expect_100_continue else self._lanes.at(self.url)
        if lane is not None:
            parser = self.parser
            version = parser.get_http_version()
            keep_alive = version != "1.0" and parser.should_keep_alive()
            head = lane.head(parser.get_method(), self.url, self.headers, version, keep_alive=keep_alive)
            if head is not None:
                if self.is_proxy:
                    head = head._replace(forwarded=self.proxies.forwarded(head.headers))
                self._enter(LaneRequest(head))
                return
        super().begin_exchange()

    def _enter(self, request: LaneRequest) -> None:
        """It begins when it is whole and all before it are answered."""
        before, self.cycle = self.cycle, request
        if before is None or before.response_complete:
            self._start_asgi_task(request, self.app)
        else:
            self.pipeline.appendleft((request, self.app))

    def on_body(self, body: bytes) -> None:
        request = self._laned(self.cycle)
        if request is not None and request.text is None:
            self.has_advanced = True
            request.text = body
            self.lengthen_line(len(body))
            return
        if request is not None:
            self._declare(request)
        super().on_body(body)

    def on_message_complete(self) -> None:
        request = self._laned(self.cycle)
        is_awaited = request is not None and request.more_body  # else this is the end of an offer to upgrade, behind it
        super().on_message_complete()
        if request is not None and is_awaited and not request.more_body and request is self.running:
            self._begin(request)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        request = self._laned(cycle)
        if request is None:
            super()._start_asgi_task(cycle, app)
            return
        request.is_used = self.has_its_turn(request)
        if not request.more_body:  # it has stood in line
            self._begin(request)

    def _begin(self, request: LaneRequest) -> None:
        address, weight = self._told_whose(request), request.head.weight
        if self.turns.may_begin(address, weight):
            self._take(request)
        else:
            self.turns.wait(address, partial(self._take, request), weight)

    def _told_whose(self, request: LaneRequest) -> str:
        """Tells it whose it is, where it wants that; returns the address that its turn is counted for."""
        if self.is_proxy:
            request.client = client = self._client_of(request.head)
            return client.network
        if request.head.lane.wants_client:
            request.client = self.peer
        return self.address

    def _client_of(self, head: Head) -> Client:
        """Whose a request is whose peer is a proxy. Its head may have been read first of somebody who is none."""
        return (head.forwarded or self.proxies.forwarded(head.headers)).over(self.peer)

    def _take(self, request: LaneRequest) -> None:
        if self.is_lost:
            return
        try:
            taken = request.head.lane.take(request)
        except Exception as bug:  # noqa: BLE001 - as an application's: it is told, and answered 500
            self._go_on(request, partial(_raise, bug))
            return
        if taken is None:
            self._go_on(request, self.app)
        else:
            self._lanes.wait(self, taken)

    def answer(self, answer: Answer) -> None:
        """As Waiting.answer: to the request that runs."""
        request = self.running
        if request is None:  # its client has gone
            return
        if self.flow.write_paused:
            self._unsent = answer
            return
        request.response_started = request.response_complete = True
        is_last = not request.keep_alive
        self.transport.write(answer.written(self.server_state.default_headers, is_last=is_last))
        if is_last:
            self.transport.close()
        has_more_to_do = self.pipeline or self.flow.read_paused or self.timeout_keep_alive_task is None
        if has_more_to_do or self.transport.is_closing():
            self.on_response_complete()
        else:  # then that would do this alone, in three calls
            self.idle_since_s = self.loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unsent is not None:
            answer, self._unsent = self._unsent, None
            self.answer(answer)

    def fail(self, error: BaseException) -> None:
        """As Waiting.fail: the declared route says why; or it takes the request, where the log is well again."""
        request = self.running
        if isinstance(request, LaneRequest):
            self._go_on(request, self.app if isinstance(error, LogError) else partial(_raise, error))

    def _go_on(self, request: LaneRequest, app: ASGI3Application) -> None:
        """Has an application answer a request that is whole, and has begun."""
        self._leave_lane(request)
        self.run(request, self.with_ours(request, app, is_used=request.is_used))

    def _declare(self, request: LaneRequest) -> None:
        """Takes a request that is not whole out of its lane."""
        self._leave_lane(request)
        if request is self.running:
            self.start_declared(request, self.app, is_used=request.is_used)

    def _leave_lane(self, request: LaneRequest) -> None:
        if self.is_proxy:
            request.declare(self, *self.told_of(request.head.headers))
        else:
            request.declare(self, self.client, self.scheme or "http")

    # What will not be whole is the declared route's to count.

    def connection_lost(self, exc: Exception | None) -> None:
        self._declare_cut_off()
        try:
            self._take_what_waits()
        finally:
            super().connection_lost(exc)

    def _take_what_waits(self) -> None:
        """A client may write what it has gathered, one request behind the other, and close without a look at the
        answers; then the first of these ends the connection. What is whole, and waits for nothing but them, counts;
        not so what stands behind one whose answer is the last.
        """
        before = self.running
        while self.pipeline and before is not None and before.keep_alive:
            before = request = self._laned(self.pipeline[-1][0])
            if request is None or request.more_body:
                return
            if not self.turns.may_begin(self._told_whose(request), request.head.weight):
                return
            self.pipeline.pop()
            taken = request.head.lane.take(request)
            if taken is not None:
                self._lanes.wait(self, taken)

    def refuse(self) -> None:
        self._declare_cut_off()
        super().refuse()

    def _declare_cut_off(self) -> None:
        request = self._laned(self.running)
        if request is not None and request.more_body:
            self._declare(request)


async def _raise(error: BaseException, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """In the place of an application that has a bug."""
    raise error
