"""Decides whose job runs next. An account has one place at a time, and accounts take turns: so one that has put a
thousand slow jobs leaves the other place to everybody else.

turns = AccountTurns()
job = turns.next(waiting, running)      None where nobody waits who may have a place
"""

from collections.abc import Iterable

from api.jobs.job import WaitingJob


class AccountTurns:
    """The turns of one queue. A restart forgets who came last: then the oldest job begins, and accounts take turns from
    there.
    """

    def __init__(self) -> None:
        self._came: dict[int, int] = {}
        self._turn = 0

    def next(self, waiting: Iterable[WaitingJob], running: Iterable[WaitingJob]) -> WaitingJob | None:
        """Of the accounts that have none running, that of the one that came longest ago; its oldest, which comes first
        in `waiting`.
        """
        have = {job.account for job in running}
        free = [job for job in waiting if job.account not in have]
        job = min(free, key=lambda job: self._came.get(job.account, 0), default=None)
        if job is not None:
            self._turn += 1
            self._came[job.account] = self._turn
        return job
