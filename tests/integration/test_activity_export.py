"""All that people of a product did, exported and taken in by another product: the same people, numbers and words, and a
second export is the first one to the byte.

TILDE_HISTORIES says how many histories (6) are looked at.
"""

import os
import random
from base64 import b64encode
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import replace
from hashlib import sha1
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio

from api.kissmetrics import export_lines
from api.kissmetrics.export_lines import lines_of
from api.reads.people import history, told_history
from api.reads.people.erased import ErasedPeople
from api.reads.people.history import PeopleHistory
from api.reads.people.opened import Opened
from api.reads.people.people import People, SealedValue
from api.reads.people.told_history import LeftOut, ToldHistory
from api.reads.settling import Settling
from api.reads.tables import Tables
from testkit.activity_tables import ActivityTables
from testkit.edges import KEYRING
from testkit.people_histories import is_alias
from testkit.people_shop import HOLDER, Shop
from testkit.query_place import NOW, OPERATOR, SLASHED_TOKEN, QueryPlace
from testkit.questions import BEGAN
from testkit.random_people import RandomPeople
from tilde.domain.catalog.erasures import VisitorsErased
from tilde.domain.people.activity import PERSON
from tilde.domain.people.question import EVER, Did, Group, Had, Part, Span, Values
from tilde.domain.people.values import about_texts
from tilde.keys.opener import FolderOpener
from tilde.runtime.portions import portions
from tilde.store.progress import StoredProgress

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

PATH = "/tilde/v1/products/1/activity"
MANY = int(os.environ.get("TILDE_HISTORIES", "6"))  # a hundred where somebody asks for them
QUESTIONS = 5
NUMBERS, ERASURES = count(1_000), count(1)


class Product:
    """One of a place, which takes lines in and tells them."""

    def __init__(self, place: QueryPlace, activity: ActivityTables, opened: Opened) -> None:
        self.id = next(NUMBERS)
        self.left_out = LeftOut(0, 0)
        self._erased = ErasedPeople(place.follower)
        self.people = People(Tables(place.store, lambda: 1), self._erased)
        self._place = place
        self._activity = activity
        self._opened = opened

    async def take(self, lines: Iterable[bytes], at_once: int = 20) -> None:
        for some in portions(lines, at_once):
            items = [orjson.loads(line) for line in some]
            assert await self._activity.edge.intake.take_lines(self.id, items) == {}
            await self._activity.fill()

    async def told(self, span: Span = EVER) -> list[bytes]:
        place = self._place
        settling = Settling(place.log, StoredProgress(place.store, lambda: 1), lambda: 1)
        history = PeopleHistory(Tables(place.store, lambda: 1), self._erased)
        told = ToldHistory(history, self.people, self._opened, settling, self.id)
        lines = [line async for portion in told.portions(span) for one in portion for line in lines_of(one)]
        self.left_out = told.left_out
        return lines

    async def erase(self, *identities: str) -> None:
        numbers = {KEYRING.keyed_hash(self.id, PERSON, identity) for identity in identities}
        keyholders, clock = self._activity.edge.keyholders, self._activity.edge.clock
        await self._place.decide(VisitorsErased(self.id, tuple(numbers)), at_ms=clock.now_ms())
        clock.advance(1)
        await keyholders.take_away(erasure := next(ERASURES), self.id, numbers)
        await keyholders.sweep(erasure)

    async def names(self) -> list[list[Any]]:
        """Its events and properties, with totals, first and last."""
        return [
            await self._rows(f"SELECT {columns}, first_used_at, last_used_at FROM tilde_g1.{table} FINAL")
            for table, columns in (("events", "event, total"), ("properties", "property"))
        ]

    async def acts(self) -> set[Any]:
        """What stands in the tables, by those whose names can be read."""
        who = await self._who()
        found: set[Any] = set()
        for event, at, identity in await self._rows("SELECT event, at, identity FROM tilde_g1.occurrences FINAL"):
            found.add((who.get(identity), event, at))
        columns = "identity, property, at, event, toString(number), text, key, said"
        for identity, name, at, event, number, *sealed in await self._rows(
            f"SELECT {columns} FROM tilde_g1.property_values FINAL"
        ):
            value = SealedValue.of([None, *sealed])
            plain = await self._opened.plain(values=[value])
            found.add((who.get(identity), name, at, event, number or plain.text(self.id, name, value)))
        return {each for each in found if each[0] is not None}

    async def persons(self) -> set[frozenset[str]]:
        """Whose identities are one person's, of those that can be read; and who did something, where he has one."""
        who = await self._who()
        persons: dict[int, set[str]] = {}
        for identity, person in await self._rows("SELECT identity, person FROM tilde_g1.people FINAL"):
            if identity in who:
                persons.setdefault(person, set()).add(who[identity])
        active = {act[0] for act in await self.acts()}
        return {frozenset(names) for names in persons.values() if len(names) > 1 or names <= active}

    async def called(self) -> dict[frozenset[str], str | None]:
        """By which of his identities each person is called, where the order in which these came decides nothing: of
        several addresses, or names, it does, and an import takes many lines in one millisecond.
        """
        persons = {person for (person,) in await self._rows("SELECT DISTINCT person FROM tilde_g1.people FINAL")}
        whose = await self.people.identities(self.id, persons)
        plain = await self._opened.plain(each for some in whose.values() for each in some)
        names = {frozenset(filter(None, map(plain.name, some))): plain.who(some) for some in whose.values()}
        return {some: name for some, name in names.items() if _is_decided(some)}

    async def found(self, question: Part) -> set[frozenset[str]]:
        """Of whom a question holds."""
        persons = await self.people.found(self.id, question)
        whose = await self.people.identities(self.id, persons)
        plain = await self._opened.plain(each for some in whose.values() for each in some)
        return {frozenset(str(plain.name(each)) for each in some) for some in whose.values()}

    def hash_of(self, property_: str, text: str) -> int:
        return KEYRING.keyed_hash(self.id, about_texts(property_), text)

    async def _who(self) -> dict[int, str]:
        numbers = [identity for (identity,) in await self._rows("SELECT identity FROM tilde_g1.people FINAL")]
        sealed = await self.people.sealed(self.id, numbers)
        plain = await self._opened.plain(sealed)
        return {each.identity: name for each in sealed if (name := plain.name(each)) is not None}

    async def _rows(self, sql: str) -> list[Any]:
        return await self._place.store.rows(f"{sql} WHERE product = {self.id} AND is_deleted = 0 ORDER BY ALL")


def _is_decided(identities: Collection[str]) -> bool:
    addresses = [each for each in identities if "@" in each]
    return len(addresses or [each for each in identities if not each.endswith("=")]) == 1


class Market:
    """Makes products."""

    def __init__(self, place: QueryPlace, activity: ActivityTables, opened: Opened) -> None:
        self._parts = place, activity, opened

    def product(self) -> Product:
        return Product(*self._parts)

    async def product_with(self, lines: Iterable[bytes]) -> Product:
        product = self.product()
        await product.take(lines)
        return product


@pytest_asyncio.fixture(loop_scope="module")
async def market(place: QueryPlace, tmp_path: Path) -> AsyncIterator[Market]:
    opener = FolderOpener(tmp_path / "visitors.db", KEYRING)
    activity = await ActivityTables.open(place, tmp_path)
    yield Market(place, activity, Opened(KEYRING.keyed_hash, opener))
    opener.close()
    activity.edge.keyholders.close()


def line(who: str, at: int = NOW, event: str | None = None, **said: Any) -> bytes:
    return orjson.dumps({"_p": who, "_t": at, **({"_n": event} if event else {}), **said})


def alias(who: str, other: str) -> bytes:
    return orjson.dumps({"_p": who, "_p2": other, "_t": NOW})


def name_of(identity: int) -> str:
    """An address, a name, or what the library makes of somebody without one."""
    by_chance = b64encode(sha1(b"%d" % identity, usedforsecurity=False).digest()).decode()
    return (f"person-{identity}", f"person-{identity}@example.com", by_chance, by_chance)[identity % 4]


def text_of(number: int) -> str:
    return f"text {number}"


def lines_in(acts: Iterable[Any]) -> list[bytes]:
    """What `RandomPeople` did, as lines."""
    lines = []
    for act in acts:
        if is_alias(act):
            lines += [alias(*map(name_of, act))] if act[0] != act[1] else []
            continue
        identity, at, event, said = act
        values = {name: text_of(each) if isinstance(each, int) else each for name, each in said.items()}
        lines += [line(name_of(identity), BEGAN + at, event, **values)] if event or values else []
    return lines


def asked_of(product: Product, part: Part) -> Part:
    """A question with the hashes that texts have in a product."""
    if isinstance(part, Group):
        return replace(part, parts=tuple(asked_of(product, each) for each in part.parts))
    if isinstance(part, Did):
        return replace(part, where=_had(product, part.where), meanwhile=_had(product, part.meanwhile))
    had = _had(product, part)
    assert had is not None
    return had


def _had(product: Product, had: Had | None) -> Had | None:
    if had is None or not isinstance(had.values, Values):
        return had
    texts = frozenset(product.hash_of(had.property, text_of(text)) for text in had.values.texts)
    return replace(had, values=replace(had.values, texts=texts))


async def require_alike(one: Product, other: Product) -> None:
    assert await other.acts() == await one.acts()
    assert await other.persons() == await one.persons()
    assert await other.called() == (called := await one.called())
    assert all(called.values())
    assert [[row[:2] for row in rows] for rows in await other.names()] == [
        [row[:2] for row in rows] for rows in await one.names()
    ]
    assert await other.names() == await one.names()


async def test_what_is_exported_and_taken_in_is_the_same(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """People, events and properties with totals, first and last, answers of people searches; whatever a page has."""
    for seed in range(MANY):
        people, chance = RandomPeople(seed), random.Random(seed)
        monkeypatch.setattr(history, "ROWS", chance.choice([2, 9, 2_000]))
        monkeypatch.setattr(history, "SECONDS", chance.choice([1, 3, 3_600]))
        lines = lines_in(people.acts())
        one = await market.product_with(lines)
        told = await one.told()
        other = await market.product_with(told)

        await require_alike(one, other)
        assert (await other.told(), one.left_out) == (told, LeftOut(0, 0)), seed
        for _ in range(QUESTIONS):
            question = people.question()
            assert await other.found(asked_of(other, question)) == await one.found(asked_of(one, question)), seed


async def test_who_was_erased_is_left_out_and_counted(market: Market) -> None:
    """With what he did by that identity; the others of his are still one person's."""
    counted = 0
    for seed in range(MANY):
        one = await market.product_with(lines := lines_in(RandomPeople(seed).acts()))
        erased = [name_of(1), name_of(2)]
        await one.erase(*erased)
        told = await one.told()
        other = await market.product_with(told)

        assert [name for name in erased if name.encode() in b"".join(told)] == [], seed
        assert await other.acts() == await one.acts()
        assert await other.persons() == await one.persons()
        assert await other.told() == told
        assert (one.left_out.lines > 0) is any(
            name in {said["_p"], said.get("_p2")} for said in map(orjson.loads, lines) for name in erased
        ), seed
        counted += one.left_out.lines
    assert counted > 0


async def test_who_came_back_is_told_without_what_was_before(market: Market) -> None:
    one = await market.product_with(
        [
            line("ann", NOW - 9, "bought", plan="Gold", amount=5),
            line("ann", NOW - 8, plan="Silver"),
            line("bob")[:-1] + b',"a":1}',
        ]
    )
    await one.erase("ann")
    await one.take([line("ann", NOW - 7, "visited", mood="good")])

    assert await one.told() == [
        b'{"_p":"ann","_t":%d,"_n":"visited","mood":"good"}\n' % (NOW - 7),
        b'{"_p":"bob","_t":%d,"a":1}\n' % NOW,
    ]
    assert one.left_out == LeftOut(lines=2, texts=0)


@pytest.mark.parametrize(
    "texts",
    [
        ("a\nb", "a\0b", "a\u2028b", "\U0001f600", "ä\u0308", '"\\', "{}", "_p", "\x7f\x1b[31m"),
        ("_P", " x", "=1+1", "a" * 254, "\ufdd0", "0664123456", "-0", "1e5", "null"),
    ],
)
async def test_whatever_somebody_typed_comes_back(market: Market, texts: Sequence[str]) -> None:
    """As an identity, a name of an event or of a property, a text. A property whose name begins as Kissmetrics' own keys
    do has a blank before it.
    """
    lines = [line(text, NOW, text, **{f",{text}": f"{text} said", f",_{text}": "x", ",_p": text}) for text in texts]
    one = await market.product_with([*lines, alias(*texts[:2])])
    told = await one.told()
    other = await market.product_with(told)

    await require_alike(one, other)
    assert await other.told() == told
    assert {said["_p"] for said in map(orjson.loads, told)} == {text.strip() for text in texts}
    assert b'" _p":' in b"".join(told)


async def test_numbers_are_exact(market: Market) -> None:
    """To the bit, and as people write them; what was a text stays one."""
    numbers = [
        0.0,
        -0.0,
        5.0,
        -5.0,
        99.95,
        1e300,
        5e-324,
        123456789.0,
        1234567890.5,
        2.0**53 + 2,
        1e22,
        0.1 + 0.2,
        -1e-7,
    ]
    texts = ["12345678901234567890", "0664123456", "+5", "007", "NaN", "1e999", " "]
    said: dict[str, Any] = {f"n{nth}": number for nth, number in enumerate(numbers)}
    said |= {f"t{nth}": text for nth, text in enumerate(texts)}
    one = await market.product_with([line("ann", NOW, **said)])
    (told,) = await one.told()
    found = orjson.loads(told)

    assert [str(float(found[f"n{nth}"])) for nth in range(len(numbers))] == list(map(str, numbers))
    assert [found[f"t{nth}"] for nth in range(len(texts))] == texts
    assert b'"n10":1e+22' in told
    assert b'"n2":5,' in told
    other = await market.product_with([told])
    assert await other.acts() == await one.acts()
    assert await other.told() == [told]


async def test_the_last_word_in_a_second_stays_the_last(market: Market) -> None:
    """Of one event, of several, and of two identities."""
    one = await market.product_with(
        [
            line("ann", NOW, "b", plan="first", a=1),
            line("ann", NOW, "a", plan="second"),
            line("anna", NOW, "b", plan="third"),
            line("ann", NOW, "b", plan="fourth"),
            alias("ann", "anna"),
        ],
    )
    told = await one.told()
    assert [orjson.loads(each).get("plan", "-") for each in told] == ["-", "-", "second", "third", "fourth"]
    other = await market.product_with(told)
    await require_alike(one, other)
    assert await other.told() == told


async def test_an_act_that_is_too_large_for_a_line_stands_in_several(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is one act again. So are those that have more rows than a page."""
    monkeypatch.setattr(export_lines, "PROPERTIES_BYTES_MAX", 1_000)
    monkeypatch.setattr(history, "ROWS", 3)
    monkeypatch.setattr(told_history, "SEALED_BYTES_MAX", 100)
    said = {f"p{nth}": "x" * nth for nth in range(1, 40)}
    one = await market.product_with(
        [line("ann", NOW, "a", **said), line("ann", NOW + 1, **said), line("bob", NOW, "a")]
    )
    told = await one.told()
    other = await market.product_with(told)

    assert len(told) > 3
    await require_alike(one, other)
    assert await other.told() == told


async def test_of_some_time_only_what_was_done_then_is_told(market: Market) -> None:
    """With the other identities of who did it. Who was only joined has done nothing."""
    done = [line("ann", NOW + second, "a") for second in range(5)]
    one = await market.product_with(
        [*done, alias("ann", "b"), alias("c", "d"), line("e", NOW + 9, "a"), alias("e", "f")]
    )
    assert [orjson.loads(each) for each in await one.told(Span(NOW + 1, NOW + 3))] == [
        {"_p": "ann", "_p2": "b", "_t": NOW + 1},
        {"_p": "ann", "_t": NOW + 1, "_n": "a"},
        {"_p": "ann", "_t": NOW + 2, "_n": "a"},
    ]
    assert orjson.loads((await one.told())[-1]) == {"_p": "c", "_p2": "d", "_t": 1_230_768_000}


async def test_of_a_product_with_nothing_only_the_end_is_told(market: Market) -> None:
    assert await market.product().told() == []


async def test_it_is_told_to_whose_product_it_is_and_to_the_operator(shop: Shop) -> None:
    answer = await shop.place.http.get(PATH, headers=HOLDER)
    *lines, last = answer.text.splitlines()
    assert [sorted(orjson.loads(each)) for each in lines[:2]] == [["_p", "_p2", "_t"], ["_n", "_p", "_t"]]
    assert orjson.loads(last) == {"_lines": 7, "_left_out": 0, "_texts_left_out": 0}
    assert answer.headers["content-type"] == "application/x-ndjson"

    others, operator = ({"authorization": f"Bearer {token}"} for token in (SLASHED_TOKEN, OPERATOR))
    asked = [(PATH, {}), (PATH, others), (PATH, operator), (PATH.replace("1/a", "77/a"), operator)]
    asked += [(f"{PATH}?from=2&to=1", HOLDER), (f"{PATH}?from=soon", HOLDER)]
    statuses = [(await shop.place.http.get(path, headers=headers)).status_code for path, headers in asked]
    assert statuses == [401, 404, 200, 404, 400, 400]


async def test_where_nobody_has_keys_that_is_said(place: QueryPlace) -> None:
    """On Kafka, while the API is told of no edge: a file of nobody would be taken for all."""
    answer = await place.http.get(PATH, headers=HOLDER)
    assert (answer.status_code, "TILDE_EDGES" in answer.text) == (409, True)
