"""An edge that has erased a visitor remembers nothing of him: no cache of it has his id, his address, his user agent."""

from functools import partial
from urllib.parse import urlencode

import orjson

from producers.web.app import EdgeApp
from testkit.asking import ask
from testkit.remembered import holders_of
from testkit.waiting import until_it_holds
from testkit.white_label import OPERATOR, white_labels
from testkit.wire import Wire, Wires

ID, SERIAL, ADDRESS, COOKIE, MAIL = (
    "3055492817",
    "3761a1ecf54e4d2c",
    "241.2.0.291",
    "8155-eikooc",
    "moc.elpmaxe@8155.eoz",
)
"""All backwards: else these would be found. No other test has them."""
ALL = (ID, SERIAL, ADDRESS, COOKIE, MAIL)


def hit(site: int, page: str, **said: str) -> bytes:
    """As a browser sends it."""
    query = urlencode({"site_id": str(site), "href": page, "jsuid": ID[::-1], **said})
    lines = [
        f"GET /in.php?{query} HTTP/1.1",
        "Host: edge.test",
        "Referer: http://erased.test/",
        f"User-Agent: Shop/3.2.1 (device {SERIAL[::-1]})",
        f"Cookie: {COOKIE[::-1]}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


async def visit(app: EdgeApp, site: int) -> None:
    """Three pages, on one connection."""
    wire = Wires(app).open(ADDRESS[::-1])
    for number, said in enumerate(({}, {}, {"custom[mail]": MAIL[::-1]}), 1):
        wire.send(hit(site, f"/{number}", **said))
        await until_it_holds(partial(are_answered, wire, number))
    wire.leave()


def are_answered(wire: Wire, number: int) -> bool:
    return wire.written.count(b"200 OK") == number


def erasure(site: int) -> bytes:
    """By what the site has called him."""
    return orjson.dumps({"site": site, "custom": {"mail": MAIL[::-1]}})


async def test_nobody_who_was_erased_is_in_any_object_of_the_edge(tmp_path):
    """Before that most of it is: so it would be found."""
    async with white_labels(tmp_path) as labels:
        user = await labels.made("user", username="jo")
        site = await labels.made("site", user_id=user, domain="erased.test")
        await visit(labels.app, site)
        before = holders_of(*ALL)

        answer = await ask(labels.app, "POST", "/tilde/v1/visitors/erase", erasure(site), OPERATOR)

        assert orjson.loads(answer.body) == {"site": site, "erased": 1}
        assert before.keys() == {ID, SERIAL, ADDRESS, COOKIE}, "what a site says of its visitors is not remembered"
        assert holders_of(*ALL) == {}
