"""What queries have found: answered by their type of query, and told by it page by page."""

from functools import partial

from api.jobs.job import Job
from api.kissmetrics.kinds.kind import Kind, Kinds, Results
from api.kissmetrics.queries.put import put_of
from api.kissmetrics.queries.query_jobs import QueryJobs
from api.kissmetrics.queries.sorting import Sort, Telling, sorted_page
from api.reads.settling import Settling
from tilde.schemas.topics import ACTIVITY


class Answers:
    """Reads what done jobs have found, page by page."""

    def __init__(self, kinds: Kinds, jobs: QueryJobs) -> None:
        self._kinds = kinds
        self._jobs = jobs

    async def page(self, job: Job, offset: int, limit: int, sort: Sort | None = None) -> Results:
        """In the order that is said, now or when the query was put. Raises RefusedError, StoreError, LogError."""
        put = put_of(job.asked)
        told = self.telling(job.kind, job.product, put.asked, await self._jobs.answer(job))
        sort = sort or put.sort
        return await told(offset, limit) if sort is None else await sorted_page(told, sort, offset, limit)

    def telling(self, kind: str, product: int, asked: str, answer: bytes) -> Telling:
        """Tells rows of an answer as its type of query does."""
        return partial(self._kinds[kind].page, product, asked, answer)


async def answered(kind: Kind, settling: Settling, job: Job) -> bytes:
    """Its answer, for Jobs: of all that was acknowledged before it began; it waits for that as long as a job may.
    Raises QuestionError, StoreError, QueryLimitError, LogError.
    """
    while not await settling.settle([ACTIVITY]):
        pass
    return await kind.answer(job.product, put_of(job.asked).asked)
