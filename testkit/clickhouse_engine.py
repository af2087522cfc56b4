"""chDB as a ClickHouse server runs statements: one at a time, in a session, and every error with its code."""

import importlib
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

# What a URL may say that is no setting; all else in it is one, as in ClickHouse.
NO_SETTINGS = frozenset(
    {
        *("client_protocol_version", "default_format", "buffer_size", "wait_end_of_query", "stacktrace"),
        *("compress", "decompress", "session_check", "session_id", "session_timeout"),
        *("database", "query", "query_id", "quota_key", "role", "user", "password"),
    }
)
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
