"""An edge that has erased somebody remembers nothing of him: no cache of it has his id, his address, his user agent, or
what was said of him.
"""

from collections.abc import Iterable, Iterator
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
KEY = "0123456789abcdef0123456789abcdef01234567"


def asked_for(path: str, **parameters: str) -> bytes:
    """As a browser does."""
    lines = [
        f"GET {path}?{urlencode(parameters)} HTTP/1.1",
        "Host: edge.test",
        "Referer: http://erased.test/",
        f"User-Agent: Shop/3.2.1 (device {SERIAL[::-1]})",
        f"Cookie: {COOKIE[::-1]}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


async def say(app: EdgeApp, requests: Iterable[bytes]) -> None:
    """On one connection, from his address."""
    wire = Wires(app).open(ADDRESS[::-1])
    for number, request in enumerate(requests, 1):
        wire.send(request)
        await until_it_holds(partial(are_answered, wire, number))
    wire.leave()


def hits(site: int) -> Iterator[bytes]:
    """Of three pages; with one the site says who he is."""
    for page, said in (("/", {}), ("/a", {}), ("/b", {"custom[mail]": MAIL[::-1]})):
        yield asked_for("/in.php", site_id=str(site), href=page, jsuid=ID[::-1], **said)


def events() -> Iterator[bytes]:
    """And what he is called by another service."""
    for price in ("5", "7"):
        yield asked_for("/e", _k=KEY, _p=MAIL[::-1], _n="Bought", what=ID[::-1], price=price)


def are_answered(wire: Wire, number: int) -> bool:
    return wire.written.count(b"200 OK") == number


async def erase(app: EdgeApp, **whom: object) -> int:
    """How many that were."""
    answer = await ask(app, "POST", "/tilde/v1/visitors/erase", orjson.dumps(whom), OPERATOR)
    return int(orjson.loads(answer.body)["erased"])


async def test_nobody_who_was_erased_is_in_any_object_of_the_edge(tmp_path):
    """Before that most of it is: so it would be found."""
    async with white_labels(tmp_path) as labels:
        user = await labels.made("user", username="jo")
        site = await labels.made("site", user_id=user, domain="erased.test")
        await say(labels.app, hits(site))
        before = holders_of(*ALL)

        assert await erase(labels.app, site=site, custom={"mail": MAIL[::-1]}) == 1
        assert before.keys() == {ID, SERIAL, ADDRESS, COOKIE}, "what a site says of its visitors is not remembered"
        assert holders_of(*ALL) == {}


async def test_nor_is_a_person_of_a_product_nor_a_text_that_he_has(tmp_path):
    """A text may be about him, and of nobody else."""
    async with white_labels(tmp_path) as labels:
        await ask(labels.app, "PATCH", "/tilde/v1/products/1", orjson.dumps({"tracking_key": KEY}), OPERATOR)
        await say(labels.app, events())
        before = holders_of(*ALL)

        assert await erase(labels.app, site=1, person=MAIL[::-1]) == 1
        assert before.keys() == {ID, SERIAL, COOKIE, MAIL}
        assert holders_of(*ALL) == {}
