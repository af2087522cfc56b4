"""Metrics, profiles and users, made, changed and deleted by StatsMix's calls: through the decider, on a whole edge."""

import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio
from starlette.types import Receive, Scope, Send

from producers.statsmix.reasons import Reason
from producers.statsmix.requests import METRICS_MAX
from producers.web.app import EdgeApp
from testkit.asking import FORM, ask
from testkit.statsmix import API_KEY
from testkit.whole_edge import the_whole_edge
from tilde.domain.catalog import products, stat_settings, stats, subaccounts
from tilde.domain.catalog.products import PRODUCT_NAME_MAX, TIMEZONE_MAX
from tilde.domain.catalog.stat_settings import URL_MAX
from tilde.domain.catalog.subaccounts import DETAILS_MAX
from tilde.domain.stats.metrics import metric_id, short_id

pytestmark = pytest.mark.asyncio(loop_scope="module")
POSTED = metric_id(1, "counter", "posted")
METRICS = "/api/v2/metrics"
USERS = "/api/v2/partners/users"
PROFILES = "/api/v2/profiles"


async def a_query_api(scope: Scope, receive: Receive, send: Send) -> None:
    """Knows one stat that was only posted to."""
    is_posted = f"/stats/{short_id(POSTED)}" in scope["path"] and b"product=1" in scope["query_string"]
    found = {"kind": "counter", "name": "posted", "created_at": 1_767_268_800}
    await send({"type": "http.response.start", "status": 200 if is_posted else 404, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(found).encode()})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EdgeApp]:
    """Each test has names of its own."""
    async with the_whole_edge(tmp_path_factory.mktemp("edge"), httpx.ASGITransport(a_query_api)) as app:
        yield app


async def call(app: EdgeApp, method: str, path: str, key: str = API_KEY, **fields: str) -> tuple[int, Any]:
    """Status and what a call answers in JSON, its fields as a form."""
    form = "&".join(f"{quote(name)}={quote(value)}" for name, value in {"api_key": key, **fields}.items())
    reply = await ask(app, method, path, form.encode(), [*FORM, (b"host", b"stats.example")])
    return reply.status, json.loads(reply.body)


async def refused(app: EdgeApp) -> Counter[Reason]:
    """What the edge has counted so far, by reason."""
    text = (await ask(app, "GET", "/metrics")).body.decode()
    found = re.findall(r'tilde_edge_refusals_total\{dialect="statsmix",reason="(\w+)"\} (\d+)', text)
    return Counter({Reason(reason): int(count) for reason, count in found})


async def test_a_metric_is_made_changed_and_deleted(app: EdgeApp) -> None:
    _, made = await call(
        app, "POST", f"{METRICS}.json", name="orders ~ a", include_in_email="1", url="http://shop.example/"
    )
    id_ = made["metric"]["id"]
    _, changed = await call(app, "PUT", f"{METRICS}/{id_}.json", id=str(id_), name="sales", include_in_email="0")
    _, deleted = await call(app, "DELETE", f"{METRICS}/{id_}.json")
    gone, _ = await call(app, "DELETE", f"{METRICS}/{id_}.json")

    assert made["metric"] | {"created_at": "", "updated_at": ""} == {
        "id": metric_id(1, "counter", "orders ~ a"),
        "name": "orders ~ a",
        "profile_id": 1,
        "include_in_email": 1,
        "sharing": "none",
        "url": "http://shop.example/",
        "created_at": "",
        "updated_at": "",
    }
    assert (changed["metric"]["name"], changed["metric"]["include_in_email"]) == ("sales", 0)
    assert changed["metric"]["url"] == "http://shop.example/"
    assert deleted["metric"]["name"] == "sales"
    assert gone == 404


async def test_a_metric_that_is_shared_has_a_public_url(app: EdgeApp) -> None:
    _, made = await call(app, "POST", f"{METRICS}.json", name="shared", sharing="public")
    id_ = made["metric"]["id"]
    _, ended = await call(app, "POST", f"{METRICS}/{id_}.json", sharing="none")

    assert made["metric"]["sharing"] == "public"
    assert re.fullmatch("http://stats.example/d/[0-9A-Za-z_-]{16,}", made["metric"]["url"])
    assert (ended["metric"]["sharing"], ended["metric"]["url"]) == ("none", "")


async def test_a_metric_that_was_only_posted_to_is_changed_too(app: EdgeApp) -> None:
    _, changed = await call(app, "PUT", f"{METRICS}/{POSTED}.json", include_in_email="true")

    assert (changed["metric"]["name"], changed["metric"]["include_in_email"]) == ("posted", 1)
    assert changed["metric"]["created_at"] == "2026-01-01T12:00:00Z"


@pytest.mark.parametrize("name", ["posted", "made"])
async def test_a_metrics_name_is_new_in_its_profile(app: EdgeApp, name: str) -> None:
    await call(app, "POST", f"{METRICS}.json", name="made")
    status, told = await call(app, "POST", f"{METRICS}.json", name=name)

    assert (status, told) == (422, {"errors": {"error": "a stat of that name and kind was created already"}})


@pytest.mark.parametrize(
    ("method", "path", "fields", "status", "reason"),
    [
        ("POST", METRICS, {}, 422, Reason.NO_STAT),
        ("POST", METRICS, {"name": "a", "sharing": "some"}, 422, Reason.BAD_SETTING),
        ("POST", METRICS, {"name": "a", "include_in_email": "2"}, 422, Reason.BAD_SETTING),
        ("POST", METRICS, {"name": "a", "profile_id": "9"}, 404, Reason.UNKNOWN_PROFILE),
        ("PUT", f"{METRICS}/5", {"name": "a"}, 404, Reason.UNKNOWN_METRIC),
        ("PUT", f"{METRICS}/x", {"name": "a"}, 404, Reason.UNKNOWN_METRIC),
        ("PUT", f"{METRICS}/{POSTED}", {"name": "x" * 256}, 422, Reason.REFUSED),
        ("PUT", f"{METRICS}/{POSTED}", {"url": "x" * 2001}, 422, Reason.REFUSED),
        ("PUT", f"{PROFILES}/9", {"name": "a"}, 404, Reason.UNKNOWN_PROFILE),
        ("POST", PROFILES, {"name": "main"}, 422, Reason.REFUSED),
        ("POST", PROFILES, {"name": "a", "time_zone": "Nowhere/At_All"}, 422, Reason.REFUSED),
        ("DELETE", f"{PROFILES}/1", {}, 403, Reason.PROFILE_STAYS),
        ("POST", USERS, {"name": "nobody"}, 422, Reason.REFUSED),
        ("POST", USERS, {"email": "no address"}, 422, Reason.REFUSED),
        ("PUT", f"{USERS}/9", {"name": "a"}, 404, Reason.UNKNOWN_USER),
        ("DELETE", f"{USERS}/nobody", {}, 404, Reason.UNKNOWN_USER),
    ],
)
async def test_what_cannot_be_is_refused(
    app: EdgeApp, method: str, path: str, fields: dict[str, str], status: int, reason: Reason
) -> None:
    before = await refused(app)
    found, told = await call(app, method, f"{path}.json", **fields)

    assert found == status
    assert told["errors"]["error"]
    assert await refused(app) - before == {reason: 1}


async def test_a_profile_is_made_and_renamed_and_has_metrics_of_its_own(app: EdgeApp) -> None:
    _, made = await call(app, "POST", f"{PROFILES}.json", name="Second", time_zone="Europe/Lisbon")
    id_ = made["profile"]["id"]
    _, changed = await call(app, "PUT", f"{PROFILES}/{id_}.json", name="Another")
    _, metric = await call(app, "POST", f"{METRICS}.json", name="posted", profile_id=str(id_))

    assert (made["profile"]["name"], made["profile"]["time_zone"]) == ("Second", "Europe/Lisbon")
    assert (changed["profile"]["name"], changed["profile"]["time_zone"]) == ("Another", "Europe/Lisbon")
    assert metric["metric"]["profile_id"] == id_


async def test_a_user_is_made_found_again_changed_and_ended(app: EdgeApp) -> None:
    _, made = await call(
        app, "POST", f"{USERS}.json", email="a@b.example", name="A", plan="basic", **{"metrics[]": "m"}
    )
    user = made["user"]
    _, again = await call(app, "POST", f"{USERS}.json", email="a@b.example", name="B")
    _, changed = await call(app, "PUT", f"{USERS}/{user['api_key']}.json", company="C")
    own, _ = await call(app, "POST", "/api/v2/track.json", key=user["api_key"], name="x")
    _, ended = await call(app, "DELETE", f"{USERS}/{user['id']}.json")
    shut, _ = await call(app, "POST", "/api/v2/track.json", key=user["api_key"], name="x")

    assert re.fullmatch("[0-9a-f]{20}", user["api_key"])
    assert (again["user"]["id"], again["user"]["name"]) == (user["id"], "A")
    assert (changed["user"]["company"], changed["user"]["plan"]) == ("C", "basic")
    assert ended["user"]["email"] == "a@b.example"
    assert (own, shut) == (200, 401)


async def test_a_user_gets_the_metrics_that_its_partner_names(app: EdgeApp) -> None:
    """All of them, however often one is named."""
    body = f"api_key={API_KEY}&email=m@b.example&metrics[]=one&metrics%5B%5D=two&metrics[]=one".encode()
    key = json.loads((await ask(app, "POST", f"{USERS}.json", body, FORM)).body)["user"]["api_key"]
    found = [await call(app, "POST", f"{METRICS}.json", key=key, name=name) for name in ("one", "two", "three")]

    assert [status for status, _ in found] == [422, 422, 200]


async def test_the_ruby_gem_finds_the_key_in_xml(app: EdgeApp) -> None:
    reply = await ask(app, "POST", USERS, f"api_key={API_KEY}&email=r@b.example".encode(), FORM)

    assert re.search(rb"<api_key>[0-9a-zA-Z]{20}</api_key>", reply.body)


async def test_a_user_makes_no_users(app: EdgeApp) -> None:
    """As with every limit of an account."""
    _, made = await call(app, "POST", f"{USERS}.json", email="n@b.example")
    before = await refused(app)
    status, _ = await call(app, "POST", f"{USERS}.json", key=made["user"]["api_key"], email="c@b.example")

    assert status == 403
    assert await refused(app) - before == {Reason.LIMIT_REACHED: 1}


LIMITS = [
    (METRICS, "name=" + "n" * 256),
    (METRICS, "name=with+a+long+url&url=http://shop.example/" + "u" * URL_MAX),
    (PROFILES, "name=" + "n" * (PRODUCT_NAME_MAX + 1)),
    (PROFILES, "name=nowhere&time_zone=" + "z" * (TIMEZONE_MAX + 1)),
    (USERS, "email=long@b.example&company=" + "c" * (DETAILS_MAX + 1)),
    (USERS, "email=long.metric@b.example&metrics[]=short&metrics[]=" + "n" * 256),
    (USERS, "email=many@b.example" + "".join(f"&metrics[]={n}" for n in range(METRICS_MAX + 1))),
]


@pytest.mark.parametrize("form", ["", ".json"])
@pytest.mark.parametrize(("path", "fields"), LIMITS, ids=[f"{path} {fields[:30]}" for path, fields in LIMITS])
async def test_what_is_too_long_or_too_much_is_told_in_the_form_that_was_asked_for(
    app: EdgeApp, path: str, fields: str, form: str
) -> None:
    """In a line of XML, or in JSON; and nothing was made, or the second form would find it."""
    reply = await ask(app, "POST", path + form, f"api_key={API_KEY}&{fields}".encode(), FORM)

    assert reply.status == 422
    if form:
        assert list(json.loads(reply.body)["errors"]) == ["error"]
    else:
        assert re.search(rb"<errors><error>[^\n]+</error></errors>", reply.body)
    assert b"already" not in reply.body


async def test_nothing_is_made_of_a_user_where_a_metric_can_have_no_name(app: EdgeApp) -> None:
    """Not the metrics before it either."""
    body = f"api_key={API_KEY}&email=bad.metric@b.example&metrics[]=fine&metrics[]=a%00b".encode()
    refused = await ask(app, "POST", f"{USERS}.json", body, FORM)
    _, made = await call(app, "POST", f"{USERS}.json", email="bad.metric@b.example")
    fine, _ = await call(app, "POST", f"{METRICS}.json", key=made["user"]["api_key"], name="fine")

    assert (refused.status, fine) == (422, 200)


@pytest.mark.parametrize(
    ("limit", "path", "fields"),
    [
        (f"{stats.__name__}.MADE_MAX", METRICS, {"name": "one too many"}),
        (f"{stat_settings.__name__}.WITH_SETTINGS_MAX", METRICS, {"name": "one shared too many", "sharing": "public"}),
        (f"{products.__name__}.PRODUCTS_MAX", PROFILES, {"name": "one too many"}),
        (f"{subaccounts.__name__}.SUBACCOUNTS_MAX", USERS, {"email": "one.too.many@b.example"}),
    ],
)
async def test_one_more_than_an_account_may_have_is_forbidden(
    app: EdgeApp, monkeypatch: pytest.MonkeyPatch, limit: str, path: str, fields: dict[str, str]
) -> None:
    """In XML and in JSON. Where there is room again it is made."""
    with monkeypatch.context() as full:
        full.setattr(limit, 0)
        body = "&".join(f"{name}={value}" for name, value in {"api_key": API_KEY, **fields}.items()).encode()
        in_xml = await ask(app, "POST", path, body, FORM)
        status, told = await call(app, "POST", f"{path}.json", **fields)
    assert (in_xml.status, status) == (403, 403)
    assert re.search(rb"<errors><error>[^\n]+</error></errors>", in_xml.body)
    assert list(told["errors"]) == ["error"]

    assert (await call(app, "POST", f"{path}.json", **fields))[0] == 200
