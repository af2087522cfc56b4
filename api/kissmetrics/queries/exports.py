"""Exports: all rows of an answer as one file of CSV.

No file is kept. An export keeps for a day what its query found, persons by their numbers, and tells of them whenever
the file is read, portion by portion: who was erased since is in no copy.
"""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from api.jobs.job import Job, JobState
from api.jobs.jobs import Jobs
from api.kissmetrics.kinds.kind import Results
from api.kissmetrics.queries.csv_rows import first_line, lines
from api.kissmetrics.queries.put import put_of
from api.kissmetrics.queries.queries import Queries
from api.kissmetrics.queries.query_jobs import QueryJobs
from api.kissmetrics.queries.sorting import Telling, first_portion, in_order, portions
from api.kissmetrics.wire.callers import Caller
from api.web.packed import packed_pieces
from api.web.refused import RefusedError

KIND = "export"
FILE_NAME_MAX = 255
GZIP_END = ".gz"
CSV = "csv"
_STATES = {JobState.DONE: "completed", JobState.FAILED: "error", JobState.CANCELLED: "cancelled"}


@dataclass(frozen=True, slots=True)
class Export:
    """What is exported: of which query, whose kind and question these are, and what the file is called. One whose name
    ends in `.gz` is packed.
    """

    query: str
    kind: str
    put: str
    name: str

    @classmethod
    def of(cls, job: Job) -> "Export":
        """As it stands in the file of jobs."""
        return cls(**json.loads(job.asked))

    @property
    def is_packed(self) -> bool:
        """Whether the file itself is packed."""
        return self.name.lower().endswith(GZIP_END)


class Exports:
    """Takes exports in, and tells of them. `jobs` are those that are exports."""

    def __init__(self, jobs: QueryJobs, queries: Queries) -> None:
        self.jobs = jobs
        self._queries = queries

    async def begin(self, caller: Caller, said: Mapping[str, Any]) -> Job:
        """An export of a query that is done, to be read for a day. Raises RefusedError, StoreError."""
        query = await self._queries.jobs.done(caller, str(said.get("query_id")).strip().lower())
        if said.get("export_type", CSV) != CSV:
            raise RefusedError(400, "export_type is csv: nothing is brought to a bucket")
        export = Export(query.id, query.kind, query.asked, _name(said.get("options")))
        return await self.jobs.begin(query.account, query.product, KIND, json.dumps(asdict(export)))

    def state(self, job: Job) -> str:
        """How far it is."""
        waits = "started" if self.jobs.is_running(job) else "unstarted"
        return _STATES.get(job.state, waits)

    async def pieces(self, job: Job) -> AsyncIterator[bytes]:
        """The file, packed where its name says so. Its first portion is there before the answer begins, which could not
        say later that there is none. In the order that its query was put with. Raises RefusedError, StoreError,
        QueryLimitError, LogError, KeysAwayError.
        """
        export, answer = Export.of(job), await self.jobs.answer(job)
        put = put_of(export.put)
        told = self._queries.answers.telling(export.kind, job.product, put.asked, answer)
        if put.sort is not None:
            told = await in_order(told, put.sort)
        pieces = _lines(told, await first_portion(told))
        return packed_pieces(pieces) if export.is_packed else pieces


async def exported(jobs: Jobs, job: Job) -> bytes:
    """What the query of an export found, for Jobs: it is kept as long as the export, whatever becomes of the query."""
    query = await jobs.find(Export.of(job).query)
    if query is None or query.state is not JobState.DONE:
        raise ValueError("the query is gone")
    return await jobs.answer(query.id)


async def _lines(told: Telling, found: Results) -> AsyncIterator[bytes]:
    """Of all portions, of which the first is there."""
    yield first_line(found.headings)
    async for portion in portions(told, found):
        yield lines(portion.rows)


def _name(options: Any) -> str:
    """What the file is to be called. Raises RefusedError."""
    if options is not None and not isinstance(options, dict):
        raise RefusedError(400, "options is an object")
    said = (options or {}).get("name")
    if said is not None and not isinstance(said, str):
        raise RefusedError(400, f"a name is {said!r}: it is a text")
    name = (said or "export.csv").strip()
    if len(name) > FILE_NAME_MAX:
        raise RefusedError(400, f"a name has at most {FILE_NAME_MAX} characters")
    return name
