"""A web server for the tests of what runs in pages: it has pages of any host, and writes down what they send."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from testkit.waiting import PATIENCE_S


@dataclass(frozen=True)
class Hit:
    """One request that a page sent: as it came, and its parameters of the query and a form, the first value of each."""

    method: str
    host: str
    path: str
    query: str
    body: bytes
    headers: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.all(name)[0]

    def get(self, name: str) -> str | None:
        """The first value of a parameter; None where there is none."""
        values = self.parameters().get(name)
        return None if values is None else values[0]

    def all(self, name: str) -> list[str]:
        """All values of a parameter."""
        return self.parameters()[name]

    def parameters(self) -> dict[str, list[str]]:
        """All values of all."""
        return parse_qs(f"{self.query}&{self.body.decode()}", keep_blank_values=True)


class Pages:
    """Serves until it is left: `pages` are the HTML at paths. What is still on its way from a page of the test before
    is no hit of this one: each test has hosts of its own for what it loads (`tracker`).
    """

    def __init__(self) -> None:
        self._test = 0
        self.pages: dict[str, str] = {}
        self._hits: list[Hit] = []
        self._held: dict[str, threading.Event] = {}
        self._changed = threading.Condition()

    def kind_of(self, hit: Hit) -> str | None:
        """What a hit is called where tests ask for it."""
        raise NotImplementedError

    def reply_to(self, path: str) -> tuple[int, str, bytes] | None:
        """Status, media type and body of what hits are answered with at a path; None where no hit is sent to it."""
        raise NotImplementedError

    def script_at(self, host: str, path: str) -> bytes | None:
        """The script there; None where there is none."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, host: str, path: str = "/") -> str:
        """An address here."""
        return f"http://{host}:{self.port}{path}"

    def tracker(self, name: str = "stats") -> str:
        """The host that a script is loaded from, in this test."""
        return f"{name}-{self._test}.test"

    def begin(self) -> None:
        """Forgets the hits and the pages of the test before."""
        with self._changed:
            self._test += 1
            self._hits.clear()
        self.pages.clear()

    def take(self, hit: Hit) -> None:
        """Writes one down."""
        with self._changed:
            if not hit.host.endswith(f"-{self._test}.test"):
                return
            self._hits.append(hit)
            self._changed.notify_all()

    def hits(self, number: int, *kinds: str) -> list[Hit]:
        """The first hits of some kinds, of any where none is named; waits until there are so many."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._of(kinds)) >= number, PATIENCE_S)
            found = self._of(kinds)
            assert len(found) >= number, f"{len(found)} of {number} hits: {[hit.parameters() for hit in self._hits]}"
            return found

    def hit(self, kind: str) -> Hit:
        """The one hit of a kind."""
        (hit,) = self.hits(1, kind)
        return hit

    def _of(self, kinds: tuple[str, ...]) -> list[Hit]:
        return [hit for hit in self._hits if not kinds or self.kind_of(hit) in kinds]

    @contextmanager
    def held(self, path: str) -> Iterator[None]:
        """Inside, what is asked for at a path is not answered."""
        self._held[path] = threading.Event()
        try:
            yield
        finally:
            self._held.pop(path).set()

    def wait(self, path: str) -> None:
        """Returns when what is asked for there may be answered."""
        held = self._held.get(path)
        if held is not None:
            assert held.wait(PATIENCE_S)

    def answer(self, host: str, path: str) -> tuple[int, str, bytes]:
        """Status, media type and body of what is no hit."""
        script = self.script_at(host, path)
        if script is not None:
            return 200, "text/javascript", script
        if path in self.pages:
            return 200, "text/html; charset=utf-8", self.pages[path].encode()
        return 404, "text/plain", b"nothing here"


class _Server(ThreadingHTTPServer):
    def handle_error(self, *request: Any) -> None:
        """A page that is left hangs up on what it has asked for."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*request)


def _handler_of(pages: Pages) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            target = urlsplit(self.path)
            host = self.headers["host"].partition(":")[0]
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            reply = pages.reply_to(target.path)
            if reply is not None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                pages.take(Hit(self.command, host, target.path, target.query, body, headers))
            pages.wait(target.path)
            self._send(*(reply or pages.answer(host, target.path)))

        do_POST = do_GET  # noqa: N815 - the library's name

        def _send(self, status: int, media_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", media_type)
            self.send_header("access-control-allow-origin", "*")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    return Handler
