"""A job: a question that takes longer than a request may, and its answer, which is kept for a day."""

from dataclasses import dataclass
from enum import StrEnum

KEPT_MS = 86_400_000


class JobState(StrEnum):
    """How far one is. The values are durable."""

    WAITING = "waiting"  # also while it runs: what a restart ends begins again
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Job:
    """`id` is a UUID, `kind` says who answers it, `asked` is what that one reads. `error` says why it failed."""

    id: str
    account: int
    product: int
    kind: str
    asked: str
    began_ms: int
    state: JobState = JobState.WAITING
    error: str | None = None

    @property
    def why_not(self) -> str | None:
        """Why there is no answer, and will be none."""
        return "cancelled" if self.state is JobState.CANCELLED else self.error

    @property
    def ends_ms(self) -> int:
        """When nobody finds it any more."""
        return self.began_ms + KEPT_MS
