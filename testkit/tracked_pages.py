"""A web server for the tests of the tracker: it has pages of any host and the tracker's files, and writes down hits."""

import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from producers.clicky.script import STANDARD_NAME, Scripts
from testkit.waiting import PATIENCE_S


@dataclass(frozen=True)
class Hit:
    """One request for in.php: as it came, and its parameters, the first value of each."""

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
        values = parse_qs(self.query, keep_blank_values=True).get(name)
        return None if values is None else values[0]

    def all(self, name: str) -> list[str]:
        """All values of a parameter."""
        return parse_qs(self.query, keep_blank_values=True)[name]


class TrackedPages:
    """Serves until it is left: `pages` are the HTML at paths, and a tracker's name is the first word of its host, but
    that of `stats-7.test` is the standard one. What is still on its way from a page of the test before is no hit of
    this one: each test has hosts of its own for its trackers (`tracker`).
    """

    def __init__(self) -> None:
        self._test = 0
        self.pages: dict[str, str] = {}
        self.reply = ""
        self._scripts = Scripts()
        self._hits: list[Hit] = []
        self._changed = threading.Condition()

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
        """A host of the tracker, in this test."""
        return f"{name}-{self._test}.test"

    def begin(self) -> None:
        """Forgets the hits, the pages and the reply of the test before."""
        with self._changed:
            self._test += 1
            self._hits.clear()
        self.pages.clear()
        self.reply = ""

    def take(self, hit: Hit) -> None:
        """Writes one down."""
        with self._changed:
            if not hit.host.endswith(f"-{self._test}.test"):
                return
            self._hits.append(hit)
            self._changed.notify_all()

    def hits(self, number: int, *types: str) -> list[Hit]:
        """The first hits of some types, of any where none is named; waits until there are so many."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._of(types)) >= number, PATIENCE_S)
            found = self._of(types)
            assert len(found) >= number, f"{len(found)} of {number} hits: {[hit.query for hit in self._hits]}"
            return found

    def hit(self, kind: str) -> Hit:
        """The one hit of a type."""
        (hit,) = self.hits(1, kind)
        return hit

    def _of(self, types: tuple[str, ...]) -> list[Hit]:
        return [hit for hit in self._hits if not types or hit.get("type") in types]

    def answer(self, host: str, path: str) -> tuple[int, str, bytes]:
        """Status, media type and body of what is no hit."""
        first = host.partition("-")[0]
        name = STANDARD_NAME if first == "stats" else first
        if path == "/js":
            return 200, "text/javascript", self._scripts.of(name).content
        if path.endswith(".js") and path[1:-3].isdigit():
            return 200, "text/javascript", self._scripts.of(name, int(path[1:-3])).content
        if path in self.pages:
            return 200, "text/html; charset=utf-8", self.pages[path].encode()
        return 404, "text/plain", b"nothing here"


class _Server(ThreadingHTTPServer):
    def handle_error(self, *request: Any) -> None:
        """A page that is left hangs up on what it has asked for."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*request)


def _handler_of(pages: TrackedPages) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            target = urlsplit(self.path)
            host = self.headers["host"].partition(":")[0]
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if target.path.endswith("/in.php"):
                headers = {name.lower(): value for name, value in self.headers.items()}
                pages.take(Hit(self.command, host, target.path, target.query, body, headers))
                self._send(200, "text/javascript", pages.reply.encode())
            else:
                self._send(*pages.answer(host, target.path))

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
