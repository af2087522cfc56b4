"""Statements of SQL over what a product's people did, from the request that tracked to the rows of the answer: of a shop
that no test here changes. `test_sql_queries.py` has those that do.
"""

from typing import Any

import pytest

from api.kissmetrics.records import records as records_module
from testkit.edges import KEYRING
from testkit.people_shop import DAY, HOLDER, Shop

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

ANN, DAY_MS = "ann@example.com", DAY * 1000


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
async def test_a_statement_is_answered(standing_shop: Shop, sql: str, found: list[list[Any]]) -> None:
    """An event counts once a person and second, texts are opened, and an identity that was joined is that person."""
    assert await standing_shop.sql(sql) == found


OF_PERSONS = "(SELECT DISTINCT person FROM records) a"
OF_BUYERS = "(SELECT person, count(*) AS k FROM records WHERE is_event('purchased') GROUP BY person) b"


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        (f"SELECT count(*) FROM {OF_PERSONS} LEFT JOIN {OF_BUYERS} ON a.person = b.person WHERE b.person IS NULL", [[1]]),
        (
            (
                "SELECT count(*), count(b.person), avg(b.k), sum(coalesce(b.k, -1))"
                f" FROM {OF_PERSONS} LEFT JOIN {OF_BUYERS} ON a.person = b.person"
            ),
            [[3, 2, 1.5, 2]],
        ),
        (
            (
                "SELECT a.person, b.timestamp_ms, b.year, b.event, b.orig_person, b.person_id, b.email, b.new_vs_returning"
                f" FROM {OF_PERSONS} LEFT JOIN records b ON a.person = b.person AND b.event = 'purchased'"
                " WHERE b.timestamp_ms IS NULL"
            ),
            [["cid", None, None, None, None, None, None, None]],
        ),
        (
            (
                "SELECT count(*), max(timestamp_ms), min(event), sum(year), avg(year), any_value(event), max_by(event, year)"
                " FROM records WHERE is_event('never')"
            ),
            [[0, None, None, None, None, None, None]],
        ),
        ("SELECT max_by(property_value('plan'), year), any_value(person), stddev(year), variance(year) FROM records WHERE 1 = 0",
         [[None, None, None, None]]),
    ],
)  # fmt: skip
async def test_what_is_not_there_is_null(standing_shop: Shop, sql: str, found: list[list[Any]]) -> None:
    """What a LEFT JOIN finds no other row for, and what is made of no rows; two of three are buyers."""
    assert await standing_shop.sql(sql) == found


VALUES = [
    ("CAST(1e300 AS bigint)", None),
    ("CAST('1e400' AS bigint)", None),
    ("CAST('nan' AS bigint)", None),
    ("CAST(-1.7 AS bigint)", -1),
    ("from_unixtime(1e18)", None),
    ("from_unixtime(-1)", None),
    ("from_unixtime(max(timestamp_ms) / 1000 + 0.5)", "2026-10-25 12:01:23"),
    ("date(max(timestamp_ms))", None),
    ("date(from_unixtime(min(timestamp_ms) / 1000))", "2026-10-25"),
    ("CAST('2026-1' || '3-01' AS date)", None),
    ("CAST('2026-02' || '-30' AS timestamp)", None),
    ("CAST('2026-02' || '-03' AS timestamp)", "2026-02-03 00:00:00"),
    ("DATE '2026-02-03'", "2026-02-03"),
    ("TIMESTAMP '2026-02-03 04:05:06'", "2026-02-03 04:05:06"),
    ("CAST(DATE '2026-02-03' AS timestamp)", "2026-02-03 00:00:00"),
    ("date_trunc('second', TIMESTAMP '2026-02-03 04:05:06')", "2026-02-03 04:05:06"),
    ("date_trunc('day', TIMESTAMP '2026-02-03 04:05:06')", "2026-02-03"),
    ("date_trunc('day', DATE '2026-02-03')", "2026-02-03"),
]


async def test_a_value_that_is_none_of_a_type_is_null(standing_shop: Shop) -> None:
    """And not the next one that the engine has, as 1970-01-01 or 2106-02-07."""
    columns = ", ".join(f"{expression} AS c{nth}" for nth, (expression, _) in enumerate(VALUES))
    (row,) = await standing_shop.sql(f"SELECT {columns} FROM records")

    assert [(expression, value) for (expression, _), value in zip(VALUES, row, strict=True)] == VALUES


async def test_a_backslash_in_a_pattern_is_one(standing_shop: Shop) -> None:
    r"""At its end, too; `\%` is `\` and whatever follows. So it is in patterns of properties."""
    tried = [("a\\", "a\\"), ("a\\b", "a\\%"), ("a%", "a\\%"), ("ab", "a_"), ("A\\", "a\\")]
    columns = ", ".join(f"'{text}' LIKE '{pattern}'" for text, pattern in tried)
    assert await standing_shop.sql(f"SELECT {columns} FROM records LIMIT 1") == [[1, 1, 0, 1, 0]]


async def test_records_are_of_some_days_where_these_are_said(standing_shop: Shop) -> None:
    days = {"type": "custom", "start_date": DAY + 5, "end_date": DAY + 8}
    assert await standing_shop.sql("SELECT count(*) FROM records", date_range=days) == [[3]]


async def test_pages_and_names_are_those_of_the_statement(standing_shop: Shop) -> None:
    path = await standing_shop.ask(
        "sql", {"query": "SELECT event, event FROM records WHERE is_event() ORDER BY timestamp_ms"}
    )
    whole = await standing_shop.complete(path)
    page = await standing_shop.get(f"{path}?limit=2&offset=2")

    assert whole["columns"] == ["event", "event 2"]
    assert page["data"] == whole["data"][2:4]
    assert page["data"][0] == {"event": "purchased", "event 2": "purchased"}
    assert page["pagination"]["total"] == 5


async def test_an_answer_that_is_kept_has_no_text(standing_shop: Shop) -> None:
    path = await standing_shop.ask("sql", {"sql": f"SELECT person, property_value('plan'), '{ANN}' FROM records"})
    assert (await standing_shop.complete(path))["data"][0]["person"] is not None
    answer = await standing_shop.place.jobs.answer(path.rpartition("/")[2])

    for text in (ANN, "Gold", "Silver"):
        assert text.encode() not in answer
        assert text not in KEYRING.open(answer).replace(f'"{ANN}"', "")


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT event + 1 FROM records", "a function is given a value of a type that it does not take"),
        ("SELECT event, count(*) FROM records", "a column is neither in GROUP BY nor in an aggregate"),
        (
            "SELECT timestamp_ms, (SELECT event FROM records) FROM records",
            "a query that stands for one value has several rows",
        ),
        (
            "SELECT date_trunc('day', timestamp_ms) FROM records",
            "a function is given a value of a type that it does not take",
        ),
    ],
)
async def test_what_the_engine_refuses_is_told_in_words_of_ours(standing_shop: Shop, sql: str, why: str) -> None:
    """Its own name tables, which are nobody's business."""
    said = await standing_shop.complete(await standing_shop.ask("sql", {"sql": sql}))
    assert said["error"] == why


async def test_more_rows_than_there_may_be_are_refused(standing_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records_module, "ROWS_MAX", 5)
    said = await standing_shop.complete(await standing_shop.ask("sql", {"sql": "SELECT event FROM records"}))
    assert said["error"] == "it has more than 5 rows: put them together, or say LIMIT"
    assert len(await standing_shop.sql("SELECT event FROM records LIMIT 5")) == 5


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
        {"sql": "SELECT DATE '2026-13-01'"},
        {"sql": "SELECT 1", "date_range": {"type": "preset", "preset": "soon"}},
    ],
)
async def test_what_is_no_question_about_records_is_told_at_once(standing_shop: Shop, params: dict[str, Any]) -> None:
    asked = {"product_id": 1, "query_type": "sql", "query_params": params}
    answer = await standing_shop.place.http.post("/v3/queries", headers=HOLDER, json=asked)
    assert (answer.status_code, list(answer.json())) == (400, ["status", "messages"])
