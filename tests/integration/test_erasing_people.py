"""Activity that an edge takes in, and people who are erased: who they are and what is said of them can be read nowhere
any more, and what others said stays.
"""

from pathlib import Path

import httpx
import orjson
import pytest

from producers.web.app import EdgeApp
from testkit.activity import activity_in
from testkit.asking import JSON, ask
from testkit.edges import KEYRING
from testkit.hits import every_byte
from testkit.whole_edge import OPERATOR_TOKEN, the_whole_edge
from tilde.data_folder import edge_folder, keyholders_path
from tilde.domain.people.activity import PERSON
from tilde.keys.keyholder_file import KeyholderFile
from tilde.keys.keyholders import ErasedError, Keyholders

OPERATORS = [(b"authorization", b"Bearer " + OPERATOR_TOKEN.encode()), *JSON]
KEY = "0123456789abcdef0123456789abcdef01234567"
OF_ANN = (b"ann@example.com", b"blue shoes", b"4111111111111111", b"ann's phone")


async def take_activity(app: EdgeApp) -> None:
    """Of Ann and Bob: events, texts, an alias, and what their client tells of itself."""
    given = orjson.dumps({"tracking_key": KEY})
    assert (await ask(app, "PATCH", "/tilde/v1/products/1", given, OPERATORS)).status == 200
    for query in (
        "e?_p=ann@example.com&_n=Bought&what=blue+shoes&card=4111111111111111&price=19.95&_c=ann's+phone",
        "a?_p=visitor+17&_n=ann@example.com",
        "e?_p=bob@example.com&_n=Bought&what=a+hat&price=5",
    ):
        assert (await ask(app, "GET", f"/{query}&_k={KEY}")).status == 200


def opened(folder: Path, key: int, sealed: bytes) -> object:
    keyholders = Keyholders(KeyholderFile(keyholders_path(edge_folder(folder))), KEYRING)
    try:
        return keyholders.opened(key, sealed)
    finally:
        keyholders.close()


async def test_who_somebody_is_and_texts_of_him_are_in_no_file_and_his_key_opens_them(tmp_path: Path) -> None:
    """Names and numbers are, which the product is made of."""
    async with the_whole_edge(tmp_path) as app:
        await take_activity(app)
    bought, alias, _ = activity_in(edge_folder(tmp_path))
    everything = every_byte(tmp_path)

    assert opened(tmp_path, bought["key"], bought["who"]) == {"id": "ann@example.com"}
    assert opened(tmp_path, bought["key"], bought["said"]) == {
        "texts": ["blue shoes", "4111111111111111"],
        "unknown": [["_c", "ann's phone"]],
    }
    assert (alias["other"], alias["other_key"]) == (bought["identity"], bought["key"])
    assert [(each["name"], each["number"]) for each in bought["properties"]] == [
        ("what", None),
        ("card", None),
        ("price", 19.95),
    ]
    assert [plain for plain in OF_ANN if plain in everything] == []
    assert b"bought" in everything


@pytest.mark.parametrize("by", ["person", "number"])
async def test_who_is_erased_is_readable_nowhere_and_the_events_stay(tmp_path: Path, by: str) -> None:
    """Also in an alias. His other identity is another one, and is erased by itself."""
    async with the_whole_edge(tmp_path) as app:
        await take_activity(app)
        before = activity_in(edge_folder(tmp_path))
        whom = {"person": " ann@example.com "} if by == "person" else {"number": before[0]["identity"]}
        asked = orjson.dumps({"site": 1, **whom})
        answer = await ask(app, "POST", "/tilde/v1/visitors/erase", asked, OPERATORS)
    after = activity_in(edge_folder(tmp_path))
    bought, alias, of_bob = after

    assert orjson.loads(answer.body) == {"site": 1, "erased": 1}
    assert after == before
    for key, sealed in (
        (bought["key"], bought["who"]),
        (bought["key"], bought["said"]),
        (alias["other_key"], alias["other_who"]),
    ):
        with pytest.raises(ErasedError):
            opened(tmp_path, key, sealed)
    assert opened(tmp_path, alias["key"], alias["who"]) == {"id": "visitor 17"}
    assert opened(tmp_path, of_bob["key"], of_bob["said"]) == {"texts": ["a hat"]}
    assert [plain for plain in OF_ANN if plain in every_byte(tmp_path)] == []


def tables(request: httpx.Request) -> httpx.Response:
    """What a query API says of whose identities are one person's: Ann's two."""
    if request.url.path != "/tilde/v1/products/1/person/numbers":
        return httpx.Response(200, json={})
    if request.url.params["identity"] not in {"ann@example.com", "visitor 17"}:
        return httpx.Response(200, json={"product": 1, "person": None, "numbers": []})
    numbers = [KEYRING.keyed_hash(1, PERSON, identity) for identity in ("ann@example.com", "visitor 17")]
    return httpx.Response(200, json={"product": 1, "person": min(numbers), "numbers": numbers})


async def test_a_person_is_erased_under_all_identities_by_one_call(tmp_path: Path) -> None:
    """The operator's; whoever asks again, or for nobody, is told that nothing was there."""
    path = "/tilde/v1/products/1/person?identity="
    async with the_whole_edge(tmp_path, httpx.MockTransport(tables)) as app:
        await take_activity(app)
        answers = [
            await ask(app, "DELETE", f"{path}{identity}", headers=OPERATORS)
            for identity in ("visitor+17", "ann@example.com", "nobody", "+")
        ]
        stranger = await ask(app, "DELETE", f"{path}ann@example.com")
    bought, alias, of_bob = activity_in(edge_folder(tmp_path))

    assert [orjson.loads(answer.body) for answer in answers[:3]] == [
        {"product": 1, "identities": identities, "erased": erased, "known": known, "named_by": []}
        for identities, erased, known in ((2, 2, True), (2, 0, True), (1, 0, False))
    ]
    assert (answers[3].status, stranger.status) == (422, 401)
    for key, sealed in ((bought["key"], bought["said"]), (alias["key"], alias["who"])):
        with pytest.raises(ErasedError):
            opened(tmp_path, key, sealed)
    assert opened(tmp_path, of_bob["key"], of_bob["said"]) == {"texts": ["a hat"]}


async def test_where_the_query_api_knows_no_people_nothing_is_erased_by_halves(tmp_path: Path) -> None:
    """One of an older release knows no such path: an identity that it would have named would be left."""
    async with the_whole_edge(tmp_path, httpx.MockTransport(lambda _: httpx.Response(404))) as app:
        await take_activity(app)
        answer = await ask(app, "DELETE", "/tilde/v1/products/1/person?identity=ann@example.com", headers=OPERATORS)
    bought, *_ = activity_in(edge_folder(tmp_path))

    assert (answer.status, b"older release" in answer.body) == (503, True)
    assert opened(tmp_path, bought["key"], bought["who"]) == {"id": "ann@example.com"}
