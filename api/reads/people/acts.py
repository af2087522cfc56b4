"""Tells what a product's people did, the latest first: which acts they are, and what was said with a page of them.

places = await acts.found(7, AskedActs(("signed up",)))     bytes: where acts stand, and no text
await acts.rows(7, page_of(places, 0, 50))      [ActRow(1700000000, 12, "ann@example.com", "signed up", {..}), ..]
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from api.reads.people.identified import Identified
from api.reads.people.opened import Cell, Opened, Plain
from api.reads.people.people import People, SealedValue
from api.reads.people.search import PeopleSearch
from tilde.domain.people.acts import ActPlace, AskedActs
from tilde.domain.people.question import Had

ACTS_MAX = 100_000  # the latest; 1.6 MB of an answer that is kept for a day
_PACKED = struct.Struct("<IqI")


class ActRow(NamedTuple):
    """An act: the second, whose it was by number and by name, the event, and what was said with it. Without an event
    properties were set.
    """

    at: int
    person: int
    who: str | None
    event: str | None
    properties: dict[str, Cell]


class PeopleActs:
    """Answers for products of whichever account; whose they are was asked before."""

    def __init__(self, people: People, identified: Identified, search: PeopleSearch, opened: Opened) -> None:
        self._people = people
        self._identified = identified
        self._search = search
        self._opened = opened

    async def found(self, product: int, asked: AskedActs) -> bytes:
        """Where they stand, as `page_of` reads it. Raises QuestionError, StoreError, QueryLimitError, KeysAwayError."""
        whose = await self._whose(product, asked)
        if asked.where is not None:
            where = await self._search.meant(product, asked.where)
            assert isinstance(where, Had)
            asked = replace(asked, where=where)
        return await self._people.acts(product, asked, whose, ACTS_MAX)

    async def _whose(self, product: int, asked: AskedActs) -> list[int] | None:
        """The identities of the person who is meant; None where everybody is."""
        if asked.who is None and asked.person is None:
            return None
        person = asked.person
        if asked.who is not None:
            person = await self._identified.person(product, asked.who)
        if person is None or asked.person not in {None, person}:
            return []
        return [one.identity for one in (await self._people.identities(product, [person]))[person]]

    async def rows(self, product: int, acts: Sequence[ActPlace]) -> list[ActRow]:
        """What is told of some of them, in this order. Raises StoreError, QueryLimitError, KeysAwayError."""
        whose = await self._people.identities(product, {act.person for act in acts})
        names = await self._people.event_names(product)
        persons = {one.identity: person for person, each in whose.items() for one in each}
        said: dict[tuple[int, int, str], dict[str, SealedValue]] = {}
        for at, identity, event, name, value in await self._people.said_with(
            product, {act.at for act in acts}, persons
        ):
            said.setdefault((at, persons[identity], event), {})[name] = value
        values = (value for each in said.values() for value in each.values())
        plain = await self._opened.plain(chain.from_iterable(whose.values()), values)
        who = {person: plain.who(each) for person, each in whose.items()}
        nobodys = await self._nobodys(product, acts, persons, names)
        return [
            ActRow(
                act.at,
                act.person,
                None if act in nobodys else who[act.person],
                names.get(act.event),
                _properties(plain, product, said.get((act.at, act.person, names.get(act.event, "")), {})),
            )
            for act in acts
        ]

    async def _nobodys(
        self, product: int, acts: Sequence[ActPlace], persons: Mapping[int, int], names: Mapping[int, str]
    ) -> set[ActPlace]:
        """Those acts that were done before an erasure, in an answer that was there before it, too."""
        back = {persons[each] for each in self._people.erased(product) if each in persons}
        concerned = [act for act in acts if act.person in back]
        if not concerned:
            return set()
        whose = [identity for identity, person in persons.items() if person in back]
        done = await self._people.still_did(product, {act.at for act in concerned}, whose)
        still = {(at, persons[identity], event) for at, identity, event in done}
        return {act for act in concerned if (act.at, act.person, names.get(act.event, "")) not in still}


def _properties(plain: Plain, product: int, said: dict[str, SealedValue]) -> dict[str, Cell]:
    return {name: plain.value(product, name, said[name]) for name in sorted(said)}


def count_of(answer: bytes) -> int:
    """Of how many acts it says where they stand."""
    return len(answer) // _PACKED.size


def page_of(answer: bytes, offset: int, limit: int) -> list[ActPlace]:
    """A page of the acts that an answer keeps, from `offset` on."""
    page = answer[offset * _PACKED.size : (offset + limit) * _PACKED.size]
    return [ActPlace(*packed) for packed in _PACKED.iter_unpack(page)]
