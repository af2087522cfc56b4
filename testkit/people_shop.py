"""A shop with three people, whose activity is in tables, and a query API that can open what is sealed of them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx

from testkit.activity_tables import ActivityTables
from testkit.edges import KEYRING
from testkit.query_place import NOW, TOKEN, QueryPlace
from testkit.waiting import until_told
from tilde.domain.catalog.erasures import VisitorsErased
from tilde.domain.people.activity import PERSON
from tilde.keys.opener import FolderOpener

HOLDER = {"authorization": f"Bearer {TOKEN}"}
DAY = NOW - 86_400


class Shop:
    """A query API that opens what is sealed, over tables with three people: Ann, who was anonymous first, Bob, Cid."""

    def __init__(self, place: QueryPlace, tables: ActivityTables) -> None:
        self.place = place
        self.tables = tables

    async def put(self, filter_: Any, *calculations: dict[str, Any], kind: str = "people_search") -> str:
        """Begins a query of the third API; returns its path."""
        return await self.ask(kind, {"filter": filter_, "calculations": list(calculations)})

    async def ask(self, kind: str, params: dict[str, Any]) -> str:
        """The same of any kind."""
        asked = {"product_id": 1, "query_type": kind, "query_params": params}
        put = await self.place.http.post("/v3/queries", headers=HOLDER, json=asked)
        assert put.status_code == HTTPStatus.OK, put.text
        return f"/v3/queries/{put.json()['id']}"

    async def sql(self, statement: str, **more: Any) -> list[list[Any]]:
        """The rows that a statement finds; `more` are other parameters of its query."""
        said = await self.complete(await self.ask("sql", {"sql": statement, **more}))
        assert "data" in said, said
        return [list(row.values()) for row in said["data"]]

    async def complete(self, path: str) -> dict[str, Any]:
        """What it says in the end."""
        done = await self.until(path, lambda said: said.status_code != HTTPStatus.OK or _has_ended(said.json()))
        assert done.status_code == HTTPStatus.OK, done.text
        return dict(done.json())

    async def ended(self, status: str) -> httpx.Response:
        """What the status of a query of the first API, or of the second, is in the end: 201, and leads to results; 200
        with an error.
        """
        return await self.until(status, lambda said: said.status_code != HTTPStatus.OK or _has_ended(said.json()))

    async def found(self, status: str) -> httpx.Response:
        """The same of a query that finds something: 201, which leads to results."""
        done = await self.ended(status)
        assert done.status_code == HTTPStatus.CREATED, done.text
        return done

    async def until_status(self, path: str, *statuses: str) -> None:
        """Returns once an export has one of these."""
        await self.until(path, lambda said: said.json()["status"] in statuses)

    async def until(self, path: str, is_it: Callable[[httpx.Response], bool]) -> httpx.Response:
        """The first answer that is it."""
        return await until_told(partial(self.place.http.get, path, headers=HOLDER), is_it)

    async def erase(self, identity: str) -> None:
        """As the command that erases somebody does: it is decided, and his key is taken away. It is later then."""
        number = KEYRING.keyed_hash(1, PERSON, identity)
        clock = self.tables.edge.clock
        await self.place.decide(VisitorsErased(1, (number,)), at_ms=clock.now_ms())
        await self.tables.edge.keyholders.take_away(erasure := self.place.follower.catalog.sequence, 1, {number})
        await self.tables.edge.keyholders.sweep(erasure)
        clock.advance(1)

    async def get(self, path: str, status: int = 200) -> Any:
        """The JSON of an answer that has this status."""
        return await self.place.get(path, status, headers=HOLDER)

    async def who(self, filter_: Any) -> set[str]:
        """Whom a people search finds."""
        return {row["identity"] for row in (await self.complete(await self.put(filter_)))["data"]}


def _has_ended(said: dict[str, Any]) -> bool:
    state = said if "completed" in said else said.get("data", said)
    return bool(state.get("completed")) or state.get("error") is not None


@asynccontextmanager
async def a_shop(place: QueryPlace, folder: Path) -> AsyncIterator[Shop]:
    """Open, over the empty tables of a place; people's keys are in the folder."""
    opener = FolderOpener(folder / "visitors.db", KEYRING)
    opening = QueryPlace(place.store, opener)
    await opening.open()
    tables = await ActivityTables.open(opening, folder)
    await tables.track("/e", _p="anonymous-1", _n="Visited Site", _d="1", _t=str(DAY - 50))
    await tables.track("/a", _p="anonymous-1", _n="ann@example.com")
    await tables.track("/e", _p="ann@example.com", _n="Purchased", _d="1", _t=str(DAY), amount="99.5", plan="Gold plus")
    await tables.track("/e", _p="ann@example.com", _n="Purchased", _d="1", _t=str(DAY + 10), amount="20", plan="Gold")
    await tables.track("/e", _p="bob", _n="Purchased", _d="1", _t=str(DAY + 5), amount="5", phone="15551234567")
    await tables.track("/e", _p="cid", _n="Visited Site", _d="1", _t=str(DAY + 7))
    await tables.track("/s", _p="cid", _d="1", _t=str(DAY + 8), plan="Silver")
    await tables.fill()
    yield Shop(opening, tables)
    await opening.jobs.close()
    await opening.http.aclose()
    opener.close()
    tables.edge.keyholders.close()
