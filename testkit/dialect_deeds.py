"""What the release with all four dialects is told to do, and what it is asked. StatHat's part is the spine's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from producers.kissmetrics.signing import signature
from testkit import spine_deeds as spine
from testkit.former_releases import Ask, sql
from testkit.table_contents import Contents
from tilde.domain.stats.metrics import Kind, metric_id
from tilde.runtime.clock import SystemClock

API_KEY, WHITE_LABEL_KEY, TRACKING_KEY = "0123456789abcdef0123", "the key of the white label", "ab" * 20
OUTLET_KEY, SECRET, OUTLET_UUID = "cd" * 20, "a secret of the outlet", "84e9a5e0-3e5b-4d5a-9c1a-0123456789ab"
STATS_TOKEN, CORE_TOKEN = "token-of-two-accounts", "token-for-core-alone"
BEGAN = 1_760_000_000
DAY_S = 86_400
PAGE = {"referer": "https://www.awesome.com/", "user-agent": "Mozilla/5.0 (X11; Linux) Firefox/128.0"}
ANN, BOB, CID, DORA = "ann@people.example", "bob@people.example", "cid@people.example", "dora@people.example"
DID = (
    f"e?_p=anonymous-1&_n=Visited&_t={BEGAN}",
    f"a?_p=anonymous-1&_n={ANN}&_t={BEGAN + 1}",
    f"s?_p={ANN}&_t={BEGAN + 10}&button=green&Plan=Gold+plus",
    f"s?_p={BOB}&_t={BEGAN + 20}&button=pale+red",
    f"e?_p={ANN}&_n=Bought&_t={BEGAN + 100}&what=deep+blue+shoes&price=19.5",
    f"e?_p={ANN}&_n=Upsold&_t={BEGAN + 100}&price=5",  # its price, or the one before, was lost in tables
    f"e?_p={BOB}&_n=Bought&_t={BEGAN + 200}&what=a+blue+hat&price=5",
    f"s?_p={CID}&_t={BEGAN + 300}&what=red+socks",
    f"e?_p={CID}&_n=Visited&_t={BEGAN + 400}",
    f"e?_p={ANN}&_n=Bought&_t={BEGAN + DAY_S}&price=10",
    f"e?_p=dora-before&_n=Visited&_t={BEGAN + 500}&what=a+secret",
    f"a?_p=dora-before&_n={DORA}&_t={BEGAN + 501}",
    f"e?_p={DORA}&_n=Bought&_t={BEGAN + 510}&what=another+secret&price=7",
)
SHOES = {"type": "property", "property": "what", "comparison_mode": "contains", "comparison_string": "shoes"}
BUYERS = {
    "filter": {"type": "and", "operands": [{"type": "event", "event": "bought"}, SHOES]},
    "calculations": [{"type": "last_value_in_range", "subject": "what", "label": "What"}],
}
EVERYBODY = {"filter": {"type": "and", "operands": []}}
SHOP = spine.SHOP


class Made:
    """The ids that were given, which later calls name."""

    def __init__(self) -> None:
        self.outlet = self.site = self.user = self.sample = 0
        self.report = self.public = ""


MADE = Made()


def make_accounts(client: httpx.Client) -> None:
    """Those of the spine, a white label, a second product, and tokens of several accounts."""
    spine.make_accounts(client)
    for kind, key in (("api_key", API_KEY), ("tracking_key", TRACKING_KEY)):
        done(client.post("/tilde/v1/accounts/shop/keys", json={"kind": kind, "key": key}))
    label = {"name": "hotstatz", "keys": {"white_label_key": WHITE_LABEL_KEY, "token": "token-of-the-label"}}
    done(client.post("/tilde/v1/accounts", json=label))
    done(client.patch("/tilde/v1/accounts/hotstatz", json={"domain": "stats.hotstatz.com", "js_name": "hotstatz"}))
    done(client.patch("/tilde/v1/accounts/shop", json={"timezone": "America/Denver", "report_hour": 7}))
    outlet = {"account": "shop", "name": "outlet", "timezone": "Europe/Lisbon", "uuid": OUTLET_UUID}
    MADE.outlet = done(client.post("/tilde/v1/products", json=outlet | {"tracking_key": OUTLET_KEY}))["id"]
    admins: dict[str, Any] = {"kind": "sitekey_admin", "key": SECRET, "product": MADE.outlet}
    done(client.post("/tilde/v1/accounts/shop/keys", json=admins))
    both = {"accounts": ["shop", "other"], "name": "dashboards", "made_by": "anna", "token": STATS_TOKEN}
    done(client.post("/tilde/v1/tokens", json=both))
    done(client.post("/tilde/v1/tokens", json={"accounts": ["shop"], "scopes": ["core"], "token": CORE_TOKEN}))
    gone = done(client.post("/tilde/v1/tokens", json={"accounts": ["other"], "token": "a token that is revoked"}))
    done(client.delete(f"/tilde/v1/tokens/{gone['id']}"))


def post(client: httpx.Client, many: int) -> None:
    """By every dialect; so many numbers, hits and events besides."""
    spine.post_all(client, many)
    _post_samples(client, many // 4)
    _make_sites(client)
    _hit(client, many // 4)
    _track(client, many // 4)


def _post_samples(client: httpx.Client, many: int) -> None:
    for form in (
        {"name": "orders", "value": "2.5", "meta": '{"plan":"basic"}', "generated_at": "2023-11-14 22:13:20"},
        {"name": "orders", "ref_id": "order 7", "value": "3", "generated_at": "2023-11-14T22:13:21Z"},
        {"name": "orders", "ref_id": "order 7", "value": "4", "meta": '{"plan":"gold"}'},
        {"name": "orders", "ref_id": "order 8", "value": "5"},
        {"name": "page view", "value": "100"},
        {"name": "name~with,a tilde", "value": "1"},
    ):
        done(client.post("/api/v2/track.json", data={"api_key": API_KEY} | form))
    for number in range(many):
        form = {"name": f"sampled {number % 3}", "value": str(number / 4), "ref_id": f"{number % 17}"}
        done(client.post("/api/v2/track.json", data={"api_key": API_KEY} | form))
    made = done(client.post("/api/v2/track.json", data={"api_key": API_KEY, "name": "changed", "value": "1"}))
    MADE.sample = made["stat"]["id"]


def _make_sites(client: httpx.Client) -> None:
    billy = {"username": "hotstatz-billy", "email": "billy@billy.example", "password": "a password of his"}
    (user,) = label(client, "user", **billy)
    MADE.user = int(user)
    site, _, _, admin_key = label(client, "site", user_id=user, domain="awesome.com", timezone="-8", dst="usa")
    MADE.site = int(site)
    (other,) = label(client, "user", username="hotstatz-eve")
    label(client, "add_user_to_site", user_id=other, site_id=site)
    label(client, "site", site_id=site, nickname="Awesome", mirrors="awesome.test")
    label(client, "goal", site_id=site, **{"goal[name]": "Hello", "goal[url]": "/hello", "goal[revenue]": "2.5"})
    gone, *_ = label(client, "site", user_id=other, domain="gone.example")
    label(client, "site", site_id=gone, delete="1")
    server = {"site_id": site, "sitekey_admin": admin_key, "ip_address": "198.51.100.77", "type": "goal"}
    assert client.get("/in.php", params=server | {"href": "/pay", "goal[id]": "1"}).text == "ok\n"


def _hit(client: httpx.Client, many: int) -> None:
    for number in range(6 + many):
        said = {"href": f"/page/{number % 9}", "jsuid": f"32284806{number % 5:02}", "custom[mail]": "ann@example.com"}
        assert client.get("/in.php", params={"site_id": str(MADE.site), **said}, headers=PAGE).text == "ok\n"
    for said in (
        {
            "type": "outbound",
            "href": "https://elsewhere.example/",
            "jsuid": "5550001112",
            "custom[mail]": "bob@b.example",
        },
        {"href": "/erased", "jsuid": "7770001112", "custom[mail]": "dora@example.com", "basket": "blue shoes"},
    ):
        assert client.get("/in.php", params={"site_id": str(MADE.site), **said}, headers=PAGE).text == "ok\n"
    robot = {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}
    assert client.get("/in.php", params={"site_id": MADE.site, "href": "/"}, headers=robot).text == "ok\n"
    assert client.get(f"/{MADE.site}ns.gif", headers=PAGE).is_success


def _track(client: httpx.Client, many: int) -> None:
    for did in DID:
        assert client.get(f"/{did}&_d=1&_k={TRACKING_KEY}").is_success
    for number in range(many):
        did = f"e?_p=somebody+{number % 7}&_n=Did+{number % 4}&_t={BEGAN + 3 * number}&nth={number}&kind=k{number % 3}"
        assert client.get(f"/{did}&_d=1&_k={TRACKING_KEY}").is_success
    path = f"/v1/products/{OUTLET_UUID}/tracking/e"
    items = [
        {"identity": BOB, "timestamp": BEGAN, "event": "did föö", "place": "home"},
        {"identity": BOB, "timestamp": BEGAN + 1, "alias": "rob"},
    ]
    signed = signature("POST", f"http://api.kissmetrics.com{path}", {}, SECRET)
    answer = client.post(path, params={"_signature": signed}, json={"data": items})
    assert answer.json() == {"status": 200, "taken": 2}, answer.text
    lines = [
        {"_p": "imported-1", "_t": BEGAN - 10, "_n": "Purchased", "amount": 99.95},
        {"_p": "imported-1", "_p2": "imported@people.example", "_t": BEGAN - 9},
    ]
    assert done(client.post(f"/tilde/v1/products/{MADE.outlet}/activity", json={"lines": lines}))["taken"] == len(lines)


def change(client: httpx.Client, settle: Callable[[], None]) -> None:
    """Stats are renamed and shared, samples changed and deleted, points taken back; somebody is erased."""
    spine.change(client, settle)
    stats = "/tilde/v1/accounts/shop/stats"
    done(client.patch(f"{stats}/{spine.id_of('by get', Kind.VALUE)}", json={"name": "renamed"}))
    spine.ez(client, stat="renamed", value=6)
    spine.ez(client, stat="by get", value=7)
    done(client.patch(f"{stats}/{spine.id_of('bulk 1')}", json={"sharing": "public", "include_in_email": True}))
    done(client.delete(f"{stats}/{spine.id_of('last second')}/points?{spine.EVER}"))
    spine.ez(client, stat="last second", count=8)
    changed = {"api_key": API_KEY, "value": "11", "meta": '{"plan":"gold"}'}
    done(client.put(f"/api/v2/stats/{MADE.sample}.json", data=changed))
    done(
        client.request(
            "DELETE", "/api/v2/stats/order 8.json", params={"api_key": API_KEY, "metric_id": _metric("orders")}
        )
    )
    definitions = f"/tilde/v1/products/{SHOP}/definitions"
    done(client.patch(f"{definitions}/events?name=bought", json={"display_name": "Bought it", "description": "Paid."}))
    done(client.patch(f"{definitions}/properties?name=price", json={"type": "number", "is_visible": False}))
    done(
        client.patch(f"{definitions}/metrics?stat={spine.id_of('page view')}", json={"title": "Views", "sort_index": 1})
    )
    report = {"name": "Who buys shoes", "question": BUYERS}
    MADE.report = done(client.post(f"/tilde/v1/products/{SHOP}/reports", json=report))["id"]
    settle()
    whom = {"site": MADE.site, "id": "7770001112"}
    assert done(client.post("/tilde/v1/visitors/erase", json=whom))["erased"] == 1
    person = done(client.get(f"/tilde/v1/products/{SHOP}/person", params={"identity": DORA}))
    for identity in person["identities"]:
        whom = {"site": SHOP, "number": identity["number"]}
        assert done(client.post("/tilde/v1/visitors/erase", json=whom))["erased"] == 1
    settle()


def more(client: httpx.Client, settle: Callable[[], None]) -> None:
    """What a later release is told: of the same people, visitors, samples, sites and users, and once more the same."""
    spine.more(client, settle)
    for form in (
        {"name": "orders", "ref_id": "order 7", "value": "40"},
        {"name": "orders", "ref_id": "order 8", "value": "50"},
        {"name": "orders", "ref_id": "order 9", "value": "60"},
        {"name": "sampled 1", "ref_id": "1", "value": "7"},
    ):
        done(client.post("/api/v2/track.json", data={"api_key": API_KEY} | form))
    again = (
        *DID[:4],
        DID[6],  # as before: it counts once a person and second
        f"a?_p={BOB}&_n={CID}&_t={BEGAN + 600}",
        f"e?_p={CID}&_n=Bought&_t={BEGAN + 200}&price=6",
        f"e?_p={ANN}&_n=Bought&_t={BEGAN + 3 * DAY_S}&price=1&what=socks",
        f"e?_p=anonymous-1&_n=Came+back&_t={BEGAN + 3 * DAY_S}",
        f"e?_p={DORA}&_n=Came+back&_t={BEGAN + 3 * DAY_S}",
        "e?_p=somebody+1&_n=Did+1&_t=1760000900&late=1",
    )
    for did in again:
        assert client.get(f"/{did}&_d=1&_k={TRACKING_KEY}").is_success
    site = next(one for one in done(client.get("/tilde/v1/products")) if one["domain"] == "awesome.com")["id"]
    for jsuid in ("3228480600", "7770001112", "1110001112"):
        said = {"href": "/again", "jsuid": jsuid, "site_id": site, "custom[mail]": "ann@example.com"}
        assert client.get("/in.php", params=said, headers=PAGE).text == "ok\n"
    (user,) = label(client, "user", username="hotstatz-new", email="new@new.example")
    label(client, "add_user_to_site", user_id=user, site_id=str(site), admin="1")
    label(client, "site", site_id=str(site), timezone="1", dst="eu")
    assert client.get("/in.php", params={"site_id": site, "href": "/by the new clock"}, headers=PAGE).text == "ok\n"
    settle()
    person = done(client.request("DELETE", f"/tilde/v1/products/{SHOP}/person", params={"identity": ANN}))
    assert person["known"], person
    settle()


def _metric(name: str) -> int:
    return metric_id(SHOP, Kind.COUNTER, name)


def label(client: httpx.Client, type_: str, **parameters: str) -> list[str]:
    """What the white label is answered behind its OK."""
    answer = client.get("/api/whitelabel/", params={"auth": WHITE_LABEL_KEY, "type": type_, **parameters})
    ok, *lines = answer.text.splitlines()
    assert ok == "OK", answer.text
    return lines


def done(answer: httpx.Response) -> Any:
    """What is answered to one that has to be a success."""
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def totals(tables: Contents) -> dict[str, float]:
    """What tells whether it is counted on, by the tables: samples, events of people, views of pages, people."""
    orders = [row["number"] for row in tables["samples"] if row["metric"] == _metric("orders")]
    events = {row["event"]: row["total"] for row in tables["events"] if row["product"] == SHOP}
    views = sum(row["page_views"] for row in tables["traffic"])
    people = {row["person"] for row in tables["people"] if row["product"] == SHOP}
    named = {name: events[name] for name in ("visited", "bought", "upsold", "came back") if name in events}
    return named | {"orders": sum(orders), "page views": views, "people": len(people)}


def asks(client: httpx.Client) -> list[Ask]:
    """What the spine is asked, and the reads of all other dialects."""
    today = datetime.fromtimestamp(SystemClock().now_ms() / 1000, UTC).date()  # hits have the time of receipt
    days = f"{today - timedelta(6)},{today}"
    label = f"/api/whitelabel/?auth={WHITE_LABEL_KEY}"
    product = f"/tilde/v1/products/{SHOP}"
    samples = f"metric_id={_metric('orders')}&api_key={API_KEY}"
    views = " UNION ALL ".join(f"SELECT '{view}' AS view, toJSONString(tuple(*)) AS row FROM {view}" for view in VIEWS)
    return [
        *spine.asks(client),
        sql(f"SELECT * FROM ({views}) ORDER BY ALL"),
        *(Ask(f"/core/{noun}", STATS_TOKEN) for noun in ("accounts", "products", "events", "properties", "reports")),
        Ask("/core/metrics?limit=5", STATS_TOKEN),
        *(Ask(f"{product}/person?identity={who}", spine.TOKEN) for who in ("anonymous-1", BOB, CID)),
        Ask("/tilde/v1/products"),
        Ask("/tilde/v1/tokens"),
        Ask(f"{product}/definitions"),
        Ask(f"{product}/reports"),
        Ask(f"/api/v2/stats.json?{samples}"),
        Ask(f"/api/v2/stats.xml?{samples}"),
        Ask(f"/api/v2/stats/order 7.json?{samples}"),
        Ask(f"/api/v1/stats/{MADE.sample}?api_key={API_KEY}"),
        Ask(f"/api/v2/metrics.json?api_key={API_KEY}&limit=5"),
        Ask(f"/api/v2/profiles.json?api_key={API_KEY}"),
        Ask(f"/api/whitelabel/sites?auth={WHITE_LABEL_KEY}&output=json"),
        Ask(f"{label}&type=get_user_id&username=billy@billy.example"),
        Ask(f"{label}&type=get_username&user_id={MADE.user}"),
        Ask(f"{label}&type=traffic&date={days}"),
        Ask(f"{label}&type=traffic_per_user&date={days}"),
    ]


VIEWS = (
    "samples",
    "hits",
    "traffic",
    "people",
    "occurrences",
    "property_values",
    "events",
    "properties",
    "users",
    "sites",
)
"""What no other read tells as it stands in the tables."""
