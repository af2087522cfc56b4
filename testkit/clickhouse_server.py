"""A test-only ClickHouse: chDB behind its HTTP protocol, in a process of its own, with faults on demand.

It shows what clickhouse-connect does with a server: DDL, parameters, settings, sessions, Native reads and
inserts, raw formats, compression, error codes. It hides what chDB has not: the queue of asynchronous inserts,
errors in the middle of an answer (an answer is complete before its first byte leaves), users, TLS, temporary
tables, external data, `INSERT ... SELECT ... FROM input(...)`, replication. So what passes here is not yet
"tested against a ClickHouse server".
"""

import argparse
import gzip
import importlib
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import uuid
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import asdict, dataclass, field
from email import message_from_bytes
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self

import lz4.frame  # type: ignore[import-untyped]  # it ships no types
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from testkit.waiting import PATIENCE_S

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# What a URL may say that is no setting; all else in it is one, as in ClickHouse.
NO_SETTINGS = frozenset(
    {
        *("client_protocol_version", "default_format", "buffer_size", "wait_end_of_query", "stacktrace"),
        *("compress", "decompress", "session_check", "session_id", "session_timeout"),
        *("database", "query", "query_id", "quota_key", "role", "user", "password"),
    }
)
# The error codes that do not become a 500: ClickHouse's own table, as far as chDB raises them.
STATUS_OF_CODE = {
    **dict.fromkeys((6, 26, 27, 36, 38, 41, 42, 43, 53, 62, 69, 70, 72, 130, 306, 386, 456), 400),
    **dict.fromkeys((46, 47, 50, 56, 60, 63, 81, 115), 404),
    48: 501,
    159: 408,
    497: 403,
}
NOT_IMPLEMENTED, SYNTAX_ERROR, SESSION_IS_LOCKED, STD_EXCEPTION = 48, 62, 373, 1001

_START = rb"(?:\s|--[^\n]*\n|/\*.*?\*/)*"
_NAME = rb'(?:`[^`]*`|"[^"]*"|\w+)'
_TABLE = _NAME + rb"(?:\." + _NAME + rb")?(?:\s*\((?:`[^`]*`|[^`()])*\))?"
_INSERT = re.compile(_START + rb"INSERT\s", re.IGNORECASE | re.DOTALL)
_INSERT_WITH_DATA = re.compile(
    _START + rb"(?P<into>INSERT\s+INTO\s+(?:TABLE\s+)?" + _TABLE + rb")"
    rb"(?P<settings>\s+SETTINGS\s[^\n]*?)?\s+FORMAT\s+(?P<format>\w+)(?:[ \t]*\r?\n|[ \t]+|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_HAS_RESULT = re.compile(
    _START + rb"[\s(]*(?:SELECT|WITH|SHOW|DESC|DESCRIBE|EXISTS|EXPLAIN|CHECK)\b", re.IGNORECASE | re.DOTALL
)
_LAST_FORMAT = re.compile(rb"\bFORMAT\s+(\w+)[\s;]*\Z", re.IGNORECASE)
_USE_OR_SET = re.compile(_START + rb"(?:USE|SET)\s", re.IGNORECASE | re.DOTALL)
_QUOTED_OR_COMMENT = re.compile(rb"'(?:[^'\\]|\\.)*'|`[^`]*`|\"[^\"]*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_SECOND_STATEMENT = re.compile(rb";\s*[^\s;]")


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


class ClickHouseError(Exception):
    """What ClickHouse answers instead of a result: a code, and a message `Code: N. DB::Exception: ...`."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code

    @classmethod
    def refused(cls, code: int, why: str, name: str) -> Self:
        return cls(code, f"Code: {code}. DB::Exception: {why}. ({name})")

    @classmethod
    def raised(cls, error: Exception) -> Self:
        """The same for an error of chDB, whose text has the code in it."""
        text = str(error)
        found = re.search(r"Code: (\d+)\.", text)
        if found is None:
            return cls.refused(STD_EXCEPTION, text, "STD_EXCEPTION")
        return cls(int(found[1]), text[found.start() :])


@dataclass(frozen=True)
class Ask:
    """One request: the statement with its data, and what the URL, the form and the headers say of it."""

    sql: bytes
    fields: Mapping[str, str]

    @property
    def settings(self) -> dict[str, str]:
        return {k: v for k, v in self.fields.items() if k not in NO_SETTINGS and not k.startswith("param_")}

    @property
    def parameters(self) -> dict[str, str]:
        return {k.removeprefix("param_"): v for k, v in self.fields.items() if k.startswith("param_")}

    @property
    def is_insert(self) -> bool:
        return _INSERT.match(self.sql) is not None

    @property
    def is_many(self) -> bool:
        """Several statements: chDB would run one after the other, a server refuses them."""
        if _INSERT_WITH_DATA.match(self.sql):
            return False
        return _SECOND_STATEMENT.search(_QUOTED_OR_COMMENT.sub(b"", self.sql)) is not None

    @property
    def result_format(self) -> str | None:
        """The format of the result; None where the statement has none."""
        if not _HAS_RESULT.match(self.sql):
            return None
        named = _LAST_FORMAT.search(self.sql)
        return named[1].decode() if named else self.fields.get("default_format", "TabSeparated")


@dataclass(frozen=True)
class Result:
    """What the engine answered, and the counts for the summary header."""

    body: bytes
    summary: Mapping[str, str]


@dataclass
class Session:
    """What `USE` and `SET` left for the next request with the same session id; kept for ever."""

    busy: threading.Lock = field(default_factory=threading.Lock)
    said: list[bytes] = field(default_factory=list)


class Engine:
    """chDB on one folder: a connection for each request, so that no setting outlives its request."""

    def __init__(self, path: Path) -> None:
        # Not at the top: the import starts an engine, and the tests import this module too.
        self._chdb: Any = importlib.import_module("chdb")
        self._target = f"{path}?implicit_select=0"  # chDB takes "1 + 1" for a statement; a server does not
        self._first = self._chdb.connect(self._target)  # holds the engine open between requests
        self.version = self._first.query("SELECT version()", "TabSeparated").bytes().decode().strip()
        self._sessions: dict[str, Session] = {}

    def close(self) -> None:
        self._first.close()

    def run(self, ask: Ask) -> Result:
        """Runs it to its end, committed; raises ClickHouseError. May block; call it from any thread."""
        if ask.is_many:
            raise ClickHouseError.refused(SYNTAX_ERROR, "Multi-statements are not allowed", "SYNTAX_ERROR")
        with self._session(ask.fields.get("session_id", "")) as session:
            try:
                with closing(self._chdb.connect(self._target)) as connection:
                    result = self._run_in(connection, session, ask)
            except (RuntimeError, self._chdb.ChdbError) as error:
                raise ClickHouseError.raised(error) from error
            if _USE_OR_SET.match(ask.sql):
                session.said.append(ask.sql)
        return result

    @contextmanager
    def _session(self, name: str) -> Iterator[Session]:
        session = self._sessions.setdefault(name, Session()) if name else Session()
        if not session.busy.acquire(blocking=False):
            raise ClickHouseError.refused(SESSION_IS_LOCKED, f"Session {name} is locked", "SESSION_IS_LOCKED")
        try:
            yield session
        finally:
            session.busy.release()

    def _run_in(self, connection: Any, session: Session, ask: Ask) -> Result:
        if database := ask.fields.get("database"):
            connection.query(f"USE {_quoted(database, '`')}")
        for said in session.said:
            connection.query(said)
        # One SET for all of them, so that readonly=1 forbids the statement and not its neighbours.
        if settings := ask.settings:
            pairs = (f"{_quoted(name, '`')} = {_quoted(value)}" for name, value in settings.items())
            connection.query("SET " + ", ".join(pairs))
        if data := _INSERT_WITH_DATA.match(ask.sql):
            return _insert(connection, data, ask)
        out = connection.query(ask.sql, ask.result_format or "TabSeparated", params=ask.parameters)
        return Result(out.bytes() or b"", _summary("read", out))


def _quoted(text: str, quote: str = "'") -> str:
    return quote + text.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote


def _insert(connection: Any, statement: re.Match[bytes], ask: Ask) -> Result:
    """Inserts data from a file, the only way into chDB; the file lives as long as that takes."""
    with tempfile.NamedTemporaryFile(suffix=".data") as file:
        file.write(memoryview(ask.sql)[statement.end() :])
        file.flush()
        sql = b"%b FROM INFILE %b%b FORMAT %b" % (
            statement["into"],
            _quoted(file.name).encode(),
            statement["settings"] or b"",
            statement["format"],
        )
        out = connection.query(sql, "TabSeparated", params=ask.parameters)
    return Result(b"", _summary("written", out))  # it reads exactly the rows that it writes


def _summary(done: str, out: Any) -> dict[str, str]:
    zeros = dict.fromkeys(("read_rows", "read_bytes", "written_rows", "written_bytes"), "0")
    counts = {f"{done}_rows": str(out.rows_read()), f"{done}_bytes": str(out.bytes_read())}
    return zeros | counts | {"elapsed_ns": str(int(out.elapsed() * 1e9))}


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
        config = uvicorn.Config(app, ClickHouseServer.host, port, log_level="warning", access_log=False)
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


class ClickHouseServer:
    """A server process on a folder, for `with`; it dies with the test process, however that ends.

    `kill()` then `restart()` is a crash: same folder, same port. The faults ordered and the inserts
    counted are forgotten with the process.
    """

    host = "127.0.0.1"

    def __init__(self, path: Path, port: int | None = None) -> None:
        self.path = path
        self.port = port or _free_port()
        self.url = f"http://{self.host}:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when it answers /ping; raises RuntimeError when it ends before that, or after a minute."""
        assert self._process is None, "it runs already"
        module = [sys.executable, "-m", "testkit.clickhouse_server", "--until-stdin-closes"]
        self._process = subprocess.Popen(
            [*module, "--path", str(self.path), "--port", str(self.port)], stdin=subprocess.PIPE
        )
        for _ in range(1200):  # a minute; it takes 0.6 s, a cold disk a few
            try:
                code = self._process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                if self._answers():
                    return
            else:
                self._reap()
                raise RuntimeError(f"the server on {self.path} ended with {code}; its stderr says why")
        self.kill()
        raise RuntimeError(f"the server on {self.path} did not answer")

    def stop(self) -> None:
        """Ends it in good order, by force after 15 s. Nothing happens when it does not run."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self._process.kill()
            self._reap()

    def kill(self) -> None:
        """SIGKILL: what a crash leaves on the disk is what is there now."""
        if self._process is not None:
            self._process.kill()
            self._reap()

    def restart(self) -> None:
        """Stops it when it runs, and starts it on the same folder and port."""
        self.stop()
        self.start()

    def drop_after(self, inserts: int) -> None:
        """The next `inserts` good inserts are committed, then their connections are cut without an answer."""
        self._ask("POST", f"/_fault?drop_after={inserts}")

    def fail_before(self, inserts: int) -> None:
        """The next `inserts` inserts are answered 503 and change nothing."""
        self._ask("POST", f"/_fault?fail_before={inserts}")

    def inserts_seen(self) -> int:
        """How many INSERT requests have come since the start, those with a fault included."""
        return int(json.loads(self._ask("GET", "/_fault"))["inserts_seen"])

    def _reap(self) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.wait()
        self._process.stdin.close()
        self._process = None

    def _answers(self) -> bool:
        try:
            return self._ask("GET", "/ping") == b"Ok.\n"
        except OSError:
            return False

    def _ask(self, method: str, path: str) -> bytes:
        with closing(HTTPConnection(self.host, self.port, timeout=PATIENCE_S)) as connection:
            connection.request(method, path)
            return connection.getresponse().read()


def _free_port() -> int:
    """Below those of outgoing connections, where the client of a killed server can connect to itself."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe:
            try:
                probe.bind((ClickHouseServer.host, port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")


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
