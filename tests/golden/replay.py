"""Recorded requests of StatHat's clients: loaded with what each has to get and to count, filled in, and sent.

`stathat/*.http` hold the requests as they stood on the wire; what each field of `stathat/expected.yaml` means
stands there.
"""

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BufferedReader
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import yaml

from testkit.waiting import PATIENCE_S

FOLDER = Path(__file__).parent / "stathat"
OK = '{"status":200,"msg":"ok"}'

_PLACEHOLDER = re.compile(rb"\{\{([A-Z_]+)(%?)\}\}")
_CONTENT_LENGTH = re.compile(rb"^(content-length: *)\d+", re.IGNORECASE | re.MULTILINE)

Kind = Literal["counter", "value"]


@dataclass(frozen=True)
class Point:
    """One number in one stat; `t` is None where it is the time of receipt."""

    kind: Kind
    stat: str
    number: float
    t: int | None = None


@dataclass(frozen=True)
class Reply:
    """What came back. Status 0: nothing did, the connection was closed."""

    status: int
    body: str


@dataclass(frozen=True)
class Golden:
    """A request with placeholders, and what it has to get and to count."""

    name: str
    raw: bytes
    client: str
    recorded: bool = True
    note: str = ""
    status: int | Literal["refused"] = 200
    body: str | None = OK
    points: tuple[Point, ...] = ()
    uncounted: tuple[str, ...] = ()
    reads: bool = True
    after: str | None = None
    content_length: int = 0

    def __str__(self) -> str:
        return self.name

    def accepts(self, reply: Reply) -> bool:
        """Whether this is the reply that the request has to get."""
        if self.status == "refused":
            return reply.status in (0, 400)
        return reply.status == self.status and self.body in (None, reply.body)

    def filled(self, keys: Mapping[str, str]) -> bytes:
        """The request with the keys of an account in the places of its placeholders."""

        def key(placeholder: re.Match[bytes]) -> bytes:
            text = keys[placeholder[1].decode()]
            return (_percent_encoded(text) if placeholder[2] else text).encode()

        head, blank_line, body = _PLACEHOLDER.sub(key, self.raw).partition(b"\r\n\r\n")
        length = len(body) + self.content_length
        return _CONTENT_LENGTH.sub(rb"\g<1>%d" % length, head) + blank_line + body


@cache
def load() -> list[Golden]:
    """Every request, in the order of expected.yaml."""
    expected = yaml.load((FOLDER / "expected.yaml").read_bytes(), yaml.CSafeLoader)  # each process of the tests asks
    return [_golden(name, fields) for name, fields in expected.items()]


def _golden(name: str, fields: dict[str, Any]) -> Golden:
    points = tuple(Point(**point) for point in fields.pop("points", ()))
    uncounted = tuple(fields.pop("uncounted", ()))
    return Golden(name, (FOLDER / f"{name}.http").read_bytes(), points=points, uncounted=uncounted, **fields)


def _percent_encoded(text: str) -> str:
    return quote(text, safe="").replace("~", "%7E")


def exchange(host: str, port: int, *requests: bytes) -> list[bytes]:
    """The raw replies to requests on one connection, each sent after the reply before; b"" when closed."""
    with (
        socket.create_connection((host, port), PATIENCE_S) as connection,
        connection.makefile("rb") as stream,
    ):
        return [_answer(connection, stream, request) for request in requests]


def post_and_leave(host: str, port: int, request: bytes) -> None:
    """Closes the connection as soon as the request is written."""
    with socket.create_connection((host, port), PATIENCE_S) as connection:
        connection.sendall(request)


def read(raw: bytes) -> Reply:
    """A raw reply's status and body."""
    head, _, body = raw.partition(b"\r\n\r\n")
    return Reply(int(head.split(b" ", 2)[1]) if head else 0, body.decode())


def _answer(connection: socket.socket, stream: BufferedReader, request: bytes) -> bytes:
    try:
        connection.sendall(request)
        return _reply(stream, has_body=not request.startswith(b"HEAD "))
    except (BrokenPipeError, ConnectionResetError):
        return b""


def _reply(stream: BufferedReader, *, has_body: bool) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return b""
        head += line
    if head.startswith(b"HTTP/1.1 1"):  # 100 Continue: the reply itself comes after it
        return _reply(stream, has_body=has_body)
    length = re.search(rb"^content-length: *(\d+)", head, re.IGNORECASE | re.MULTILINE)
    return head + stream.read(int(length[1]) if length and has_body else 0)
