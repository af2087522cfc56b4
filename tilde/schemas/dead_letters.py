"""Encodes dead letters, each with the bytes that could not be processed, the reason, and the place where they stood;
and stops where too many come in a row.
"""

from collections import Counter
from typing import NamedTuple

from tilde.errors import TooMuchPoisonError
from tilde.schemas.codec import MESSAGE_BYTES_MAX, encoder
from tilde.schemas.topics import DEAD_LETTERS

POISON_RUN_MAX = 20  # TILDE_POISON_RUN_MAX; more bad messages in a row are no accident but a bad release: stop
WHOLE_MESSAGE = -1
SINK = "sink"  # who could not process it, where that was no processor but what fills the tables

_encode = encoder(DEAD_LETTERS.subject)


class Place(NamedTuple):
    """The place of what could not be processed: a message, or one event of the batch that the message is.

    `Place("stats", 3, 17)` is the message at offset 17 of partition 3; `Place("stats", 3, 17, 0)` is its first event.
    """

    topic: str
    partition: int
    offset: int
    event_index: int = WHOLE_MESSAGE


def dead_letter(place: Place, processor: str, reason: str, body: bytes) -> bytes:
    """The encoded letter. The same place gives the same row, so a letter may be written twice.

    A body is cut after MESSAGE_BYTES_MAX, since the letter has to fit into its topic. No writer of ours makes a longer
    one, and the whole of it still stands at `place`.
    """
    return _encode(
        {
            "source_topic": place.topic,
            "source_partition": place.partition,
            "source_offset": place.offset,
            "event_index": place.event_index,
            "version": place.offset,
            "is_deleted": 0,
            "processor": processor,
            "reason": reason,
            "body": body[:MESSAGE_BYTES_MAX],
        }
    )


def require_run(run: int, run_max: int, place: Place, reason: str) -> None:
    """Raises TooMuchPoisonError where `run`, the number of bad messages in a row, is above `run_max`. `place` is where
    the last one stood.
    """
    if run > run_max:
        raise TooMuchPoisonError(
            f"{place.topic}/{place.partition}: {run} messages in a row are poison, the last at offset {place.offset}:"
            f" {reason}"
        )


class PoisonRun:
    """Counts how many bad messages have come in a row, in each partition. `is_on`: whether any has, in any."""

    def __init__(self) -> None:
        self._runs: Counter[int] = Counter()
        self.is_on = False

    def bad(self, place: Place, reason: str) -> None:
        """Counts one bad message. Raises TooMuchPoisonError where it is the one after POISON_RUN_MAX in a row."""
        self._runs[place.partition] += 1
        self.is_on = True
        require_run(self._runs[place.partition], POISON_RUN_MAX, place, reason)

    def good(self, partition: int) -> None:
        """A message of this partition was decoded: its run ends. Nobody has to tell while there is none."""
        self._runs.pop(partition, None)
        self.is_on = bool(self._runs)
