"""The process behind `clickhouse_server.py`: ClickHouse's HTTP protocol over the engine, and faults on demand."""

import argparse
import gzip
import json
import os
import sys
import threading
import uuid
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import asdict, dataclass
from email import message_from_bytes
from pathlib import Path

import lz4.frame  # type: ignore[import-untyped]  # it ships no types
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from testkit.clickhouse_engine import NOT_IMPLEMENTED, Ask, ClickHouseError, Engine, Result

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

HOST = "127.0.0.1"
# The error codes that do not become a 500: ClickHouse's own table, as far as chDB raises them.
STATUS_OF_CODE = {
    **dict.fromkeys((6, 26, 27, 36, 38, 41, 42, 43, 53, 62, 69, 70, 72, 130, 306, 386, 456), 400),
    **dict.fromkeys((46, 47, 50, 56, 60, 63, 81, 115), 404),
    48: 501,
    159: 408,
    497: 403,
}


def _unlz4(data: bytes) -> bytes:
    """A client sends one frame a block; the library's own decompress() stops after the first."""
    out = bytearray()
    while data:
        frame = lz4.frame.LZ4FrameDecompressor()
        out += frame.decompress(data)
        data = frame.unused_data or b""
    return bytes(out)


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "lz4": lz4.frame.compress,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstd.compress,
}
DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "lz4": _unlz4,
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "zstd": zstd.decompress,
}


async def _read(request: Request) -> Ask:
    fields = dict(request.query_params)
    body = await request.body()
    if encoding := request.headers.get("content-encoding"):
        if encoding not in DECOMPRESS:
            raise ClickHouseError.refused(NOT_IMPLEMENTED, f"Content-Encoding {encoding}", "NOT_IMPLEMENTED")
        body = DECOMPRESS[encoding](body)
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        fields |= _form(kind, body)
        body = b""
    if "1" in (fields.get("compress"), fields.get("decompress")):
        raise ClickHouseError.refused(NOT_IMPLEMENTED, "Compressed blocks", "NOT_IMPLEMENTED")
    if request.method == "GET":
        fields.setdefault("readonly", "2")  # as the server does: a GET changes nothing
    if named := request.headers.get("x-clickhouse-format"):
        fields.setdefault("default_format", named)
    return Ask(b"\n".join(part for part in (fields.get("query", "").encode(), body) if part), fields)


def _form(content_type: str, body: bytes) -> dict[str, str]:
    """The fields of a multipart form: so clickhouse-connect sends long parameters."""
    fields: dict[str, str] = {}
    for part in message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body).walk():
        name = part.get_param("name", header="content-disposition")
        if part.get_filename():
            raise ClickHouseError.refused(NOT_IMPLEMENTED, "External data", "NOT_IMPLEMENTED")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            fields[name] = content.decode()
    return fields


@dataclass
class Faults:
    """How many inserts are still to fail, and how many have come so far (refused and cut ones included)."""

    drop_after: int = 0
    fail_before: int = 0
    inserts_seen: int = 0


class Server:
    """The ASGI side: one endpoint for statements, /ping, and /_fault, where a test orders faults."""

    def __init__(self, path: Path, port: int) -> None:
        self._path = path
        self._faults = Faults()
        app = Starlette(
            lifespan=self._lifespan,
            routes=[
                Route("/ping", lambda _: PlainTextResponse("Ok.\n")),
                Route("/_fault", self._fault, methods=["GET", "POST"]),
                Route("/", self._statement, methods=["GET", "POST"]),
            ],
        )
        config = uvicorn.Config(app, HOST, port, log_level="warning", access_log=False)
        config.timeout_keep_alive = 30  # seconds, as ClickHouse
        self._uvicorn = uvicorn.Server(config)

    def serve(self) -> None:
        """Returns, or ends the process, after SIGTERM or SIGINT."""
        self._uvicorn.run()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        with closing(Engine(self._path)) as self._engine:
            yield

    async def _fault(self, request: Request) -> Response:
        for name, count in request.query_params.items():
            setattr(self._faults, name, int(count))
        return JSONResponse(asdict(self._faults))

    async def _statement(self, request: Request) -> Response:
        headers = {"X-ClickHouse-Query-Id": request.query_params.get("query_id") or str(uuid.uuid4())}
        try:
            ask = await _read(request)
            if not ask.sql:
                return PlainTextResponse("Ok.\n", headers=headers)
            self._faults.inserts_seen += ask.is_insert
            if ask.is_insert and self._faults.fail_before:
                self._faults.fail_before -= 1
                return PlainTextResponse("Service Unavailable\n", 503, headers)
            result = await run_in_threadpool(self._engine.run, ask)
        except ClickHouseError as error:
            headers["X-ClickHouse-Exception-Code"] = str(error.code)
            text = f"{error} (version {self._engine.version})\n"
            return PlainTextResponse(text, STATUS_OF_CODE.get(error.code, 500), headers)
        if ask.is_insert and self._faults.drop_after:
            self._faults.drop_after -= 1
            self._cut(request)
        return _answer(request, ask, result, headers)

    def _cut(self, request: Request) -> None:
        """Closes the request's connection at once: what is written to it from now on goes nowhere."""
        for connection in self._uvicorn.server_state.connections:
            if getattr(connection, "client", None) == request.client:
                connection.transport.abort()


def _answer(request: Request, ask: Ask, result: Result, headers: dict[str, str]) -> Response:
    headers |= {"X-ClickHouse-Summary": json.dumps(result.summary), "X-ClickHouse-Timezone": "UTC"}
    if ask.result_format:
        headers["X-ClickHouse-Format"] = ask.result_format
    body = result.body
    accepted = {word.split(";")[0].strip() for word in request.headers.get("accept-encoding", "").split(",")}
    encoding = next((name for name in COMPRESS if name in accepted), None)  # in the server's order
    if encoding and ask.fields.get("enable_http_compression") == "1":
        headers["Content-Encoding"] = encoding
        body = COMPRESS[encoding](body)
    return Response(body, headers=headers, media_type="application/octet-stream")


def _end_with_stdin() -> None:
    """The test process holds the other end of stdin; however it dies, the kernel closes that."""
    os.read(0, 1)  # not sys.stdin.read(): a thread inside that makes an ordinary exit abort
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(description="Test-only: chDB behind ClickHouse's HTTP protocol.")
    parser.add_argument("--path", type=Path, required=True, help="the data folder, one process at a time")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--until-stdin-closes", action="store_true", help="end with who holds stdin")
    args = parser.parse_args()
    os.environ["TZ"] = "UTC"  # the engine reads it when it starts
    if args.until_stdin_closes:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    Server(args.path.absolute(), args.port).serve()


if __name__ == "__main__":
    main()
