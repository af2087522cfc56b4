"""A noun whose value is dated, that no release has: the label that notes are filed under. It proves the ground that a
site's time zone, its mirrors and its goals stand on: a command sets it, `catalog` has it, and a processor finds what
held when an event was taken in.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fastavro import parse_schema

from streams.contract import NO_CATALOG, AsOf, Message, Outputs, PlainProcessor, Processor
from streams.processors.sightings import sighting
from streams.state import State
from testkit.builders import an_entry
from testkit.counting import with_counting
from testkit.example_topic import EXAMPLES
from tilde.catalog import follower
from tilde.domain.catalog.dated import Dated
from tilde.domain.catalog.entries import Action, Decision, Entry, Fact
from tilde.domain.catalog.state import Catalog
from tilde.domain.stats.metrics import Kind
from tilde.schemas.codec import oldest_encoder
from tilde.schemas.records import TYPES, entry_record
from tilde.schemas.registry import Schema, latest, schemas
from tilde.schemas.topics import CATALOG, COMMANDS, METRICS

LABELLED = 2
"""The product of the rows: that of posts is another one."""
_IDS = {CATALOG.subject: 9002, COMMANDS.subject: 9003}


@dataclass(slots=True)
class LabelledCatalog(Catalog):
    """As a release with the noun would have it: one field more."""

    labels: dict[str, Dated[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetLabel(Action):
    note: str
    label: str

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        return Decision((LabelSet(self.note, self.label),), {})


@dataclass(frozen=True, slots=True)
class LabelSet(Fact):
    note: str
    label: str

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        assert isinstance(catalog, LabelledCatalog)
        catalog.labels.setdefault(self.note, Dated()).set(entry.sequence, self.label)


@contextmanager
def known() -> Iterator[None]:
    """Inside, this process knows the noun, its command and its fact as if a release had them."""
    plain = Catalog
    TYPES.update({"tilde.SetLabel": SetLabel, "tilde.LabelSet": LabelSet})
    for subject, branch in ((CATALOG.subject, "LabelSet"), (COMMANDS.subject, "SetLabel")):
        schemas()[_IDS[subject]] = _with_branch(latest(subject), _IDS[subject], branch)
    follower.Catalog = LabelledCatalog  # type: ignore[attr-defined]
    latest.cache_clear()
    try:
        yield
    finally:
        follower.Catalog = plain  # type: ignore[attr-defined]
        for id_ in _IDS.values():
            del schemas()[id_]
        del TYPES["tilde.SetLabel"], TYPES["tilde.LabelSet"]
        latest.cache_clear()


def _with_branch(newest: Schema, id_: int, name: str) -> Schema:
    """The next version of a subject, whose union of actions or facts has one branch more."""
    record = json.loads(newest.text)
    texts = [{"name": "note", "type": "string"}, {"name": "label", "type": "string"}]
    _union_of(record).append({"type": "record", "name": name, "fields": texts})
    parsed = parse_schema(record, named_schemas={})
    return Schema(id_, newest.subject, newest.version + 1, json.dumps(record), parsed)


def _union_of(record: Any) -> list[Any]:
    fields = {each["name"]: each["type"] for each in record["fields"]}
    if "facts" in fields:
        return fields["facts"]["items"]  # type: ignore[no-any-return]
    (action,) = (each["type"] for each in fields["events"]["items"]["fields"] if each["name"] == "action")
    return action  # type: ignore[no-any-return]


def a_label_message(sequence: int, note: str, label: str) -> bytes:
    """The entry of `catalog` in which a label was set; the process knows the noun."""
    return oldest_encoder(CATALOG.subject)(entry_record(an_entry(sequence, LabelSet(note, label))))


class LabellingProcessor(PlainProcessor):
    """Writes a row of `metrics` for each example: its name is the label of the example's note as of its batch."""

    name = "labelling"
    source = EXAMPLES
    outputs = (METRICS,)

    def __init__(self, as_of: AsOf) -> None:
        self.as_of: AsOf = as_of

    def fold(self, message: Message, outputs: Outputs, state: State) -> None:
        for event in message.content["events"]:
            label = self.label_of(event["note"], message.sequence) or ""
            row = sighting(LABELLED, event["id"], Kind.COUNTER, label, message.partition, event["id"], event["pair"])
            outputs[METRICS.name].append(row)

    def label_of(self, note: str, sequence: int) -> str | None:
        """None where nobody had set one by then."""
        label = self._labels.get(note)
        return None if label is None else label.at(sequence)

    @property
    def _labels(self) -> dict[str, Dated[str]]:
        catalog = self.as_of.catalog
        assert isinstance(catalog, LabelledCatalog)
        return catalog.labels


def with_labelling(as_of: AsOf = NO_CATALOG) -> list[Processor]:
    """The processors of a release, the one that counts, and this one."""
    return [*with_counting(as_of), LabellingProcessor(as_of)]


class NewestLabels(LabellingProcessor):
    """The negative control: it looks up what holds now, and a replay gives other rows."""

    def label_of(self, note: str, sequence: int) -> str | None:
        label = self._labels.get(note)
        return None if label is None else label.newest
