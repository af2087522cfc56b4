"""Tells all that a product's people did, said and are called, opened: act by act, and before a person's first one which
identities are his.

told = ToldHistory(history, people, opened, settling, 7)
async for portion in told.portions(EVER)    [ToldAlias("anonymous-1", "ann@example.com", 1409324310), ToldAct(..), ..]
told.left_out                               LeftOut(lines=3, texts=0): of people who were erased

Who takes it in again in this order has the same people, and of one second the same last word: acts stand by second, and
then as they came. What joins identities stands before what they did, where it moves nothing. So it is told in the same
order again.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from api.reads.people.history import KeptAct, PeopleHistory, SaidThen, Whose
from api.reads.people.opened import Opened, Plain
from api.reads.people.people import People, SealedValue
from api.reads.settling import Settling
from tilde.domain.people.activity import SealedIdentity
from tilde.domain.people.question import Span
from tilde.runtime.portions import portions, portions_by_size
from tilde.schemas.topics import ACTIVITY

SEALED_BYTES_MAX, ACTS_AT_ONCE = 4 << 20, 1_000  # that are opened at once; between two portions others have a turn
PERSONS_AT_ONCE = 100  # who have several identities: a thousand each, at most
ONLY_JOINED_MAX = 10_000  # persons who did nothing, that are sorted at once


class ToldAct(NamedTuple):
    """What somebody did in a second, or without an event had set."""

    who: str
    at: int
    event: str
    properties: dict[str, float | str]


class ToldAlias(NamedTuple):
    """Two identities that are one person's; `at` is when he did something first, None where he did nothing: of what
    only joins no time is kept.
    """

    who: str
    other: str
    at: int | None


ToldActivity = ToldAct | ToldAlias


class LeftOut(NamedTuple):
    """What of people who were erased is not told: acts and aliases, and texts of acts that are."""

    lines: int
    texts: int


class ToldHistory:
    """Tells it once. What it remembers are the persons who have several identities, some hundred bytes each."""

    def __init__(
        self, history: PeopleHistory, people: People, opened: Opened, settling: Settling, product: int
    ) -> None:
        self._history = history
        self._people = people
        self._opened = opened
        self._settling = settling
        self._product = product
        self._joined: set[int] = set()
        """The persons whose identities were told."""
        self._lines_left_out = 0
        self._texts_left_out = 0

    @property
    def left_out(self) -> LeftOut:
        """How much was left out so far."""
        return LeftOut(self._lines_left_out, self._texts_left_out)

    async def portions(self, span: Span) -> AsyncIterator[list[ToldActivity]]:
        """All of it within a span, some at a time; of all time also who only was joined, and did nothing. Raises
        StoreError, QueryLimitError, KeysAwayError, LogError.
        """
        async for acts in self._history.acts(self._product, span):
            whose = await self._whose(acts)
            several = await self._history.several(self._product, {one.person for one in whose.values()} - self._joined)
            for some in portions_by_size(acts, _sealed_bytes, SEALED_BYTES_MAX, ACTS_AT_ONCE):
                yield await self._open_acts(some, whose, several)
        if span == Span():
            async for told in self._only_joined():
                yield told

    async def _whose(self, acts: Sequence[KeptAct]) -> dict[int, Whose]:
        """The persons of some acts. The tables of acts may be ahead of that of people, for a moment."""
        identities = {act.identity for act in acts}
        whose = await self._history.whose(self._product, identities)
        if len(whose) < len(identities):
            await self._settling.settle([ACTIVITY])
            whose |= await self._history.whose(self._product, identities - whose.keys())
        return whose

    async def _open_acts(
        self, acts: Sequence[KeptAct], whose: Mapping[int, Whose], several: set[int]
    ) -> list[ToldActivity]:
        said = await self._history.said(self._product, acts)
        concerned = [whose[act.identity] for act in acts if act.identity in whose]
        members = await self._members({one.person for one in concerned} & several - self._joined)
        values = (value for act in acts for _, value in _texts(act, said))
        identities = [one.sealed for one in concerned] + [each for some in members.values() for each in some]
        plain = await self._opened.plain(identities, values)
        return [one for act in acts for one in self._of_act(act, whose.get(act.identity), members, said, plain)]

    async def _members(self, persons: Iterable[int]) -> dict[int, list[SealedIdentity]]:
        members: dict[int, list[SealedIdentity]] = {}
        for some in portions(sorted(persons), PERSONS_AT_ONCE):
            members |= await self._people.identities(self._product, some)
        return members

    def _of_act(
        self,
        act: KeptAct,
        whose: Whose | None,
        members: Mapping[int, Sequence[SealedIdentity]],
        said: Mapping[int, SaidThen],
        plain: Plain,
    ) -> Iterator[ToldActivity]:
        """The act, and behind the identities of whoever did nothing before. Nothing of who was erased."""
        who = None if whose is None or not act.is_his else plain.name(whose.sealed)
        if whose is None or who is None:
            self._lines_left_out += 1
            return
        if whose.person in members and whose.person not in self._joined:
            self._joined.add(whose.person)
            yield from self._aliases(who, members[whose.person], plain, act.at)
        properties = self._properties(act, said, plain)
        if act.event or properties:
            yield ToldAct(who, act.at, act.event, properties)
        else:
            self._lines_left_out += 1

    def _properties(self, act: KeptAct, said: Mapping[int, SaidThen], plain: Plain) -> dict[str, float | str]:
        told: dict[str, float | str] = {one.name: one.number for one in act.properties if one.number is not None}
        for name, value in _texts(act, said):
            if (text := plain.text(self._product, name, value)) is not None:
                told[name] = text
        self._texts_left_out += len(act.properties) - len(told)
        return dict(sorted(told.items()))

    def _aliases(self, who: str, members: Iterable[SealedIdentity], plain: Plain, at: int | None) -> list[ToldAlias]:
        """Those that make of somebody's other identities his."""
        names = [plain.name(each) for each in members]
        self._lines_left_out += names.count(None)
        return [ToldAlias(who, name, at) for name in sorted(name for name in names if name not in {None, who}) if name]

    async def _only_joined(self) -> AsyncIterator[list[ToldActivity]]:
        """The aliases of persons who did nothing that is told."""
        async for persons in self._history.joined(self._product, ONLY_JOINED_MAX):
            told: list[ToldActivity] = []
            for some in portions([each for each in persons if each not in self._joined], PERSONS_AT_ONCE):
                told += await self._aliases_of(some)
            yield sorted(told)

    async def _aliases_of(self, persons: Sequence[int]) -> list[ToldAlias]:
        members = await self._members(persons)
        plain = await self._opened.plain(each for some in members.values() for each in some)
        told = []
        for some in members.values():
            first = min((name for name in map(plain.name, some) if name is not None), default=None)
            if first is None:
                self._lines_left_out += len(some) - 1
            else:
                told += self._aliases(first, some, plain, None)
        return told


def _sealed_bytes(act: KeptAct) -> int:
    return act.sealed_bytes


def _texts(act: KeptAct, said: Mapping[int, SaidThen]) -> Iterator[tuple[str, SealedValue]]:
    """The properties of an act that are texts."""
    then = said.get(act.place)
    for name, _, text in act.properties:
        if text is not None and then is not None:
            yield name, SealedValue(None, text, then.key, then.said)
