"""Puts queries: what a client asks is read, by the words and the clock of its product, and becomes a job."""

from collections.abc import Mapping
from typing import Any

import orjson

from api.jobs.job import Job
from api.kissmetrics.kinds.kind import Kind, Kinds
from api.kissmetrics.queries.put import Put
from api.kissmetrics.queries.query_jobs import QueryJobs
from api.kissmetrics.queries.sorting import Sort
from api.kissmetrics.questions.fields import FilterError, fields_beside
from api.kissmetrics.questions.filters import FilterTerms, Reader
from api.kissmetrics.questions.product_times import ProductTimes
from api.kissmetrics.wire.callers import ApiCallers
from api.parts import Parts
from api.reads.people.people import People
from api.web.refused import RefusedError
from tilde.domain.catalog.definition_records import SavedReport
from tilde.domain.catalog.state import Product
from tilde.domain.people.question import QuestionError

RunDates = Mapping[str, Any]
"""`start_date` and `end_date`, or `date_range`, as they were sent."""
ALL_DATES: RunDates = {}


def beside_in(said: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """What a body says around its question, which has these keys and no others. Raises RefusedError."""
    try:
        return fields_beside(said, *keys)
    except FilterError as wrong:
        raise RefusedError(400, str(wrong)) from None


class Putting:
    """Reads what clients ask, and begins jobs. Calls raise RefusedError; those that put a query, StoreError, too."""

    def __init__(self, callers: ApiCallers, kinds: Kinds, jobs: QueryJobs, parts: Parts, people: People) -> None:
        self._callers = callers
        self._kinds = kinds
        self._jobs = jobs
        self._keyring = parts.keyring
        self._clock = parts.clock
        self._week_begins = parts.week_begins
        self._people = people

    def kind(self, said: object) -> Kind:
        """The type of query that has this name."""
        kind = self._kinds.named(said)
        if kind is None:
            raise RefusedError(400, f"query_type is {self._one_of_all()}")
        return kind

    async def begin(
        self, product: Product, kind: Kind, said: Any, dates: RunDates = ALL_DATES, sort: Sort | None = None
    ) -> Job:
        """A query will run; `dates` are those of conditions that say none, and `sort` counts where who reads says no
        other.
        """
        reader = await self._reader(product.id)
        try:
            asked = kind.read(said, reader, reader.run(dates))
        except (FilterError, QuestionError) as wrong:
            raise RefusedError(400, str(wrong)) from None
        return await self._jobs.begin(product.account, product.id, kind.name, Put(asked, sort).json())

    async def begin_report(
        self, report: SavedReport, dates: RunDates, as_type: object = None, sort: Sort | None = None
    ) -> Job:
        """The query of a report will run, as one of another type where that is said."""
        if as_type is not None:
            kind: Kind | None = self.kind(as_type)
        else:
            kind = self._kinds.named(report.report_type)
        if kind is None:
            raise RefusedError(400, f"a report of type {report.report_type} cannot be run: {self._one_of_all()}")
        product = self._callers.catalog.products[report.product]
        return await self.begin(product, kind, orjson.loads(self._keyring.open(report.body)), dates, sort)

    async def fault_of(self, product: int, report_type: str, question: Any) -> str | None:
        """Why a report of a product could not be run now; None where it could be, or where no query is of its type: a
        report may be for others to read.
        """
        kind, reader = self._kinds.named(report_type), await self._reader(product)
        if kind is None:
            return None
        try:
            kind.read(question, reader, reader.run(ALL_DATES))
        except (FilterError, QuestionError) as wrong:
            return str(wrong)
        return None

    async def _reader(self, product: int) -> Reader:
        events, properties = await self._people.event_names(product), await self._people.property_names(product)
        times = ProductTimes(self._callers.clock_of(product), self._clock.now_ms() // 1000, self._week_begins)
        return Reader(FilterTerms(events, properties, times.days, times.instant))

    def _one_of_all(self) -> str:
        return f"one of {', '.join(self._kinds.names)}"
