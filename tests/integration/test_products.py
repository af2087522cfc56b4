"""Products over HTTP: the operator makes and changes them, the holder of a token reads his own; and what else an account
has besides, through the real edge and decider.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from producers.web.app import EdgeApp
from testkit.asking import Headers, ask
from testkit.edges import KEYRING
from testkit.stathat import EZKEY
from testkit.whole_edge import AWAY, OPERATOR_TOKEN, TOKEN, the_whole_edge
from tilde.domain.stats.metrics import metric_id, short_id

OPERATOR = [(b"authorization", b"Bearer " + OPERATOR_TOKEN.encode()), (b"content-type", b"application/json")]
HOLDER = [(b"authorization", b"Bearer " + TOKEN.encode())]


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[EdgeApp]:
    async with the_whole_edge(tmp_path) as app:
        yield app


async def call(
    app: EdgeApp, method: str, path: str, body: object = None, headers: Headers = OPERATOR
) -> tuple[int, Any]:
    """Status and JSON of a call of Tilde's own API."""
    content = b"" if body is None else orjson.dumps(body)
    reply = await ask(app, method, f"/tilde/v1{path}", content, headers)
    return reply.status, orjson.loads(reply.body)


async def made(app: EdgeApp, name: str, **rest: object) -> dict[str, Any]:
    status, product = await call(app, "POST", "/products", {"account": "main", "name": name, **rest})
    assert status == 200, product
    assert isinstance(product, dict)
    return product


async def test_a_product_has_ids_keys_and_a_time_zone_of_its_own(app: EdgeApp) -> None:
    """The first one has the account's name, and is the one that the account's keys open."""
    first = (await call(app, "GET", "/products/1"))[1]
    outlet = await made(app, "outlet", domain="outlet.example", timezone="Europe/Lisbon")

    assert (first["name"], first["is_first"], first["timezone"]) == ("main", True, None)
    assert outlet.items() >= {"id": 2, "name": "outlet", "account": "main", "is_first": False}.items()
    assert outlet.items() >= {"domain": "outlet.example", "timezone": "Europe/Lisbon"}.items()
    keys = [outlet[kind] for kind in ("uuid", "sitekey", "sitekey_admin", "tracking_key")]
    assert len(set(keys)) == 4
    assert all(keys)
    assert (await call(app, "GET", "/products?account=main"))[1] == [first, outlet]
    assert (await call(app, "GET", "/products"))[1] == [first, outlet]


async def test_a_product_has_an_environment(app: EdgeApp) -> None:
    """What is not sent stays, what is empty is none; it is one line."""
    outlet = await made(app, "outlet", environment=" staging ")
    path = f"/products/{outlet['id']}"

    assert ((await call(app, "GET", "/products/1"))[1]["environment"], outlet["environment"]) == ("", "staging")
    for body, environment in (
        ({"name": "factory"}, "staging"),
        ({"environment": "production"}, "production"),
        ({"environment": ""}, ""),
    ):
        assert (await call(app, "PATCH", path, body))[1]["environment"] == environment
    for wrong in ("a\nb", "x" * 65):
        assert (await call(app, "PATCH", path, {"environment": wrong}))[0] == 409
        assert (await call(app, "POST", "/products", {"account": "main", "name": "b", "environment": wrong}))[0] == 409


async def test_an_account_has_somebody_to_ask(app: EdgeApp, tmp_path: Path) -> None:
    """What is not sent of him stays, what is empty is none; nothing of him stands in a file in plain text."""
    nobody = {"name": None, "phone": None, "country": None}
    assert (await call(app, "GET", "/accounts/main"))[1]["contact"] == nobody
    for body, contact in (
        ({"contact_name": " Ann Askme "}, nobody | {"name": "Ann Askme"}),
        ({"contact_phone": "+49 30 1"}, nobody | {"name": "Ann Askme", "phone": "+49 30 1"}),
        ({"contact_name": "", "contact_country": "DE"}, nobody | {"phone": "+49 30 1", "country": "DE"}),
        ({"ez": True}, nobody | {"phone": "+49 30 1", "country": "DE"}),
        ({"contact_phone": "", "contact_country": ""}, nobody),
    ):
        status, account = await call(app, "PATCH", "/accounts/main", body)
        assert (status, account["contact"]) == (200, contact)
    for wrong in ("a\nb", "x" * 256):
        assert (await call(app, "PATCH", "/accounts/main", {"contact_name": wrong}))[0] == 422
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not any(b"Askme" in content for content in files)


async def test_a_tracking_key_that_can_be_guessed_is_taken_and_told(app: EdgeApp) -> None:
    """As that of an account is; blanks around it are no part of it."""
    told = ["the tracking_key has fewer than 16 characters: it can be guessed"]
    short = await made(app, "short", tracking_key=" fifteen-letters  ")
    assert (short["tracking_key"], short["warnings"]) == ("fifteen-letters", told)

    path = f"/products/{short['id']}"
    _, shorter = await call(app, "PATCH", path, {"tracking_key": "abc"})
    _, longer = await call(app, "PATCH", path, {"tracking_key": "sixteen--letters"})
    _, renamed = await call(app, "PATCH", path, {"name": "long"})
    assert (shorter["warnings"], "warnings" in longer | renamed) == (told, False)


async def test_a_product_keeps_the_tracking_key_that_its_clients_have(app: EdgeApp) -> None:
    """One that is new, and one that is there; said again it changes nothing. Another product's is refused, and then
    nothing is changed.
    """
    outlet = await made(app, "outlet", tracking_key=" 0123456789abcdef ")
    path = f"/products/{outlet['id']}"
    assert outlet["tracking_key"] == "0123456789abcdef"

    for _ in range(2):
        status, changed = await call(app, "PATCH", path, {"tracking_key": "fedcba9876543210", "name": "factory"})
        assert (status, changed["tracking_key"], changed["name"]) == (200, "fedcba9876543210", "factory")
    assert (await call(app, "PATCH", "/products/1", {"tracking_key": "0123456789abcdef"}))[0] == 200
    taken, _ = await call(app, "PATCH", path, {"tracking_key": "0123456789abcdef", "name": "other"})
    assert taken == 409
    assert (await call(app, "GET", path))[1] == changed
    assert (await call(app, "PATCH", path, {"tracking_key": ""}))[0] == 422


async def test_a_product_keeps_the_uuid_that_its_clients_know(app: EdgeApp) -> None:
    """In whichever case; no two have the same."""
    known = "84E9A5E0-3E5B-4D5A-9C1A-0123456789AB"
    outlet = await made(app, "outlet", uuid=known)
    again, told = await call(app, "POST", "/products", {"account": "main", "name": "other", "uuid": outlet["uuid"]})
    none, _ = await call(app, "POST", "/products", {"account": "main", "name": "other", "uuid": "x"})

    assert outlet["uuid"] == known.lower()
    assert (again, none) == (422, 422)
    assert told == {"detail": "another product has this UUID"}


async def test_a_hundred_at_once_make_one_product_of_a_name(app: EdgeApp) -> None:
    """The others are told that there is one; of as many names each gets its own, without a gap in the ids."""
    same = [call(app, "POST", "/products", {"account": "main", "name": "same"}) for _ in range(100)]
    answers = await asyncio.gather(*same)

    assert Counter(status for status, _ in answers) == {200: 1, 409: 99}
    told = {answer["detail"] for status, answer in answers if status == 409}
    assert told == {"the account has a product of that name"}
    others = await asyncio.gather(*(made(app, f"name {number % 50}") for number in range(50)))
    assert sorted(product["id"] for product in others) == list(range(3, 53))
    renames = [call(app, "PATCH", f"/products/{product['id']}", {"name": "one"}) for product in others]
    assert Counter(status for status, _ in await asyncio.gather(*renames)) == {200: 1, 409: 49}
    listed = (await call(app, "GET", "/products"))[1]
    assert len({product["name"] for product in listed}) == len(listed) == 52


async def test_a_holder_reads_the_products_of_his_account_without_their_keys(app: EdgeApp) -> None:
    """He changes none, and sees no other account's."""
    await call(app, "POST", "/accounts", {"name": "other"})
    await made(app, "outlet")

    status, listed = await call(app, "GET", "/products", headers=HOLDER)
    assert (status, [product["name"] for product in listed]) == (200, ["main", "outlet"])
    assert not {"sitekey", "sitekey_admin", "tracking_key"} & set(listed[0])
    assert (await call(app, "GET", "/products/3", headers=HOLDER))[1] == listed[1]
    assert await call(app, "GET", "/products/2", headers=HOLDER) == (404, {"detail": "no product has the id 2"})
    for method, path in (("POST", "/products"), ("PATCH", "/products/1")):
        assert (await call(app, method, path, {"name": "x"}, HOLDER))[0] == 401
    assert (await call(app, "GET", "/products", headers=[]))[0] == 401
    assert (await call(app, "GET", "/products?account=nobody"))[0] == 404


async def test_what_is_not_sent_of_a_product_stays(app: EdgeApp) -> None:
    """A name that another one has is refused, and a time zone that is none."""
    outlet = await made(app, "outlet", domain="o.example", timezone="Asia/Tokyo")
    path = f"/products/{outlet['id']}"

    assert (await call(app, "PATCH", path, {"name": "sale"}))[1] == {**outlet, "name": "sale"}
    assert (await call(app, "PATCH", path, {"timezone": ""}))[1]["timezone"] is None
    assert (await call(app, "PATCH", path, {"timezone": "Etc/GMT 10"}))[1]["timezone"] == "Etc/GMT+10"
    assert (await call(app, "PATCH", path, {"name": "main"}))[0] == 409
    for zone in ("Mars/Olympus", "../etc/passwd", "localtime", "posixrules", "Factory", "a\0b"):
        assert await call(app, "PATCH", path, {"timezone": zone}) == (
            422,
            {"detail": f"no time zone is named {zone!r}"},
        )
    assert (await call(app, "PATCH", path, {"colour": "red"}))[0] == 422
    assert (await call(app, "PATCH", "/products/99", {"name": "x"}))[0] == 404


async def test_a_key_of_another_product_is_rotated_and_revoked_by_its_id(app: EdgeApp) -> None:
    """The first one's stays."""
    outlet = await made(app, "outlet")
    body = {"kind": "sitekey", "product": outlet["id"]}

    rotated = (await call(app, "POST", "/accounts/main/keys", body))[1]["sitekey"]
    assert (await call(app, "GET", f"/products/{outlet['id']}"))[1]["sitekey"] == rotated != outlet["sitekey"]
    path = f"/accounts/main/keys/sitekey?product={outlet['id']}"
    assert (await call(app, "DELETE", path))[0] == 200
    assert (await call(app, "DELETE", path))[0] == 409
    assert (await call(app, "GET", f"/products/{outlet['id']}"))[1]["sitekey"] is None
    assert (await call(app, "POST", "/accounts/main/keys", {**body, "product": 10**18}))[0] == 404


async def test_an_account_says_what_it_takes_and_when_its_reports_come(app: EdgeApp) -> None:
    """Each for itself; the time zone is that of its first product, and nothing is done where one is none."""
    before = (await call(app, "GET", "/accounts/main"))[1]
    assert before.items() >= {"pixel": True, "mail": True, "timezone": None, "report_hour": None}.items()

    changed = (await call(app, "PATCH", "/accounts/main", {"mail": False, "timezone": "America/Denver"}))[1]
    assert changed == {**before, "mail": False, "timezone": "America/Denver"}
    assert (await call(app, "PATCH", "/accounts/main", {"report_hour": 7}))[1] == {**changed, "report_hour": 7}
    assert (await call(app, "GET", "/products/1"))[1]["timezone"] == "America/Denver"
    assert (await call(app, "PATCH", "/accounts/main", {"pixel": False, "timezone": "Mars"}))[0] == 422
    assert (await call(app, "GET", "/accounts/main"))[1]["pixel"] is True
    assert (await call(app, "PATCH", "/accounts/main", {"report_hour": 24}))[0] == 422
    assert (await call(app, "PATCH", "/accounts/main", {"report_hour": -1}))[1]["report_hour"] is None
    assert (await ask(app, "GET", f"/ez?ezkey={EZKEY}&stat=a&count=1")).status == 200


SIGNUPS = metric_id(1, "counter", "signups")


async def test_what_is_said_of_a_stat_is_answered_as_it_is_then(app: EdgeApp) -> None:
    """The query API says here that every stat is there, so no name is free."""
    path = f"/accounts/main/stats/{short_id(SIGNUPS)}"

    status, told = await call(app, "PATCH", path, {"sharing": "public", "url": "https://shop.example"})
    assert (status, told["name"], told["kind"], told["sharing"]) == (200, "signups", "counter", "public")
    assert told["url"] == "https://shop.example"
    assert KEYRING.read_public_id(told["public_id"]) == (1, SIGNUPS, 3), "the entry behind account and edge"
    assert (await call(app, "PATCH", path, {"sharing": "none"}))[1] == {**told, "sharing": "none", "public_id": None}
    assert (await call(app, "PATCH", path, {"name": "another"}))[0] == 409
    other = short_id(metric_id(1, "counter", "other"))
    assert await call(app, "PATCH", f"/accounts/main/stats/{other}", {"include_in_email": True}) == (
        404,
        {"detail": "stat not found"},
    )
    for body in ({"sharing": "all"}, {"url": 1}, {"colour": "red"}, []):
        assert (await call(app, "PATCH", path, body))[0] == 422


async def test_nothing_is_said_of_a_stat_while_nobody_can_tell_whether_it_is_there(tmp_path: Path) -> None:
    """503, in the words that are used for it; what was made by hand is known without."""
    async with the_whole_edge(tmp_path, AWAY) as app:
        path = f"/accounts/main/stats/{short_id(SIGNUPS)}"
        assert (await call(app, "PATCH", path, {"include_in_email": True}))[0] == 503
        await call(app, "POST", "/accounts/main/stats", {"name": "signups", "kind": "counter"})
        assert (await call(app, "PATCH", path, {"include_in_email": True}))[1]["include_in_email"] is True


async def test_a_key_that_statsmix_users_have_is_taken_as_it_is(app: EdgeApp) -> None:
    """One that is made has 20 hex digits; both are shown again."""
    given = {"name": "old", "keys": {"api_key": "80d36d6e4a82a5b71c1f"}}
    old, new = (
        (await call(app, "POST", "/accounts", given))[1],
        (await call(app, "POST", "/accounts", {"name": "n"}))[1],
    )

    assert old["api_key"] == "80d36d6e4a82a5b71c1f"
    assert len(new["api_key"]) == 20
    assert set(new["api_key"]) <= set("0123456789abcdef")
    assert (await call(app, "GET", "/accounts/old"))[1]["api_key"] == old["api_key"]
    assert (await call(app, "POST", "/accounts", {**given, "name": "thief"}))[0] == 409
