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
    """The encoded letter; a repeat is the same row. Of a body that no writer of ours makes, as long as it is, the
    first MiB: all of it stands where it came from, and the letter has to fit into its topic.
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
    """Raises TooMuchPoisonError where so many bad messages in a row, the last one at `place`, are too many."""
    if run > run_max:
        raise TooMuchPoisonError(
            f"{place.topic}/{place.partition}: {run} messages in a row are poison, the last at offset {place.offset}:"
            f" {reason}"
        )


class PoisonRun:
    """Counts the bad messages in a row, partition by partition."""

    def __init__(self) -> None:
        self._runs: defaultdict[int, int] = defaultdict(int)

    def bad(self, place: Place, reason: str) -> None:
        """Takes one in. Raises TooMuchPoisonError where it is one too many."""
        self._runs[place.partition] += 1
        require_run(self._runs[place.partition], POISON_RUN_MAX, place, reason)

    def good(self, partition: int) -> None:
        """A message of this partition was fine."""
        self._runs[partition] = 0

    def all_good(self) -> None:
        """So were those of all partitions."""
        self._runs.clear()
