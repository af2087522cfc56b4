"""What the spine is told to do, and what it is asked: StatHat's posts, accounts, stats that are made, deleted,
restored and commented on.
"""

from collections.abc import Callable
from urllib.parse import quote

import httpx

from testkit.former_releases import Ask, sql
from tilde.domain.stats.metrics import Kind, metric_id, short_id

EZKEY, OTHER_EZKEY = "the ezkey of the shop", "the ezkey of the other"
ODD_EZKEY = " \u200bblanks around it\t"
TOKEN, OTHER_TOKEN, ODD_TOKEN = "token-of-the-shop", "token-of-the-other", "token-of-the-odd"
UKEY = "the ukey of the shop"
SHOP = 2  # the shop's product: a first start makes an account of its own
EVER = "from=0&to=4294967296"
LONG_AGO, IN_2023, LAST_SECOND = 0, 1_700_000_000, 4_294_967_295
STATHAT_OK = {"status": 200, "msg": "ok"}
UNSEEN = "\u200b"  # a name that later releases refuse
ODD_NAMES = ("  blanks around it  ", "Ünïcödé ☃ 𝄞", "n" * 255, "a/b?c=d&e", "'quoted', \"twice\"", "[/] {x}")
SPREAD = ("sent~total, female ,europe,total,,", "only prefix~", "~only,pieces", "one~ ,two  ", "deep prefix ~a b, c")


def id_of(name: str, kind: Kind = Kind.COUNTER, product: int = SHOP) -> str:
    """The id of a stat."""
    return short_id(metric_id(product, kind, name))


TOTALLED = {
    name: id_of(name)
    for name in (
        *("page view", "by address", "made by its owner", "only", "both at once", "bulk 2", "never posted to"),
        *("deleted for good", "deleted and posted to", "deleted twice", "restored", "deleted by the operator"),
    )
} | {"a value of its owner's": id_of("a value of its owner's", Kind.VALUE)}
"""Stats whose totals tell whether it is counted on, by the names that they had first."""


def make_accounts(client: httpx.Client) -> None:
    """Three, with keys that are known here; one cannot post by its ezkey."""
    shop = {"ezkey": EZKEY, "token": TOKEN, "ukey": "the ukey before"}
    _make(client, "shop", "John+Shop@Example.com", **shop)
    _make(client, "other", None, ezkey=OTHER_EZKEY, token=OTHER_TOKEN)
    _make(client, "odd", None, ezkey=ODD_EZKEY, token=ODD_TOKEN)
    _done(client.patch("/tilde/v1/accounts/other", json={"email_key": False}))
    _done(client.post("/tilde/v1/accounts/shop/keys", json={"kind": "ukey", "key": UKEY}))
    _done(client.delete("/tilde/v1/accounts/other/keys/white_label_key"))


def post(client: httpx.Client, many: int) -> None:
    """By every way that there is, and to a name that no later release takes."""
    post_all(client, many)
    ez(client, stat=UNSEEN, count=1)


def post_all(client: httpx.Client, many: int) -> None:
    """By every way that there is; so many numbers in batches besides."""
    ez(client, stat="page view", count=1)
    ez(client, stat="page view", count="-2.5", t=IN_2023)
    ez(client, stat="page view", value="3.25")
    ez(client, stat="both at once", count=4, value=5, t=LONG_AGO)
    ez(client, stat="last second", count="1e21", t=LAST_SECOND)
    ez(client, stat="by address", count=1, ezkey="", email="john shop@example.com")
    ez(client, stat="by address", count=2, ezkey="JOHN+shop@example.com")
    ez(client, stat="odd", count=1, ezkey=ODD_EZKEY)
    ez(client, stat="of the other", value=9, ezkey=OTHER_EZKEY)
    for number, name in enumerate((*ODD_NAMES, *SPREAD), 1):
        ez(client, stat=name, count=number)
    answer = client.get("/ez", params={"ezkey": EZKEY, "stat": "by get", "value": "0.1"})
    assert answer.json() == STATHAT_OK
    for first in range(0, many, 250):
        batch(client, [item(number) for number in range(first, min(many, first + 250))])
    key = made(client, "made by its owner", "counter")
    for path in (f"/c?key={key}&ukey={quote(UKEY)}", f"/c?key={key}&ukey={quote(UKEY)}&count=7&t={IN_2023}"):
        assert client.get(path).json() == STATHAT_OK
    key = made(client, "a value of its owner's", "value")
    assert client.post("/v", data={"key": key, "ukey": UKEY, "value": "1.5"}).json() == STATHAT_OK
    made(client, "never posted to", "counter")


def item(number: int) -> dict[str, object]:
    """One of a batch; nearly all name one of some stats, and some spread."""
    name = f"bulk {number % 13}" if number % 5 else f"bulk~{number % 3},{number % 7}"
    said = {"stat": name, ("value" if number % 4 == 0 else "count"): number / 8}
    return said | ({"t": IN_2023 + 61 * number} if number % 3 else {})


def change(client: httpx.Client, settle: Callable[[], None]) -> None:
    """Stats are commented on, deleted, posted to again, restored. What was posted before is in the tables each time."""
    for name in ("deleted for good", "deleted and posted to", "deleted twice", "restored", "deleted by the operator"):
        ez(client, stat=name, count=1)
        ez(client, stat=name, count=2, t=IN_2023)
    settle()
    answer = client.post("/a1/comments", auth=(TOKEN, ""), data={"id": id_of("page view"), "text": "doubled, why?"})
    assert answer.json() == {"message": "comment saved."}, answer.text
    for name in ("deleted for good", "deleted and posted to", "deleted twice", "restored"):
        assert client.delete(f"/x/{TOKEN}/stats/{id_of(name)}").json() == {"msg": "stat deleted."}
    stats = "/tilde/v1/accounts/shop/stats"
    _done(client.delete(f"{stats}/{id_of('deleted by the operator')}"))
    _done(client.post(f"{stats}/{id_of('restored')}/restore"))
    for name in ("deleted and posted to", "deleted twice"):
        ez(client, stat=name, count=10)
    settle()
    _done(client.delete(f"{stats}/{id_of('deleted twice')}"))
    ez(client, stat="deleted twice", count=100, t=IN_2023)
    settle()


def more(client: httpx.Client, settle: Callable[[], None]) -> None:
    """What a later release is told, with the keys and of the stats of before."""
    post_all_again(client)
    settle()
    stats = "/tilde/v1/accounts/shop/stats"
    for name in ("bulk 2", "deleted and posted to", "restored"):
        _done(client.delete(f"{stats}/{id_of(name)}"))
    ez(client, stat="bulk 2", count=1000)
    ez(client, stat="deleted for good", count=3)
    _done(client.delete(f"{stats}/{id_of('bulk 3')}/points?from={IN_2023}&to={IN_2023 + 10_000_000}"))
    _done(client.patch(f"{stats}/{id_of('both at once')}", json={"name": "renamed later"}))
    for name in ("both at once", "renamed later"):
        ez(client, stat=name, count=50)
    answer = client.post("/a1/comments", auth=(TOKEN, ""), data={"id": id_of("page view"), "text": "and once more"})
    assert answer.json() == {"message": "comment saved."}
    settle()


def post_all_again(client: httpx.Client) -> None:
    """By every key that is there."""
    ez(client, stat="page view", count=100, t=IN_2023 + 1)
    ez(client, stat="by address", count=4, ezkey="", email="john shop@example.com")
    ez(client, stat="odd", count=2, ezkey=ODD_EZKEY)
    ez(client, stat="of the other", value=10, ezkey=OTHER_EZKEY)
    for name in (ODD_NAMES[0], *SPREAD):
        ez(client, stat=name, count=100)
    batch(client, [item(number) for number in range(1000, 1040)])
    for name, path, field in (("made by its owner", "/c", "count"), ("a value of its owner's", "/v", "value")):
        kind = Kind.COUNTER if field == "count" else Kind.VALUE
        key = client.get(f"/tilde/v1/accounts/shop/stats/{id_of(name, kind)}").json()["key"]
        assert client.post(path, data={"key": key, "ukey": UKEY, field: "10"}).json() == STATHAT_OK


def ez(client: httpx.Client, **fields: object) -> None:
    """One EZ post of the shop, unless another key is given."""
    said = {name: value for name, value in ({"ezkey": EZKEY} | fields).items() if value != ""}
    assert client.post("/ez", data=said).json() == STATHAT_OK, said


def batch(client: httpx.Client, items: list[dict[str, object]]) -> None:
    """A batch of JSON."""
    answer = client.post("/ez", json={"ezkey": EZKEY, "data": items}).json()
    assert answer == STATHAT_OK | {"multiple": len(items)}


def made(client: httpx.Client, name: str, kind: str) -> str:
    """The classic key of a stat that is made by its owner."""
    answer = client.post("/tilde/v1/accounts/shop/stats", json={"name": name, "kind": kind})
    _done(answer)
    return str(answer.json()["key"])


def _make(client: httpx.Client, name: str, email: str | None, **keys: str) -> None:
    _done(client.post("/tilde/v1/accounts", json={"name": name, "email": email, "keys": keys}))


def _done(answer: httpx.Response) -> None:
    assert answer.is_success, answer.text


def asks(client: httpx.Client) -> list[Ask]:
    """Every kind of read; times are said, so that the answers are the same on any later day."""
    stats = f"/tilde/v1/stats/{id_of('page view')}"
    found = [
        Ask("/tilde/v1/accounts"),
        Ask("/tilde/v1/accounts/shop/stats"),
        Ask(f"/x/{TOKEN}/statlist?offset=7"),
        Ask(f"/x/{OTHER_TOKEN}/statlist"),
        Ask(f"/x/{ODD_TOKEN}/statlist"),
        Ask(f"/x/{TOKEN}/stat?name={quote(ODD_NAMES[0])}"),
        Ask(f"/x/{TOKEN}/stat?name=deleted+for+good"),
        Ask(f"/tilde/v1/export?format=json&{EVER}", TOKEN),
        Ask(f"/tilde/v1/export?format=csv&{EVER}", OTHER_TOKEN),
        Ask("/tilde/v1/stats?name=both+at+once", TOKEN),
        Ask(stats, TOKEN),
        Ask(f"{stats}/last", TOKEN),
        Ask(f"/tilde/v1/accounts/shop/stats/{id_of('deleted for good')}"),
        sql("SELECT name, kind, count() AS n, sum(number) AS total FROM stats GROUP BY ALL ORDER BY ALL"),
    ]
    for name in ("deleted and posted to", "deleted twice", "restored", "page view", "bulk 1"):
        path = f"/tilde/v1/stats/{id_of(name)}"
        found += [
            Ask(f"{path}/totals?{EVER}", TOKEN),
            Ask(f"{path}/series?{EVER}&bucket=10y&tz=Europe/Vienna", TOKEN),
            Ask(f"{path}/series?from={IN_2023}&to={IN_2023 + 7200}&bucket=1h&compare=previous", TOKEN),
        ]
    ids = "/".join(id_of(name) for name in ("page view", "bulk 1", "deleted twice"))
    return [*found, Ask(f"/x/{TOKEN}/data/{ids}?t=1d6h&start={IN_2023}")]
