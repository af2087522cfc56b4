"""Tilde's own API over chDB with known rows: local time, comparisons, exports, SQL that cannot leave the tables."""

import base64
import csv
import io
import json
from dataclasses import replace
from operator import itemgetter
from typing import Any
from urllib.parse import quote

import httpx
import pyarrow.parquet
import pytest
import pytest_asyncio

from api.reads.stats.export import Exporter
from api.wiring import build_app
from testkit.edges import KEYRING
from testkit.query_place import HITS, NOW, OPERATOR, SLASHED_TOKEN, TOKEN, QueryPlace, a_hit
from testkit.rows import a_metric
from tilde.domain.catalog.accounts import KeyStored
from tilde.domain.catalog.generations import GenerationActivated
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.products import ProductCreated
from tilde.domain.catalog.stats import StatCreated, StatDeleted
from tilde.domain.stats.metrics import Kind, metric_id, metric_uuid, short_id
from tilde.store import StoreError
from tilde.store.migrate import drop_generation, migrate

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

ID = short_id(HITS)
LOAD = metric_id(1, "value", "load")
LOAD_ID = short_id(LOAD)
BEARER = {"authorization": f"Bearer {TOKEN}"}
OPERATORS = {"authorization": f"Bearer {OPERATOR}"}
SET_BACK = 1_792_890_000  # 2026-10-25T01:00:00Z, when Europe's clocks went from 03:00 to 02:00


@pytest_asyncio.fixture(loop_scope="module")
async def place(place: QueryPlace) -> QueryPlace:
    """With two stats: `hits`, a counter, and `load`, a value."""
    await place.insert("metric", a_metric("hits"), a_metric("load", "value"))
    return place


def at(instant: int, number: float = 1.0, **fields: object) -> bytes:
    """A hit whose time is this unix second."""
    return a_hit(NOW - instant, number, **fields)


async def series(place: QueryPlace, query: str, id_: str = ID) -> dict:
    return await place.get(f"/tilde/v1/stats/{id_}/series?{query}", headers=BEARER)


def starts(answer: dict) -> list[tuple[str, float]]:
    return [(point["start"], point["value"]) for point in answer["points"]]


async def test_a_call_that_is_none_is_told_in_one_line_and_not_repeated(place):
    """`tilde sql` prints it."""
    body = {"query": "SELECT 's3cret'", "format": "xml"}
    answer = await place.http.post("/tilde/v1/sql", headers=OPERATORS, json=body)

    assert (answer.status_code, answer.json()) == (422, {"detail": "body.format must be 'table', 'csv' or 'json'"})
    too_far = await place.get("/tilde/v1/stats?offset=-1", 422, headers=BEARER)
    assert too_far == {"detail": "query.offset must be at least 0"}
    await place.get("/tilde/v1/stats?offset=" + "9" * 30, 422, headers=BEARER)


async def test_an_hour_that_happens_twice_is_two_hours(place):
    """Europe/Berlin, 2026-10-25: 02:00 comes at 00:00 UTC with +02:00, and at 01:00 UTC with +01:00."""
    await place.insert(
        "point", at(SET_BACK - 1, 1), at(SET_BACK, 10), at(SET_BACK + 3599, 100), at(SET_BACK + 3600, 1000)
    )
    answer = await series(place, "from=2026-10-25T01:00&to=2026-10-25T04:00&bucket=1h&tz=Europe/Berlin")

    assert starts(answer) == [
        ("2026-10-25T01:00:00+02:00", 0),
        ("2026-10-25T02:00:00+02:00", 1),
        ("2026-10-25T02:00:00+01:00", 110),
        ("2026-10-25T03:00:00+01:00", 1000),
    ]


async def test_a_day_of_25_hours_is_one_day(place):
    begins, ends = SET_BACK - 3 * 3600, SET_BACK + 22 * 3600
    await place.insert("point", at(begins - 1, 5), at(begins, 1), at(ends - 1, 2), at(ends, 9))
    answer = await series(place, "from=2026-10-24&to=2026-10-27&bucket=1d&tz=Europe/Berlin")

    assert starts(answer) == [
        ("2026-10-24T00:00:00+02:00", 5),
        ("2026-10-25T00:00:00+02:00", 3),
        ("2026-10-26T00:00:00+01:00", 9),
    ]
    assert sum(point["count"] for point in answer["points"]) == 4


async def test_months_in_a_zone(place):
    september = 1_788_220_800  # 2026-09-01T00:00:00Z, still August in New York
    await place.insert("point", at(september, 1), at(september + 4 * 3600, 2), at(SET_BACK, 4))
    answer = await series(place, "from=2026-08-01&to=2026-11-01&bucket=1M&tz=America/New_York")

    assert starts(answer) == [
        ("2026-08-01T00:00:00-04:00", 1),
        ("2026-09-01T00:00:00-04:00", 2),
        ("2026-10-01T00:00:00-04:00", 4),
    ]


async def test_the_first_and_the_last_bucket_are_cut_to_the_range(place):
    await place.insert("point", at(NOW - 7200, 1), at(NOW - 3601, 2), at(NOW - 3600, 4), at(NOW - 60, 8), at(NOW, 16))
    answer = await series(place, f"from={NOW - 3600}&to={NOW}&bucket=1d")

    assert [(point["time"], point["value"]) for point in answer["points"]] == [(1_792_972_800, 12)]
    assert (answer["from"], answer["to"]) == (NOW - 3600, NOW)


async def test_a_value_without_data_is_null(place):
    await place.insert("point", at(NOW - 60, 1, metric=LOAD), at(NOW - 50, 2, metric=LOAD))
    answer = await series(place, f"from={NOW - 7200 - 73}&bucket=1h", LOAD_ID)

    assert [(point["value"], point["count"]) for point in answer["points"]] == [(None, 0), (None, 0), (1.5, 2)]


async def test_the_previous_period_is_the_same_on_the_local_clock(place):
    """Monday the 26th against Sunday the 25th, which had 25 hours."""
    await place.insert("point", at(SET_BACK - 3 * 3600, 3), at(SET_BACK + 79_200, 4))
    answer = await series(place, "from=2026-10-26&to=2026-10-27&bucket=1d&tz=Europe/Berlin&compare=previous")

    assert starts(answer) == [("2026-10-26T00:00:00+01:00", 4)]
    assert starts(answer["previous"]) == [("2026-10-25T00:00:00+02:00", 3)]


async def test_a_calendar_month_is_compared_with_the_one_before(place):
    """Not with the last 31 days before it."""
    september, october = 1_788_220_800, 1_790_812_800  # the first of each, UTC
    await place.insert("point", at(september - 1, 5), at(september, 3), at(october - 1, 1), at(october, 4))
    answer = await series(place, "from=2026-10-01&to=2026-11-01&bucket=1M&compare=previous")

    assert starts(answer) == [("2026-10-01T00:00:00+00:00", 4)]
    assert starts(answer["previous"]) == [("2026-09-01T00:00:00+00:00", 4)]


@pytest.mark.parametrize("blank", [" ", "%20"])
async def test_a_plus_that_was_not_encoded_is_one(place, blank):
    """In times and in zones: a query's plus is a space."""
    await place.insert("point", at(1_790_812_800, 4))
    query = (
        f"from=2026-10-01T02:00:00{blank}02:00&to=2026-10-01T00:00:01{blank}00:00%0D%0A&bucket=1h&tz=Etc/GMT{blank}10"
    )
    answer = await series(place, query.replace(" ", "+"))

    assert (answer["tz"], answer["bucket"]) == ("Etc/GMT+10", "1h")
    assert starts(answer) == [("2026-09-30T14:00:00-10:00", 4)]


@pytest.mark.parametrize(
    "query",
    ["bucket=1x", "tz=Mars/Olympus", "tz=../../etc/passwd", "from=yesterday", "from=2000&to=1000", "bucket=1m&from=0"],
)
async def test_what_cannot_be_is_told(place, query):
    assert list(await place.get(f"/tilde/v1/stats/{ID}/series?{query}", 400, headers=BEARER)) == ["detail"]


@pytest.mark.parametrize("query", ["from=2000&to=1000", "from=1000&to=1000", "to=4294967297", "from=" + "9" * 5000])
@pytest.mark.parametrize("what", ["series", "totals", "export"])
async def test_what_is_no_range_is_told_by_all_alike(place, what, query):
    path = "/tilde/v1/export" if what == "export" else f"/tilde/v1/stats/{ID}/{what}"
    assert list(await place.get(f"{path}?{query}", 400, headers=BEARER)) == ["detail"]


TABLES_OF_ONE = "SELECT count() FROM system.tables WHERE database = 'tilde_g1'"
HUGE = 1.79e308


async def test_a_sum_beyond_floats_is_told_as_such(place):
    """Not as null alone, which means that there is no data; and one that is none of it is right, however it is added."""
    hour = NOW - NOW % 3600
    await place.insert("point", *[at(hour - 7200 + i, sign * HUGE, event_id=i + 1) for i, sign in enumerate((1, 1))])
    await place.insert("point", *[at(hour - 3600 + i, n, event_id=i + 9) for i, n in enumerate((HUGE, HUGE, -HUGE))])
    await place.insert("point", at(hour, 2.5))
    range_ = f"from={hour - 7200}&to={hour + 3600}"
    points = (await series(place, f"{range_}&bucket=1h"))["points"]
    totals = await place.get(f"/tilde/v1/stats/{ID}/totals?{range_}", headers=BEARER)
    dataset = await place.get(f"/x/{TOKEN}/data/{ID}?t=2h1h&start={hour - 7200}")

    assert [(point["value"], point.get("overflow")) for point in points] == [(None, True), (HUGE, None), (2.5, None)]
    assert (totals["total"], totals["overflow"], totals["max"]) == (None, True, HUGE)
    assert totals["mean"] == pytest.approx(HUGE / 2)
    assert [point["value"] for point in dataset[0]["points"]] == [1.7976931348623157e308, HUGE, 2.5]


@pytest.mark.parametrize("query", ["bucket=1h", "bucket=1M"])
async def test_the_mean_of_equal_large_values_is_that_value(place, query):
    """In even buckets and others, whatever their sum would be."""
    for index in range(2):
        await place.insert("point", at(NOW - 60, -HUGE, metric=LOAD, event_id=index + 1))
    answer = await series(place, f"{query}&from=2026-10-01", LOAD_ID)
    totals = await place.get(f"/tilde/v1/stats/{LOAD_ID}/totals", headers=BEARER)

    assert [(point["value"], point["count"]) for point in answer["points"] if point["count"]] == [(-HUGE, 2)]
    assert (totals["mean"], totals["total"], totals["overflow"]) == (-HUGE, None, True)


async def test_totals_of_a_range(place):
    await place.insert("point", at(NOW - 100, 2.5), at(NOW - 90, -1), at(NOW - 80, 6))
    totals = await place.get(f"/tilde/v1/stats/{ID}/totals?from={NOW - 100}&to={NOW - 80}", headers=BEARER)

    assert totals == {"from": NOW - 100, "to": NOW - 80, "count": 2, "total": 1.5, "mean": 0.75, "min": -1, "max": 2.5}
    empty = await place.get(f"/tilde/v1/stats/{ID}/totals?from=0&to=10", headers=BEARER)
    assert empty == {"from": 0, "to": 10, "count": 0, "total": 0, "mean": None, "min": None, "max": None}


async def test_the_last_point_is_the_one_received_last(place):
    await place.insert("point", at(NOW - 10, 1), a_hit(5, 3, ts=(NOW - 5000) * 1000))

    assert await place.get(f"/tilde/v1/stats/{ID}/last", headers=BEARER) == {
        "time": NOW - 5000,
        "received_at": NOW - 5,
        "value": 3,
    }
    assert await place.get(f"/tilde/v1/stats/{LOAD_ID}/last", 404, headers=BEARER) == {"detail": "no data yet"}


async def test_stats_are_listed_and_shown(place):
    listed = await place.get("/tilde/v1/stats?name=hits", headers=BEARER)

    assert listed == [
        {
            "id": ID,
            "uuid": str(metric_uuid(1, "counter", HITS, "hits")),
            "name": "hits",
            "kind": "counter",
            "key": KEYRING.stat_key(1, Kind.COUNTER, HITS),
            "embed_key": KEYRING.embed_key(1, HITS),
            "created_at": 1_793_016_000,
            "data_received_at": 0,
        }
    ]
    assert len(await place.get("/tilde/v1/stats", headers=BEARER)) == 2
    assert await place.get("/tilde/v1/stats?limit=1&offset=2", headers=BEARER) == []


async def test_without_a_token_nothing_is_told(place):
    for path in ("", f"/{ID}", f"/{ID}/series", f"/{ID}/last", f"/{ID}/totals"):
        assert await place.get(f"/tilde/v1/stats{path}", 401) == {"detail": "invalid access token"}
    assert await place.get("/tilde/v1/export", 401) == {"detail": "invalid access token"}


@pytest.mark.parametrize("kind", [kind for kind in KeyKind if kind is not KeyKind.TOKEN])
async def test_no_other_kind_of_key_reads(place, kind):
    """Each is for its own: those that stand in clients and in web pages read nothing."""
    key = f"a-key-of-16-characters-{kind}@x.example"
    await place.decide(KeyStored(1, KEYRING.store(kind, key)))
    basic = base64.b64encode(f"{key}:".encode()).decode()
    reads = [f"/tilde/v1/stats{path}" for path in ("", f"/{ID}", f"/{ID}/series", f"/{ID}/last", f"/{ID}/totals")]
    for path in [*reads, "/tilde/v1/export"]:
        await place.get(path, 401, headers={"authorization": f"Bearer {key}"})
    for path in ("statlist", "stat?name=hits", f"data/{ID}?summary=1d"):
        await place.get(f"/x/{key}/{path}", 401)
    for path in ("stats", f"stats/{ID}/dataset", f"stats/{ID}/dataset_full"):
        await place.get(f"/a1/{path}", 401, headers={"authorization": f"Basic {basic}"})


async def test_a_basic_header_that_is_none_is_refused_in_stathats_form(place):
    for header in ("Basic !", "Basic", "Basic " + base64.b64encode(b"\xff:").decode(), "basic Og==", "Bearer x"):
        assert await place.get("/a1/stats", 401, headers={"authorization": header}) == {"msg": "invalid access token"}


@pytest.mark.parametrize("around", ["\ufeff{}", "{}\u200b", " \u2060{}\xad"])
async def test_what_is_copied_along_unseen_is_no_part_of_a_token(place, around):
    token = around.format(TOKEN)
    basic = base64.b64encode(f"{token}:".encode()).decode()

    await place.get(f"/x/{quote(token)}/statlist")
    await place.get("/a1/stats", headers={"authorization": f"Basic {basic}"})
    await place.get("/tilde/v1/stats", headers={"authorization": f"Bearer {token}".encode()})
    await place.get("/tilde/v1/progress", headers={"authorization": f"Bearer {around.format(OPERATOR)}".encode()})


@pytest.mark.parametrize("token", [OPERATOR[:-1], OPERATOR + "x", OPERATOR.upper(), "", TOKEN, " "])
async def test_only_the_operators_whole_token_is_the_operators(place, token):
    for path in ("/tilde/v1/progress", "/tilde/v1/accounts/main/stats"):
        await place.get(path, 401, headers={"authorization": f"Bearer {token}"})


async def test_no_read_counts_a_row_that_came_twice_or_was_taken_back(place):
    """The tables keep both until they merge; in each of these reads the newest version stands."""
    kept, gone = at(NOW - 20, 2), at(NOW - 10, 5)
    await place.insert("point", kept, gone)
    await place.insert("point", kept)
    await place.insert("point", at(NOW - 10, 5, version=1 << 40, is_deleted=1))
    await place.insert("metric", a_metric("hits"))
    window = f"from={NOW - 100}&to={NOW + 1}"

    totals = await place.get(f"/tilde/v1/stats/{ID}/totals?{window}", headers=BEARER)
    assert (totals["count"], totals["total"]) == (1, 2)
    for query in ("bucket=1m", "bucket=1M&tz=Europe/Berlin"):
        counted = await place.get(f"/tilde/v1/stats/{ID}/series?{query}&{window}", headers=BEARER)
        assert [(point["count"], point["value"]) for point in counted["points"] if point["count"]] == [(1, 2)]
    assert (await place.get(f"/tilde/v1/stats/{ID}/last", headers=BEARER))["value"] == 2
    for format_ in ("csv", "json", "parquet"):
        answer = await place.http.get(f"/tilde/v1/export?format={format_}", headers=BEARER)
        if format_ == "parquet":
            assert pyarrow.parquet.read_table(io.BytesIO(answer.content)).column("number").to_pylist() == [2]
        else:
            assert answer.text.count("hits") == 1
    assert [stat["name"] for stat in await place.get("/tilde/v1/stats", headers=BEARER)] == ["hits", "load"]


async def test_another_accounts_token_sees_nothing(place):
    other = {"authorization": f"Bearer {SLASHED_TOKEN}"}

    assert await place.get("/tilde/v1/stats", headers=other) == []
    assert await place.get(f"/tilde/v1/stats/{ID}", 404, headers=other) == {"detail": "stat not found"}
    assert (await place.http.get("/tilde/v1/export?format=json", headers=other)).text == ""


async def test_an_export_has_every_point_once(place):
    await place.insert("point", at(NOW - 10, 0.1), at(NOW - 5, 3), at(NOW - 7, 2.5, metric=LOAD))
    await place.insert("point", at(NOW - 5, 3))
    answer = await place.http.get("/tilde/v1/export", headers=BEARER)

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = sorted(
        [
            f'"{ID}","hits","counter","2026-10-26T12:01:03.000Z",0.1,"2026-10-26T12:01:03.000Z"',
            f'"{ID}","hits","counter","2026-10-26T12:01:08.000Z",3,"2026-10-26T12:01:08.000Z"',
            f'"{LOAD_ID}","load","value","2026-10-26T12:01:06.000Z",2.5,"2026-10-26T12:01:06.000Z"',
        ]
    )
    assert answer.text.splitlines()[0] == "id,name,kind,time,number,received_at"
    assert sorted(answer.text.splitlines()[1:]) == rows


async def test_an_export_of_one_stat_in_a_range_as_json_lines(place):
    await place.insert("point", at(NOW - 10, 0.1), at(NOW - 5, 3), at(NOW - 7, 2.5, metric=LOAD))
    answer = await place.http.get(f"/tilde/v1/export?format=json&stat={ID}&from={NOW - 5}", headers=BEARER)

    assert answer.text == (
        f'{{"id":"{ID}","name":"hits","kind":"counter","time":"2026-10-26T12:01:08.000Z","number":3,'
        '"received_at":"2026-10-26T12:01:08.000Z"}\n'
    )


async def test_an_export_as_parquet(place):
    await place.insert("point", at(NOW - 10, 0.1), at(NOW - 7, 2.5, metric=LOAD))
    answer = await place.http.get("/tilde/v1/export?format=parquet", headers=BEARER)
    table = pyarrow.parquet.read_table(io.BytesIO(answer.content))

    assert sorted(zip(*table.select(["name", "kind", "number"]).to_pydict().values(), strict=True)) == [
        ("hits", "counter", 0.1),
        ("load", "value", 2.5),
    ]
    assert str(table.schema.field("time").type) == "timestamp[ms, tz=UTC]"


async def test_a_name_in_a_csv_is_no_formula(place):
    evil = metric_id(1, "counter", "=1+1")
    await place.insert("metric", a_metric("=1+1"))
    await place.insert("point", at(NOW - 10, metric=evil))
    answer = await place.http.get(f"/tilde/v1/export?stat={short_id(evil)}", headers=BEARER)

    assert answer.text.splitlines()[1].split(",")[1] == '"\'=1+1"'


async def test_sql_as_csv_is_no_formula(place):
    """Neither a text nor the name of a column; numbers are numbers."""
    query = (
        """SELECT '=1' AS "=a", -1 AS "+b", '＝1' AS c, -inf AS d, ['=1'] AS e, tuple('@x', -2) AS f, '\t"=1' AS g"""
    )
    answer = await place.http.post("/tilde/v1/sql", json={"query": query, "format": "csv"}, headers=OPERATORS)

    assert list(csv.reader(io.StringIO(answer.text, newline=""))) == [
        ["'=a", "'+b", "c", "d", "e", "f.1", "f.2", "g"],
        ["'=1", "-1", "'＝1", "-inf", "['=1']", "'@x", "-2", "'\t\"=1"],
    ]


async def test_sql_as_a_table_is_nothing_that_a_terminal_obeys(place):
    """Escape sequences, controls and bidi marks are written out; a text of two lines stays in its cell."""
    query = "SELECT '\x1b[31mred\x9b\x07\u202e' AS a, 'x\ny' AS b, repeat('w', 300) AS c, 1 AS d, 1 AS e, 1 AS f"
    answer = await place.http.post("/tilde/v1/sql", json={"query": query, "format": "table"}, headers=OPERATORS)
    text = answer.text

    assert all(line.isprintable() for line in text.split("\n"))
    assert "\\x1b[31mred\\x9b\\x07\\u202e" in text
    assert "Row 1" not in text


@pytest.mark.parametrize("group", [1, 2, 200])
async def test_an_export_is_read_in_pages(place, monkeypatch, group):
    """Small stats together, a large one by itself; each point under its own name, once, from the first in sight."""
    sizes, body = [], Exporter.body

    async def counted(self, *page):
        rows = await body(self, *page)
        sizes.append(rows.count(b"\n"))
        return rows

    monkeypatch.setattr(Exporter, "body", counted)
    monkeypatch.setattr("api.reads.stats.export.PAGE_ROWS", 10)
    monkeypatch.setattr("api.reads.stats.export.STATS_A_GROUP", group)
    names = [f"small {n}" for n in range(9)]
    metrics = {name: metric_id(1, "counter", name) for name in names}
    await place.insert("metric", *map(a_metric, names))
    await place.insert("point", *[at(NOW - 1000 + i, i) for i in range(100)], at(NOW - 7, 0.5, metric=LOAD))
    await place.insert("point", *[at(NOW - 5 - i, i, metric=m) for m in metrics.values() for i in range(3)])
    await place.decide(StatDeleted(1, metrics["small 4"]), at_ms=(NOW - 5) * 1000)  # its newest point stays in sight
    answer = await place.http.get("/tilde/v1/export?format=json", headers=BEARER)
    got = sorted((row["name"], row["id"], row["number"]) for row in map(json.loads, answer.text.splitlines()))

    expected = [("hits", ID, i) for i in range(100)] + [("load", LOAD_ID, 0.5)]
    for name, metric in metrics.items():
        expected += [(name, short_id(metric), i) for i in range(1 if name == "small 4" else 3)]
    assert got == sorted(expected)
    assert max(sizes) <= 10


async def test_an_export_leaves_nothing_out_where_a_stat_is_deleted_meanwhile(place, monkeypatch):
    """What was exported already may be put into the trash; what comes behind it does not move up."""
    monkeypatch.setattr("api.reads.stats.export.PAGE_ROWS", 1)
    await place.insert("point", at(NOW - 10, 1), at(NOW - 7, 2, metric=LOAD))
    exporter = Exporter(place.stats())
    (account,) = (one for one in place.follower.catalog.accounts.values() if one.name == "main")
    seen = []
    async for page in exporter.pages(account, (0, NOW), str):
        seen += page["names"]
        await place.decide(StatDeleted(1, page["metrics"][0]), at_ms=NOW * 1000)

    assert sorted(seen) == ["hits", "load"]


@pytest.mark.parametrize("group", [1, 2, 5000])
async def test_all_stats_are_listed_once_from_id_to_id(place, monkeypatch, group):
    """Seen ones, one in the trash, one that came back with its next post, one made by hand: as the list by age has them."""
    monkeypatch.setattr("api.reads.stats.stat_list.GROUP", group)
    monkeypatch.setattr("api.reads.stats.stat_list.IDS_AT_ONCE", 2 * group)
    gone, back, made = (metric_id(1, "counter", name) for name in ("gone", "back", "made"))
    await place.insert("metric", *[a_metric(f"stat {n}") for n in range(9)], a_metric("gone"), a_metric("back"))
    await place.insert("metric", a_metric("stat 3", raw_partition=7))
    await place.insert("point", at(NOW - 10, 1), at(NOW - 2, metric=back), at(NOW - 9, metric=gone))
    await place.decide(StatDeleted(1, gone), StatDeleted(1, back), at_ms=(NOW - 5) * 1000)
    await place.decide(StatCreated(1, made, Kind.COUNTER, "made"))
    listed: list[dict[str, object]] = []
    while page := await place.get(
        f"/tilde/v1/stats?limit=3&after={listed[-1]['id'] if listed else ''}", headers=BEARER
    ):
        listed += page
    by_age = await place.get("/tilde/v1/stats", headers=BEARER)

    assert [stat["id"] for stat in listed] == sorted(stat["id"] for stat in by_age)
    assert {stat["name"] for stat in listed} == {"hits", "load", "back", "made", *(f"stat {n}" for n in range(9))}
    assert sorted(listed, key=itemgetter("id")) == sorted(by_age, key=itemgetter("id"))
    await place.get("/tilde/v1/stats?after=nonsense", 400, headers=BEARER)


async def test_stats_are_found_by_their_beginning_from_page_to_page(place, monkeypatch):
    """The answer says where to go on, also where its stats are as many as a page has, or its end was looked at in vain."""
    monkeypatch.setattr("api.tilde_v1.found.ITEMS_MAX", 2)
    await place.insert("metric", *[a_metric(f"shop {n}") for n in range(6)])
    gone = sorted(metric_id(1, "counter", f"shop {n}") for n in range(6))[2:4]
    await place.decide(*(StatDeleted(1, metric) for metric in gone), at_ms=(NOW - 5) * 1000)
    found, after, pages = [], "", 0
    while after is not None:
        asked = {"prefix": "shop", "after": after}
        page = (await place.http.post("/tilde/v1/stats/find", json=asked, headers=BEARER)).json()
        found += [stat["id"] for stat in page["stats"]]
        after, pages = page["after"], pages + 1

    assert found == sorted(set(found))
    assert len(found) == 4
    assert pages <= 3
    by_id = await place.http.post("/tilde/v1/stats/find", json={"ids": [ID, "0U9DiwS5R"]}, headers=BEARER)
    assert by_id.json() == {"stats": [{"id": ID, "kind": "counter", "name": "hits"}], "after": None}


async def test_a_large_trash_is_asked_for_in_as_many_ids_as_an_engine_admits(place, monkeypatch):
    """A server takes no parameter above 128 kB, and one call puts thousands of stats into the trash."""
    longest = [0]
    rows = place.store.rows

    async def measured(sql, parameters=None, *rest, **options):
        longest[0] = max(longest[0], *(len(str(value)) for value in (parameters or {"none": ""}).values()))
        return await rows(sql, parameters, *rest, **options)

    monkeypatch.setattr(place.store, "rows", measured)
    await place.decide(*(StatDeleted(1, metric_id(1, "counter", f"stat {n}")) for n in range(9_000)))
    await place.get("/tilde/v1/accounts/main/trash", headers=OPERATORS)

    assert 50_000 < longest[0] < 128 << 10


async def test_an_export_reads_no_stats_that_have_no_points(place, monkeypatch):
    """How much is asked grows with what is exported, not with how many stats the account has."""
    await place.insert("metric", *[a_metric(f"silent {n}") for n in range(20_000)])
    await place.insert("point", at(NOW - 10, 1), at(NOW - 7, 2, metric=LOAD))
    asked: list[int] = []
    for name in ("rows", "body"):
        monkeypatch.setattr(place.store, name, counting(getattr(place.store, name), asked))
    answer = await place.http.get("/tilde/v1/export", headers=BEARER)

    assert len(answer.text.splitlines()) == 3
    assert len(asked) <= 4


def counting(call, asked: list[int]):
    async def counted(*args, **options):
        asked.append(1)
        return await call(*args, **options)

    return counted


async def test_a_stat_in_the_trash_is_not_exported(place):
    await place.insert("point", at(NOW - 10, 0.1), at(NOW - 7, 2.5, metric=LOAD))
    await place.decide(StatDeleted(1, HITS), at_ms=NOW * 1000)
    answer = await place.http.get("/tilde/v1/export?format=json", headers=BEARER)

    assert answer.text.count("\n") == 1
    assert '"name":"load"' in answer.text


async def sql(place: QueryPlace, query: str, format_: str = "json", status: int = 200) -> Any:
    answer = await place.http.post("/tilde/v1/sql", json={"query": query, "format": format_}, headers=OPERATORS)
    assert answer.status_code == status, answer.text
    return answer.json() if format_ == "json" else answer.text


async def test_an_export_goes_on_where_the_reads_move_to_another_generation(place, monkeypatch):
    """A replay drops the tables it has replaced; event ids are the same in both."""
    monkeypatch.setattr("api.reads.stats.export.STATS_A_GROUP", 1)
    await place.insert("point", at(NOW - 10, 1), at(NOW - 7, 2, metric=LOAD))
    exporter = Exporter(place.stats())
    (account,) = (one for one in place.follower.catalog.accounts.values() if one.name == "main")
    pages = exporter.pages(account, (0, NOW), str)
    first = await exporter.body("export.points", await anext(pages), "JSONEachRow")
    await migrate(place.store, 2)
    await place.insert("point", at(NOW - 10, 1), at(NOW - 7, 2, metric=LOAD), generation=2)
    await place.insert("metric", a_metric("hits"), a_metric("load", "value"), generation=2)
    await place.decide(GenerationActivated(2))
    await drop_generation(place.store, 1)
    rest = [await exporter.body("export.points", page, "JSONEachRow") async for page in pages]
    await drop_generation(place.store, 2)

    assert (first + b"".join(rest)).count(b"\n") == 2


async def test_an_operator_asks_the_views_in_sql(place):
    await place.insert("point", at(NOW - 10, 0.5), at(NOW - 5, 3))

    assert await sql(place, "SELECT name, sum(number) AS total FROM stats GROUP BY name") == [
        {"name": "hits", "total": 3.5}
    ]
    assert await sql(place, "SELECT number FROM tilde.stat(name = 'hits') ORDER BY ts", "csv") == '"number"\n0.5\n3\n'
    assert "│ hits │" in await sql(place, "SELECT name FROM metrics WHERE kind = 'counter'", "table")
    assert await sql(place, "WITH 1 AS x SELECT x + number AS n FROM numbers(2) -- a comment") == [{"n": 1}, {"n": 2}]
    assert await sql(place, f"SELECT id FROM metrics WHERE id = '{ID}'") == [{"id": ID}]
    assert await sql(place, "SELECT unhex('61ff62') AS body") == [{"body": "a\ufffdb"}]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "SELECT file('/etc/hostname')",
        "SELECT `file`('/etc/hostname')",
        "SELECT 1 INTO OUTFILE '{folder}/stolen' FORMAT CSV",
        "SELECT 1) INTO OUTFILE '{folder}/stolen' --",
        "SELECT 1) INTO OUTFILE '{folder}/stolen' FORMAT CSV /*",
        "DESCRIBE TABLE file('/etc/hostname')",
        "DESCRIBE TABLE url('http://127.0.0.1:9/')",
        "SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')",
        "SELECT 1 WHERE 1 IN url('http://127.0.0.1:9/', 'LineAsString')",
        "SELECT * FROM s3('http://127.0.0.1:9/bucket/key', 'LineAsString')",
        "SELECT * FROM sqlite('{folder}/made.db', 'x')",
        "SELECT * FROM Python(rows)",
        "SELECT * FROM python('rows')",
        "SELECT * FROM executable('id', 'TSV', 'x String')",
        "SELECT * FROM remote('127.0.0.1:9', 'system', 'one')",
        "SELECT * FROM default.`/etc/hostname`",
        "SELECT (SELECT any(line) FROM file('/etc/hostname', 'LineAsString'))",
        "WITH x AS (SELECT file('/etc/hostname')) SELECT * FROM x",
        "SELECT * FROM (EXPLAIN SELECT * FROM file('/etc/hostname'))",
        "SELECT aiGenerate('hello')",
        "SELECT AIGenerate('hello')",
        "SELECT * APPLY(file) FROM (SELECT '/etc/hostname' AS a)",
        "SELECT * APPLY(x -> file(x)) FROM (SELECT '/etc/hostname' AS a)",
        "SELECT COLUMNS('a') APPLY(sleep) FROM (SELECT 2 AS a)",
        "SELECT arrayMap(file, ['/etc/hostname'])",
        "SELECT arrayMap((`FILE`), ['/etc/hostname'])",
        "SELECT arrayMap(x -> file(x), ['/etc/hostname'])",
        "WITH file AS f SELECT arrayMap(f, ['/etc/hostname'])",
        "SELECT 1 IN default.`/etc/hostname`",
        "SELECT * FROM `default`.`/etc/hostname` AS x",
        "SELECT sleep(3)",
        "SELECT hasColumnInTable('default', '/etc/hostname', 'c')",
        "SELECT hasColumnInTable('127.0.0.1:9', 'system', 'one', 'dummy')",
        "SELECT joinGet('default./etc/hostname', 'c', 1)",
        "SELECT dictGet('default./etc/hostname', 'c', 1)",
        "SELECT dictHas(`/etc/hostname`, 1)",
        "SELECT getSetting('max_memory_usage')",
        "SELECT getServerSetting('path'), getMacro('x')",
        "SELECT filesystemAvailable()",
        "SELECT HOSTNAME()",
        "SELECT addressToLine(toUInt64(1))",
        "SELECT demangle('_ZN2DB')",
        "SELECT catboostEvaluate('/etc/hostname', 1)",
        "SELECT eval('1')",
        "SELECT count() FROM system.jemalloc_profile_text",
        "SELECT count() FROM `system`.`stack_trace`",
        "SELECT count() FROM SYSTEM.stack_trace",
        "SELECT count() FROM system . /* x */ stack_trace AS one",
        "SELECT 1 IN system.stack_trace",
        "SELECT 1 WHERE 1 IN (SELECT thread_id FROM system.stack_trace)",
        "SELECT count() FROM points JOIN system.processes ON 1",
        "WITH x AS (SELECT count() FROM system.settings) SELECT * FROM x",
        "SELECT 1 UNION ALL SELECT count() FROM system.query_cache",
        "SELECT EXISTS (SELECT 1 FROM system.users)",
        "SELECT * FROM information_schema.referential_constraints",
        "SELECT * FROM merge('system', 'stack_trace')",
        "SELECT * FROM cluster('default', system.stack_trace)",
        "SELECT * FROM view(SELECT * FROM system.stack_trace)",
        "SELECT * FROM loop(system.stack_trace)",
        "SELECT * FROM (EXPLAIN SELECT 1)",
        "SELECT * FROM dictionary('x')",
        "SELECT * FROM executable('x', TSV, 'a String', (SELECT 1))",
        "KILL QUERY WHERE 1",
        "SET readonly = 0",
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT * FROM (SELECT 1 SETTINGS max_execution_time = 1000)",
        "SELECT 1; DROP TABLE tilde_g1.points",
        "DROP TABLE tilde_g1.points",
        "INSERT INTO tilde_g1.points (product) VALUES (1)",
        "CREATE TEMPORARY TABLE x (line String) ENGINE = File('LineAsString', '/etc/hostname')",
        "BACKUP TABLE tilde_g1.points TO File('{folder}/backup')",
        "SYSTEM SHUTDOWN",
        "SELECT",
        "",
    ],
)
async def test_sql_cannot_leave_the_tables(place, tmp_path_factory, query):
    folder = tmp_path_factory.mktemp("outside")
    tables = await place.store.rows(TABLES_OF_ONE)
    answer = await sql(place, query.replace("{folder}", str(folder)), status=400)

    assert list(answer) == ["detail"]
    assert list(folder.iterdir()) == []
    assert await place.store.rows(TABLES_OF_ONE) == tables
    assert tables[0][0] > 0


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("SELECT aiGenerate('hello')", "aiGenerate"),
        ("SELECT AIFilter('hello')", "AIFilter"),
        ("SELECT * APPLY(sum) FROM points", "APPLY"),
        ("SELECT arrayMap(`File`, ['/etc/hostname'])", "File"),
        ("SELECT 1 IN default.`/etc/hostname`", "database default"),
        ("SELECT * FROM default.x", "database default"),
        ("SELECT 1 SETTINGS max_threads = 1", "SETTINGS are"),
    ],
)
async def test_what_reaches_outside_is_refused_before_the_engine_sees_it(place, query, what):
    """Whether the engine would run it depends on its release and its configuration."""
    answer = await sql(place, query, status=400)

    assert answer["detail"].startswith(what)
    assert "not allowed here" in answer["detail"]


READ_ONLY = "read-only: one SELECT on the tables of docs/sql.md"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("DROP TABLE points", READ_ONLY),
        ("INSERT INTO points VALUES (1)", READ_ONLY),
        ("WITH x AS (SELECT 1) INSERT INTO points SELECT * FROM x", READ_ONLY),
        ("show tables", READ_ONLY),
        ("DESCRIBE points", READ_ONLY),
        ("EXPLAIN SELECT 1", READ_ONLY),
        ("SELECT 1 FORMAT CSV", f"{READ_ONLY}, without FORMAT and INTO OUTFILE"),
        ("SELECT 1 INTO OUTFILE 'x'", f"{READ_ONLY}, without FORMAT and INTO OUTFILE"),
        ("SELECT 1 +", "not one whole SQL statement"),
    ],
)
async def test_what_is_no_select_is_told_in_our_words(place, query, told):
    """Not in the engine's, about a statement that nobody wrote."""
    assert await sql(place, query, status=400) == {"detail": told}


@pytest.mark.parametrize(
    "query", ["(SELECT 1 AS n)", "FROM numbers(1, 1) SELECT number AS n", "/* x */ select 1 as n;"]
)
async def test_a_select_may_begin_in_other_ways(place, query):
    assert await sql(place, query) == [{"n": 1}]


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("SELECT count() AS n FROM system.tables WHERE database = 'tilde' AND name = 'points'", 1),
        ("SELECT count() AS n FROM system.columns WHERE database = 'tilde_g1' AND table = 'points' AND name = 'ts'", 1),
        (
            "SELECT count() AS n FROM information_schema.tables WHERE table_schema = 'tilde' AND table_name = 'points'",
            1,
        ),
        ("SELECT dummy AS n FROM system.one", 0),
        ("SELECT sum(number) AS n FROM system.numbers WHERE number < 3 LIMIT 3", 3),
        ("SELECT sumIf(number, number > 1) AS n FROM numbers(4)", 5),
        ("SELECT CASE 2 WHEN 1 THEN 10 WHEN 2 THEN 20 END AS n", 20),
        ("SELECT toInt32(arrayFold((a, x) -> toInt64(a + x), [1, 2], 0::Int64)) AS n", 3),
        ("WITH RECURSIVE t AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM t WHERE x < 5) SELECT max(x) AS n FROM t", 5),
        ("SELECT max(n) AS n FROM (SELECT row_number() OVER (ORDER BY number) AS n FROM numbers(7))", 7),
    ],
)
async def test_what_stays_at_home_is_allowed(place, query, value):
    assert await sql(place, query) == [{"n": value}]


async def test_a_statement_of_long_names_is_refused_and_an_answer_of_any_length_is_one_json_array(place):
    name = "n" * 1000
    answer = await sql(place, f"SELECT number AS {name} FROM numbers(100000)")

    assert isinstance(answer, list)
    assert [row[name] for row in answer] == list(range(100_000))
    assert "names of the columns" in (await sql(place, f"SELECT 1 AS {'n' * 20_000}", status=400))["detail"]
    assert await sql(place, "SELECT 1 AS n WHERE 0") == []
    assert await sql(place, "SELECT 1 AS n WHERE 0", "csv") == '"n"\n'


async def test_operators_routes_are_the_operators(place):
    for headers in ({}, BEARER, {"authorization": f"Basic {OPERATOR}"}):
        answer = await place.http.post("/tilde/v1/sql", json={"query": "SELECT 1"}, headers=headers)
        assert answer.status_code == 401
        for path in ("/tilde/v1/progress", "/tilde/v1/accounts/main/stats", f"/tilde/v1/accounts/main/stats/{ID}"):
            assert (await place.http.get(path, headers=headers)).status_code == 401


async def test_an_operator_sees_the_stats_of_any_account(place):
    await place.decide(StatCreated(2, metric_id(2, "value", "new"), Kind.VALUE, "new"))
    (stat,) = await place.get("/tilde/v1/accounts/other/stats", headers=OPERATORS)

    assert (stat["name"], stat["kind"]) == ("new", "value")
    assert stat["key"] == KEYRING.stat_key(2, Kind.VALUE, metric_id(2, "value", "new"))
    assert "classic_key" not in stat  # StatHat's word, in StatHat's calls
    shown = await place.get(f"/tilde/v1/accounts/other/stats/{stat['id']}", headers=OPERATORS)
    nothing_said = {"sharing": "none", "public_id": None, "include_in_email": False, "url": None, "comments": []}
    assert shown == {**stat, **nothing_said}
    assert await place.get("/tilde/v1/accounts/nobody/stats", 404, headers=OPERATORS) == {
        "detail": "no account is named 'nobody'"
    }


async def test_what_may_be_restored_is_listed(place):
    """Those of the last 48 hours, the last deleted first; of this account alone, whether or not they were posted to."""
    made = metric_id(1, "value", "made")
    two_days_ms = 48 * 3600 * 1000
    for fact, ago_ms in [
        (StatDeleted(1, LOAD), two_days_ms + 1),
        (StatCreated(1, made, Kind.VALUE, "made"), 9_000),
        (StatDeleted(1, HITS), two_days_ms),
        (StatDeleted(1, made), 5_000),
        (StatDeleted(2, HITS), 1_000),
        (StatDeleted(1, 77), 3_000),
    ]:
        await place.decide(fact, at_ms=NOW * 1000 - ago_ms)

    assert await place.get("/tilde/v1/accounts/main/trash", headers=OPERATORS) == [
        {"id": short_id(77), "name": None, "kind": None, "deleted_at": NOW - 3},
        {"id": short_id(made), "name": "made", "kind": "value", "deleted_at": NOW - 5},
        {"id": ID, "name": "hits", "kind": "counter", "deleted_at": NOW - 48 * 3600},
    ]
    await place.get("/tilde/v1/accounts/main/trash", 401, headers=BEARER)


async def test_two_stats_with_one_id_are_noticed(place):
    """A hash may clash: the first name stands, the other one is not lost, and an operator can have an alarm."""
    assert "tilde_metric_id_clashes 0.0" in (await place.http.get("/metrics")).text
    await place.insert("metric", a_metric(), a_metric("other", metric=metric_id(1, "counter", "hits"), raw_partition=7))

    assert "tilde_metric_id_clashes 0.0" in (await place.http.get("/metrics")).text, "counted once a minute"
    place.clock.advance(60_000)
    assert "tilde_metric_id_clashes 1.0" in (await place.http.get("/metrics")).text
    assert await sql(place, f"SELECT name FROM metrics WHERE id = '{ID}'") == [{"name": "hits"}]


async def test_the_stats_of_another_product_are_read_by_its_id(place):
    """In every call of stats: the holder's, and the operator's; another account's product is nobody's."""
    await place.decide(ProductCreated(1, 3, "outlet", "uuid-3", "", None, ()))
    metric = metric_id(3, "counter", "sold")
    await place.decide(StatCreated(3, metric, Kind.COUNTER, "sold"))
    await place.insert("point", a_hit(5, 7.0, product=3, metric=metric))
    id_ = short_id(metric)

    for headers, path in ((BEARER, "/tilde/v1/stats"), (OPERATORS, "/tilde/v1/accounts/main/stats")):
        assert [stat["id"] for stat in await place.get(f"{path}?product=3", headers=headers)] == [id_]
        assert id_ not in {stat["id"] for stat in await place.get(path, headers=headers)}
        assert (await place.get(f"{path}/{id_}?product=3", headers=headers))["name"] == "sold"
        await place.get(f"{path}/{id_}", 404, headers=headers)
        points = await place.get(f"{path}/{id_}/points?product=3", headers=headers)
        assert [point["value"] for point in points] == [7]
        found = await place.http.post(f"{path}/find?product=3", json={"prefix": "so"}, headers=headers)
        assert [stat["id"] for stat in found.json()["stats"]] == [id_]
        for other in ("2", "99"):
            assert await place.get(f"{path}?product={other}", 404, headers=headers) == {
                "detail": f"no product has the id {other}"
            }
    exported = await place.http.get("/tilde/v1/export?format=json&product=3", headers=BEARER)
    assert json.loads(exported.text)["name"] == "sold"
    assert (await place.get(f"/tilde/v1/stats/{id_}/totals?product=3", headers=BEARER))["total"] == 7
    assert await place.get("/tilde/v1/stats?product=x", 422, headers=BEARER) == {
        "detail": "product must be the id of a product"
    }
    assert await place.get("/tilde/v1/accounts/main/trash?product=3", headers=OPERATORS) == []


async def test_a_renamed_stat_is_no_clash_and_has_one_row_in_sql(place):
    """The row that says its name is no sight of it: where it is the first to come, the stat is not there yet."""
    renamed: Any = {"raw_partition": -2, "version": 5, "event_id": (1 << 63) - 1}
    seen, only_renamed = metric_id(1, "counter", "hits"), metric_id(1, "counter", "late")
    await place.insert(
        "metric", a_metric("newer", metric=seen, **renamed), a_metric("x", metric=only_renamed, **renamed)
    )
    await place.insert("metric", a_metric("newest", metric=seen, **{**renamed, "version": 6}))

    assert await sql(place, f"SELECT name FROM metrics WHERE id = '{ID}'") == [{"name": "newest"}]
    assert await sql(place, f"SELECT id FROM metrics WHERE id = '{short_id(only_renamed)}'") == []
    assert "tilde_metric_id_clashes 0.0" in (await place.http.get("/metrics")).text
    listed = await place.get("/tilde/v1/stats", headers=BEARER)
    assert short_id(only_renamed) not in {stat["id"] for stat in listed}


async def test_metrics_answer_while_the_store_is_away(place, monkeypatch):
    """An alarm that is silent when something is wrong is none."""

    async def away(*_: object, **__: object) -> None:
        raise StoreError("the store is away")

    monkeypatch.setattr(place.store, "rows", away)
    monkeypatch.setattr(place.parts.progress, "trouble", lambda: "the store is away")

    assert "tilde_sink_trouble 1.0" in (await place.http.get("/metrics")).text
    assert (await place.http.get("/ready")).status_code == 503


async def test_ready_and_metrics(place):
    counter = 'tilde_api_requests_total{route="/x/{token:path}/statlist",status="200"}'
    before = number_of(counter, (await place.http.get("/metrics")).text)
    assert await place.get("/health") == {"status": "ok"}
    assert await place.get("/ready") == {"api": "ok", "store": "ok", "sink": "ok"}
    await place.get(f"/x/{TOKEN}/statlist")
    await place.log.append([])
    metrics = (await place.http.get("/metrics")).text

    assert number_of(counter, metrics) == before + 1
    assert 'tilde_sink_lag{topic="catalog"} 2.0' in metrics
    assert "tilde_metric_id_clashes 0.0" in metrics
    assert TOKEN not in metrics


def number_of(name: str, metrics: str) -> float:
    """Of a counter; nothing where it has not counted yet."""
    return next((float(line.rpartition(" ")[2]) for line in metrics.splitlines() if line.startswith(name)), 0)


class Workers:
    """Streams workers elsewhere."""

    def __init__(self, trouble: str | None) -> None:
        self._trouble = trouble

    async def trouble(self) -> str | None:
        return self._trouble


@pytest.mark.parametrize(("trouble", "status"), [(None, 200), ("no worker runs", 503)])
async def test_where_streams_run_elsewhere_readiness_includes_them(place, trouble, status):
    app = build_app(replace(place.parts, workers=Workers(trouble)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tilde") as http:
        answer = await http.get("/ready")

    assert answer.json() == {"api": "ok", "store": "ok", "sink": "ok", "streams": trouble or "ok"}
    assert answer.status_code == status


async def test_a_generation_whose_tables_are_not_there_is_no_bug(place):
    await place.decide(GenerationActivated(2))

    assert (await place.http.get("/tilde/v1/stats", headers=BEARER)).status_code == 503


async def test_progress(place):
    progress = await place.get("/tilde/v1/progress", headers=OPERATORS)

    of_partitions = dict.fromkeys(("stats", "sample_writes", "hits", "activity"), [0] * 16)
    assert progress["passed"] == {**of_partitions, "catalog": [0]}


async def test_the_openapi_document_names_every_route(place):
    paths = (await place.get("/openapi.json"))["paths"]

    assert {"/tilde/v1/stats/{id_}/series", "/tilde/v1/export", "/tilde/v1/sql", "/a1/stats"} <= set(paths)
