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
            "SELECT event_name, count(*) AS n, count(DISTINCT person) FROM records GROUP BY event_name ORDER BY n DESC, 1",
            [["purchased", 3, 2], ["visited site", 2, 2], [None, 1, 1]],
        ),
        (
            (
                "SELECT timestamp_ms, person_id, year, month, orig_person_id, dest_person, event_name, email, remote_ip, new_vs_returning"
                " FROM records WHERE person = 'anonymous-1' ORDER BY timestamp_ms LIMIT 2"
            ),
            [
                [DAY_MS - 50_000, ANN, 2026, 10, "anonymous-1", None, "visited site", None, None, "new"],
                [DAY_MS, ANN, 2026, 10, ANN, None, "purchased", None, None, None],
            ],
        ),
        (
            (
                "SELECT person_id, sum(numeric_property_value('Amount')) AS revenue, max_by(property_value('plan'), timestamp_ms)"
                " FROM records WHERE is_event('Purchased') GROUP BY person_id ORDER BY revenue DESC"
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
                " SELECT person_id FROM records WHERE person_id NOT IN (SELECT person_id FROM buyers) GROUP BY person_id"
            ),
            [["cid"]],
        ),
        (
            (
                "SELECT a.person_id, (b.timestamp_ms - a.timestamp_ms) / 1000 AS seconds FROM records a JOIN records b"
                " ON a.person = b.person AND a.timestamp_ms < b.timestamp_ms"
                " WHERE a.event = 'visited site' AND b.event = 'purchased' ORDER BY seconds"
            ),
            [[ANN, 50], [ANN, 60]],
        ),
        (
            (
                "SELECT date_trunc('day', from_unixtime(timestamp_ms / 1000)) AS day, avg(n) FROM (SELECT timestamp_ms,"
                " length(event_name) AS n FROM records) AS x WHERE n IS NOT NULL GROUP BY day -- of all of them"
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
                "SELECT CASE WHEN is_set() THEN 'it''s set' END AS what, 'x' || upper(event_name), 1 + 2 * 3, true FROM records"
                " WHERE property_value('amount') = 20 OR is_set() ORDER BY timestamp_ms"
            ),
            [["it's set", None, 7, 1], [None, "xPURCHASED", 7, 1]],
        ),
    ],
)
async def test_a_statement_is_answered(standing_shop: Shop, sql: str, found: list[list[Any]]) -> None:
    """An event counts once a person and second, texts are opened, and an identity that was joined is that person."""
    assert await standing_shop.sql(sql) == found


OF_PERSONS = "(SELECT DISTINCT person, person_id FROM records) a"
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
                "SELECT a.person_id, b.timestamp_ms, b.year, b.event, b.orig_person, b.person, b.email, b.new_vs_returning"
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
    ("date_trunc('hour', DATE '2026-02-03')", "2026-02-03 00:00:00"),
    ("1 / 0", None),
    ("1 / 0 IS NULL", 1),
    ("10 % 0", None),
    ("mod(10, 0)", None),
    ("7.5 % 0", None),
    ("mod(-7, 3)", -1),
    ("7.5 % 2", 1.5),
    ("9223372036854775807 + 1", None),
    ("-9223372036854775807 - 2", None),
    ("9223372036854775807 * 2", None),
    ("(-9223372036854775807 - 1) % -1", 0),
    ("-(-9223372036854775807 - 1)", None),
    ("abs(-9223372036854775807 - 1)", None),
    ("round(9223372036854775807, -1)", None),
    ("sum(timestamp_ms * 1000000)", None),
    ("avg(timestamp_ms * 1000000) > 1e18", 1),
    ("1e308 * 10", None),
    ("sqrt(-1) IS NULL", 1),
    ("ln(0)", None),
    ("pow(10, 400)", None),
    ("CAST('inf' AS double)", None),
    ("-(-5)", 5),
    ("-(-1e3)", 1000),
    ("1000 / max(timestamp_ms) < 1", 1),
    ("coalesce(max(event), 0.5) > 0", 1),
    ("greatest(2, 1.5)", 2),
    ("nullif(5, 5.0)", None),
    ("round(15.567, 1)", 15.6),
    *(
        (f"round({number})", near)
        for number, near in ((0.5, 1), (1.5, 2), (2.5, 3), (-0.5, -1), (-2.5, -3), (-1.4, -1))
    ),
    ("round(0.49999999999999994)", 0),
    ("round(2.675, 2)", 2.68),
    ("round(-0.125, 2)", -0.13),
    ("round(1250.0, -2)", 1300),
    ("round(1250, -2)", 1300),
    ("round(-1350, -2)", -1400),
    ("round(4503599627370497.0)", 4503599627370497),
    ("round(1e300, 15)", 1e300),
    ("round(1e300, -15)", 1e300),
    ("round(round(round(2.45, 1)))", 3),
    ("round(avg(timestamp_ms - timestamp_ms + 2.5))", 3),
    ("round(NULL)", None),
    ("1 IN (2, NULL)", None),
    ("1 NOT IN (2, NULL)", None),
    ("1 NOT IN (1, NULL)", 0),
    ("1 IN (1, NULL)", 1),
    ("1 IN (NULL)", None),
    ("1 IN (1 + max(event) - max(event), NULL)", 1),
    ("1 NOT IN (2 + max(event) - max(event), NULL)", None),
    ("CAST(9007199254740993 AS bigint)", 9007199254740993),
    ("-9223372036854775808", -9223372036854775808),
    ("1 - -9223372036854775808", None),
    ("-9223372036854775808 + 1", -9223372036854775807),
    ("-1 - -9223372036854775808", 9223372036854775807),
    ("NULL AND false", 0),
    ("NULL OR true", 1),
    ("substr('Gold', 2, -1)", ""),
    ("substr('Gold', 2, NULL)", None),
    ("substr('Gold', 0)", ""),
    ("substr('Gold', 2, 2)", "ol"),
    ("substr('Gold', max(event) - max(event))", ""),
    ("'x' || 5", "x5"),
    ("DATE '2026-10-25' + 7", "2026-11-01"),
    ("DATE '2026-10-25' + 100000", None),
    ("DATE '2026-10-25' - DATE '2026-10-20'", 5),
    ("TIMESTAMP '2026-10-25 00:00:00' - 1", "2026-10-24 23:59:59"),
    ("TIMESTAMP '1970-01-01 00:00:00' - 1", None),
    ("TIMESTAMP '2026-10-25 00:00:00' = DATE '2026-10-25'", 1),
    ("DATE '2026-10-25' < '2026-10-26'", 1),
    ("max(timestamp_ms) > '1700000000000'", 1),
]


async def indexes(shop: Shop, noun: str) -> dict[str, int]:
    """Of events, or of properties, by their names."""
    return {one["name"]: one["index"] for one in (await shop.get(f"/v3/products/1/{noun}"))["data"]}


async def test_an_event_is_its_index_and_has_its_name_beside_it(standing_shop: Shop) -> None:
    """Null where properties were set. It is a number like others; of SELECT * Kissmetrics' columns come first."""
    index = await indexes(standing_shop, "events")
    visited, purchased = index["visited site"], index["purchased"]
    counted = "SELECT event, event_name, count(*) FROM records GROUP BY event, event_name ORDER BY event"
    named = [[visited, "visited site", 2], [purchased, "purchased", 3], [None, None, 1]]

    assert await standing_shop.sql(counted) == sorted(named[:2]) + named[2:]
    assert await standing_shop.sql("SELECT max(event), sum(event + 1) FROM records WHERE event IS NOT NULL") == [
        [max(visited, purchased), 2 * visited + 3 * purchased + 5]
    ]
    said = await standing_shop.complete(await standing_shop.ask("sql", {"sql": "SELECT * FROM records"}))
    assert said["columns"][6:8] == ["event", "person_id"]
    assert said["columns"][-3:] == ["new_vs_returning", "event_name", "orig_person_id"]


async def test_an_event_is_compared_with_a_name_and_with_an_index(standing_shop: Shop) -> None:
    """Also where a query within it, or another function, has made it."""
    index = (await indexes(standing_shop, "events"))["purchased"]
    conditions = {
        "event = 'purchased'": 3,
        "event = ' Purchased:'": 3,
        f"event = {index}": 3,
        f"{index} = event": 3,
        "event <> 'purchased'": 2,
        f"event IN ('visited site', {index})": 5,
        "event NOT IN ('purchased')": 2,
        "event NOT IN ('purchased', NULL)": 0,
        "event IN ('purchased', NULL)": 3,
        "NOT event IN ('purchased', NULL)": 0,
        "event_name NOT IN ('purchased', NULL)": 0,
        "person_id NOT IN ('bob', NULL)": 0,
        "property_value('plan') NOT IN ('Gold', NULL)": 0,
        "property_value('plan') IN ('Gold', NULL)": 1,
        f"event >= {index} AND event <= {index}": 3,
        "event = 'never'": 0,
        f"event = '{index}'": 0,
        "event = 99": 0,
        "event = 0": 0,
        "event_name LIKE 'purch%'": 3,
        "is_event('purchased')": 3,
        f"is_event({index})": 3,
        "is_event(99)": 0,
        "event IN (SELECT event FROM records WHERE event = 'purchased')": 3,
        "CASE event WHEN 'purchased' THEN 1 ELSE 0 END = 1": 3,
    }
    counts = ", ".join(f"count_if(c{nth}) AS n{nth}" for nth in range(len(conditions)))
    columns = ", ".join(f"coalesce({condition}, false) AS c{nth}" for nth, condition in enumerate(conditions))
    (row,) = await standing_shop.sql(f"SELECT {counts} FROM (SELECT {columns} FROM records) AS x")

    assert dict(zip(conditions, row, strict=True)) == conditions
    inner = "(SELECT max_by(event, timestamp_ms) AS last FROM records WHERE event IS NOT NULL GROUP BY person) AS x"
    assert await standing_shop.sql(f"SELECT count(*) FROM {inner} WHERE last = 'purchased'") == [[2]]
    both = f"SELECT count(*) FROM {OF_PERSONS} LEFT JOIN records b ON a.person = b.person AND b.event = 'purchased'"
    assert await standing_shop.sql(f"{both} WHERE b.event IS NULL") == [[1]]


NULL_AND = "UNION ALL SELECT NULL"
IN_ROWS = [
    ("event IN (SELECT event FROM records)", 5),
    ("event NOT IN (SELECT event FROM records)", 0),
    ("(event IN (SELECT event FROM records WHERE event IS NULL)) IS NULL", 6),
    ("event NOT IN (SELECT event FROM records WHERE event IS NULL OR event = 'visited site')", 0),
    ("NOT event IN (SELECT event FROM records WHERE event IS NULL OR event = 'visited site')", 0),
    ("event NOT IN (SELECT event FROM records WHERE event = 'visited site')", 3),
    ("event NOT IN (SELECT event FROM records WHERE event = 'never')", 5),
    (f"event_name NOT IN (SELECT 'purchased' {NULL_AND})", 0),
    (f"event_name IN (SELECT 'purchased' {NULL_AND})", 3),
    (f"'0' NOT IN (SELECT '1' {NULL_AND})", 0),
    ("event_name NOT IN (SELECT NULL)", 0),
    ("property_value('plan') IN (SELECT property_value('plan') FROM records)", 3),
    ("property_value('plan') NOT IN (SELECT property_value('plan') FROM records WHERE year = 1 OR is_event())", 0),
    ("property_value('plan') NOT IN (SELECT property_value('plan') FROM records WHERE is_set())", 2),
    (f"numeric_property_value('amount') NOT IN (SELECT 0 {NULL_AND})", 0),
    (f"date(from_unixtime(timestamp_ms / 1000)) NOT IN (SELECT DATE '1970-01-01' {NULL_AND})", 0),
    (f"from_unixtime(timestamp_ms / 1000) NOT IN (SELECT from_unixtime(0) {NULL_AND})", 0),
    (f"is_event('purchased') IN (SELECT false {NULL_AND})", 3),
    (f"is_event('purchased') NOT IN (SELECT false {NULL_AND})", 0),
    ("person NOT IN (SELECT person FROM records WHERE is_event('purchased'))", 2),
]


@pytest.mark.parametrize("some", [IN_ROWS[:10], IN_ROWS[10:]])
async def test_null_in_the_rows_of_a_query_is_one_that_nobody_knows(
    standing_shop: Shop, some: list[tuple[str, int]]
) -> None:
    """As in a list, and in every SQL but the engine's own: where null is among them, nothing is out of them."""
    counts = ", ".join(f"count_if(coalesce({condition}, false)) AS n{nth}" for nth, (condition, _) in enumerate(some))
    (row,) = await standing_shop.sql(f"SELECT {counts} FROM records")

    assert dict(zip((condition for condition, _ in some), row, strict=True)) == dict(some)


async def test_functions_take_the_index_of_a_property(standing_shop: Shop) -> None:
    index = await indexes(standing_shop, "properties")
    plan, amount = index["plan"], index["amount"]
    sql = (
        f"SELECT property_value({plan}), numeric_property_value({amount}) FROM records WHERE has_property({amount})"
        f" AND property_value({plan}) = 'Gold' UNION ALL SELECT property_value('plan'), 0 FROM records WHERE is_set({plan})"
        " ORDER BY 2"
    )

    assert await standing_shop.sql(sql) == [["Silver", 0], ["Gold", 20]]
    for of in ("property_value(99)", "has_property(0)", "is_event(0)", "is_event(true)", "is_set(1.5)", "is_event(-1)"):
        asked = {"product_id": 1, "query_type": "sql", "query_params": {"sql": f"SELECT {of} FROM records"}}
        assert (await standing_shop.place.http.post("/v3/queries", headers=HOLDER, json=asked)).status_code == 400


async def test_who_it_was_is_a_number_and_a_text(standing_shop: Shop) -> None:
    """Numbers are texts of digits, since a client in JavaScript would round them. Both columns are compared with an
    identity and with the number, which may be such a text.
    """
    select = "SELECT person, person_id, orig_person, orig_person_id FROM records WHERE event = 'visited site'"
    ann, cid = await standing_shop.sql(f"{select} ORDER BY timestamp_ms")

    assert [ann[1], ann[3]] == [ANN, "anonymous-1"]
    assert cid == [cid[0], "cid", cid[0], "cid"]
    for column in ("person", "person_id"):
        for said in ("'anonymous-1'", f"'{ANN}'", ann[0], f"'{ann[0]}'"):
            assert await standing_shop.sql(f"SELECT count(*) FROM records WHERE {column} = {said}") == [[3]]
    for column, said in (("orig_person", ann[2]), ("orig_person_id", "'anonymous-1'")):
        assert await standing_shop.sql(f"SELECT count(*) FROM records WHERE {column} = {said}") == [[1]]


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
        "sql", {"query": "SELECT event_name, event_name FROM records WHERE is_event() ORDER BY timestamp_ms"}
    )
    whole = await standing_shop.complete(path)
    page = await standing_shop.get(f"{path}?limit=2&offset=2")

    assert whole["columns"] == ["event_name", "event_name 2"]
    assert page["data"] == whole["data"][2:4]
    assert page["data"][0] == {"event_name": "purchased", "event_name 2": "purchased"}
    assert page["pagination"]["total"] == 5


async def test_an_answer_that_is_kept_has_no_text(standing_shop: Shop) -> None:
    path = await standing_shop.ask("sql", {"sql": f"SELECT person_id, property_value('plan'), '{ANN}' FROM records"})
    assert (await standing_shop.complete(path))["data"][0]["person_id"] is not None
    answer = await standing_shop.place.jobs.answer(path.rpartition("/")[2])

    for text in (ANN, "Gold", "Silver"):
        assert text.encode() not in answer
        assert text not in KEYRING.open(answer).replace(f'"{ANN}"', "")


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT person_id FROM records ORDER BY numeric_property_value('amount') DESC LIMIT 1", [[ANN]]),
        ("SELECT 5 AS x, count(*) FROM records GROUP BY x", [[5, 6]]),
        ("SELECT year FROM records WHERE is_event('purchased') ORDER BY -1 LIMIT 1", [[2026]]),
        ("SELECT 1 AS x UNION ALL SELECT 1.5 ORDER BY x", [[1], [1.5]]),
        ("SELECT count(*) FROM records WHERE event_name IN (SELECT 'purchased')", [[3]]),
        ("SELECT count(*) FROM records WHERE month IN (month, 1) AND year IN (SELECT 2026.0)", [[6]]),
        ("SELECT count(*) FROM records a JOIN records b ON a.year = b.year + 0.0 AND a.person = b.person", [[14]]),
        ("SELECT event_name || '!', count(*) FROM records WHERE is_event() GROUP BY event_name || '!' ORDER BY 2 DESC LIMIT 1",
         [["purchased!", 3]]),
    ],
)  # fmt: skip
async def test_what_the_engine_would_take_otherwise_is_what_was_said(
    standing_shop: Shop, sql: str, found: list[list[Any]]
) -> None:
    """A number by itself is no place of a column, and whole numbers go with others."""
    assert await standing_shop.sql(sql) == found


async def test_several_rows_where_one_value_stands_are_told_in_words_of_ours(standing_shop: Shop) -> None:
    """What only the rows say is told by the job; the engine's own words name tables, which are nobody's business."""
    asked = {"sql": "SELECT timestamp_ms, (SELECT event FROM records) FROM records"}
    said = await standing_shop.complete(await standing_shop.ask("sql", asked))

    assert said["error"] == "a query that stands for one value has several rows"


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
        {"sql": "SELECT lower(event) FROM records"},
        {"sql": "SELECT count(*) FROM records WHERE event IN (SELECT 'purchased')"},
        {"sql": "SELECT 1", "date_range": {"type": "preset", "preset": "soon"}},
    ],
)
async def test_what_is_no_question_about_records_is_told_at_once(standing_shop: Shop, params: dict[str, Any]) -> None:
    asked = {"product_id": 1, "query_type": "sql", "query_params": params}
    answer = await standing_shop.place.http.post("/v3/queries", headers=HOLDER, json=asked)
    assert (answer.status_code, list(answer.json())) == (400, ["status", "messages"])
