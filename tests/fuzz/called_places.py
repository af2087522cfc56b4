"""What documented calls are made to: a query API over real tables, and an edge, with something of each kind in both."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from testkit.activity_tables import ActivityTables
from testkit.edges import KEYRING
from testkit.query_place import HITS, NOW, OPERATOR, TOKEN, QueryPlace, a_hit, product_uuid
from testkit.rows import a_metric
from testkit.stathat import EZKEY
from testkit.statsmix import API_KEY
from testkit.whole_edge import OPERATOR_TOKEN, the_whole_edge
from testkit.whole_edge import TOKEN as EDGE_TOKEN
from tests.fuzz.calls import URL, Caller, Known
from tilde.domain.catalog.accounts import KeyStored
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.saved_reports import ReportSaved
from tilde.domain.people.uuids import event_uuid, property_uuid
from tilde.domain.stats.metrics import metric_uuid, short_id
from tilde.keys.opener import FolderOpener
from tilde.schemas.topics import PROGRESS
from tilde.store.clickhouse import open_store
from tilde.store.migrate import migrate, point_views
from tilde.store.positions import SinkPosition, save_positions
from tilde.store.tables import SOURCES
from tilde.web.http_clients import open_async_client

REPORT = "64361c30-4a48-4131-8cbb-22000a9f1c0f"
TRACKING_KEY = "0123456789abcdef0123456789abcdef01234567"
SEARCH = {"filter": {"type": "event", "event": "purchased"}, "calculations": []}


def _basic(token: str) -> str:
    return "Basic " + base64.b64encode(f"{token}:".encode()).decode()


@asynccontextmanager
async def a_query_api(folder: Path) -> AsyncIterator[QueryPlace]:
    """Over chDB, with what opens sealed texts."""
    store = await open_store(f"chdb://{folder / 'tables'}")
    await migrate(store, 1)
    await point_views(store, 1)
    opener = FolderOpener(folder / "visitors.db", KEYRING)
    place = QueryPlace(store, opener)
    await place.open()
    yield place
    await place.jobs.close()
    await place.http.aclose()
    opener.close()
    await store.close()


async def _settle(place: QueryPlace) -> None:
    """Says of the tables that they have all of the log: who asks for what is settled gets it."""
    there = {name: await place.log.end_offset(name, 0) for name in SOURCES}
    said = SinkPosition(PROGRESS.name, 0, 1, {name: end for name, end in there.items() if end})
    await save_positions(place.store, "tilde_g1", [said])


async def caller_of_api(place: QueryPlace, folder: Path) -> tuple[Caller, Known]:
    """Somebody with the tokens of a query API, and what he knows of it: something of each kind is put there."""
    await place.decide(ReportSaved(1, REPORT, "Buyers", "people_search_v2", KEYRING.seal(b'{"filter": {}}'.decode())))
    await place.decide(KeyStored(1, KEYRING.store(KeyKind.API_KEY, API_KEY)))
    await place.insert("metric", a_metric(metric=HITS))
    await place.insert("point", a_hit(60, 5))
    tables = await ActivityTables.open(place, folder)
    await tables.track("/e", _p="ann", _n="purchased", _d="1", _t=str(NOW - 60), amount="99.5", plan="Gold")
    await tables.fill()
    tables.edge.keyholders.close()
    await _settle(place)
    asked = {"product_id": 1, "query_type": "people_search", "query_params": SEARCH}
    bearer = f"Bearer {TOKEN}"
    query = (await place.http.post("/v3/queries", headers={"authorization": bearer}, json=asked)).json()["id"]
    uuid = product_uuid(1)
    uuids = (event_uuid(uuid, "purchased"), property_uuid(uuid, "plan"), metric_uuid(1, "counter", HITS, "hits"))
    stat = [short_id(HITS), "1", str(HITS)]
    known = {
        "token": [TOKEN],
        "X-StatsMix-Token": [API_KEY],
        "name": ["main"],
        "id_": stat,
        "ids": stat,
        "id_or_ref": ["1"],
        "metric_id": [str(HITS)],
        "profile_id": ["1"],
        "uuid": [uuid, *map(str, uuids), REPORT],
        "product": ["1", uuid],
        "product_id": ["1", uuid],
        "query_type": ["people_search", "people_count"],
        "report": [REPORT],
        "query": [query],
        "identity": ["ann"],
        "subject": ["points-value"],
        "version": ["1", "latest"],
    }
    of_account = dict.fromkeys(("HTTPBearer", "Kissmetrics", "OperatorOrAccount"), bearer)
    credentials = {**of_account, "Operator": f"Bearer {OPERATOR}", "HTTPBasic": _basic(TOKEN)}
    return Caller(place.http, credentials), known


@asynccontextmanager
async def an_edge(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """An edge, with a stand-in for the query API: nothing of what is made at this edge is in the tables of a real one."""
    async with the_whole_edge(folder) as app, open_async_client(httpx.ASGITransport(app), base_url=URL) as http:
        yield http


async def caller_of_edge(http: httpx.AsyncClient) -> tuple[Caller, Known]:
    """The operator of an edge, and what he knows of it: something of each kind is made there."""
    operator = f"Bearer {OPERATOR_TOKEN}"

    async def posted(path: str, method: str = "POST", **body: Any) -> Any:
        answer = await http.request(method, f"/tilde/v1/{path}", json=body, headers={"authorization": operator})
        return answer.raise_for_status().json()

    async def line(**asked: str) -> str:
        answer = await http.get("/api/whitelabel", params={"auth": white_label, **asked})
        return answer.text.split("\n")[1]

    product = await posted("products/1", "PATCH", tracking_key=TRACKING_KEY)
    white_label = (await posted("accounts/main/keys", kind="white_label_key"))["white_label_key"]
    track = {"api_key": API_KEY, "name": "a", "value": "1", "format": "json"}
    stat = (await http.post("/api/v2/track", data=track)).json()["stat"]
    await line(type="user", username="user")
    user = await line(type="get_user_id", username="user")
    site = await line(type="site", user_id=user, domain="site.example")
    report = (await posted("products/1/reports", name="r", question=SEARCH))["id"]
    token = (await posted("tokens", accounts=["main"]))["id"]
    counted = [short_id(HITS)]
    ids = [str(stat["id"]), str(stat["metric_id"]), str(stat["profile_id"])]
    known = {
        "name": ["main"],
        "ezkey": [EZKEY],
        "_k": [TRACKING_KEY],
        "_d": ["1"],
        "product_key": [TRACKING_KEY],
        "tracking_key": [TRACKING_KEY],
        "X-StatsMix-Token": [API_KEY],
        "auth": [white_label],
        "user_id": [user],
        "site_id": [site],
        "token": [EDGE_TOKEN],
        "id_or_ref": ids[:1],
        "metric_id": ids[1:2],
        "profile_id": ids[2:],
        "id_": ["1", str(token), *ids],
        "product": ["1"],
        "generation": ["1", "2"],
        "guid": [product["uuid"]],
        "uuid": [report],
        "stat": counted,
        "short_id": counted,
    }
    of_operator = dict.fromkeys(("Operator", "OperatorOrAccount", "HTTPBearer"), operator)
    credentials = {**of_operator, "HTTPBasic": _basic(EDGE_TOKEN)}
    return Caller(http, credentials), known
