"""Dead letters: what could not be processed, with its bytes, the reason and where it stood. And when there are too
many of them.
"""

from collections import defaultdict
from typing import NamedTuple

from tilde.errors import TooMuchPoisonError
from tilde.schemas.codec import MESSAGE_BYTES_MAX, encoder
from tilde.schemas.topics import DEAD_LETTERS

POISON_RUN_MAX = 20  # TILDE_POISON_RUN_MAX; more bad messages in a row are no accident but a bad release: stop
WHOLE_MESSAGE = -1

_encode = encoder(DEAD_LETTERS.subject)


class Place(NamedTuple):
    """Where something stood: a message, or the event at `event_index` of the batch that it is."""

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
    """Counts the bad messages in a row of each partition."""

    def __init__(self) -> None:
        self._runs: defaultdict[int, int] = defaultdict(int)

    def bad(self, place: Place, reason: str) -> None:
        """Counts one bad message. Raises TooMuchPoisonError where it is the one after POISON_RUN_MAX in a row."""
        self._runs[place.partition] += 1
        require_run(self._runs[place.partition], POISON_RUN_MAX, place, reason)

    def good(self, partition: int) -> None:
        """A message of this partition was decoded: its run ends."""
        self._runs[partition] = 0

    def all_good(self) -> None:
        """Messages of all partitions were decoded: every run ends."""
        self._runs.clear()
