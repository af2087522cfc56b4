"""SQL over what a product's people did, from the request that tracked to the rows of the answer."""

import os
from collections.abc import AsyncIterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings

from api.reads.opened import Opened
from api.reads.people import People
from api.reads.records import records as records_module
from api.reads.records.records import RecordsSql
from api.reads.searched_texts import NO_KEYS
from api.reads.tables import Tables
from testkit.activity import OTHER_KEY
from testkit.edges import KEYRING
from testkit.people_histories import ACTIVITY, ALIASES, a_history
from testkit.people_shop import DAY, HOLDER, Shop, a_shop
from testkit.query_place import QueryPlace
from testkit.running import commands_of_children
from testkit.waiting import until_it_holds
from tilde.domain.people.acts import AskedActs
from tilde.domain.people.question import EVER, Had
from tilde.store import sql_process

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

HISTORIES = int(os.environ.get("TILDE_HISTORIES", "3"))  # each statement has a process of its own
ANN, DAY_MS = "ann@example.com", DAY * 1000


@pytest_asyncio.fixture(loop_scope="module")
async def shop(place: QueryPlace, tmp_path: Path) -> AsyncIterator[Shop]:
    async with a_shop(place, tmp_path) as shop:
        yield shop


async def rows(shop: Shop, sql: str, **more: Any) -> list[list[Any]]:
    said = await shop.complete(await shop.ask("sql", {"sql": sql, **more}))
    assert "data" in said, said
    return [list(row.values()) for row in said["data"]]


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        (
            "SELECT event, count(*) AS n, count(DISTINCT person) FROM records GROUP BY event ORDER BY n DESC, event",
            [["purchased", 3, 2], ["visited site", 2, 2], [None, 1, 1]],
        ),
        (
            (
                "SELECT timestamp_ms, person, year, month, orig_person, dest_person, event, email, remote_ip, new_vs_returning"
                " FROM records WHERE person = 'anonymous-1' ORDER BY timestamp_ms LIMIT 2"
            ),
            [
                [DAY_MS - 50_000, ANN, 2026, 10, "anonymous-1", None, "visited site", None, None, "new"],
                [DAY_MS, ANN, 2026, 10, ANN, None, "purchased", None, None, None],
            ],
        ),
        (
            (
                "SELECT person, sum(numeric_property_value('Amount')) AS revenue, max_by(property_value('plan'), timestamp_ms)"
                " FROM records WHERE is_event('Purchased') GROUP BY person ORDER BY revenue DESC"
            ),
            [[ANN, 119.5, "Gold"], ["bob", 5, None]],
        ),
        (
            (
                "SELECT property_value('plan') AS plan, count(*) FROM records WHERE has_property('plan') AND NOT is_alias()"
                " GROUP BY plan ORDER BY min(timestamp_ms)"
            ),
            [["Gold plus", 1], ["Silver", 1], ["Gold", 1]],
        ),
        (
            (
                "SELECT timestamp_ms FROM records WHERE property_value('plan') LIKE 'Go%' AND property_value('plan') <> 'Gold'"
                " OR property_value('amount') IN (5, '7') OR is_set('plan') ORDER BY 1"
            ),
            [[DAY_MS], [DAY_MS + 5_000], [DAY_MS + 8_000]],
        ),
        (
            (
                "WITH buyers AS (SELECT DISTINCT person_id FROM records WHERE is_event('purchased'))"
                " SELECT person FROM records WHERE person_id NOT IN (SELECT person_id FROM buyers) GROUP BY person"
            ),
            [["cid"]],
        ),
        (
            (
                "SELECT a.person, (b.timestamp_ms - a.timestamp_ms) / 1000 AS seconds FROM records a JOIN records b"
                " ON a.person = b.person AND a.timestamp_ms < b.timestamp_ms"
                " WHERE a.event = 'visited site' AND b.event = 'purchased' ORDER BY seconds"
            ),
            [[ANN, 50], [ANN, 60]],
        ),
        (
            (
                "SELECT date_trunc('day', from_unixtime(timestamp_ms / 1000)) AS day, avg(n) FROM (SELECT timestamp_ms,"
                " length(event) AS n FROM records) AS x WHERE n IS NOT NULL GROUP BY day -- of all of them"
            ),
            [["2026-10-25", 10.2]],
        ),
        (
            (
                "SELECT coalesce(property_value('plan'), 'none') AS plan, count(*) AS n FROM records"
                " GROUP BY plan HAVING n > 1 UNION ALL SELECT coalesce(property_value('plan'), 'x'), 0 FROM records"
                " WHERE property_value('phone') = '15551234567' ORDER BY n"
            ),
            [["x", 0], ["none", 3]],
        ),
        (
            (
                "SELECT CASE WHEN is_set() THEN 'it''s set' END AS what, 'x' || upper(event), 1 + 2 * 3, true FROM records"
                " WHERE property_value('amount') = 20 OR is_set() ORDER BY timestamp_ms"
            ),
            [["it's set", None, 7, 1], [None, "xPURCHASED", 7, 1]],
        ),
    ],
)
async def test_a_statement_is_answered(shop: Shop, sql: str, found: list[list[Any]]) -> None:
    """An event counts once a person and second, texts are opened, and an identity that was joined is that person."""
    assert await rows(shop, sql) == found


async def test_records_are_of_some_days_where_these_are_said(shop: Shop) -> None:
    days = {"type": "custom", "start_date": DAY + 5, "end_date": DAY + 8}
    assert await rows(shop, "SELECT count(*) FROM records", date_range=days) == [[3]]


async def test_pages_and_names_are_those_of_the_statement(shop: Shop) -> None:
    path = await shop.ask("sql", {"query": "SELECT event, event FROM records WHERE is_event() ORDER BY timestamp_ms"})
    whole = await shop.complete(path)
    page = await shop.get(f"{path}?limit=2&offset=2")

    assert whole["columns"] == ["event", "event 2"]
    assert page["data"] == whole["data"][2:4]
    assert page["data"][0] == {"event": "purchased", "event 2": "purchased"}
    assert page["pagination"]["total"] == 5


async def test_another_products_rows_are_never_read(shop: Shop) -> None:
    """Not by what people of both are called, either."""
    for name in ("Purchased", "Secret"):
        await shop.tables.track("/e", _k=OTHER_KEY, _p=ANN, _n=name, _d="1", _t=str(DAY), plan="Lead", amount="7777")
    await shop.tables.fill()
    union = " UNION ALL ".join(
        f"SELECT count(*) FROM records WHERE {condition}"
        for condition in (
            "1 = 1",
            "is_event('secret')",
            "property_value('amount') = 7777",
            "property_value('plan') = 'Lead'",
        )
    )

    assert sorted(await rows(shop, union)) == [[0], [0], [0], [6]]
    assert "Lead" not in str(await rows(shop, "SELECT *, property_value('plan') FROM records"))


async def test_of_who_was_erased_nothing_is_told(shop: Shop) -> None:
    """His text is nobody's, though somebody else has the same; and in an answer that was there before it goes, too."""
    await shop.tables.track("/s", _p="dan", _d="1", _t=str(DAY + 9), plan="Silver")
    await shop.tables.fill()
    of_each = "SELECT person, property_value('plan') FROM records WHERE has_property('plan') AND is_set() ORDER BY timestamp_ms"
    path = await shop.ask("sql", {"sql": of_each})
    before = (await shop.complete(path))["data"]
    await shop.erase("cid")
    after = (await shop.get(path))["data"]

    assert [list(row.values()) for row in before] == [["cid", "Silver"], ["dan", "Silver"]]
    assert [list(row.values()) for row in after] == [[None, None], ["dan", "Silver"]]
    assert await rows(shop, of_each.replace("person,", "")) == [[None], ["Silver"]]
    of_plans = "SELECT count(*) FROM records WHERE property_value('plan')"
    of_him = "SELECT count(*) FROM records WHERE"
    counts = f"{of_plans} = 'Silver' UNION ALL {of_plans} LIKE 'Sil%' UNION ALL {of_him} person = 'cid'"
    assert sorted(await rows(shop, f"{counts} UNION ALL {of_him} orig_person = 'cid'")) == [[0], [0], [1], [1]]


async def test_an_answer_that_is_kept_has_no_text(shop: Shop) -> None:
    path = await shop.ask("sql", {"sql": f"SELECT person, property_value('plan'), '{ANN}' FROM records"})
    assert (await shop.complete(path))["data"][0]["person"] is not None
    answer = await shop.place.jobs.answer(path.rpartition("/")[2])

    for text in (ANN, "Gold", "Silver"):
        assert text.encode() not in answer
        assert text not in KEYRING.open(answer).replace(f'"{ANN}"', "")


async def test_without_the_keys_texts_are_compared_and_not_told(place: QueryPlace, shop: Shop) -> None:
    keyless = Shop(place, shop.tables)
    found = "SELECT person, property_value('plan'), event FROM records WHERE property_value('plan') = 'Gold'"
    assert await rows(keyless, found) == [[None, None, "purchased"]]
    said = await keyless.complete(await keyless.ask("sql", {"sql": found.replace("= 'Gold'", "LIKE 'G%'")}))
    assert said["error"] == NO_KEYS
    await place.jobs.close()


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT event + 1 FROM records", "a function is given a value of a type that it does not take"),
        ("SELECT event, count(*) FROM records", "a column is neither in GROUP BY nor in an aggregate"),
        ("SELECT DATE 'soon'", "a text is no date"),
    ],
)
async def test_what_the_engine_refuses_is_told_in_words_of_ours(shop: Shop, sql: str, why: str) -> None:
    """Its own name tables, which are nobody's business."""
    said = await shop.complete(await shop.ask("sql", {"sql": sql}))
    assert said["error"] == why


async def test_more_rows_than_there_may_be_are_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records_module, "ROWS_MAX", 5)
    said = await shop.complete(await shop.ask("sql", {"sql": "SELECT event FROM records"}))
    assert said["error"] == "it has more than 5 rows: put them together, or say LIMIT"
    assert len(await rows(shop, "SELECT event FROM records LIMIT 5")) == 5


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"sql": 7},
        {"sql": "SELECT * FROM system.tables"},
        {"sql": "SELECT * FROM records UNION ALL SELECT * FROM tilde_g1.people"},
        {"sql": "SELECT * FROM url('http://localhost/', CSV)"},
        {"sql": "SELECT sleep(3) FROM records"},
        {"sql": "SELECT 1 FROM records SETTINGS max_memory_usage = 0"},
        {"sql": "SELECT 1", "date_range": {"type": "preset", "preset": "soon"}},
    ],
)
async def test_what_is_no_question_about_records_is_told_at_once(shop: Shop, params: dict[str, Any]) -> None:
    asked = {"product_id": 1, "query_type": "sql", "query_params": params}
    answer = await shop.place.http.post("/v3/queries", headers=HOLDER, json=asked)
    assert (answer.status_code, list(answer.json())) == (400, ["status", "messages"])


async def test_a_statement_that_is_cancelled_runs_no_more_and_leaves_its_place(shop: Shop) -> None:
    """Its process has ended when that is answered. There is one place, so the next one would wait for it."""
    endless = "".join(f" JOIN records r{nth} ON r0.year = r{nth}.year" for nth in range(1, 20))  # 7 ** 20 rows
    path = await shop.ask("sql", {"sql": f"SELECT count(*) FROM records r0{endless}"})
    await until_it_holds(statements)
    gone = await shop.place.http.delete(path, headers=HOLDER)

    assert gone.json() == {"id": path.rpartition("/")[2], "cancelled": True}
    assert statements() == []
    assert await rows(shop, "SELECT count(*) FROM records") == [[6]]
    assert (await shop.get(path))["cancelled"] is True


def statements() -> list[str]:
    """The processes in which some run."""
    return [command for command in commands_of_children(os.getpid()) if sql_process.__name__ in command]


@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(ACTIVITY, ALIASES)
async def test_records_are_counted_as_an_oracle_counts_them(
    place: QueryPlace, done: list[Any], aliases: list[tuple[int, int]]
) -> None:
    """By person and event, and with a property."""
    product, oracle = await a_history(place, done, aliases)
    tables = Tables(place.store, lambda: 1)
    opened = Opened(KEYRING.keyed_hash, None)
    sql = RecordsSql(tables, People(tables), opened, place.follower)
    counts = "SELECT person_id, coalesce(event, ''), count(*), count_if(has_property('p')) FROM records GROUP BY 1, 2 ORDER BY 1, 2"
    found = await sql.found(product, counts, EVER)

    acts, with_p = oracle.acts(AskedActs()), set(oracle.acts(AskedActs(where=Had("p"))))
    by_person = sorted(acts, key=lambda act: act[1:])
    wanted = []
    for (person, event), some in groupby(by_person, key=lambda act: act[1:]):
        of_them = list(some)
        wanted.append([person, event, len(of_them), len(with_p & set(of_them))])
    assert found == wanted
