"""Whose job runs next: accounts take turns, so that one that has put many does not hold up the others.

turns = AccountTurns()
job = turns.next(waiting, running)      None where nobody waits
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from api.jobs.job import Job


class AccountTurns:
    """Of some places. A restart forgets who came last: then the oldest job begins, and all have their turns again."""

    def __init__(self) -> None:
        self._came: dict[int, int] = {}
        self._turn = 0

    def next(self, waiting: Sequence[Job], running: Iterable[Job]) -> Job | None:
        """Of the account that has the fewest running, of such the one that came longest ago; its oldest, which comes
        first in `waiting`.
        """
        has = Counter(job.account for job in running)
        job = min(waiting, key=lambda job: (has[job.account], self._came.get(job.account, 0)), default=None)
        if job is not None:
            self._turn += 1
            self._came[job.account] = self._turn
        return job
