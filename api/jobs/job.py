"""A job: a question that takes longer than a request may, and its answer, which is kept for a day."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

KEPT_MS = 86_400_000


class JobState(StrEnum):
    """How far one is. The values are durable."""

    WAITING = "waiting"  # also while it runs: what a restart ends begins again
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Job:
    """`id` is a UUID, `kind` says who answers it, `asked` is what that one reads, JSON. `error` says why it failed.
    `since` is the last entry of the catalog that was known when it began: erasures behind it take it away, too.
    """

    id: str
    account: int
    product: int
    kind: str
    asked: str
    began_ms: int
    state: JobState = JobState.WAITING
    error: str | None = None
    since: int = 0

    @property
    def why_not(self) -> str | None:
        """Why there is no answer, and will be none."""
        return "cancelled" if self.state is JobState.CANCELLED else self.error

    @property
    def ends_ms(self) -> int:
        """When nobody finds it any more."""
        return self.began_ms + KEPT_MS


class WaitingJob(NamedTuple):
    """One that waits for a place, without what it asks."""

    id: str
    account: int
    kind: str
