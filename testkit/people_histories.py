"""Generated histories of people: what they did, in tables, and as an oracle knows it."""

import os
from collections.abc import Iterable
from itertools import chain, count
from typing import Any, TypeVar

from hypothesis import strategies as st

from streams.contract import Message, no_outputs
from streams.processors.activity import ActivityProcessor
from streams.processors.people import PeopleProcessor
from streams.state import State
from testkit.asked_people import AskedPeople, Done
from testkit.people import a_number, a_text, an_activity
from testkit.query_place import QueryPlace
from testkit.questions import BEGAN, SECONDS, TEXTS
from tilde.schemas.cut_activity import cut_event
from tilde.schemas.topics import EVENTS, OCCURRENCES, PEOPLE, PROPERTY_VALUES

_Item = TypeVar("_Item")


def few_or_many(items: st.SearchStrategy[_Item], many: int) -> st.SearchStrategy[list[_Item]]:
    """Lists of at most so many. Of those without a least size most have less than ten, which says little of what
    somebody did before something else.
    """
    long = st.lists(items, min_size=many // 2, max_size=many)
    return st.one_of(st.lists(items, max_size=many), long, long)


_VALUES = st.integers(0, 4).map(float) | st.sampled_from(TEXTS)
ACT = st.tuples(
    st.integers(1, 8),
    st.integers(0, SECONDS),
    st.sampled_from(["a", "b", None]),
    st.dictionaries(st.sampled_from("pq"), _VALUES, max_size=2),
)
ALIAS = st.tuples(st.integers(1, 8), st.integers(1, 8))
HISTORIES = int(os.environ.get("TILDE_HISTORIES", "25"))
"""How many a test looks at; a thousand where somebody asks for them."""
ACTIVITY, ALIASES = few_or_many(ACT, 40), st.lists(ALIAS, max_size=4)
_PRODUCTS = count(1_000)


async def a_history(place: QueryPlace, done: list[Any], aliases: list[tuple[int, int]]) -> tuple[int, AskedPeople]:
    """The number of a product that has it, and of no other's; in the order in which it came, aliases at the end."""
    product, acts = next(_PRODUCTS), [*once_a_second(done), *aliases]
    await _fill(place, [an_event_of(product, n, act) for n, act in enumerate(acts)])
    return product, an_oracle(acts)


def once_a_second(acts: Iterable[Any]) -> list[Any]:
    """Those of which the tables keep all: an identity does each event once a second, sets something once, and never
    nothing. All aliases.
    """
    kept: dict[Any, Any] = {}
    for nth, act in enumerate(acts):
        if is_alias(act):
            kept[nth] = act
        elif act[2] or act[3]:
            kept[act[:3]] = act
    return list(kept.values())


def is_alias(act: Any) -> bool:
    """And not something that was done, or said."""
    return len(act) == len(("one", "other"))


def an_event_of(product: int, event_id: int, act: Any) -> dict[str, Any]:
    """As topic `activity` has it."""
    if is_alias(act):
        one, other = act
        return an_activity(event_id, one, other=other, product=product)
    identity, at, name, said = act
    properties = [a_text(*one) if isinstance(one[1], int) else a_number(*one) for one in said.items()]
    says = {"at": BEGAN + at, "properties": properties, "said": b"sealed"}
    return an_activity(event_id, identity, name, product=product, **says)


def an_oracle(acts: Iterable[Any]) -> AskedPeople:
    """What knows the answers to what is asked of these, in whatever order they came."""
    acts = list(acts)
    aliases, done = [act for act in acts if is_alias(act)], [act for act in acts if not is_alias(act)]
    person = {each: each for each in (*(act[0] for act in done), *chain.from_iterable(aliases))}
    for pair in aliases:
        joined = {person[each] for each in pair}
        person = {each: min(joined) if of in joined else of for each, of in person.items()}
    return AskedPeople(
        person.values(), [Done(person[one], BEGAN + at, name or "", said) for one, at, name, said in done]
    )


async def _fill(place: QueryPlace, acts: list[Any]) -> None:
    if acts:
        outputs, message = no_outputs(), Message(1, 1, {"events": [cut_event(_read_back(act)) for act in acts]}, 0)
        state = State()
        for processor in (ActivityProcessor(), PeopleProcessor()):
            processor.fold(message, outputs, state)
        for topic in (OCCURRENCES, PROPERTY_VALUES, PEOPLE, EVENTS):
            if outputs[topic.name]:
                await place.insert_rows(topic, outputs[topic.name])


def _read_back(act: dict[str, Any]) -> dict[str, Any]:
    """As the topic's reader has it: the branch of a union that is a record is named."""
    return {**act, "other": None if act["other"] is None else ("tilde.OtherIdentity", act["other"])}
