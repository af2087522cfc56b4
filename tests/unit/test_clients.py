"""Whose a request is: a proxy that is trusted says it, and nobody else; with what is no address it says nothing."""

import asyncio
from dataclasses import replace
from ipaddress import ip_network

import pytest
from fastapi import Request, Response

from producers.web.app import EdgeApp
from producers.web.clients import HOPS_MAX, NO_PROXIES, Client, Forwarded, Proxies, client_of
from producers.web.lane import Lane, LaneRequest, Taken
from producers.web.reached import reached
from producers.web.turns import Turns
from testkit.counting_lane import Counting, get, post
from testkit.pixels import TOLD, Pixels
from testkit.wire import Wires

PROXIES = Proxies([ip_network("10.0.0.0/8"), ip_network("2001:db8:ffff::/48")])
PROXY, STRANGER = "10.0.0.1", "192.0.2.1"


@pytest.mark.parametrize(
    ("address", "plain", "network"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("2001:DB8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::9", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::1", "fe80::"),
        ("::1", "::1", "::"),
        ("", "", ""),
    ],
)
def test_of_ipv6_a_network_is_one_client(address: str, plain: str, network: str) -> None:
    """Everybody has 2**64 addresses of it. An IPv4 address may be written as one."""
    client = Client.at(address, "https")

    assert (client, client.network) == (Client(plain, is_https=True), network)


@pytest.mark.parametrize(
    ("address", "is_trusted"),
    [
        ("10.255.0.1", True),
        ("::ffff:10.0.0.1", True),
        ("2001:db8:ffff::1", True),
        ("11.0.0.1", False),
        ("2001:db8::1", False),
        ("::10.0.0.1", False),
        ("", False),
    ],
)
def test_a_proxy_is_trusted_by_its_network(address: str, is_trusted: bool) -> None:
    assert PROXIES.trust(address) is is_trusted
    assert not NO_PROXIES.trust(address)


def said(*headers: tuple[str, str]) -> Forwarded:
    return PROXIES.forwarded([(name.encode(), value.encode("latin-1")) for name, value in headers])


@pytest.mark.parametrize(
    ("hops", "address"),
    [
        (["192.0.2.1"], "192.0.2.1"),
        (["1.1.1.1, 192.0.2.1"], "192.0.2.1"),
        (["1.1.1.1, 192.0.2.1, 10.1.1.1,10.2.2.2"], "192.0.2.1"),
        (["1.1.1.1", "192.0.2.1", "10.1.1.1"], "192.0.2.1"),
        (["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
        (["192.0.2.1:4711"], "192.0.2.1"),
        (["[2001:DB8::1]:4711"], "2001:db8::1"),
        (["2001:db8::1"], "2001:db8::1"),
        (["::ffff:192.0.2.1"], "192.0.2.1"),
        (["192.0.2.1, 2001:db8:ffff::2"], "192.0.2.1"),
        (["  192.0.2.1\t"], "192.0.2.1"),
        (["nonsense, 10.1.1.1"], "10.1.1.1"),
        (["192.0.2.1, unknown"], None),
        (["unknown"], None),
        (["fe80::1%eth0"], None),
        (["1.2.3"], None),
        (["3232235777"], None),
        (["\xff\xfe"], None),
        ([""], None),
        ([","], None),
        (["192.0.2.1,"], None),
        ([], None),
        (["192.0.2.1, " + "10.0.0.9, " * HOPS_MAX + "10.0.0.10"], "10.0.0.9"),
    ],
)
def test_the_client_is_the_first_from_the_right_that_is_no_proxy_of_ours(hops: list[str], address: str | None) -> None:
    """Before that anybody can have written anything. An entry that is no address ends the way."""
    assert said(*(("x-forwarded-for", hop) for hop in hops)).address == address


@pytest.mark.parametrize(
    ("hops", "schemes", "is_https"),
    [
        ("192.0.2.1", "https", True),
        ("192.0.2.1", "HTTP", False),
        ("192.0.2.1", "https, http", False),
        ("192.0.2.1, 10.1.1.1", "https, http", True),
        ("192.0.2.1, 10.1.1.1", "http, https, http", True),
        ("192.0.2.1, 10.1.1.1", "https", True),
        ("192.0.2.1, 10.1.1.1, 10.1.1.2", "https, http", True),
        (None, "https", True),
        ("192.0.2.1", "ftp", None),
        ("192.0.2.1", "", None),
        ("192.0.2.1", None, None),
    ],
)
def test_the_scheme_is_what_the_outermost_proxy_says(
    hops: str | None, schemes: str | None, is_https: bool | None
) -> None:
    headers = [("x-forwarded-for", hops), ("x-forwarded-proto", schemes)]

    assert said(*((name, value) for name, value in headers if value is not None)).is_https is is_https


def test_what_a_proxy_does_not_say_is_as_the_connection_has_it() -> None:
    peer = Client(PROXY, is_https=True)

    assert Forwarded(None, None).over(peer) == peer
    assert Forwarded("192.0.2.1", None).over(peer) == Client("192.0.2.1", is_https=True)
    assert Forwarded(None, False).over(peer) == Client(PROXY, is_https=False)


def test_a_scope_without_client_and_scheme_is_nobodys() -> None:
    assert client_of({}) == client_of({"client": None, "scheme": "http"}) == Client("", is_https=False)


# On the wire.


def hit(path: bytes = b"/7px.gif", *headers: bytes, auth: bytes = b"K") -> bytes:
    lines = [b"GET " + path + b"?auth=" + auth + b" HTTP/1.1", b"Host: h", *headers]
    return b"\r\n".join([*lines, b"", b""])


def an_edge(proxies: Proxies = PROXIES, turns: Turns | None = None) -> tuple[Pixels, Wires]:
    """One that takes hits of one key, durable at once."""

    def leave(key: str, path: bytes) -> "asyncio.Future[None] | None":
        if key != "K":
            return None
        durable = asyncio.get_running_loop().create_future()
        durable.set_result(None)
        return durable

    pixels, app = Pixels(leave), EdgeApp(openapi_url=None)
    pixels.add_to(app)
    return pixels, Wires(app, turns or Turns(), proxies)


FOR_CLIENT = b"X-Forwarded-For: 1.1.1.1, 198.51.100.9"
BY_HTTPS = b"X-Forwarded-Proto: https"


@pytest.mark.parametrize("path", [b"/7px.gif", b"/7px.gif/"], ids=["lane", "declared"])
@pytest.mark.parametrize(
    ("peer", "client"),
    [
        (PROXY, Client("198.51.100.9", is_https=True)),
        ("::ffff:10.0.0.1", Client("198.51.100.9", is_https=True)),
        (STRANGER, Client(STRANGER, is_https=False)),
    ],
)
async def test_a_client_is_who_his_proxy_says_in_a_lane_and_beside_it(path: bytes, peer: str, client: Client) -> None:
    pixels, wires = an_edge()
    wire = wires.open(peer)
    wire.send(hit(path, FOR_CLIENT, BY_HTTPS))
    await wire.settled()

    assert [(each.is_laned, each.client) for each in pixels.hits] == [(path == b"/7px.gif", client)]
    assert wire.written.startswith(b"HTTP/1.1 200")
    assert wire.written.endswith(b"GIF89a")
    assert pixels.tally.taken == 1


@pytest.mark.parametrize("path", [b"/7px.gif", b"/7px.gif/"], ids=["lane", "declared"])
async def test_clients_behind_one_connection_of_a_proxy_are_told_apart(path: bytes) -> None:
    """Each request says whose it is; one that says nothing is the proxy's own."""
    pixels, wires = an_edge()
    wire = wires.open(PROXY)
    for header in (b"X-Forwarded-For: 192.0.2.1", b"X-Forwarded-For: 192.0.2.2", b"X-Other: 1"):
        wire.send(hit(path, header))
        await wire.settled()

    assert [each.client.address for each in pixels.hits] == ["192.0.2.1", "192.0.2.2", PROXY]


async def test_a_request_that_leaves_its_lane_is_still_its_clients() -> None:
    """The declared route's scope has him, and our urls begin as he asks."""
    _, wires = an_edge()
    scopes = []

    async def seen(request: Request) -> Response:
        scopes.append((client_of(request.scope), request.scope["client"], reached(request, None).url))
        return Response(b"seen")

    wires.app.add_api_route("/seen", seen, methods=["GET"])
    wires.app.add_lane(Lane("/seen", {b"GET"}, (), lambda request: None))
    for peer in (PROXY, STRANGER):
        wire = wires.open(peer)
        wire.send(b"GET /seen HTTP/1.1\r\nHost: h\r\n%b\r\n%b\r\n\r\n" % (FOR_CLIENT, BY_HTTPS))
        await wire.settled()

    assert scopes == [
        (Client("198.51.100.9", is_https=True), ("198.51.100.9", 0), "https://h"),
        (Client(STRANGER, is_https=False), (STRANGER, 1234), "http://h"),
    ]


@pytest.mark.parametrize("peers", [(PROXY, STRANGER), (STRANGER, PROXY)], ids=["a proxy first", "a stranger first"])
async def test_a_head_that_was_read_before_is_believed_of_a_proxy_alone(peers: tuple[str, str]) -> None:
    """The same bytes, of one who is trusted and one who is not: what was remembered of the one is not the other's."""
    counting = Counting()
    (lane,) = (each for each in counting.app.lanes._by_path.values())
    clients: list[Client] = []

    def take(request: LaneRequest) -> Taken | None:
        clients.append(request.client)
        return counting.take(request)

    counting.app.lanes.add(replace(lane, take=take, wants_client=True))
    wires = Wires(counting.app, proxies=PROXIES)
    for peer in (*peers, *peers):
        wire = wires.open(peer)
        wire.send(post(b"5", b"X-Forwarded-For: 198.51.100.9"))
        counting.commit()
        await wire.settled()

    expected = {PROXY: "198.51.100.9", STRANGER: STRANGER}
    assert [client.address for client in clients] == [expected[peer] for peer in (*peers, *peers)]


async def test_a_lane_is_told_of_the_headers_that_it_asks_for_and_of_no_others() -> None:
    """The first of each."""
    pixels, wires = an_edge()
    wire = wires.open()
    sent = [b"Referer: https://a.example/x", b"COOKIE: a=1; b=2", b"User-Agent: U", b"Origin: null", b"Cookie: second"]
    wire.send(hit(b"/7px.gif", *sent, b"Accept: */*"))
    await wire.settled()
    wire.send(hit())
    await wire.settled()

    told = {b"referer": b"https://a.example/x", b"cookie": b"a=1; b=2", b"user-agent": b"U", b"origin": b"null"}
    assert [each.told for each in pixels.hits] == [told, {}]
    assert set(told) == TOLD


async def test_who_asks_for_nothing_is_told_nothing() -> None:
    """It would cost every post."""
    counting, told = Counting(), []
    (lane,) = (each for each in counting.app.lanes._by_path.values())
    counting.app.lanes.add(replace(lane, take=lambda request: told.append((request.client, request.head.wanted))))
    wire = Wires(counting.app).open()
    wire.send(get(b"5"))
    await wire.settled()

    assert told == [(Client("", is_https=False), {})]


@pytest.mark.parametrize("path", [b"/7px.gif", b"/7px.gif/"], ids=["lane", "declared"])
async def test_behind_a_proxy_clients_take_turns_one_by_one(path: bytes) -> None:
    """One who asks a hundred times costs another one nothing: not so where the proxy is not trusted."""
    order = {}
    for proxies in (PROXIES, NO_PROXIES):
        pixels, wires = an_edge(proxies, Turns(of_one=4))
        many = [wires.open(PROXY) for _ in range(20)]
        for wire in many:
            wire.send(hit(path, b"X-Forwarded-For: 192.0.2.1", b"User-Agent: many"))
        other = wires.open(PROXY)
        other.send(hit(path, b"X-Forwarded-For: 192.0.2.2", b"User-Agent: other"))
        await other.settled()
        for wire in many:
            await wire.settled()
        order[proxies] = [each.told[b"user-agent"] for each in pixels.hits].index(b"other")

    assert order[PROXIES] <= 4
    assert order[NO_PROXIES] == 20
