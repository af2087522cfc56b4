"""Activity of people to rows: each event that somebody did, and each property that was set. What is sealed stays
sealed.
"""

from base64 import b64encode

from streams.contract import Message, Outputs
from streams.processors.rows import bury
from streams.state import State
from tilde.domain.people.activity import fault_of
from tilde.schemas.activity import other_of
from tilde.schemas.hot import text
from tilde.schemas.people_rows import RowNames, occurrence_row, sealed_of, stood_of, value_row
from tilde.schemas.topics import ACTIVITY, DEAD_LETTERS, OCCURRENCES, PROPERTY_VALUES


class ActivityProcessor:
    """Writes an `occurrences` row for each event, and a `property_values` row for each property. It opens nothing, so
    a replay after an erasure gives the same rows; whose an identity is stands in `people`.
    """

    name = "activity"
    source = ACTIVITY
    outputs = (OCCURRENCES, PROPERTY_VALUES, DEAD_LETTERS)
    remembers = False
    as_of = None

    def __init__(self) -> None:
        self._names = RowNames()

    def forget(self) -> None:
        self._names.clear()

    def fold(self, message: Message, outputs: Outputs, state: State) -> None:
        occurrences, values, names = outputs[OCCURRENCES.name], outputs[PROPERTY_VALUES.name], self._names
        for nth, event in enumerate(message.content["events"]):
            fault = fault_of(event, other_of(event))
            if fault is not None:
                bury(message, nth, self, fault, outputs)
                continue
            product, name, properties = event["product"], event["name"], event["properties"]
            stood = stood_of(event, message.version(nth))
            if name is not None:
                occurrences.append(occurrence_row(names[product, name], stood))
            if properties:
                said, key = event["said"], event["key"]
                plain, sealed = sealed_of(key, ""), sealed_of(key, b64encode(said or b"").decode())
                done = text(name or "")
                values += [
                    value_row(
                        names[product, each["name"]], stood, done, each, plain if each["text"] is None else sealed
                    )
                    for each in properties
                ]
