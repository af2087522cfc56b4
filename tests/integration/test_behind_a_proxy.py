"""An edge as its process runs it, with a dialect whose hits are their clients', behind a proxy: settings to log."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from producers.web.clients import Client
from producers.wiring import run_edge
from testkit import pixels
from testkit.deciding import deciding
from testkit.kafka_broker import free_ports
from testkit.pixels import Pixels
from testkit.waiting import PATIENCE_S
from tilde.catalog.follower import read_catalog
from tilde.data_folder import bell_path
from tilde.domain.catalog.keys import KeyKind
from tilde.eventlog.bell import Bell
from tilde.eventlog.sqlite import SqliteLog
from tilde.runtime.clock import SystemClock
from tilde.runtime.tasks import cancel
from tilde.settings import Settings, open_operator_token
from tilde.web.addresses import addresses

SAID = {"x-forwarded-for": "6.6.6.6, 198.51.100.9, 127.0.0.2", "x-forwarded-proto": "https"}


@asynccontextmanager
async def an_edge(settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, Pixels]]:
    """The edge, with a client, and its dialect."""
    (address,) = addresses(settings)
    listening = socket.create_server((address.host, address.port))
    bell = Bell(bell_path(settings.data), serves=True)
    await bell.open()
    with pixels.spoken() as spoken:
        async with deciding(settings.data, bell, SystemClock()):
            serving = asyncio.create_task(run_edge(settings, [(address, listening)], asyncio.Event()))
            async with httpx.AsyncClient(base_url=address.url, timeout=PATIENCE_S) as client:
                try:
                    await client.get("/")
                    yield client, spoken[-1]
                finally:
                    await cancel(serving)
    await bell.close()
    listening.close()


@pytest.mark.parametrize(
    ("trusted", "client"),
    [
        ("127.0.0.0/8", Client("198.51.100.9", is_https=True)),
        ("10.0.0.0/8, 127.0.0.1", Client("127.0.0.2", is_https=True)),
        (None, Client("127.0.0.1", is_https=False)),
        ("10.0.0.0/8", Client("127.0.0.1", is_https=False)),
    ],
)
async def test_a_hit_is_its_clients_where_the_settings_trust_the_proxy(
    tmp_path: Path, trusted: str | None, client: Client
) -> None:
    """In the lane and beside it."""
    (port,) = free_ports(1)
    settings = Settings(data=tmp_path, port=port, trusted_proxies=trusted)
    async with an_edge(settings) as (asking, spoken):
        bearer = {"authorization": f"Bearer {open_operator_token(settings)}"}
        made = (await asking.post("/tilde/v1/accounts", json={"name": "shop"}, headers=bearer)).json()
        key = {"auth": made["product"]["tracking_key"]}
        paths = ["/7px.gif", "/7px.gif/"]
        answers = [
            await asking.get(path, params=key, headers=SAID | {"referer": "https://a.example/"}) for path in paths
        ]
        refused = await asking.get("/7px.gif", params={"auth": "nobody's"}, headers=SAID)
        counted = (await asking.get("/metrics")).text

    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"GIF89a")] * 2
    assert [(hit.is_laned, hit.client) for hit in spoken.hits] == [(True, client), (False, client)]
    assert [hit.told[b"referer"] for hit in spoken.hits] == [b"https://a.example/"] * 2
    assert (refused.status_code, refused.text) == (403, "NOK\nno such key\n")
    assert 'tilde_edge_posts_total{dialect="pixels"} 2.0' in counted


async def test_what_is_answered_over_https_alone_is_so_where_the_proxy_says_https(tmp_path: Path) -> None:
    """Else the token that came by http is told as such, in the list and in the log, an account's own, too."""
    (port,) = free_ports(1)
    settings = Settings(data=tmp_path, port=port, trusted_proxies="127.0.0.1", public_url="https://stats.example")
    async with an_edge(settings) as (asking, _):
        bearer = {"authorization": f"Bearer {open_operator_token(settings)}"}
        account = (await asking.post("/tilde/v1/accounts", json={"name": "shop"}, headers=bearer)).json()
        several = (await asking.post("/tilde/v1/tokens", json={"accounts": ["shop"]}, headers=bearer)).json()
        behind = await asking.get("/core", headers={**SAID, "authorization": f"Bearer {several['token']}"})
        answers = [
            await asking.get("/core//products/?limit=1", headers={"authorization": token})
            for token in (f"Bearer {several['token']}", account["token"], "Bearer nobody's", "")
        ]
        (listed,) = (await asking.get("/tilde/v1/tokens", headers=bearer)).json()
        ez = await asking.post("/ez", data={"ezkey": account["ezkey"], "stat": "a", "count": "1"})

    assert behind.status_code == 503, "passed on to a query API that does not run"
    assert {answer.status_code for answer in answers} == {301}
    assert {answer.headers["location"] for answer in answers} == {"https://stats.example/core/products?limit=1"}
    assert listed["exposed_at"] >= listed["created_at"]
    assert ez.status_code == 200
    catalog = await read_catalog(SqliteLog(tmp_path))
    own = catalog.accounts[1].keys[KeyKind.TOKEN].hash
    assert set(catalog.exposed) == {catalog.tokens[1].hash, own}
