"""What has to be durable before the events of some topics are, as the keys of keyholders before what names them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tilde.eventlog import Append, LogError


class Work(NamedTuple):
    """What is done before a commit, and what is to be done where it fails. Events of `topics`, by name, need it."""

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
