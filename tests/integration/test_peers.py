"""Two query APIs over the same tables, each with the queries of its own folder: a client may ask either of them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import httpx
import pytest
import pytest_asyncio

from api.web.peers import AWAY, Peers
from api.wiring import build_app
from testkit.query_place import SLASHED_TOKEN, TOKEN, QueryPlace
from testkit.waiting import until_told
from tilde.web.http_clients import open_async_client

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

HOLDER = {"authorization": f"Bearer {TOKEN}"}
ASKED = {"product_id": 1, "query_type": "people_search", "query_params": {"filter": {"type": "and", "operands": []}}}


class Two(NamedTuple):
    """Clients of one that has the query, and of one that has not; by its path at all three APIs."""

    one: httpx.AsyncClient
    other: httpx.AsyncClient
    query: str


@pytest_asyncio.fixture(loop_scope="module")
async def two(place: QueryPlace) -> AsyncIterator[Two]:
    second = QueryPlace(place.store)
    await second.open()
    peer = open_async_client(httpx.ASGITransport(place.app), base_url="http://one:8001/")
    app = build_app(replace(second.parts, peers=Peers([peer])))
    async with open_async_client(httpx.ASGITransport(app), base_url="http://other") as other, peer:
        put = (await place.http.post("/v3/queries", headers=HOLDER, json=ASKED)).json()["id"]
        yield Two(place.http, other, put)
    await second.http.aclose()
    await second.jobs.close()
    await place.jobs.close()


async def until_complete(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """What is said of a query that is done."""
    done = await until_told(partial(client.get, path, headers=HOLDER), lambda answer: answer.json()["completed"])
    return dict(done.json())


async def test_a_query_is_answered_by_whichever_api_is_asked(two: Two) -> None:
    """As its own one does: status, results, pages, links and the export, of all three Query APIs."""
    path = f"/v3/queries/{two.query}"
    assert await until_complete(two.other, path) == await until_complete(two.one, path)

    reached = HOLDER | {"x-forwarded-host": "stats.example", "x-forwarded-proto": "https"}
    for path in (
        "/v3/queries/{}?limit=1",
        "/v2/queries/{}/status",
        "/query/queries/{}/results",
        "/v2/queries/{}/export",
    ):
        by_one = await two.one.get(path.format(two.query), headers=reached)
        by_other = await two.other.get(path.format(two.query), headers=reached)
        assert by_other.content == by_one.content
        assert (by_other.status_code, by_other.headers["content-type"]) == (
            by_one.status_code,
            by_one.headers["content-type"],
        )
        assert by_other.headers.get("location") == by_one.headers.get("location")


async def test_what_a_query_found_is_exported_by_whichever(two: Two) -> None:
    """Where the query is the export stands, too: who is asked has the body passed on."""
    await until_complete(two.one, f"/v3/queries/{two.query}")
    begun = await two.other.post("/v3/exports", headers=HOLDER, json={"query_id": two.query})
    path = f"/v3/exports/{begun.json()['id']}"
    ask = partial(two.other.get, path, headers=HOLDER)
    await until_told(ask, lambda answer: answer.json()["status"] == "completed")
    files = [await client.get(f"{path}/file", headers=HOLDER) for client in (two.one, two.other)]

    assert files[0].status_code == 200
    assert files[1].content == files[0].content
    assert files[1].headers["content-disposition"] == files[0].headers["content-disposition"]


async def test_it_is_cancelled_by_whichever(two: Two) -> None:
    """By the one that has it not."""
    gone = await two.other.delete(f"/v3/queries/{two.query}", headers=HOLDER)

    assert gone.json() == {"id": two.query, "cancelled": True}
    assert (await two.one.get(f"/v3/queries/{two.query}", headers=HOLDER)).json()["cancelled"] is True


@pytest.mark.parametrize("token", [TOKEN, SLASHED_TOKEN, "nobody's"])
async def test_nobodys_query_and_somebody_elses_stay_so(two: Two, token: str) -> None:
    """And a token is asked for before anybody else is."""
    headers = {"authorization": f"Bearer {token}"}
    id_ = "0b9d7c0e-0c2b-5d55-8a43-9c3d7f0a6f21" if token == TOKEN else two.query
    answers = [await client.get(f"/v3/queries/{id_}", headers=headers) for client in (two.one, two.other)]

    assert [answer.status_code for answer in answers] == ([401] if token == "nobody's" else [404]) * 2
    assert answers[0].json() == answers[1].json()


async def test_while_the_one_that_may_have_it_is_away_nobody_says_that_there_is_none(place: QueryPlace) -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody listens")

    peer = open_async_client(httpx.MockTransport(away), base_url="http://one")
    app = build_app(replace(place.parts, peers=Peers([peer])))
    async with open_async_client(httpx.ASGITransport(app), base_url="http://other") as other, peer:
        answer = await other.get("/v3/queries/0b9d7c0e-0c2b-5d55-8a43-9c3d7f0a6f21", headers=HOLDER)

    assert (answer.status_code, AWAY in answer.text, answer.headers["retry-after"]) == (503, True, "2")
