"""Activity of people to rows: each event that somebody did, and each property that was set. What is sealed stays
sealed.
"""

from streams.contract import Message, Outputs, PlainProcessor
from streams.processors.rows import bury
from streams.state import State
from tilde.schemas.people_rows import occurrence_row, stood_of, value_rows
from tilde.schemas.topics import ACTIVITY, DEAD_LETTERS, OCCURRENCES, PROPERTY_VALUES


class ActivityProcessor(PlainProcessor):
    """Writes an `occurrences` row for each event, and a `property_values` row for each property. It opens nothing, so
    a replay after an erasure gives the same rows; whose an identity is stands in `people`.
    """

    name = "activity"
    source = ACTIVITY
    outputs = (OCCURRENCES, PROPERTY_VALUES, DEAD_LETTERS)

    def fold(self, message: Message, outputs: Outputs, state: State) -> None:
        occurrences, values = outputs[OCCURRENCES.name], outputs[PROPERTY_VALUES.name]
        for nth, event in enumerate(message.content["events"]):
            if event.fault is not None:
                bury(message, nth, self, event.fault, outputs)
                continue
            stood = stood_of(event, message.version(nth))
            if event.name:
                occurrences.append(occurrence_row(event, stood))
            if event.properties:
                values += value_rows(event, stood)
