"""A processor whose changes depend on each other: a name counts where nothing says that it was seen. It proves that
state is durable all or nothing; no release has it.
"""

from streams.contract import Message, Outputs, PlainProcessor
from streams.state import State
from tilde.schemas.cut_stats import posted_of
from tilde.schemas.topics import DEAD_LETTERS, STATS

UNIQUES = "uniques"


class UniquesProcessor(PlainProcessor):
    """Keeps `seen|<name>` of each name, and how many there are."""

    name = "uniques"
    source = STATS
    outputs = (DEAD_LETTERS,)
    remembers = True

    def fold(self, message: Message, outputs: Outputs, state: State) -> None:
        for event in message.content["events"]:
            seen = f"seen|{posted_of(event).name}"
            if state.get(seen) is None:
                state.put(seen, message.offset, True)
                state.change(UNIQUES, message.offset, lambda kept: (kept or 0) + 1)
