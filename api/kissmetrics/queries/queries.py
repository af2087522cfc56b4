"""What the routes of all Query APIs work with."""

from dataclasses import dataclass

from api.kissmetrics.queries.answers import Answers
from api.kissmetrics.queries.putting import Putting
from api.kissmetrics.queries.query_callers import QueryCallers
from api.kissmetrics.queries.query_jobs import QueryJobs


@dataclass(frozen=True, slots=True)
class Queries:
    """The four parts: `callers` says who asks about what, `putting` puts a query, `jobs` says what became of it, and
    `answers` what it has found.
    """

    callers: QueryCallers
    putting: Putting
    jobs: QueryJobs
    answers: Answers
