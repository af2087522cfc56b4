"""Generated histories of people: what they did, in tables, and as an oracle knows it."""

from itertools import count
from typing import Any

from hypothesis import strategies as st

from streams.contract import Message, no_outputs
from streams.processors.activity import ActivityProcessor
from streams.processors.people import PeopleProcessor
from streams.state import State
from testkit.asked_people import AskedPeople, Done
from testkit.people import a_number, a_text, an_activity
from testkit.query_place import QueryPlace
from testkit.questions import BEGAN, SECONDS, TEXTS
from tilde.schemas.topics import EVENTS, OCCURRENCES, PEOPLE, PROPERTY_VALUES

ACTIVITY = st.lists(
    st.tuples(
        st.integers(1, 8),
        st.integers(0, SECONDS),
        st.sampled_from(["a", "b", None]),
        st.dictionaries(st.sampled_from("pq"), st.integers(0, 4).map(float) | st.sampled_from(TEXTS), max_size=2),
    ),
    max_size=40,
)
ALIASES = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)), max_size=4)
_PRODUCTS = count(1_000)


async def a_history(place: QueryPlace, done: list[Any], aliases: list[tuple[int, int]]) -> tuple[int, AskedPeople]:
    """The number of a product that has it, and of no other's; in the order in which it came, aliases at the end."""
    product = next(_PRODUCTS)
    done = list(
        {(identity, at): (identity, at, name, said) for identity, at, name, said in done if name or said}.values()
    )
    acts = [
        an_activity(
            n,
            identity,
            name,
            product=product,
            at=BEGAN + at,
            properties=[a_text(*one) if isinstance(one[1], int) else a_number(*one) for one in said.items()],
            said=b"sealed",
        )
        for n, (identity, at, name, said) in enumerate(done)
    ]
    acts += [an_activity(100 + n, one, other=other, product=product) for n, (one, other) in enumerate(aliases)]
    await _fill(place, acts)
    return product, _oracle(done, aliases)


def _oracle(done: list[Any], aliases: list[tuple[int, int]]) -> AskedPeople:
    person = {
        identity: identity for identity in {*(one[0] for one in done), *(each for pair in aliases for each in pair)}
    }
    for pair in aliases:
        joined = {person[each] for each in pair}
        person = {each: min(joined) if of in joined else of for each, of in person.items()}
    return AskedPeople(
        person.values(), [Done(person[one], BEGAN + at, name or "", said) for one, at, name, said in done]
    )


async def _fill(place: QueryPlace, acts: list[Any]) -> None:
    if acts:
        outputs, message = no_outputs(), Message(1, 1, {"events": [_read_back(act) for act in acts]}, 0)
        state = State()
        for processor in (ActivityProcessor(), PeopleProcessor()):
            processor.fold(message, outputs, state)
        for topic in (OCCURRENCES, PROPERTY_VALUES, PEOPLE, EVENTS):
            if outputs[topic.name]:
                await place.insert_rows(topic, outputs[topic.name])


def _read_back(act: dict[str, Any]) -> dict[str, Any]:
    """As the topic's reader has it: the branch of a union that is a record is named."""
    return {**act, "other": None if act["other"] is None else ("tilde.OtherIdentity", act["other"])}
