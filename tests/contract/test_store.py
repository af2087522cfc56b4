"""What tilde/store/port.py promises, tried on chDB in the process and on chDB behind ClickHouse's HTTP protocol."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from sinks.block import join
from testkit.clickhouse_server import ClickHouseServer
from testkit.emptied_tables import empty_tables
from testkit.rows import a_metric, a_point, some_points
from testkit.running import children_of, command_of, commands_of_children
from testkit.waiting import PATIENCE_S, until
from tilde.schemas.registry import latest
from tilde.store import (
    BlockRefusedError,
    NoTableError,
    Purpose,
    QueryLimitError,
    QueryRefusedError,
    Store,
    StoreBusyError,
    StoreError,
)
from tilde.store.clickhouse import open_store
from tilde.store.migrate import ChangedMigrationError, drop_generation, migrate, migrations, pending, point_views

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]
POINT = latest("point")
COUNT = "SELECT count(), sum(number) FROM tilde_g1.points FINAL"


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[ClickHouseServer]:
    with ClickHouseServer(tmp_path_factory.mktemp("server")) as server:
        yield server


def dsn_of(server: ClickHouseServer) -> str:
    return f"clickhouse://{server.host}:{server.port}"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["chdb", "http"])
async def opened(request, tmp_path_factory) -> AsyncIterator[Store]:
    is_chdb = request.param == "chdb"
    folder = tmp_path_factory.mktemp("store")
    store = await open_store(f"chdb://{folder}" if is_chdb else dsn_of(request.getfixturevalue("server")))
    yield store
    await store.close()


@pytest_asyncio.fixture(loop_scope="module")
async def store(opened: Store) -> Store:
    """With empty tables of generation 1."""
    await empty_tables(opened)
    return opened


@pytest_asyncio.fixture(loop_scope="module")
async def migrated(opened: Store) -> AsyncIterator[Store]:
    """With tables of generation 1 that nobody has had before, and has behind the test."""
    await drop_generation(opened, 1)
    await migrate(opened, 1)
    yield opened
    await drop_generation(opened, 1)


def block(*messages: bytes) -> bytes:
    return join(POINT, messages)


async def test_what_was_inserted_is_in_sight_at_once(store):
    await store.insert_block("tilde_g1.points", block(*some_points(1000)))

    assert await store.rows(COUNT) == [(1000, 1000.0)]


async def test_a_block_that_comes_twice_changes_nothing(store):
    for _ in range(2):
        await store.insert_block("tilde_g1.points", block(*some_points(1000)))

    assert await store.rows(COUNT) == [(1000, 1000.0)]


async def test_an_identity_stands_with_its_highest_version_whatever_comes_last(store):
    await store.insert_block("tilde_g1.points", block(a_point(version=7, number=70.0)))
    await store.insert_block("tilde_g1.points", block(a_point(version=3, number=30.0)))

    assert await store.rows(COUNT) == [(1, 70.0)]


async def test_a_deleted_row_is_out_of_sight_even_when_an_older_version_comes_late(store):
    await store.insert_block("tilde_g1.points", block(a_point(version=7, is_deleted=1)))
    await store.insert_block("tilde_g1.points", block(a_point(version=3)))

    assert await store.rows(COUNT) == [(0, 0.0)]


async def test_a_block_with_one_broken_body_is_refused_whole(store):
    messages = some_points(20_000)
    messages[15_000] = messages[15_000][:20]

    with pytest.raises(BlockRefusedError):
        await store.insert_block("tilde_g1.points", block(*messages))

    assert await store.rows(COUNT) == [(0, 0.0)]


async def test_a_table_that_is_not_there_is_told_and_no_poison_block(store):
    with pytest.raises(NoTableError):
        await store.insert_block("tilde_g1.nothing", block(a_point()))
    with pytest.raises(NoTableError):
        await store.rows("SELECT 1 FROM tilde_g77.points")


async def test_values_never_become_sql(store):
    await store.insert_block("tilde_g1.metrics", join(latest("metric"), [a_metric("'; DROP TABLE x --\\")]))

    assert await store.rows(
        "SELECT name FROM tilde_g1.metrics WHERE name = {name:String}", {"name": "'; DROP TABLE x --\\"}
    ) == [("'; DROP TABLE x --\\",)]


async def test_a_formatted_answer_comes_as_the_engine_wrote_it(store):
    assert await store.body("SELECT {x:Float64} AS x", {"x": 0.1}, format_="CSVWithNames") == b'"x"\n0.1\n'


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO tilde_g1.metrics (product) VALUES (1)",
        "DROP TABLE tilde_g1.points",
        "SET readonly = 0",
        "SELECT 1 SETTINGS max_execution_time = 1000",
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:9/x', 'LineAsString')",
    ],
)
async def test_reads_are_read_only(store, sql):
    with pytest.raises(QueryRefusedError):
        await store.rows(sql)


async def test_a_read_has_limits(store):
    with pytest.raises(QueryLimitError):
        await store.rows("SELECT number FROM system.numbers LIMIT 10000001")
    with pytest.raises(QueryLimitError):
        await store.rows("SELECT length(groupArray(number)) FROM numbers(1000000000)")


async def test_long_reads_do_not_hold_up_requests(store):
    slow = asyncio.create_task(store.rows("SELECT sleepEachRow(0.3) FROM numbers(3) SETTINGS max_block_size = 1", None))
    with pytest.raises(QueryRefusedError):  # settings are forbidden, so it fails at once
        await slow
    for _ in range(10):  # on a machine that is busy for two seconds nobody can say who was first
        slow = asyncio.create_task(store.rows("SELECT sleepEachRow(1) FROM numbers(2)", None, Purpose.EXPORT))
        await store.rows("SELECT 1")
        was_first = not slow.done()
        await slow
        if was_first:
            return
    pytest.fail("no short read was answered before a long one")


IN_NEW_YORK = """
import asyncio, sys
from sinks.block import join
from tilde.schemas.registry import latest
from tilde.store.clickhouse import open_store
from tilde.store.migrate import migrate
from testkit.running import children_of, command_of, commands_of_children
from testkit.rows import a_point

async def main():
    store = await open_store(f"chdb://{sys.argv[1]}")
    await migrate(store, 1)
    await store.insert_block("tilde_g1.points", join(latest("point"), [a_point(received_at=0)]))
    print(await store.rows("SELECT toString(ts), ts, toString(toDateTime(0)), toHour(ts) FROM tilde_g1.points"))
    print(await store.rows("SELECT count() FROM tilde_g1.points WHERE ts < '1970-01-01 00:00:01'"))
    await store.close()

asyncio.run(main())
"""


async def test_times_are_utc_whatever_the_zone_of_the_process(tmp_path):
    environment = {**os.environ, "TZ": "America/New_York"}
    ran = subprocess.run(  # noqa: ASYNC221 - nothing else runs in this loop
        [sys.executable, "-c", IN_NEW_YORK, str(tmp_path)], env=environment, capture_output=True, text=True, check=True
    )

    midnight = "datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)"
    assert ran.stdout.splitlines() == [
        f"[('1970-01-01 00:00:00.000', {midnight}, '1970-01-01 00:00:00', 0)]",
        "[(1,)]",
    ]


async def test_migrations_are_applied_once(migrated):
    assert await pending(migrated, 1) == []
    assert await migrate(migrated, 1) == []
    assert await pending(migrated, 2) == migrations()


async def test_a_migration_applied_again_does_no_harm(migrated):
    await migrated.insert_block("tilde_g1.points", block(a_point()))
    for migration in migrations():
        await migrated.execute(migration.sql, {"database": "tilde_g1"})

    assert await migrated.rows(COUNT) == [(1, 1.0)]


async def test_a_migration_that_was_changed_later_is_noticed(migrated):
    await migrated.execute("INSERT INTO tilde_g1.migrations (number, checksum) SELECT 1, 'of another text'")

    with pytest.raises(ChangedMigrationError, match="0001_points"):
        await pending(migrated, 1)


async def test_the_views_move_to_another_generation(migrated):
    await migrated.insert_block("tilde_g1.points", block(a_point(number=1.0)))
    await point_views(migrated, 1)
    await migrate(migrated, 2)
    await migrated.insert_block("tilde_g2.points", block(a_point(number=2.0)))
    await point_views(migrated, 2)

    assert await migrated.rows("SELECT number FROM tilde.points") == [(2.0,)]
    await drop_generation(migrated, 2)


async def test_an_insert_whose_answer_is_lost_counts_once(tmp_path):
    """clickhouse-connect sends it again by itself; then it gives up and the sink does."""
    with ClickHouseServer(tmp_path) as server:
        store = await open_store(dsn_of(server))
        await migrate(store, 1)
        server.drop_after(2)
        with pytest.raises(StoreError):
            await store.insert_block("tilde_g1.points", block(*some_points(10)))
        await store.insert_block("tilde_g1.points", block(*some_points(10)))

        assert await store.rows(COUNT) == [(10, 10.0)]
        assert await store.rows("SELECT count() FROM tilde_g1.points") == [(30,)], "it did come three times"
        await store.close()


async def test_a_server_that_is_away_is_a_passing_failure(tmp_path):
    with ClickHouseServer(tmp_path) as server:
        store = await open_store(dsn_of(server))
        await migrate(store, 1)
        server.fail_before(1)
        with pytest.raises(StoreError):
            await store.insert_block("tilde_g1.points", block(a_point()))
        server.kill()
        with pytest.raises(StoreError):
            await store.rows("SELECT 1")
        server.restart()

        assert await store.rows(COUNT) == [(0, 0.0)]
        await store.close()


async def test_the_statement_of_a_job_waits_for_no_other_jobs(tmp_path):
    """Of two accounts' jobs the quick one is answered first; an export has a thread of its own."""
    store, ended = await open_store(f"chdb://{tmp_path}"), list[str]()

    async def ask(name: str, sql: str, purpose: Purpose) -> None:
        await store.rows(sql, purpose=purpose)
        ended.append(name)

    slow = asyncio.create_task(ask("slow", "SELECT sleep(3)", Purpose.JOB))
    await asyncio.sleep(0)
    await ask("quick", "SELECT 1", Purpose.JOB)
    await ask("export", "SELECT 1", Purpose.EXPORT)
    await slow
    await store.close()

    assert ended == ["quick", "export", "slow"]


@pytest.mark.parametrize("purpose", [Purpose.REQUEST, Purpose.EXPORT, Purpose.JOB])
async def test_what_a_failed_query_had_sent_is_nobody_elses_answer(store, purpose):
    """chDB kept it for the next query of the same client, whoever asked that."""
    too_much = "SELECT number FROM numbers(20000000)"
    with pytest.raises(QueryRefusedError):
        await store.body(too_much, purpose=purpose, format_="TabSeparated")
    with pytest.raises(QueryRefusedError):
        await store.rows(too_much, purpose=purpose)

    for _ in range(8):  # more than there are threads
        assert await store.body("SELECT 1", purpose=purpose, format_="TabSeparated") == b"1\n"
        assert await store.rows("SELECT 2", purpose=purpose) == [(2,)]


async def answered(store: Store, sql: str, format_: str = "CSVWithNames") -> bytes:
    return b"".join([piece async for piece in store.answer(sql, format_=format_, database="tilde")])


def statements_that_run() -> int:
    """Processes of ours that were begun for a statement."""
    return sum("tilde.store.sql_process" in command for command in commands_of_children(os.getpid()))


# Some ten seconds of CPU in one block, and no memory: else the engine's own bound is there first.
EXPENSIVE_ROWS = (
    "SELECT sum(editDistance(materialize(repeat('a', 20000)), repeat(char(98 + number % 3), 20000))) FROM numbers(12)"
)


async def test_a_statement_of_an_operator_sees_what_is_there(store):
    await store.insert_block("tilde_g1.points", block(*some_points(1000)))
    await store.insert_block("tilde_g1.points", block(*some_points(1000)))
    await point_views(store, 1)

    assert await answered(store, "SELECT count() AS n, sum(number) AS total FROM points") == b'"n","total"\n1000,1000\n'
    assert await answered(store, "SELECT 1 AS n", "JSONEachRow") == b'{"n":1}\n'
    with pytest.raises(NoTableError):
        await answered(store, "SELECT 1 FROM nothing")
    with pytest.raises(QueryRefusedError):
        await answered(store, "SELECT no_such_column FROM points")


async def test_a_statement_ends_in_its_time_whatever_its_rows_cost(store, monkeypatch):
    """The engine looks at its clock between two blocks of rows only; here one block takes several times as long."""
    monkeypatch.setattr("tilde.store.sql_runner.SQL_S", 2)
    await point_views(store, 1)
    with pytest.raises(QueryLimitError, match="took more than 2 s"):
        await asyncio.wait_for(answered(store, EXPENSIVE_ROWS), PATIENCE_S)

    assert await asyncio.wait_for(answered(store, "SELECT 1 AS n"), PATIENCE_S) == b'"n"\n1\n'


async def test_a_statement_ends_with_who_asked_for_it(store, monkeypatch):
    """And others go on meanwhile; who finds all places taken is told that, and no more than that."""
    monkeypatch.setattr("tilde.store.sql_runner.SQL_WAITING_S", 0.2)
    await point_views(store, 1)
    running = [asyncio.create_task(answered(store, EXPENSIVE_ROWS)) for _ in range(2)]
    while (await asyncio.to_thread(statements_that_run)) < len(running):
        await asyncio.sleep(0.05)
    assert await store.rows("SELECT 1") == [(1,)]
    assert await store.rows("SELECT 1", purpose=Purpose.EXPORT) == [(1,)]
    with pytest.raises(StoreBusyError, match="busy"):
        await answered(store, "SELECT 1 AS n")
    for task in running:
        task.cancel()
    await asyncio.wait(running)

    assert await asyncio.wait_for(answered(store, "SELECT 1 AS n"), PATIENCE_S) == b'"n"\n1\n'


async def test_an_answer_may_have_millions_of_rows(store):
    """Bytes and time bound it."""
    await point_views(store, 1)

    assert (await answered(store, "SELECT 1 FROM numbers(6000000)")).count(b"\n") == 6_000_001


async def test_a_place_is_free_where_the_process_of_a_statement_cannot_start(store, monkeypatch):
    monkeypatch.setattr("tilde.store.sql_runner.SQL_WAITING_S", 1)
    await point_views(store, 1)
    with monkeypatch.context() as broken:
        broken.setattr("tilde.store.sql_runner._RUN", ["/no/such/program"])
        for _ in range(3):  # more than there are places
            with pytest.raises(StoreError, match="cannot be started"):
                await answered(store, "SELECT 1 AS n")

    assert await answered(store, "SELECT 1 AS n") == b'"n"\n1\n'


A_QUARTER_OF_AN_HOUR = EXPENSIVE_ROWS.replace("numbers(12)", "numbers(1000)")
ASKING = """
import asyncio, sys
from tilde.store.clickhouse import open_store
from tilde.store.migrate import migrate, point_views

async def ask():
    store = await open_store("chdb://" + sys.argv[1])
    await migrate(store, 1)
    await point_views(store, 1)
    async for _ in store.answer(sys.argv[2], format_="CSVWithNames", database="tilde"):
        pass

asyncio.run(ask())
"""


async def test_a_statement_ends_with_the_process_that_asked_for_it_even_where_that_is_killed(tmp_path):
    """SIGKILL: nobody is left who could end it."""
    command = [sys.executable, "-c", ASKING, str(tmp_path), A_QUARTER_OF_AN_HOUR]
    api = subprocess.Popen(command)  # noqa: ASYNC220 - nothing else runs in this loop
    try:
        until(lambda: runs_for(api.pid) != [], PATIENCE_S, lambda: "the statement does not run")
        (statement,) = runs_for(api.pid)
        # With the engine and the job.
        until(lambda: cpu_s(statement) > 2, PATIENCE_S, lambda: "the statement does nothing")
    finally:
        api.kill()
        api.wait()

    until(lambda: command_of(statement) == "", PATIENCE_S, lambda: "the statement goes on")


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) / os.sysconf("SC_CLK_TCK")


def runs_for(pid: int) -> list[int]:
    return [child for child in children_of(pid) if "tilde.store.sql_process" in command_of(child)]


async def test_an_answer_has_a_bound_and_a_place_is_free_behind_it(store, monkeypatch):
    monkeypatch.setattr("tilde.store.sql_runner.SQL_ANSWER_BYTES_MAX", 1 << 20)
    monkeypatch.setattr("tilde.store.sql_runner.SQL_WAITING_S", 5)
    await point_views(store, 1)
    for _ in range(3):
        with pytest.raises(QueryLimitError, match="larger than 1 MiB"):
            await answered(store, "SELECT number FROM numbers(1000000)")
    for limit in (
        "SELECT groupArray(number) FROM numbers(1000000000)",
        "SELECT repeat('x', 1000000) FROM numbers(9000)",
    ):
        with pytest.raises(QueryLimitError):
            await answered(store, limit)

    assert await answered(store, "SELECT 1 AS n") == b'"n"\n1\n'
