"""Makes durable what has to be so before the events of some topics are: a new keyholder's key, before the first event
that names him.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tilde.eventlog import Append, LogError


class Work(NamedTuple):
    """A step before each commit that has events of `topics`, by their names. `do` takes it; where it raises LogError
    that group is not committed, and `give_up` is told why.
    """

    do: Callable[[], None]
    give_up: Callable[[LogError], None]
    topics: frozenset[str]


class NotPrecededError(LogError):
    """What has to be durable before a group is not."""

    def __init__(self, work: Work, cause: LogError) -> None:
        super().__init__(str(cause))
        self.work = work


def preceded(
    works: Sequence[Work],
    append: Callable[[Sequence[Append], int], object],
    batches: Sequence[Append],
    last_event_id: int,
) -> None:
    """Does the works, then appends. Raises NotPrecededError, and as `append`."""
    for work in works:
        try:
            work.do()
        except LogError as error:
            raise NotPrecededError(work, error) from error
    append(batches, last_event_id)
