"""What Kissmetrics' clients put on the wire, replayed at a Tilde: each has success by its own rule, and what it said
stands in topic `activity`.

Clients that can be installed are in tests/clients/test_tracking_clients.py. Of these there is the source alone: Ruby's
`km` and `kmts`, PHP's `kissmetrics-php` and the `km.php` before it, `KM.pm`, the Java client, the Android SDK, Node's
`kissmetrics-js`, and a form as Segment posts it.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import pytest

from producers.kissmetrics.signing import signature
from testkit.activity import Done, people_of
from testkit.waiting import PATIENCE_S, until
from tests.golden.replay import exchange, post_and_leave, read

pytestmark = pytest.mark.e2e

BOB = "bob@example.com"
T = 1262304000
HOST = "Host: trk.kissmetrics.com"
RUBY = f"Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3\r\nAccept: */*\r\nUser-Agent: Ruby\r\n{HOST}"


GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")


def _any(status: int) -> bool:
    """It reads nothing of it, or only that there is one."""
    return status > 0


def _exactly_200(status: int) -> bool:
    return status == 200


def _2xx(status: int) -> bool:
    return 200 <= status < 300


def _200_or_304(status: int) -> bool:
    return status in (200, 304)


class Sent(NamedTuple):
    """A request, whether its client is content, and what it stands for; `at` is None where the time of receipt is."""

    head: str
    is_content: Callable[[int], bool]
    act: str
    name: str | None = None
    properties: Any = {}  # noqa: RUF012 - of a tuple
    at: int | None = None
    other: str | None = None
    unknown: list[tuple[str, str]] = []  # noqa: RUF012 - of a tuple
    body: str = ""


REQUESTS = {
    "ruby-km-record": Sent(
        f"GET /e?Plan%20Type=Gold%2B1&Amount=99.95&_n=Signed%20Up&_p=bob%40example.com&_k={{KEY}}&_d=1&_t={T} HTTP/1.1\r\n{RUBY}",
        *(_any, "event", "signed up", {"plan type": "Gold+1", "amount": 99.95}, T),
    ),
    "ruby-kmts-record": Sent(
        "GET /e?Plan=Pro%20%26%20Co&Amount=99.95&_n=Signed%20Up&_p=bob%40example.com&_t=1795253116&_k={KEY} HTTP/1.1\r\n"
        f"Accept: */*\r\nUser-Agent: Ruby\r\nConnection: close\r\n{HOST}",
        *(_any, "event", "signed up", {"plan": "Pro & Co", "amount": 99.95}),
    ),
    "ruby-km-set": Sent(
        f"GET /s?gender=male&_p=bob%40example.com&_k={{KEY}}&_d=1&_t={T} HTTP/1.1\r\n{RUBY}",
        *(_any, "set", None, {"gender": "male"}, T),
    ),
    "ruby-km-alias": Sent(
        f"GET /a?_n=rob&_p=bob%40example.com&_k={{KEY}}&_d=1&_t={T} HTTP/1.1\r\n{RUBY}",
        *(_any, "alias", None, {}, T, "rob"),
    ),
    "java-record": Sent(
        f"GET /e?item=caf%C3%A9+latte&_n=purchased&_k={{KEY}}&_p=bob%40example.com& HTTP/1.1\r\n{HOST}\r\n"
        "Connection: keep-alive\r\nAccept: */*\r\nUser-Agent: NING/1.0",
        *(_2xx, "event", "purchased", {"item": "café latte"}),
    ),
    "java-alias": Sent(
        f"GET /a?_n=rob&_k={{KEY}}&_p=bob%40example.com& HTTP/1.1\r\n{HOST}\r\nConnection: keep-alive\r\nAccept: */*",
        *(_2xx, "alias", None, {}, None, "rob"),
    ),
    "android-event": Sent(
        f"GET /e?_k={{KEY}}&_c=android%2F2.3.1&_u=Dalvik%2F1.6&_p=bob%40example.com&_n=Played%20Level&_d=1&_t={T}&Level=7 HTTP/1.1\r\n"
        f"User-Agent: KISSmetrics-Android/2.3.1\r\n{HOST}\r\nConnection: close\r\nAccept-Encoding: gzip",
        *(_200_or_304, "event", "played level", {"level": 7.0}, T, None, [("_c", "android/2.3.1")]),
    ),
    "node-kissmetrics-js": Sent(
        f"GET /e?_k={{KEY}}&_p=bob%40example.com&_n=Visited&place=home HTTP/1.1\r\n{HOST}\r\nConnection: close",
        *(_any, "event", "visited", {"place": "home"}),
    ),
    "node-in-milliseconds": Sent(
        f"GET /e?_k={{KEY}}&&Plan%20Type=Go&ld&_p=bob@example.com&_n=Signed%20Up&_t=1795253116804 HTTP/1.1\r\n{HOST}\r\n"
        "Connection: close",
        *(_exactly_200, "event", "signed up", {"plan type": "Go"}),
    ),
    "segment-form": Sent(
        f"POST /e HTTP/1.1\r\n{HOST}\r\nUser-Agent: node-superagent/1.2.0\r\nContent-Type: application/x-www-form-urlencoded",
        *(_2xx, "event", "long", {"text": "x" * 3_000}, T, None),
        body=urlencode({"_k": "{KEY}", "_p": BOB, "_n": "Long", "_t": T, "_d": 1, "_ip": "203.0.113.7", "text": "x" * 3_000}),
    ),
    "beacon": Sent(
        f"POST /s?_k={{KEY}} HTTP/1.1\r\n{HOST}\r\nContent-Type: text/plain;charset=UTF-8\r\nOrigin: https://shop.example",
        *(_any, "set", None, {"plan": "Pro"}),
        body="_p=bob%40example.com&plan=Pro",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def product(tilde_up: Any) -> dict[str, Any]:
    """A product of these tests' own."""
    tilde_up.start_unless_it_runs()
    made: dict[str, Any] = tilde_up.make_account("golden kissmetrics")["product"]
    return made


def filled(product: dict[str, Any], head: str, body: str = "") -> bytes:
    """A request with the product's key, and how long its body is."""
    body = body.replace("%7BKEY%7D", product["tracking_key"])
    length = f"\r\nContent-Length: {len(body)}" if body else ""
    return (head.replace("{KEY}", product["tracking_key"]) + length + "\r\n\r\n" + body).encode()


def done_after(tilde: Any, product: dict[str, Any], before: int, many: int) -> list[Done]:
    """What stands behind so many events of the product, once there are as many more."""
    until(lambda: len(people_of(tilde.data, product["id"])) >= before + many, PATIENCE_S, lambda: "not all is there")
    return people_of(tilde.data, product["id"])[before:]


@pytest.mark.parametrize("name", REQUESTS)
def test_a_recorded_request_is_taken_and_its_client_content(tilde_up: Any, product: dict[str, Any], name: str) -> None:
    """By its own rule; what it said is what stands there."""
    sent, before = REQUESTS[name], len(people_of(tilde_up.data, product["id"]))

    (raw,) = exchange(tilde_up.host, tilde_up.port, filled(product, sent.head, sent.body))
    (done,) = done_after(tilde_up, product, before, 1)

    head, _, body = raw.partition(b"\r\n\r\n")
    assert sent.is_content(int(head.split(b" ", 2)[1]))
    assert body == GIF
    assert (done.act, done.person, done.name, done.other) == (sent.act, BOB, sent.name, sent.other)
    assert (done.properties, done.unknown) == (sent.properties, sent.unknown)
    assert done.at == sent.at or (sent.at is None and done.at > T)


def test_a_signed_batch_of_the_real_client_is_taken(tilde_up: Any, product: dict[str, Any]) -> None:
    """`kissmetrics-js` signs the old host's URL, says no content type, and counts characters in its Content-Length."""
    before = len(people_of(tilde_up.data, product["id"]))
    path = f"/v1/products/{product['uuid']}/tracking/e"
    signed = quote(signature("POST", f"http://api.kissmetrics.com{path}", {}, product["sitekey_admin"]), safe="")
    items = [
        {"identity": BOB, "timestamp": T, "event": "did föö", "place": "home"},
        {"identity": BOB, "timestamp": T + 1, "alias": "rob"},
        {"identity": BOB, "timestamp": T + 2, "home": "neverland"},
    ]
    body = json.dumps({"data": items}, ensure_ascii=False, separators=(",", ":"))
    head = (
        f"POST {path}?_signature={signed} HTTP/1.1\r\nX-KM-ApiKey: fakeApiKey\r\nConnection: close\r\n"
        f"Host: api.kissmetrics.com\r\nContent-Length: {len(body)}\r\n\r\n"
    )

    (raw,) = exchange(tilde_up.host, tilde_up.port, (head + body).encode())
    done = done_after(tilde_up, product, before, 3)

    assert read(raw).status == 200
    assert json.loads(read(raw).body) == {"status": 200, "taken": 3}
    assert [(each.act, each.person, each.name, each.other, each.at, each.properties) for each in done] == [
        ("event", BOB, "did föö", None, T, {"place": "home"}),
        ("alias", BOB, None, "rob", T + 1, {}),
        ("set", BOB, None, None, T + 2, {"home": "neverland"}),
    ]


def test_an_app_is_told_to_send(tilde_up: Any, product: dict[str, Any]) -> None:
    """The Android SDK asks once, wants a JSON object of these members, and keeps to it until `Expires`."""
    head = "GET /m/trk?product_key={KEY}&install_uuid=1 HTTP/1.1\r\nHost: et.kissmetrics.com\r\nConnection: close"
    (raw,) = exchange(tilde_up.host, tilde_up.port, filled(product, head))

    told = json.loads(read(raw).body)
    assert (told["tracking"], told["tracking_endpoint"]) == (True, "et.kissmetrics.com")
    assert b"\r\nexpires: " in raw.lower()


def test_a_client_that_never_reads_is_counted(tilde_up: Any, product: dict[str, Any]) -> None:
    """The first `km.php` and `KM.pm` write to a socket and close it."""
    before = len(people_of(tilde_up.data, product["id"]))
    heads = [
        f"GET /e?_n=Signed%20Up&_p=bob%40example.com&_k={{KEY}}&_t=1795253116 HTTP/1.1\r\n{HOST}\r\nConnection: Close",
        "GET /s?gender=male&_p=bob%40example.com&_k={KEY}&_t=1795253116 HTTP/1.0",
    ]
    for head in heads:
        post_and_leave(tilde_up.host, tilde_up.port, filled(product, head))

    done = done_after(tilde_up, product, before, 2)
    assert sorted((each.act, each.name or "") for each in done) == [("event", "signed up"), ("set", "")]


def test_a_client_that_writes_all_and_never_reads_is_counted(tilde_up: Any, product: dict[str, Any]) -> None:
    """`kissmetrics-php` writes what it has gathered one behind the other, and closes the socket."""
    before = len(people_of(tilde_up.data, product["id"]))
    requests = [
        f"GET /a?_p=old&_n=bob%40example.com&_k={{KEY}} HTTP/1.1\r\n{HOST}\r\nConnection: Keep-Alive",
        f"GET /s?gender=male&_p=bob%40example.com&_k={{KEY}}&_t=1795253116&_d=0 HTTP/1.1\r\n{HOST}\r\nConnection: Keep-Alive",
        *(
            f"GET /e?_n=thing%20{number}&_p=bob%40example.com&_k={{KEY}}&_t={T + number}&_d=1 HTTP/1.1\r\n{HOST}\r\n"
            f"Connection: {'Close' if number == 9 else 'Keep-Alive'}"
            for number in range(10)
        ),
    ]  # fmt: skip
    post_and_leave(tilde_up.host, tilde_up.port, b"".join(filled(product, head) for head in requests))

    done = done_after(tilde_up, product, before, len(requests))
    assert [each.act for each in done] == ["alias", "set", *["event"] * 10]
    assert [(each.name, each.at) for each in done[2:]] == [(f"thing {number}", T + number) for number in range(10)]
