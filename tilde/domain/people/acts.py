"""What is asked of what a product's people did: which events, with which property, whose, and when; and as JSON, for
what is asked now and answered later.
"""

import json
from dataclasses import asdict, dataclass
from typing import NamedTuple

from tilde.domain.people.question import EVER, Had, Span
from tilde.domain.people.search import part_of, part_said


class ActPlace(NamedTuple):
    """Where an act stands: a second, a person's number, and the index of the event; 0 where properties were set."""

    at: int
    person: int
    event: int


@dataclass(frozen=True, slots=True)
class AskedActs:
    """Of no events all, and those acts that only set properties. `who` is an identity of the person who is meant, or
    `person` his number; without both it is everybody.
    """

    events: tuple[str, ...] = ()
    where: Had | None = None
    who: str | None = None
    person: int | None = None
    span: Span = EVER


def acts_json(asked: AskedActs) -> str:
    """A question about acts as JSON, which `acts_of` reads."""
    where = None if asked.where is None else part_said(asked.where)
    return json.dumps({**asdict(asked), "where": where}, ensure_ascii=False)


def acts_of(text: str) -> AskedActs:
    """The question that `acts_json` wrote."""
    said = json.loads(text)
    where = None if said["where"] is None else part_of(said["where"])
    assert where is None or isinstance(where, Had)
    return AskedActs(tuple(said["events"]), where, said["who"], said["person"], Span(**said["span"]))
