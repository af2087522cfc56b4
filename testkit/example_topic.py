"""A second raw topic, that no release has: it shows that the edge's log, the forwarder, drivers and positions take one
more. Its events come in pairs with those of `stats`, so a reader sees whether both became durable together.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile

from fastavro import parse_schema

from streams.contract import Message, Outputs, PlainProcessor
from streams.state import State
from tilde.schemas.hot import long, text
from tilde.schemas.reading import decoded
from tilde.schemas.registry import Schema, latest, schemas
from tilde.schemas.topics import METRICS, STATS, TOPICS, Lifetime, Topic

EXAMPLES = Topic("examples", 4, "sealed_examples", Lifetime.FOR_EVER, is_raw=True)
_ID = 9001
_EVENT = {
    "type": "record",
    "name": "ExamplePosted",
    "fields": [{"name": "id", "type": "long"}, {"name": "pair", "type": "long"}, {"name": "note", "type": "string"}],
}


@contextmanager
def known() -> Iterator[None]:
    """Inside, this process knows the topic and its schema as if a release had them."""
    batch = json.loads(latest(STATS.subject).text)
    header = takewhile(lambda field: field["name"] != "events", batch["fields"])
    events = {"name": "events", "type": {"type": "array", "items": _EVENT}}
    record = {"type": "record", "name": "SealedExamples", "namespace": "tilde", "fields": [*header, events]}
    schemas()[_ID] = Schema(_ID, EXAMPLES.subject, 1, json.dumps(record), parse_schema(record, named_schemas={}))
    TOPICS[EXAMPLES.name] = EXAMPLES
    try:
        yield
    finally:
        del TOPICS[EXAMPLES.name], schemas()[_ID]
        latest.cache_clear()


def example_posted(event_id: int, pair: int, note: str) -> bytes:
    """The body of an event; `pair` is the id of the event of `stats` that was posted with it."""
    return long(event_id) + long(pair) + text(note)


class EchoProcessor(PlainProcessor):
    """Writes the id of every event of a raw topic (of an example its pair's) to an output topic, and nothing else."""

    outputs = (METRICS,)

    def __init__(self, source: Topic) -> None:
        self.name = f"echo_{source.name}"
        self.source = source

    def fold(self, message: Message, outputs: Outputs, state: State) -> None:
        events = map(decoded, message.content["events"])
        outputs[METRICS.name] += [str(event.get("pair", event["id"])).encode() for event in events]
