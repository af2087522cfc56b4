"""What anybody may ask without a key: thousands of such questions cost what stands behind the edge a few."""

import asyncio
from collections import Counter
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from producers.web.app import EdgeApp
from testkit.whole_edge import TOKEN, a_query_api, the_whole_edge
from tilde.domain.stats.metrics import metric_id, short_id
from tilde.settings import READS_PER_ADDRESS

MANY = 300
STAT = short_id(metric_id(1, "counter", "signups"))


class SlowApi:
    """Counts how often it is asked for a path, and how many questions it has at a time. None is answered at once."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.most = 0
        self._now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked[scope["path"]] += 1
        self._now += 1
        self.most = max(self.most, self._now)
        await asyncio.sleep(0.001)
        await a_query_api(scope, receive, send)
        self._now -= 1


def client(app: EdgeApp, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://edge", timeout=60)


@pytest.mark.parametrize("path", ["/health", "/metrics", "/openapi.json"])
async def test_what_is_the_same_for_all_is_asked_once_for_all(tmp_path: Path, path: str) -> None:
    """And one after the other, however many wait."""
    api = SlowApi()
    async with the_whole_edge(tmp_path, httpx.ASGITransport(api)) as app, client(app, "1.1.1.1") as many:
        answers = await asyncio.gather(*(many.get(path) for _ in range(MANY)))

    assert {answer.status_code for answer in answers} == {200}
    assert api.asked.total() <= 3
    assert api.most == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("OPTIONS", f"/x/{TOKEN}/statlist"),
        ("PUT", "/tilde/v1/stats/ABCD"),
        ("OPTIONS", "/nowhere"),
        ("DELETE", f"/x/{TOKEN}/stats/{STAT}"),
        ("GET", "/x/nobody/statlist"),
    ],
)
async def test_what_is_asked_for_one_address_leaves_room_for_others(tmp_path: Path, method: str, path: str) -> None:
    """The API has as many questions of one as it has reads of one, and another's is not behind all of them."""
    api = SlowApi()
    async with (
        the_whole_edge(tmp_path, httpx.ASGITransport(api)) as app,
        client(app, "1.1.1.1") as many,
        client(app, "1.1.1.2") as other,
    ):
        flood = [asyncio.create_task(many.request(method, path)) for _ in range(MANY)]
        await asyncio.sleep(0.02)
        answer = await other.options("/x/T/statlist")
        waiting = sum(not task.done() for task in flood)
        statuses = {(await task).status_code for task in flood}

    assert len(statuses) == 1, statuses
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert api.most <= READS_PER_ADDRESS + 1
    assert waiting > MANY // 2
