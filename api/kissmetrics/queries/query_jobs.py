"""Jobs of some kinds, as a token reaches them: queries, and exports."""

from collections.abc import Collection

from api.jobs.job import Job, JobState
from api.jobs.jobs import Jobs, TooManyJobsError
from api.kissmetrics.wire.callers import NOT_FOUND, Caller, Uuid
from api.web.peers import UnknownQueryError
from api.web.refused import RefusedError


class QueryJobs:
    """Begins, finds and ends jobs of these kinds, each for a token that reaches its account."""

    def __init__(self, jobs: Jobs, kinds: Collection[str]) -> None:
        self._jobs = jobs
        self._kinds = kinds

    async def begin(self, account: int, product: int, kind: str, asked: str) -> Job:
        """One that will run. Raises RefusedError, StoreError."""
        try:
            return await self._jobs.begin(account, product, kind, asked)
        except TooManyJobsError as refused:
            raise RefusedError(429, str(refused)) from None

    async def find(self, caller: Caller, id_: Uuid) -> Job:
        """One of an account that the token reaches. Raises UnknownQueryError, StoreError."""
        job = await self._jobs.find(id_)
        own = {account.id for account in caller.accounts}
        if job is None or job.account not in own or job.kind not in self._kinds:
            raise UnknownQueryError(NOT_FOUND)
        return job

    async def done(self, caller: Caller, id_: Uuid) -> Job:
        """One whose answer is there. Raises RefusedError, StoreError."""
        job = await self.find(caller, id_)
        if job.state is JobState.FAILED:
            raise RefusedError(400, job.why_not or "it failed")
        if job.state is not JobState.DONE:
            raise RefusedError(404, f"the query has no results: it is {job.state}")
        return job

    def is_running(self, job: Job) -> bool:
        """Whether it is being answered now."""
        return self._jobs.runs(job.id)

    async def answer(self, job: Job) -> bytes:
        """That of one that is done. Raises StoreError."""
        return await self._jobs.answer(job.id)

    async def cancel(self, job: Job) -> None:
        """Ends it; what it has found goes. Raises StoreError."""
        await self._jobs.cancel(job.id)
