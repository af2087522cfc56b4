"""docs/sql.md: its examples run, its columns are the views', and its generated tables are the store's."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from textwrap import dedent

import pytest
import pytest_asyncio

from testkit.query_place import HITS, OPERATOR, QueryPlace, a_hit
from testkit.rows import a_metric
from tilde.domain.stats.metrics import metric_id, short_id
from tilde.store import Store
from tilde.store.clickhouse import open_store
from tilde.store.migrate import VIEWS_DATABASE, migrate, point_views
from tools import reference

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

PAGE = (Path(__file__).parents[2] / "docs/sql.md").read_text()
EXAMPLES = [dedent(block) for block in re.findall(r"(?:^    .+\n)+", PAGE, re.MULTILINE) if "SELECT" in block]
VIEWS = {  # of the table in front of the examples
    name: re.findall(r"`(\w+)`", columns)
    for name, columns in re.findall(
        r"^\| `(\w+)(?:\(.*\))?` \| [^|]+ \| (.+) \|$", PAGE.partition("### Examples")[0], re.MULTILINE
    )
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def store(tmp_path_factory) -> AsyncIterator[Store]:
    store = await open_store(f"chdb://{tmp_path_factory.mktemp('store')}")
    await migrate(store, 1)
    await point_views(store, 1)
    yield store
    await store.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(store) -> AsyncIterator[QueryPlace]:
    place = QueryPlace(store)
    await place.insert("metric", a_metric("hits"), a_metric("load", "value"))
    await place.insert("point", a_hit(10, 2), a_hit(10, 2), a_hit(5, 1.5))
    yield place
    await place.http.aclose()


async def test_the_page_has_examples_and_views():
    assert len(EXAMPLES) >= 7
    assert set(VIEWS) == {
        "points",
        "metrics",
        "stats",
        "stat",
        "samples",
        "hits",
        "traffic",
        "people",
        "occurrences",
        "property_values",
        "events",
        "properties",
        "users",
        "sites",
        "catalog",
        "dead_letters",
    }


@pytest.mark.parametrize("example", EXAMPLES)
async def test_an_example_runs(place, example):
    query = re.sub(r'^tilde sql "(.*)"$', r"\1", example.strip(), flags=re.DOTALL)
    asked = {"query": query, "format": "json"}
    answer = await place.http.post("/tilde/v1/sql", json=asked, headers={"authorization": f"Bearer {OPERATOR}"})

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("view", VIEWS)
async def test_the_columns_of_a_view_are_those_of_the_page(place, view):
    source = f"{VIEWS_DATABASE}.{view}" + ("(name = 'hits')" if view == "stat" else "")
    columns = (await place.store.body(f"SELECT * FROM {source} LIMIT 0", format_="CSVWithNames")).decode()

    assert columns.replace('"', "").strip().split(",") == VIEWS[view]


async def test_views_show_each_number_once(place):
    assert await place.store.rows("SELECT name, sum(number), count() FROM tilde.stats GROUP BY name") == [
        ("hits", 3.5, 2)
    ]
    assert await place.store.rows("SELECT sum(number), count() FROM tilde.stat(name = 'hits')") == [(3.5, 2)]
    assert await place.store.rows("SELECT count() FROM tilde.points") == [(2,)]


async def test_the_id_of_the_view_is_the_one_in_urls(place):
    assert sorted(await place.store.rows("SELECT metric, id, kind, name FROM tilde.metrics")) == sorted(
        [
            (HITS, short_id(HITS), "counter", "hits"),
            (metric_id(1, "value", "load"), short_id(metric_id(1, "value", "load")), "value", "load"),
        ]
    )


async def test_the_generated_tables_are_the_stores(store):
    rows = await store.rows(
        "SELECT name, type, comment FROM system.columns WHERE database = 'tilde_g1' AND table != 'migrations'"
    )

    documented = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", reference.tables(), re.MULTILINE)
    assert sorted(documented) == sorted(rows)


def opened(what: str) -> set[str]:
    """The names in a line of the page's table of what else can be read."""
    (names,) = re.findall(rf"^\| {what} \| (.+) \|$", PAGE, re.MULTILINE)
    return set(re.findall(r"`(\w+)`", names))


async def status_of(place: QueryPlace, query: str) -> int:
    asked = {"query": query, "format": "json"}
    answer = await place.http.post("/tilde/v1/sql", json=asked, headers={"authorization": f"Bearer {OPERATOR}"})
    return answer.status_code


@pytest.mark.parametrize("database", ["system", "information_schema"])
async def test_of_the_engine_s_own_tables_those_of_the_page_can_be_read_and_no_others(place, database):
    """Each of the engine's is asked for, so a release that brings another asks for a decision only where it is open."""
    rows = await place.store.rows(f"SELECT name FROM system.tables WHERE database = '{database}'")
    there = {row[0] for row in rows}
    readable = {name for name in there if await status_of(place, f"SELECT 1 FROM {database}.{name} LIMIT 0") == 200}

    assert readable - {name.upper() for name in readable} == opened(f"tables of `{database}`")


async def test_the_table_functions_of_the_page_can_be_called_and_no_others(place):
    """With arguments that each of them has."""
    calls = {
        "generate_series": "generate_series(1, 2)",
        "generateseries": "generateSeries(1, 2)",
        "null": "null('a Int8')",
        "numbers": "numbers(2)",
        "primes": "primes(2)",
        "values": "values('a Int8', 1)",
    }
    there = {row[0].lower() for row in await place.store.rows("SELECT name FROM system.table_functions")}

    assert set(calls) == opened("table functions")
    for call in calls.values():
        assert await status_of(place, f"SELECT * FROM {call}") == 200, call
    for name in there - set(calls):
        assert await status_of(place, f"SELECT * FROM {name}('a')") == 400, name


async def test_names_that_table_functions_have_too_are_free_where_nothing_reaches_outside(place):
    """A function of texts, and a column that somebody counts in."""
    assert (
        await status_of(place, "SELECT format('{}', 'a'), countIf(number = 0) AS zeros FROM stats ORDER BY zeros")
        == 200
    )
