"""uvicorn's HTTP protocol with limits on what comes before an application: the size of a request's head, and its time.

    connection -- head --> body ----> next head ...
                  64 KiB              a head that takes longer than HEAD_S is dropped, also one that never begins

uvicorn with httptools has neither limit: a head without an end would be kept in memory for ever.
"""

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX = 64 << 10  # of a URL, and of all headers together; the longest seen from a real client is below 4 KiB
HEAD_S = 10.0
LINGER_S = 2.0  # what a refused client goes on to send is read and thrown away this long, so that it reads the answer
_HEADER_OVERHEAD = 4  # ": " and CRLF


class HeadTooLargeError(Exception):
    """Leaves the parser's callbacks; uvicorn answers through `send_400_response`."""


class LimitedProtocol(HttpToolsProtocol):
    """One connection. To be given to uvicorn as `http=LimitedProtocol`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = False
        self._has_begun = False  # since the last `data_received`
        self._head_bytes = 0
        self._refusal: HTTPStatus | None = None
        self._is_refused = False
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feeds the parser, and looks at what a head that is still open has taken so far."""
        if self._is_refused:
            return
        was_in_head, self._has_begun = self._in_head, False
        super().data_received(data)
        if self._is_refused:
            return
        if self._in_head and was_in_head and not self._has_begun:
            # All of it belongs to a head whose current line may be in the parser, where no callback sees it.
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self._refusal = self._refusal or HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
                self.send_400_response("")
                return
        if self._head_timer is None and (self._in_head or not self._has_begun and self._is_idle()):
            self._start_head_timer()

    def _is_idle(self) -> bool:
        return self.cycle is None or (self.cycle.response_complete and not self.pipeline)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = self._has_begun = True
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > HEAD_BYTES_MAX:
            self._refusal = HTTPStatus.REQUEST_URI_TOO_LONG
            raise HeadTooLargeError

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._head_bytes += len(name) + len(value) + _HEADER_OVERHEAD
        if self._head_bytes > HEAD_BYTES_MAX:
            self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise HeadTooLargeError

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_head_timer()
        super().on_headers_complete()
