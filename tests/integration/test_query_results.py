"""What a query found, as its clients take it: sorted, packed, and exported as a file."""

import csv
import gzip
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.jobs import jobs
from api.jobs.job import KEPT_MS
from api.kissmetrics.queries import sorting
from api.web import packed
from api.wiring import build_app, jobs_in
from testkit.edges import KEYRING
from testkit.people_shop import HOLDER, Shop
from testkit.query_place import SLASHED_TOKEN
from tilde.keys.opener import KeysAwayError
from tilde.store import StoreError
from tilde.web.http_clients import open_async_client

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

EVERYBODY: dict[str, Any] = {"type": "and", "operands": []}
PLAN = {"type": "last_value_in_range", "subject": "plan", "label": "Plan"}
OFTEN = {"type": "total_times_in_range", "event": "purchased", "label": "=Often"}


async def everybody(shop: Shop) -> str:
    """The path of a query that is done and has found all three."""
    path = await shop.put(EVERYBODY, PLAN, OFTEN)
    await shop.complete(path)
    return path


async def exported(shop: Shop, query: str, status: int = 200, **said: Any) -> Any:
    body = {"export_type": "csv", "query_id": query.rpartition("/")[2], **said}
    answer = await shop.place.http.post("/v3/exports", headers=HOLDER, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def completed(shop: Shop, query: str, **options: str) -> str:
    """The path of an export that is done."""
    path = f"/v3/exports/{(await exported(shop, query, options=options))['id']}"
    await shop.until_status(path, "completed", "error")
    return path


async def file_of(shop: Shop, path: str, **headers: str) -> httpx.Response:
    url = (await shop.get(path))["url"]
    return await shop.place.http.get(url, headers={**HOLDER, "accept-encoding": "identity", **headers})


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text)))


@pytest.mark.parametrize(
    ("sorted_by", "plans"),
    [
        ("sort=Plan", ["Gold", "Silver", None]),
        ("sort=Plan&order=desc", ["Silver", "Gold", None]),
        ("sort=%3DOften&order=desc", ["Gold", None, "Silver"]),
        ("sort=Person&order=asc&limit=2&offset=1", [None, "Silver"]),
    ],
)
async def test_rows_come_in_the_order_that_is_asked_for(shop: Shop, sorted_by: str, plans: list[str | None]) -> None:
    """In all three APIs."""
    path = await everybody(shop)
    id_ = path.rpartition("/")[2]
    third = await shop.get(f"{path}?{sorted_by}")
    second = await shop.get(f"/v2/queries/{id_}/results?{sorted_by}")
    first = await shop.get(f"/query/queries/{id_}/results?{sorted_by}")

    assert [row["columns"][0] for row in third["data"]] == plans
    assert third["pagination"]["total"] == second["pagination"]["total"] == first["total"] == 3
    assert [row[2] for row in second["data"]] == [row[2] for row in first["rows"]] == plans


async def test_an_order_may_be_said_when_a_query_is_put(shop: Shop) -> None:
    """Who reads may say another one."""
    asked = {"product_id": 1, "query_type": "people_search", "query_params": {"calculations": [PLAN]}}
    put = await shop.place.http.post("/v3/queries", headers=HOLDER, json={**asked, "sort": "2", "order": "desc"})
    path = f"/v3/queries/{put.json()['id']}"
    await shop.complete(path)

    assert [row["columns"] for row in (await shop.get(path))["data"]] == [["Silver"], ["Gold"], [None]]
    assert [row["columns"] for row in (await shop.get(f"{path}?sort=2"))["data"]] == [["Gold"], ["Silver"], [None]]


async def test_a_query_that_a_release_without_orders_has_put_is_answered(shop: Shop) -> None:
    """It waits in the file of jobs, or its answer stands there, as that release wrote it."""
    asked = '{"question": {"join": "and", "parts": [], "negated": false}, "columns": []}'
    job = await shop.place.jobs.begin(1, 1, "people_count", asked)

    assert (await shop.complete(f"/v3/queries/{job.id}"))["data"] == {"count": 3}


async def test_an_export_has_the_order_that_its_query_was_put_with(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it is told in portions. Too many to be sorted come as they were found, all of them."""
    monkeypatch.setattr(sorting, "PORTION_ROWS", 2)
    asked = {"product_id": 1, "query_type": "people_search", "query_params": {}}
    put = await shop.place.http.post("/v3/queries", headers=HOLDER, json={**asked, "sort": "Person", "order": "desc"})
    query = f"/v3/queries/{put.json()['id']}"
    page = [row["identity"] for row in (await shop.complete(query))["data"]]
    path = await completed(shop, query)

    assert page == ["cid", "bob", "ann@example.com"]
    assert [row[1] for row in rows_of((await file_of(shop, path)).text)[1:]] == page
    monkeypatch.setattr(sorting, "SORTED_ROWS_MAX", 2)
    found = [row[1] for row in rows_of((await file_of(shop, path)).text)[1:]]
    unsorted = await completed(shop, await everybody(shop))
    assert found == [row[1] for row in rows_of((await file_of(shop, unsorted)).text)[1:]]


async def test_an_order_that_means_nothing_is_refused(shop: Shop) -> None:
    path = await everybody(shop)
    for said, why in (
        ("sort=Size", "sort is 'Size': it is the index or the label of a column: 0 KMID, 1 Person, 2 Plan, 3 =Often"),
        ("sort=2&order=up", "order is 'up': it is asc or desc"),
    ):
        assert (await shop.get(f"{path}?{said}", 400))["messages"] == [why]


async def test_results_are_packed_for_who_takes_them_so(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all three APIs, and what v1 and v2 export."""
    monkeypatch.setattr(packed, "PACKED_BYTES_MIN", 1)
    path = await everybody(shop)
    id_ = path.rpartition("/")[2]
    for url in (path, *(f"{api}/queries/{id_}/{what}" for api in ("/query", "/v2") for what in ("results", "export"))):
        sent = [
            await shop.place.http.get(url, headers=HOLDER | {"accept-encoding": coding}) for coding in ("gzip", "br")
        ]
        assert [answer.headers.get("content-encoding") for answer in sent] == ["gzip", None], url
        assert [answer.headers["vary"] for answer in sent] == ["accept-encoding"] * 2
        assert sent[0].content == sent[1].content
        assert sent[0].headers["content-type"] == sent[1].headers["content-type"]


async def test_an_export_is_a_file_of_all_rows(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in portions. What a spreadsheet would take for a formula is none any more."""
    monkeypatch.setattr(sorting, "PORTION_ROWS", 2)
    query = await everybody(shop)
    path = await completed(shop, query, name="all buyers.csv")
    said, file = await shop.get(path), await file_of(shop, path)

    assert said == {
        "id": path.rpartition("/")[2],
        "export_type": "csv",
        "status": "completed",
        "url": f"http://tilde{path}/file",
    }
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''all%20buyers.csv"
    head, *rows = rows_of(file.text)
    assert head == ["KMID", "Person", "Plan", "'=Often"]
    assert sorted(row[1:] for row in rows) == [
        ["ann@example.com", "Gold", "2"],
        ["bob", "", "1"],
        ["cid", "Silver", "0"],
    ]


async def test_the_file_of_an_export_is_packed_where_that_is_wanted(shop: Shop) -> None:
    """On its way, for who takes it so; by itself, where its name says so, whoever takes it."""
    query = await everybody(shop)
    path, packed_path = await completed(shop, query), await completed(shop, query, name="buyers.csv.GZ")
    plain = await file_of(shop, path)
    on_its_way = await file_of(shop, path, **{"accept-encoding": "gzip"})
    by_itself = await file_of(shop, packed_path, **{"accept-encoding": "gzip"})

    assert (on_its_way.headers["content-encoding"], on_its_way.text) == ("gzip", plain.text)
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in by_itself.headers
    assert by_itself.headers["content-type"] == "application/gzip"
    assert gzip.decompress(by_itself.content) == plain.content


async def test_an_export_outlives_its_query_and_ends_after_a_day(shop: Shop) -> None:
    query = await everybody(shop)
    path = await completed(shop, query)
    await shop.place.http.delete(query, headers=HOLDER)

    assert len(rows_of((await file_of(shop, path)).text)) == 4
    shop.place.clock.advance(KEPT_MS)
    await shop.get(path, 404)
    await shop.get(f"{path}/file", 404)


async def test_an_export_is_there_after_a_restart(shop: Shop, tmp_path: Path) -> None:
    await restart(shop, tmp_path)
    path = await completed(shop, await everybody(shop))
    before = await file_of(shop, path)
    await restart(shop, tmp_path)

    assert (await file_of(shop, path)).text == before.text
    assert len(rows_of(before.text)) == 4


async def restart(shop: Shop, folder: Path) -> None:
    """Another application over the same tables; its jobs are in a file of the folder."""
    place = shop.place
    await place.jobs.close()
    await place.http.aclose()
    place.jobs = jobs_in(folder / "jobs.db", keyring=KEYRING, follower=place.follower, clock=place.clock)
    app = build_app(replace(place.parts, jobs=place.jobs))
    place.http = open_async_client(httpx.ASGITransport(app), base_url="http://tilde")


async def test_who_was_erased_since_is_in_no_file(shop: Shop) -> None:
    """Nothing that identifies him is kept of an export."""
    path = await completed(shop, await everybody(shop))
    await shop.erase("cid")

    assert "cid" not in (await file_of(shop, path)).text
    assert "Silver" not in (await file_of(shop, path)).text


async def test_an_export_waits_for_its_turn_and_may_be_cancelled(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that waits is unstarted, and has no file."""
    query = await everybody(shop)
    monkeypatch.setattr(jobs, "AT_ONCE", 0)
    path = f"/v3/exports/{(await exported(shop, query))['id']}"

    assert (await shop.get(path))["status"] == "unstarted"
    assert (await shop.get(f"{path}/file", 404))["messages"] == ["the export has no file: it is unstarted"]
    gone = await shop.place.http.delete(path, headers=HOLDER)
    assert gone.json() == {"id": path.rpartition("/")[2], "cancelled": True}
    assert (await shop.get(path))["status"] == "cancelled"
    await shop.get(f"{path}/file", 404)


async def test_an_export_whose_query_went_before_its_turn_says_so(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    query = await everybody(shop)
    with monkeypatch.context() as waiting:
        waiting.setattr(jobs, "AT_ONCE", 0)
        path = f"/v3/exports/{(await exported(shop, query))['id']}"
        await shop.place.http.delete(query, headers=HOLDER)
    await shop.until_status(path, "completed", "error")

    said = await shop.get(path)
    assert (said["status"], said["error"]) == ("error", "the query is gone")


async def test_an_export_is_started_while_it_runs(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here it waits for a store that is away."""
    query = await everybody(shop)
    there = shop.place.jobs.answer

    async def away(id_: str) -> bytes:
        raise StoreError("away")

    monkeypatch.setattr(shop.place.jobs, "answer", away)
    path = f"/v3/exports/{(await exported(shop, query))['id']}"
    await shop.until_status(path, "started")
    monkeypatch.setattr(shop.place.jobs, "answer", there)
    monkeypatch.setattr(jobs, "RETRY_S", 0.01)
    await shop.until_status(path, "completed")


async def test_a_file_that_cannot_be_told_now_says_so(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is no file that breaks off."""
    path = await completed(shop, await everybody(shop))
    opener = shop.place.parts.opener
    assert opener is not None

    async def away(_: object) -> list[Any]:
        raise KeysAwayError("an edge is away")

    with monkeypatch.context() as patched:
        patched.setattr(opener, "opened", away)
        failed = await file_of(shop, path)
    assert (failed.status_code, failed.json()["messages"]) == (503, ["an edge is away"])
    assert len(rows_of((await file_of(shop, path)).text)) == 4


async def test_what_cannot_be_exported_is_told_at_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    query = await everybody(shop)
    assert (await exported(shop, query, 400, export_type="xls"))["messages"][0].startswith("export_type is")
    assert (await exported(shop, "nothing", 404))["messages"] == ["nothing is found by this id"]
    assert (await exported(shop, query, 400, options={"name": "n" * 256}))["messages"] == [
        "a name has at most 255 characters"
    ]
    monkeypatch.setattr(jobs, "AT_ONCE", 0)
    waits = await shop.put(EVERYBODY)
    assert (await exported(shop, waits, 404))["messages"] == ["the query has no results: it is waiting"]


async def test_somebody_elses_export_and_nobodys_are_alike(shop: Shop) -> None:
    """And an export is no query, nor a query an export."""
    query = await everybody(shop)
    path = await completed(shop, query)
    others = {"authorization": f"Bearer {SLASHED_TOKEN}"}
    for url in (path, f"{path}/file", "/v3/exports/0b9d7c0e-0c2b-5d55-8a43-9c3d7f0a6f21"):
        await shop.place.get(url, 404, headers=others)
    assert (await shop.place.http.delete(path, headers=others)).status_code == 404
    await shop.get(path.replace("exports", "queries"), 404)
    await shop.get(query.replace("queries", "exports"), 404)
