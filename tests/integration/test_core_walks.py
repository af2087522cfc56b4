"""Every list of Kissmetrics' Core API, walked by its links to the end while something is added after each page: what was
there at the beginning comes once, in its order, and nothing comes twice.
"""

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from testkit.edges import KEYRING
from testkit.query_place import QueryPlace, an_account, product_uuid
from testkit.rows import NOON_MS, a_metric, a_property, an_event
from tests.integration.test_kissmetrics_core import ask, hrefs
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.products import ProductCreated
from tilde.domain.catalog.saved_reports import ReportSaved
from tilde.domain.catalog.stats import StatCreated
from tilde.domain.catalog.token_records import Scope
from tilde.domain.catalog.tokens import TokenCreated
from tilde.domain.stats.metrics import Kind, metric_id
from tools.docs import openapi_documents

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

OF_ALL: Any = {"authorization": "Bearer of all"}
LISTS = sorted(
    path
    for path, operations in openapi_documents()[1]["paths"].items()
    if path.startswith("/core/")
    and {"limit", "offset"} <= {each["name"] for each in operations["get"].get("parameters", ())}
)
BEFORE, LIMIT = 5, 2

Add = Callable[[QueryPlace, int, int], Awaitable[None]]
"""Adds something new to a product of account 1: its number, and how many were added before."""


async def add_account(place: QueryPlace, product: int, nth: int) -> None:
    """Another's, which the token does not reach."""
    await place.decide(an_account(900 + nth, f"account {nth}", f"token {nth}"))


async def add_product(place: QueryPlace, product: int, nth: int) -> None:
    await place.decide(ProductCreated(1, 100 + nth, f"{-nth}", product_uuid(100 + nth), "", "UTC", ()))


async def add_report(place: QueryPlace, product: int, nth: int) -> None:
    uuid = str(UUID(int=(1 << 100) - nth))  # ids fall, and names rise: neither is the order
    await place.decide(ReportSaved(product, uuid, f"{nth}", "funnel", b"sealed"))


async def add_event(place: QueryPlace, product: int, nth: int) -> None:
    await place.insert("event", an_event(f"e{99 - nth}", product=product, index=nth, first_sent_at=NOON_MS + nth))


async def add_property(place: QueryPlace, product: int, nth: int) -> None:
    await place.insert("property", a_property(f"p{99 - nth}", product=product, index=nth, first_sent_at=NOON_MS + nth))


async def add_metric(place: QueryPlace, product: int, nth: int) -> None:
    """A stat that was posted, or made by a command."""
    name = f"m{99 - nth}"
    if nth % 2:
        await place.insert("metric", a_metric(name, product=product, first_seen_at=NOON_MS + nth))
    else:
        made = StatCreated(product, metric_id(product, "counter", name), Kind.COUNTER, name)
        await place.decide(made, at_ms=NOON_MS + nth)


ADDS: dict[str, Add] = {
    "accounts": add_account,
    "products": add_product,
    "reports": add_report,
    "events": add_event,
    "properties": add_property,
    "metrics": add_metric,
}


async def opened(place: QueryPlace) -> None:
    """A token of three accounts, of which the first has two products."""
    await place.decide(an_account(4, "third", "third token"))
    await place.decide(ProductCreated(1, 3, "second", product_uuid(3), "", "UTC", ()))
    hash_ = KEYRING.hash(KeyKind.TOKEN, "of all")
    await place.decide(TokenCreated(1, "", hash_, (1, 2, 4), (Scope.CORE,), ""))


@pytest.mark.parametrize("path", LISTS)
async def test_what_was_there_comes_once_while_something_is_added(place: QueryPlace, path: str) -> None:
    await opened(place)
    whose, add = path.split("/")[2], ADDS[path.rpartition("/")[2]]
    (first, *_) = (await ask(place, f"/core/{whose}", **OF_ALL))["data"] if "{uuid}" in path else [{"id": ""}]
    products = [1] if "{uuid}" in path else [1, 3]
    for nth in range(BEFORE):
        await add(place, products[nth % len(products)], nth)
    url = path.replace("{uuid}", first["id"])
    before = [one["id"] for one in await walked_by(place, f"{url}?limit=1000", add=None)]

    seen = [one["id"] for one in await walked_by(place, f"{url}?limit={LIMIT}", add)]

    assert len(before) >= len(("1", "2", "4"))
    assert seen[: len(before)] == before
    assert len(set(seen)) == len(seen)
    assert len(seen) > len(before) or add is add_account
    assert [one["id"] for one in await walked_by(place, f"{url}?limit=3", add=None)] == seen


async def walked_by(place: QueryPlace, url: str | None, add: Add | None) -> list[Any]:
    """From each page to the next one; one more is added behind each of the first ones."""
    items: list[Any] = []
    for nth in count(BEFORE):
        page = await ask(place, str(url), **OF_ALL)
        items += page["data"]
        if add is not None and nth < BEFORE + 2:
            await add(place, 1, nth)
        url = hrefs(page).get("next")
        if url is None:
            break
    return items
