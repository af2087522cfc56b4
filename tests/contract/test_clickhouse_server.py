"""What the test-only ClickHouse server promises, tried with the real clickhouse-connect over HTTP."""

import io
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import clickhouse_connect
import fastavro
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.compression import get_compressor
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from testkit.clickhouse_server import ClickHouseServer

pytestmark = pytest.mark.store

NOON = datetime(2026, 5, 1, 12, 0, 0, 250_000, tzinfo=UTC)
POINTS = """
    CREATE TABLE points (
        event_id UInt64, nth UInt16,
        ts DateTime64(3, 'UTC'), value Nullable(Float64), name String DEFAULT 'none',
        version UInt64, is_deleted UInt8 DEFAULT 0
    ) ENGINE = ReplacingMergeTree(version, is_deleted) ORDER BY (event_id, nth)
"""
POINT_SCHEMA = {
    "type": "record",
    "name": "Point",
    "fields": [
        {"name": "event_id", "type": "long"},
        {"name": "nth", "type": "int"},
        {"name": "ts", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "value", "type": ["null", "double"]},
        {"name": "version", "type": "long"},
    ],
}
PLAIN = {"async_insert": 0, "deduplicate_insert": "disable"}
AVRO = {**PLAIN, "input_format_avro_allow_missing_fields": 1}


def an_avro_block(*event_ids: int) -> bytes:
    """A container file with a point for each id: of value 0.5, but none for odd ids."""
    rest = {"nth": 0, "ts": NOON}
    points = [{"event_id": i, "value": None if i % 2 else 0.5, "version": i * 512, **rest} for i in event_ids]
    file = io.BytesIO()
    fastavro.writer(file, POINT_SCHEMA, points)
    return file.getvalue()


def connect(server: ClickHouseServer, **options: Any) -> Client:
    return clickhouse_connect.get_client(
        host=server.host,
        port=server.port,
        **{"autogenerate_session_id": False, "tz_mode": "aware", **options},
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseServer]:
    with ClickHouseServer(tmp_path_factory.mktemp("store")) as server:
        yield server


@pytest.fixture
def client(server: ClickHouseServer) -> Iterator[Client]:
    """A client of an empty database `tilde`."""
    with closing(connect(server)) as admin:
        admin.command("CREATE DATABASE tilde ENGINE = Atomic")
        with closing(connect(server, database="tilde")) as client:
            yield client
        admin.command("DROP DATABASE tilde SYNC")


def test_ping_is_answered(client: Client) -> None:
    """A client can ask whether the server lives, and is told its version and time zone at connect."""
    assert client.ping()
    assert str(client.server_tz) == "UTC"
    assert str(client.server_version).count(".") >= 2


def test_ddl_makes_tables_in_the_database_of_the_client(client: Client) -> None:
    """Each request says its database; DDL answers nothing, queries answer rows."""
    client.command("CREATE TABLE t (a Int64) ENGINE = MergeTree ORDER BY a")

    assert client.command("SHOW TABLES") == "t"
    assert client.command("EXISTS TABLE tilde.t") == 1
    assert client.query("SELECT a FROM t LIMIT 0").column_names == ("a",)


@pytest.mark.parametrize("as_form", [False, True])
def test_values_travel_as_typed_parameters(server: ClickHouseServer, client: Client, as_form: bool) -> None:
    """A value arrives as it was, whatever it holds, in the URL and in a form."""
    values = {"s": "tab\t quote' back\\slash ü", "n": 2**53, "list": ["a", "it's"], "none": None}

    with closing(connect(server, form_encode_query_params=as_form)) as other:
        row = other.query(
            "SELECT {s:String}, {n:UInt64}, {list:Array(String)}, {none:Nullable(Int8)}", parameters=values
        ).first_row

    assert row == tuple(values.values())


def test_a_setting_ends_with_its_request(client: Client) -> None:
    """What one request sets, the next does not see."""
    ask = "SELECT getSetting('max_block_size')"

    assert client.query(ask, settings={"max_block_size": 77}).first_row == (77,)
    assert client.query(ask).first_row == (65409,)


def test_a_readonly_request_writes_nothing(client: Client) -> None:
    """readonly=1 forbids every write, and other settings beside it still hold."""
    client.command(POINTS)

    with pytest.raises(DatabaseError) as refused:
        client.command("TRUNCATE TABLE points", settings={"readonly": 1, "max_execution_time": 5})

    assert refused.value.name == "READONLY"


def test_a_session_remembers_use_and_set(server: ClickHouseServer, client: Client) -> None:
    """USE and SET hold for later requests of the same session, and for nobody else."""
    with closing(connect(server, session_id="mine")) as mine, closing(connect(server)) as other:
        mine.command("USE tilde")
        mine.command("SET max_block_size = 77")
        ask = "SELECT currentDatabase(), getSetting('max_block_size')"

        assert mine.query(ask).first_row == ("tilde", 77)
        assert other.query(ask).first_row == ("default", 65409)


def test_a_session_runs_one_request_at_a_time(server: ClickHouseServer) -> None:
    """The later of two requests at once in one session is refused: why clients are told to generate none."""
    with closing(connect(server, session_id="one")) as a, closing(connect(server, session_id="one")) as b:
        with ThreadPoolExecutor() as threads:
            asked = [threads.submit(client.query, "SELECT sleep(1)") for client in (a, b)]
        errors = [ask.exception() for ask in asked]

    assert [error.name for error in errors if isinstance(error, DatabaseError)] == ["SESSION_IS_LOCKED"]


@pytest.mark.parametrize("compression", [False, "lz4", "zstd", "gzip"])
def test_native_inserts_read_back(server: ClickHouseServer, client: Client, compression: str | bool) -> None:
    """Rows go in and come out in Native, compressed both ways or not, over several blocks."""
    client.command(POINTS)
    rows = [(i, 0, NOON, None if i % 2 else 0.5, f"stat {i}", i * 512, 0) for i in range(100_000)]

    with closing(connect(server, database="tilde", compress=compression)) as other:
        summary = other.insert("points", rows)
        read = other.query("SELECT * FROM points FINAL ORDER BY event_id").result_rows

    assert summary.written_rows == 100_000
    assert read == rows


def test_columns_may_be_left_out(client: Client) -> None:
    """An insert of some columns, by column, leaves the others to their defaults."""
    client.command(POINTS)
    client.insert("points", [[1, 2], [7, 7]], column_names=["event_id", "version"], column_oriented=True)

    read = client.query("SELECT event_id, name, version FROM points ORDER BY event_id").result_rows

    assert read == [(1, "none", 7), (2, "none", 7)]


def test_raw_formats_are_passed_through(client: Client) -> None:
    """The bytes of a raw insert and of a raw query are those of the format that was named."""
    client.command("CREATE TABLE t (a Int64, s String) ENGINE = MergeTree ORDER BY a")
    client.raw_insert("t", ["a", "s"], "1,one\n2,two\n", fmt="CSV")
    client.raw_insert("t", insert_block=b'{"a": 3, "s": "three"}', fmt="JSONEachRow", settings=PLAIN)
    ask = "SELECT a, s FROM t ORDER BY a"
    client.command("CREATE TABLE copy AS t")
    client.raw_insert("copy", insert_block=client.raw_query(ask, fmt="Parquet"), fmt="Parquet")

    assert client.raw_query(ask, fmt="CSV") == b'1,"one"\n2,"two"\n3,"three"\n'
    assert client.raw_query(f"{ask} LIMIT 1", fmt="JSONEachRow") == b'{"a":1,"s":"one"}\n'
    assert client.query("SELECT a, s FROM copy ORDER BY a").result_rows == [
        (1, "one"),
        (2, "two"),
        (3, "three"),
    ]


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
def test_an_avro_block_lands_as_rows(client: Client, compression: str | None) -> None:
    """Fields match columns by name, a null stays one, a missing field takes the column's default."""
    client.command(POINTS)
    block = an_avro_block(1, 2)
    if compression:
        block = bytes(get_compressor(compression).compress_block(block))
    summary = client.raw_insert("points", None, block, AVRO, "Avro", compression)

    assert summary.written_rows == 2
    assert client.raw_query("SELECT * FROM points ORDER BY event_id", fmt="TSV").decode() == (
        "1	0	2026-05-01 12:00:00.250	\\N	none	512	0\n"
        "2	0	2026-05-01 12:00:00.250	0.5	none	1024	0\n"
    )  # fmt: skip


def test_a_broken_avro_block_lands_not_at_all(client: Client) -> None:
    """A block whose end is cut off is refused whole."""
    client.command(POINTS)

    with pytest.raises(DatabaseError):
        client.raw_insert("points", insert_block=an_avro_block(1, 2)[:-20], fmt="Avro", settings=AVRO)

    assert client.command("SELECT count() FROM points") == 0


@pytest.mark.parametrize(
    ("statement", "code", "name"),
    [
        ("SELECT * FROM nowhere", 60, "UNKNOWN_TABLE"),
        ("SELEC 1", 62, "SYNTAX_ERROR"),
        ("SELECT 1; SELECT 2", 62, "SYNTAX_ERROR"),
        ("SELECT * FROM nodb.t", 81, "UNKNOWN_DATABASE"),
        ("SELECT throwIf(1)", 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"),
        ("SELECT sleepEachRow(1) FROM numbers(3) SETTINGS max_execution_time = 0.2", 159, "TIMEOUT_EXCEEDED"),
    ],
)
def test_an_error_has_its_code_and_name(client: Client, statement: str, code: int, name: str) -> None:
    """What the engine refuses reaches the caller with ClickHouse's own code; so do two statements at once."""
    with pytest.raises(DatabaseError) as refused:
        client.command(statement)

    assert (refused.value.code, refused.value.name) == (code, name)


def test_a_semicolon_that_ends_or_is_quoted_is_no_second_statement(client: Client) -> None:
    """Comments and strings may hold what they like."""
    assert client.command("-- one; two\nSELECT 'a;b' /* ; c */ ;\n") == "a;b"


def test_a_client_sends_again_when_the_answer_is_lost(server: ClickHouseServer, client: Client) -> None:
    """The rows are committed, the connection is cut, clickhouse-connect repeats the insert and says nothing.

    insert 1 -> committed -> (cut)
    insert 1 -> committed -> ok        in the table: the batch twice; read with FINAL: once
    """
    client.command(POINTS)
    client.command("SYSTEM STOP MERGES points")
    seen = server.inserts_seen()
    server.drop_after(inserts=1)
    client.raw_insert("points", insert_block=an_avro_block(1, 2, 3, 4), fmt="Avro", settings=AVRO)

    assert server.inserts_seen() - seen == 2
    assert client.query("SELECT count(), sum(value) FROM points").first_row == (8, 2.0)
    assert client.query("SELECT count(), sum(value) FROM points FINAL").first_row == (4, 1.0)


def test_a_native_insert_is_sent_again_too(server: ClickHouseServer, client: Client) -> None:
    """insert() rebuilds its body for the second try."""
    client.command(POINTS)
    server.drop_after(inserts=1)
    client.insert("points", [[1, 7], [2, 7]], column_names=["event_id", "version"])

    assert client.command("SELECT count() FROM points FINAL") == 2


def test_the_second_lost_answer_reaches_the_caller(server: ClickHouseServer, client: Client) -> None:
    """Then the caller repeats, and the rows are still there once."""
    client.command(POINTS)
    server.drop_after(inserts=2)
    with pytest.raises(OperationalError):
        client.raw_insert("points", insert_block=an_avro_block(1, 2), fmt="Avro", settings=AVRO)
    client.raw_insert("points", insert_block=an_avro_block(1, 2), fmt="Avro", settings=AVRO)

    assert client.command("SELECT count() FROM points FINAL") == 2


def test_a_server_that_is_overloaded_stores_nothing(server: ClickHouseServer, client: Client) -> None:
    """503 reaches the caller at once, reads go on, and the next insert lands."""
    client.command(POINTS)
    server.fail_before(inserts=1)
    with pytest.raises(OperationalError, match="503"):
        client.raw_insert("points", insert_block=an_avro_block(1), fmt="Avro", settings=AVRO)

    assert client.command("SELECT count() FROM points") == 0

    client.raw_insert("points", insert_block=an_avro_block(1), fmt="Avro", settings=AVRO)

    assert client.command("SELECT count() FROM points") == 1


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    """After SIGKILL the same folder opens again on the same port, and a client goes on as it was."""
    with ClickHouseServer(tmp_path / "store") as server, closing(connect(server)) as client:
        client.command("CREATE DATABASE tilde ENGINE = Atomic")
        client.command("CREATE TABLE tilde.t (a Int64) ENGINE = MergeTree ORDER BY a")
        client.insert("tilde.t", [[1], [2]], column_names=["a"])
        server.kill()
        with pytest.raises(OperationalError):
            client.query("SELECT 1")
        server.restart()

        assert client.command("SELECT count() FROM tilde.t") == 2


def test_a_folder_has_one_server(tmp_path: Path) -> None:
    """The second one on a folder ends, and start() says so."""
    with ClickHouseServer(tmp_path), pytest.raises(RuntimeError, match="ended with"):
        ClickHouseServer(tmp_path).start()


def test_the_server_dies_with_the_test_process(tmp_path: Path) -> None:
    """Also when that gets SIGKILL: no server is left behind to hold the folder."""
    script = (
        "import sys; from pathlib import Path; from testkit.clickhouse_server import ClickHouseServer;"
        f"server = ClickHouseServer(Path({str(tmp_path)!r})); server.start();"
        "print(server.port, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as tests:
        assert tests.stdout is not None
        port = int(tests.stdout.readline())
        with closing(HTTPConnection(ClickHouseServer.host, port, timeout=20)) as connection:
            connection.request("GET", "/ping")
            connection.getresponse().read()
            tests.kill()

            assert connection.sock.recv(1) == b""
