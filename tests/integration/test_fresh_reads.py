"""Every call that reads the tables has them caught up first, whatever its dialect, and once each."""

from dataclasses import replace

import httpx
import pytest
import pytest_asyncio

from api.wiring import build_app
from testkit.query_place import HITS, OPERATOR, TOKEN, QueryPlace, a_hit
from testkit.rows import a_metric
from tilde.domain.stats.metrics import short_id
from tilde.store.progress import StoredProgress
from tilde.web.http_clients import open_async_client

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

BEARER = {"authorization": f"Bearer {TOKEN}"}
OPERATORS = {"authorization": f"Bearer {OPERATOR}"}
ID = short_id(HITS)


class Late(StoredProgress):
    """A sink that inserts the one point that has come, and its stat, only when somebody asks."""

    def __init__(self, place: QueryPlace) -> None:
        super().__init__(place.store, lambda: 1)
        self._place = place
        self.asked = 0

    async def catch_up(self, within_s: float) -> None:
        self.asked += 1
        await self._place.insert("metric", a_metric("hits"))
        await self._place.insert("point", a_hit(60, 7.0))


class LatePlace:
    def __init__(self, place: QueryPlace) -> None:
        self.progress = Late(place)
        app = build_app(replace(place.parts, progress=self.progress))
        self.http = open_async_client(httpx.ASGITransport(app), base_url="http://tilde")


@pytest_asyncio.fixture(loop_scope="module")
async def late(place: QueryPlace) -> LatePlace:
    return LatePlace(place)


@pytest.mark.parametrize(
    "path",
    [
        f"/x/{TOKEN}/statlist",
        f"/x/{TOKEN}/data/{ID}?t=1w1h",
        "/tilde/v1/stats",
        f"/tilde/v1/stats/{ID}",
        f"/tilde/v1/stats/{ID}/series?span=1d",
        "/tilde/v1/export?format=csv",
    ],
)
async def test_a_read_has_what_the_tables_had_not_when_it_came(late: LatePlace, path: str) -> None:
    answer = await late.http.get(path, headers=BEARER)

    assert answer.status_code == 200, answer.text
    assert "hits" in answer.text or "7" in answer.text
    assert late.progress.asked == 1


async def test_so_has_an_operators_sql(late: LatePlace) -> None:
    body = {"query": "SELECT sum(number) FROM points", "format": "csv"}
    answer = await late.http.post("/tilde/v1/sql", headers=OPERATORS, json=body)

    assert answer.status_code == 200, answer.text
    assert answer.text.split()[-1] == "7"
    assert late.progress.asked == 1


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/health", {}, 200),
        ("/ready", {}, 200),
        ("/x/nobodys/statlist", {}, 401),
        ("/tilde/v1/stats", {"authorization": "Bearer nobody's"}, 401),
        ("/tilde/v1/export?format=csv", {}, 401),
    ],
)
async def test_neither_health_nor_who_may_not_read_has_them_caught_up(
    late: LatePlace, path: str, headers: dict[str, str], status: int
) -> None:
    answer = await late.http.get(path, headers=headers)

    assert answer.status_code == status
    assert late.progress.asked == 0
