"""Hits that an edge takes in, and visitors that are erased: what identified one can be read nowhere any more, and what
others said stays.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
from pydantic import SecretStr

from producers.edge.edge import Edge
from producers.hits.agents import Agents
from producers.hits.hit_writer import HitSite, HitWriter, custom_trait
from producers.web.app import EdgeApp
from producers.web.query_api import QueryApi
from producers.wiring import build_app, open_embedded_edge
from testkit.asking import JSON, ask
from testkit.builders import UUID
from testkit.deciding import deciding
from testkit.edges import KEYRING
from testkit.hits import every_byte, hits_in
from testkit.whole_edge import AWAY, OPERATOR_TOKEN
from tilde.data_folder import edge_folder, keyholders_path
from tilde.domain.catalog.accounts import CreateAccount
from tilde.domain.hits.hit import HitType, Page, Parameter, Transport
from tilde.domain.hits.visitor import Addresses, Traces
from tilde.errors import TildeError
from tilde.eventlog.bell import Bell
from tilde.keys.keyholders import ErasedError
from tilde.runtime.clock import SystemClock
from tilde.schemas.hits import page_of, parameter_of
from tilde.schemas.topics import HITS
from tilde.settings import Settings

SITE = HitSite.of(1, -28_800, "usa")  # the first product of an account
PAGE, GOAL = Page(HitType.PAGEVIEW, Transport.SCRIPT, "/"), Parameter("goal[id]", "7")
ANN = Traces("3228480604", "6661112223", "203.0.113.77", "Shop/3.2.1 (device 8f14e45fceea167a)")
BOB = Traces(None, "5550001112", "203.0.113.88", "Shop/3.2.1 (device 0123456789abcdef)")
OF_ANN = (b"3228480604", b"6661112223", b"203.0.113.77", b"8f14e45fceea167a", b"ann@example.com", b"blue shoes")
OPERATORS = [(b"authorization", b"Bearer " + OPERATOR_TOKEN.encode()), *JSON]


class Running(NamedTuple):
    edge: Edge
    app: EdgeApp
    hits: HitWriter


@asynccontextmanager
async def running(data: Path, kept: Addresses = Addresses.FULL) -> AsyncIterator[Running]:
    bell, clock = Bell(data / "bell.sock", serves=False), SystemClock()
    async with deciding(data, bell, clock), AsyncExitStack() as stack:
        edge = await open_embedded_edge(data, KEYRING, clock, bell, stack)
        if not edge.follower.catalog.accounts:
            await edge.desk.ask(CreateAccount("main", (), UUID, ""))
        settings = Settings(data=data, operator_token=SecretStr(OPERATOR_TOKEN))
        api = QueryApi(AWAY)
        stack.push_async_callback(api.close)
        app = build_app(settings, edge, KEYRING, api)
        yield Running(edge, app, HitWriter(edge.sealer.writer(HITS), edge.ids, edge.keyholders, kept))


async def take_hits(here: Running) -> None:
    """Of Ann and Bob: with all that identifies them, and unknown parameters."""
    now, agents = here.edge.receipts.now(), Agents()
    for person, email in ((ANN, "ann@example.com"), (BOB, "bob@example.com")):
        told = here.hits.seal_visitor(SITE.site, person, agents.of(person.agent or ""))
        here.hits.leave(SITE, page_of(PAGE), told, now, [parameter_of(GOAL)])
        unknown = [Parameter("basket", "blue shoes" if person is ANN else "a hat")]
        here.hits.leave(SITE, page_of(PAGE), told, now, custom={"email": email}, unknown=unknown)
    await here.hits.durable()


def opened(here: Running, hit: dict[str, object]) -> tuple[Any, Any]:
    who, said, key = hit["who"], hit["said"], hit["key"]
    assert isinstance(who, bytes)
    assert isinstance(key, int)
    keyholders = here.edge.keyholders
    return keyholders.opened(key, who), keyholders.opened(key, said) if isinstance(said, bytes) else None


async def test_what_identifies_a_visitor_is_in_no_file_and_his_key_opens_it(tmp_path):
    """The log has what may be read by all, and the rest sealed."""
    async with running(tmp_path) as here:
        await take_hits(here)
        first, second, third, _ = hits_in(edge_folder(tmp_path))
        shown, of_bob = opened(here, second), opened(here, third)
        everything = every_byte(tmp_path)

    assert shown == (
        {"id": "3228480604", "session": "6661112223", "address": "203.0.113.77", "agent": ANN.agent},
        {"custom": {"email": "ann@example.com"}, "unknown": [["basket", "blue shoes"]]},
    )
    assert of_bob[0] == {"session": "5550001112", "address": "203.0.113.88", "agent": BOB.agent}
    assert first["visitor"] == second["visitor"] != third["visitor"]
    assert (first["agent"], first["network"], first["known_by"]) == ("Shop/3.2 (device )", "203.0.113.0", "id")
    assert (first["site"], first["clock_offset_s"], first["clock_rule"]) == (1, -28_800, "usa")
    assert first["parameters"] == [{"name": "goal[id]", "value": "7"}]
    assert [plain for plain in OF_ANN if plain in everything] == []


@pytest.mark.parametrize(
    "whom",
    [
        {"id": "3228480604"},
        {"session": "6661112223"},
        {"address": "::ffff:203.0.113.77"},
        {"custom": {"email": "ann@example.com"}},
        {"number": "of the hit"},
    ],
    ids=lambda whom: next(iter(whom)),
)
async def test_who_is_erased_is_readable_nowhere_and_the_hits_stay(tmp_path, whom):
    """Over every byte of every file: not in plain, and not with any secret that is left."""
    async with running(tmp_path) as here:
        await take_hits(here)
        before = hits_in(edge_folder(tmp_path))
        secret = here.edge.keyholders._file.of_key(before[0]["key"]).secret
        if "number" in whom:
            whom = {"number": before[0]["visitor"]}
        asked = {"site": 1, **whom}
        answer = await ask(here.app, "POST", "/tilde/v1/visitors/erase", orjson.dumps(asked), OPERATORS)
        after = hits_in(edge_folder(tmp_path))

        assert orjson.loads(answer.body) == {"site": 1, "erased": 1}
        assert after == before
        for hit in after[:2]:
            with pytest.raises(ErasedError):
                opened(here, hit)
        assert opened(here, after[3])[1] == {"custom": {"email": "bob@example.com"}, "unknown": [["basket", "a hat"]]}
        everything = every_byte(tmp_path)
        assert [plain for plain in (*OF_ANN, secret) if plain in everything] == []
    async with running(tmp_path) as again:
        with pytest.raises(ErasedError):
            opened(again, after[0])
        assert opened(again, after[2])[0] == {"session": "5550001112", "address": "203.0.113.88", "agent": BOB.agent}


@pytest.mark.parametrize(
    ("kept", "network", "address"),
    [(Addresses.NONE, None, None), (Addresses.TRUNCATED, "203.0.113.0", None), (Addresses.FULL, "203.0.113.0", "203.0.113.77")],
)  # fmt: skip
async def test_of_an_address_is_kept_what_the_operator_says(tmp_path, kept, network, address):
    """Nothing, its network, or all of it, which is sealed. Whatever it is, an erasure finds him by it."""
    async with running(tmp_path, kept) as here:
        await take_hits(here)
        hit = hits_in(edge_folder(tmp_path))[0]
        who, _ = opened(here, hit)
        asked = {"site": 1, "address": "203.0.113.77"}
        answer = await ask(here.app, "POST", "/tilde/v1/visitors/erase", orjson.dumps(asked), OPERATORS)

    assert hit["network"] == network
    assert who.get("address") == address
    assert orjson.loads(answer.body) == {"site": 1, "erased": 1}


@pytest.mark.parametrize(
    ("custom", "whom"),
    [
        ({"email": " Leading@x.com "}, {"custom": {"email": "leading@x.com"}}),
        ({"email": "Kim.Case@Example.com"}, {"custom": {" email ": "\tkim.case@EXAMPLE.com"}}),
        ({"email": "Kim.Case@Example.com"}, {"custom": {"email": "Kim.Case@Example.com"}}),
        ({"about": "x" * 2_048}, {"custom": {"about": "x" * 9_000}}),
        ({}, {"id": "3228480604" * 12}),
        ({}, {"session": f" {'6661112223' * 7} "}),
    ],
)
async def test_a_visitor_is_found_however_he_is_written(tmp_path, custom, whom):
    """With blanks around, in another case, and by what is longer than what is kept of it."""
    kim = ANN._replace(id=("3228480604" * 12)[:64], session=("6661112223" * 7)[:64])
    async with running(tmp_path) as here:
        told = here.hits.seal_visitor(SITE.site, kim, None)
        here.hits.leave(SITE, page_of(PAGE), told, here.edge.receipts.now(), custom=custom)
        await here.hits.durable()
        answer = await ask(here.app, "POST", "/tilde/v1/visitors/erase", orjson.dumps({"site": 1, **whom}), OPERATORS)

    assert orjson.loads(answer.body) == {"site": 1, "erased": 1}


async def test_a_visitor_of_before_is_found_as_he_was_written(tmp_path):
    """Traits had the form in which they came."""
    async with running(tmp_path) as here:
        told = here.hits.seal_visitor(SITE.site, ANN, None)
        here.edge.keyholders.note(told.visitor, custom_trait("e-mail "), "Ann@Example.com")
        here.hits.leave(SITE, page_of(PAGE), told, here.edge.receipts.now())
        await here.hits.durable()
        asked = {"site": 1, "custom": {"e-mail ": "Ann@Example.com"}}
        answer = await ask(here.app, "POST", "/tilde/v1/visitors/erase", orjson.dumps(asked), OPERATORS)

    assert orjson.loads(answer.body) == {"site": 1, "erased": 1}


@pytest.mark.parametrize(
    ("asked", "status", "detail"),
    [
        ({"site": 1, "address": "nonsense"}, 422, "body.address is no IP address"),
        ({"site": 1, "address": ""}, 422, "body.address is no IP address"),
        ({"site": 1, "id": " "}, 422, "body.id has nothing but blanks"),
        ({"site": 2, "id": "1"}, 404, "no site or product has the id 2"),
    ],
)
async def test_who_can_be_nobody_is_told_so(tmp_path, asked, status, detail):
    """An answer of nobody would look as if he had never come."""
    async with running(tmp_path) as here:
        answer = await ask(here.app, "POST", "/tilde/v1/visitors/erase", orjson.dumps(asked), OPERATORS)

    assert (answer.status, orjson.loads(answer.body)) == (status, {"detail": detail})


async def test_an_erasure_is_the_operators_and_names_somebody(tmp_path):
    """Nobody is erased by mistake: an empty request is none."""
    async with running(tmp_path) as here:
        path = "/tilde/v1/visitors/erase"
        nobody = await ask(here.app, "POST", path, orjson.dumps({"site": 1}), OPERATORS)
        unknown = await ask(here.app, "POST", path, orjson.dumps({"site": 1, "id": "1"}), OPERATORS)
        stranger = await ask(here.app, "POST", path, orjson.dumps({"site": 1, "id": "1"}), JSON)
        asked = await ask(here.app, "GET", path, headers=OPERATORS)

    assert (nobody.status, orjson.loads(nobody.body)) == (
        422,
        {"detail": "body needs one of id, session, address, custom, person, number"},
    )
    assert orjson.loads(unknown.body) == {"site": 1, "erased": 0}
    assert stranger.status == 401
    assert asked.status == 405


async def test_an_edge_does_not_start_on_a_damaged_file_and_says_what_to_do(tmp_path):
    """That done it starts; the hits are there, and whose they were is not."""
    async with running(tmp_path) as here:
        await take_hits(here)
    path = keyholders_path(edge_folder(tmp_path))
    path.write_bytes(b"not a database " * 1_000)
    with pytest.raises(TildeError, match="is damaged .*: remove it, and start again") as told:
        async with running(tmp_path):
            pass
    assert str(path) in str(told.value)

    path.unlink()
    async with running(tmp_path) as again:
        with pytest.raises(ErasedError):
            opened(again, hits_in(edge_folder(tmp_path))[0])
        await take_hits(again)
        assert opened(again, hits_in(edge_folder(tmp_path))[4])[0]["id"] == "3228480604"
