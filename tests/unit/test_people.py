"""Activity becomes rows and people: whose an identity is, how often each event was done, and when first and last."""

from datetime import UTC, datetime
from typing import Any

import pytest

from streams.drivers.partition_fold import STATE_BYTES_PER_MESSAGE_MAX, PartitionFold
from streams.processors import people as processor
from streams.processors.activity import ActivityProcessor
from streams.processors.people import PeopleProcessor
from testkit.people import NOON_S, a_number, a_text, an_activity, indexes_of, names_of, people_of
from testkit.people_oracle import Used
from testkit.sealed import NOON_MS, FakeEdge
from tilde.domain.log.position import Position
from tilde.domain.people import identities, vocabulary
from tilde.domain.people.identities import IDENTITIES_MAX
from tilde.domain.people.text_tree import NODE_TEXTS_MAX
from tilde.domain.people.vocabulary import NAMES_MAX
from tilde.eventlog import Record
from tilde.schemas.codec import decode, encoder
from tilde.schemas.topics import ACTIVITY, DEAD_LETTERS, EVENTS, OCCURRENCES, PEOPLE, PROPERTIES, TOPICS

PRODUCT = 32
SIGNED_UP = (PRODUCT, "signed up")


class Fold(PartitionFold):
    """A partition under a processor of its own."""

    def __init__(self, processor: Any) -> None:
        super().__init__(processor, 3, Position())
        self._edge = FakeEdge()
        self.rows: dict[str, list[dict[str, Any]]] = {topic.name: [] for topic in processor.outputs}

    def did(self, *events: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
        """Takes them as one batch; returns the rows that this gives, by topic."""
        (sealed,) = self._edge.seal(3, events, ACTIVITY).values
        self.take(Record(self.position.next_offset, sealed))
        given = {
            topic: [decode(row, TOPICS[topic].subject) for row in rows] for topic, rows in self.drain().items() if rows
        }
        for topic, rows in given.items():
            self.rows[topic] += rows
        return given

    def totals(self) -> dict[str, int]:
        return {name: used.total for (_, name), used in names_of(self.rows[EVENTS.name], "event").items()}

    def people(self) -> dict[int, int]:
        """By identity the person's number."""
        return {identity: person for (_, identity), (person, _) in people_of(self.rows[PEOPLE.name]).items()}

    def reasons(self) -> list[str]:
        return [row["reason"] for row in self.rows[DEAD_LETTERS.name]]


@pytest.fixture
def people() -> Fold:
    return Fold(PeopleProcessor())


def many(of: int, identity: int, begins: int = NOON_S) -> list[dict[str, Any]]:
    """So many events of somebody, each in another second."""
    return [an_activity(n, identity, at=begins + n) for n in range(of)]


def test_an_event_counts_once_a_person_and_second(people: Fold) -> None:
    """Sent twice by a client that was in doubt, in one batch or later."""
    people.did(an_activity(1), an_activity(2), an_activity(3, at=NOON_S + 1), an_activity(4, 8))
    people.did(an_activity(5))

    assert people.totals() == {"signed up": 3}


def test_first_and_last_are_kept_of_when_it_was_done_and_when_it_was_received(people: Fold) -> None:
    """Also of what does not count again; whatever comes late."""
    people.did(an_activity(1, at=500, received_at=NOON_MS), an_activity(2, at=700, received_at=NOON_MS + 9))
    people.did(an_activity(3, at=600, received_at=NOON_MS - 5), an_activity(4, at=500, received_at=NOON_MS + 20))

    (used,) = names_of(people.rows[EVENTS.name], "event").values()
    assert used == Used(3, 500, 700, NOON_MS - 5, NOON_MS + 20)


def test_a_name_has_a_row_for_each_message_that_has_it(people: Fold) -> None:
    """As it stands then: delivered twice, it says the same."""
    people.did(an_activity(1), an_activity(2, at=5), an_activity(3, name="bought"))
    given = people.did(an_activity(4, at=6))

    (row,) = given[EVENTS.name]
    assert (row["product"], row["event"], row["version"], row["is_deleted"]) == (PRODUCT, "signed up", 512, 0)
    assert (row["index"], row["total"]) == (1, 3)
    assert [each["total"] for each in people.rows[EVENTS.name]] == [2, 1, 3]


def test_names_are_counted_as_they_come_by_product(people: Fold) -> None:
    """Events and properties each for themselves."""
    people.did(
        an_activity(1, name="b", properties=[a_number("x", 1.0), a_text("y", 5)]),
        an_activity(2, name="a"),
        an_activity(3, name="a", product=33),
        an_activity(4, name=None, properties=[a_text("y", 5), a_text("z", 6)]),
    )

    assert indexes_of(people.rows[EVENTS.name], "event") == {(32, "b"): 1, (32, "a"): 2, (33, "a"): 1}
    assert indexes_of(people.rows[PROPERTIES.name], "property") == {(32, "x"): 1, (32, "y"): 2, (32, "z"): 3}


def test_an_identity_is_a_person_until_an_alias_says_more(people: Fold) -> None:
    """The person's number is the smallest of his identities. Only who gets another number is written anew."""
    people.did(an_activity(1, 9), an_activity(2, 5), an_activity(3, 7))
    given = people.did(an_activity(4, 9, other=7))

    assert [(row["identity"], row["person"]) for row in given[PEOPLE.name]] == [(9, 7)]
    assert people.people() == {5: 5, 7: 7, 9: 7}
    people.did(an_activity(5, 5, other=9))
    assert people.people() == {5: 5, 7: 5, 9: 5}


def test_an_alias_is_the_first_that_is_heard_of_an_identity(people: Fold) -> None:
    """Both have a row then, and what each does later is the person's."""
    people.did(an_activity(1, 9, other=7, received_at=NOON_MS + 1))
    people.did(an_activity(2, 9), an_activity(3, 7))

    assert people_of(people.rows[PEOPLE.name]) == {(32, 7): (7, NOON_MS), (32, 9): (7, NOON_MS)}
    assert people.totals() == {"signed up": 1}


def test_what_both_did_in_one_second_counts_once_when_they_are_one(people: Fold) -> None:
    """Each event for itself."""
    people.did(*many(3, 9), *many(2, 7), an_activity(90, 9, "bought"), an_activity(91, 7, "bought", at=5))
    assert people.totals() == {"signed up": 5, "bought": 2}
    people.did(an_activity(99, 7, other=9))

    assert people.totals() == {"signed up": 3, "bought": 2}


@pytest.mark.parametrize("twice", [(9, 7), (7, 9), (9, 9)])
def test_an_alias_that_says_nothing_new_changes_nothing(people: Fold, twice: tuple[int, int]) -> None:
    """In whichever order it names them; or one that names one twice."""
    people.did(an_activity(1, 9), an_activity(2, 7, other=9))
    given = people.did(an_activity(3, twice[0], other=twice[1]))

    assert given == {}


def test_products_have_nothing_to_do_with_each_other(people: Fold) -> None:
    """The same number in two of them is nobody's business."""
    people.did(an_activity(1, 9), an_activity(2, 9, product=33), an_activity(3, 7, product=33, other=9))

    assert people_of(people.rows[PEOPLE.name]) == {(32, 9): (9, NOON_MS), (33, 9): (7, NOON_MS), (33, 7): (7, NOON_MS)}


def test_a_key_that_is_new_stands_in_the_row(people: Fold) -> None:
    """Somebody who was erased and comes back; the rest of the row stays."""
    people.did(an_activity(1, 9, other=7))
    given = people.did(an_activity(2, 9, key=50, who=b"anew", received_at=NOON_MS + 5))

    (row,) = given[PEOPLE.name]
    assert (row["key"], row["who"], row["person"], row["version"]) == (50, "YW5ldw==", 7, 512)
    assert row["first_received_at"] == datetime.fromtimestamp(NOON_S, UTC)


def test_who_has_done_much_stays_where_he_is(people: Fold) -> None:
    """An anonymous visitor's few events are moved to him; what changes of the state is not what he did."""
    for n in range(10):
        people.did(*many(500, 9, NOON_S + 500 * n))
    people.state.drain()
    people.did(an_activity(1, 5, at=NOON_S + 3), an_activity(2, 5, other=9))

    assert sum(len(kept.value or "") for kept in people.state.drain().values()) < 5_000
    assert people.totals() == {"signed up": 5_000}
    assert people.people() == {5: 5, 9: 5}


def test_no_value_that_is_remembered_is_larger_than_a_node(people: Fold) -> None:
    """However much somebody does: each event writes one anew."""
    for n in range(40):
        people.did(*many(500, 9, NOON_S + 500 * n))
    values = [kept.value for kept in people.state.drain().values()]

    assert people.totals() == {"signed up": 20_000}
    assert max(len(value) for value in values) <= NODE_TEXTS_MAX * 8 + 100
    assert len(values) < 20_000 / NODE_TEXTS_MAX + 10  # a node that grows at its end is left full


def test_a_person_has_so_many_identities_and_no_more(people: Fold) -> None:
    """A further alias is put aside, with why, and changes nothing."""
    for some in (range(2, 500), range(500, IDENTITIES_MAX + 1)):
        people.did(*(an_activity(n, 1, other=n) for n in some))
    people.did(an_activity(8, 5_000), an_activity(9, 1, other=5_000))

    assert people.reasons() == ["a person has at most 1000 identities"]
    assert people.people()[5_000] == 5_000
    assert [number for identity, number in people.people().items() if identity < 5_000] == [1] * IDENTITIES_MAX


def test_two_people_who_both_did_too_much_are_not_joined(people: Fold, monkeypatch: pytest.MonkeyPatch) -> None:
    """The alias is put aside; one with a lighter side is taken, whichever that is."""
    monkeypatch.setattr(identities, "MOVED_MAX", 50)
    people.did(*many(60, 9), *many(60, 7, NOON_S + 1_000), *many(40, 5, NOON_S + 2_000))
    people.did(an_activity(1, 9, other=7), an_activity(2, 5, other=9))

    assert people.reasons() == ["both people have more than 50 occurrences"]
    assert people.people() == {5: 5, 7: 7, 9: 5}
    assert people.totals() == {"signed up": 160}


def test_an_alias_that_is_too_much_for_one_message_is_put_aside_and_the_others_are_taken(
    people: Fold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that changes more than a driver can keep would end the worker for ever: what somebody did may lie
    between all that another did, and write each node of his anew.
    """
    assert processor.CHANGED_BYTES_MAX < STATE_BYTES_PER_MESSAGE_MAX
    monkeypatch.setattr(processor, "CHANGED_BYTES_MAX", 20_000)
    for n in range(10):
        people.did(*many(500, 9, NOON_S + 500 * n))
    people.did(*(an_activity(n, 7, "bought", at=NOON_S + 100 * n) for n in range(50)))
    people.state.drain()
    people.did(an_activity(1, 9, other=7), an_activity(2, 5, other=9), an_activity(3, 5))

    assert people.reasons() == ["too much to be moved with one message"]
    assert people.state.changed_bytes() < 20_000
    assert people.people() == {5: 5, 7: 7, 9: 5}
    assert people.totals() == {"signed up": 5_000, "bought": 50}


def test_names_that_an_alias_counts_down_are_part_of_what_it_changes(
    people: Fold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people who did hundreds of things in the same second: nothing is moved, and each name is written anew."""
    monkeypatch.setattr(processor, "CHANGED_BYTES_MAX", 20_000)
    people.did(*(an_activity(n, 7 + n % 2, f"did {n // 2}") for n in range(200)))
    people.did(an_activity(1, 7, other=8))

    assert people.reasons() == ["too much to be moved with one message"]
    assert set(people.totals().values()) == {2}


def test_a_name_too_many_is_put_aside(people: Fold, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that are known go on."""
    assert NAMES_MAX == 65_535
    monkeypatch.setattr(vocabulary, "NAMES_MAX", 2)
    people.did(an_activity(1, name="a"), an_activity(2, name="b"))
    people.did(an_activity(3, name="c"), an_activity(4, name="a", at=5), an_activity(5, name="a", product=33))

    assert people.reasons() == ["a product has at most 2 such names"]
    assert people.totals() == {"a": 1, "b": 1} | {"a": 1}
    assert names_of(people.rows[EVENTS.name], "event")[PRODUCT, "a"].total == 2


def test_names_too_many_at_once_are_put_aside(people: Fold) -> None:
    """A message of nothing but names does not end the worker."""
    event = an_activity(1, properties=[a_number(f"p{n}", 1.0) for n in range(60_000)])
    people.did(event)
    people.did(an_activity(2, at=5))

    assert people.reasons() == ["too many names at once"]
    assert people.totals() == {"signed up": 2}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"at": 2**32}, "a time that no row can say"),
        ({"at": -1}, "a time that no row can say"),
        ({"received_at": 2**60}, "a time that no row can say"),
        ({"identity": -1}, "a number that no row can say"),
        ({"product": 2**32}, "a number that no row can say"),
        ({"act": "event", "name": None}, "not whole for an act event"),
        ({"act": "alias", "name": None}, "not whole for an act alias"),
    ],
)
@pytest.mark.parametrize("made_by", [ActivityProcessor, PeopleProcessor])
def test_an_event_of_which_nothing_can_be_made_is_put_aside(made_by: Any, changes: Any, reason: str) -> None:
    """By both; those beside it are taken."""
    fold = Fold(made_by())
    fold.did(an_activity(1, **changes), an_activity(2))

    assert fold.reasons() == [reason]
    assert sum(len(rows) for topic, rows in fold.rows.items() if topic in (EVENTS.name, OCCURRENCES.name)) == 1


def test_an_event_and_its_properties_are_rows_as_they_came() -> None:
    """A number in plain; a text as its hash, with what is sealed beside it."""
    fold = Fold(ActivityProcessor())
    given = fold.did(
        an_activity(5, 9, properties=[a_number("amount", 9.5), a_text("plan", 77)], said=b"\xff"),
        an_activity(6, 9, name=None, properties=[a_number("visits", 3.0)]),
        an_activity(7, 9, other=8),
    )

    (occurrence,) = given[OCCURRENCES.name]
    assert occurrence == {
        "product": PRODUCT,
        "event": "signed up",
        "at": NOON_S,
        "identity": 9,
        "version": 0,
        "is_deleted": 0,
        "event_id": 5,
        "received_at": datetime.fromtimestamp(NOON_S, UTC),
    }
    shown = ("property", "event", "number", "text", "key", "said", "version", "event_id")
    assert [tuple(row[name] for name in shown) for row in given["property_values"]] == [
        ("amount", "signed up", 9.5, None, 10, "", 0, 5),
        ("plan", "signed up", None, 77, 10, "/w==", 0, 5),
        ("visits", "", 3.0, None, 10, "", 1, 6),
    ]


@pytest.mark.parametrize("made_by", [ActivityProcessor, PeopleProcessor])
def test_rows_that_are_written_by_hand_are_those_of_a_general_writer(made_by: Any) -> None:
    """To the byte, of every topic."""
    fold = Fold(made_by())
    events = [
        an_activity(1, properties=[a_number("é", -1.5), a_text("y", 2**63 - 1)]),
        an_activity(2, 2**62, other=5),
    ]
    (sealed,) = FakeEdge().seal(3, events, ACTIVITY).values
    fold.take(Record(0, sealed))

    for topic, rows in fold.drain().items():
        subject = TOPICS[topic].subject
        assert [encoder(subject)(decode(row, subject)) for row in rows] == rows
