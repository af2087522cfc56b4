"""What the edge asks the query API, and what it knows without."""

import asyncio
import json

import httpx
import pytest

from producers.web.query_api import QueryApi, QueryApiAwayError
from producers.web.questions import PORTIONS_MAX, Questions
from testkit.builders import a_catalog, an_account_created
from testkit.waiting import PATIENCE_S, until_it_holds
from tilde.domain.catalog.stat_settings import StatRenamed
from tilde.domain.catalog.stats import StatCreated, StatDeleted
from tilde.domain.stats.metrics import Kind

FACTS = (an_account_created(1, "shop"), StatCreated(1, 77, Kind.VALUE, "load"))


def away(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody listens")


async def test_a_stat_that_was_made_by_command_is_known_while_the_query_api_is_away() -> None:
    """Under today's name. Whether there is one that was deleted, or made by posts, only the tables say."""
    renamed = StatRenamed(1, 77, Kind.VALUE, "load", "weight", None)
    api = QueryApi(httpx.MockTransport(away))

    assert await Questions(api, a_catalog(*FACTS), "t").stat(1, 77) == (Kind.VALUE, "load")
    assert await Questions(api, a_catalog(*FACTS, renamed), "t").stat(1, 77) == (Kind.VALUE, "weight")
    for catalog, metric in ((a_catalog(*FACTS, StatDeleted(1, 77)), 77), (a_catalog(*FACTS), 78)):
        with pytest.raises(QueryApiAwayError):
            await Questions(api, catalog, "t").stat(1, metric)
    await api.close()


async def test_what_many_clients_of_an_account_ask_of_samples_is_a_few_questions() -> None:
    """Each has its own answer; those of other accounts go by themselves."""
    asked: list[tuple[str, list[int]]] = []

    async def answered(request: httpx.Request) -> httpx.Response:
        wanted = [one["id"] for one in json.loads(request.content)]
        asked.append((request.url.path, wanted))
        await asyncio.sleep(0)
        return httpx.Response(200, json=[None if id_ % 2 else {"id": id_} for id_ in wanted])

    catalog = a_catalog(an_account_created(1, "shop"), an_account_created(2, "a b"))
    shop, other = catalog.accounts[1], catalog.accounts[2]
    api = QueryApi(httpx.MockTransport(answered))
    questions = Questions(api, catalog, "t")
    found = await asyncio.gather(
        questions.sample(other, {"id": 2}), *(questions.sample(shop, {"id": id_}) for id_ in range(50))
    )
    of_shop = [wanted for path, wanted in asked if path == "/tilde/v1/accounts/shop/samples"]

    assert found == [{"id": 2}, *(None if id_ % 2 else {"id": id_} for id_ in range(50))]
    assert len(of_shop) <= PORTIONS_MAX + 1
    assert sorted(id_ for wanted in of_shop for id_ in wanted) == list(range(50))
    await api.close()


async def test_a_question_for_samples_takes_its_accounts_turn_and_no_others() -> None:
    """One account's answer is long in coming: the other's comes meanwhile, and what else the first one asks waits."""
    catalog = a_catalog(an_account_created(1, "shop"), an_account_created(2, "other"))
    shop, other = catalog.accounts[1], catalog.accounts[2]
    asked: list[str] = []
    may_answer = asyncio.Event()

    async def answered(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if "shop/samples" in request.url.path:
            await may_answer.wait()
        return httpx.Response(200, json=[{"id": 2}] if request.method == "POST" else {"id": "b"})

    api = QueryApi(httpx.MockTransport(answered), reads_per_address=1)
    questions = Questions(api, catalog, "t")
    async with asyncio.timeout(PATIENCE_S):
        slow = asyncio.create_task(questions.sample(shop, {"id": 2}))
        await until_it_holds(lambda: asked)
        behind = asyncio.create_task(questions.details(1, 77))
        assert await questions.sample(other, {"id": 2}) == {"id": 2}
        before = list(asked)
        may_answer.set()
        await asyncio.gather(slow, behind)

    assert before == ["/tilde/v1/accounts/shop/samples", "/tilde/v1/accounts/other/samples"]
    await api.close()


@pytest.mark.parametrize(
    "answer", [httpx.Response(404, json={"detail": "no account"}), httpx.Response(200, json=[]), httpx.Response(503)]
)
async def test_an_answer_that_says_nothing_of_a_sample_is_none(answer: httpx.Response) -> None:
    """A release that knows no such question, a copy of the catalog that is late: what is there is not said to be gone."""
    catalog = a_catalog(an_account_created(1, "shop"))
    api = QueryApi(httpx.MockTransport(lambda _: answer))
    with pytest.raises(QueryApiAwayError):
        await Questions(api, catalog, "t").sample(catalog.accounts[1], {"id": 2})
    await api.close()
