"""Who runs a query, of which product, and what has become of it: what all Query APIs have in common."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson
from fastapi import Request

from api.jobs.job import Job, JobState
from api.jobs.jobs import Jobs, TooManyJobsError
from api.kissmetrics.kinds.kind import Kind, Kinds, Results
from api.kissmetrics.queries.put import Put, put_of
from api.kissmetrics.queries.sorting import Sort, sorted_page
from api.kissmetrics.questions.fields import FilterError
from api.kissmetrics.questions.filters import Known, Reader
from api.kissmetrics.wire.desk import LIMIT_OF_QUERIES, NOT_FOUND, Asked, Desk, Uuid
from api.reads.people import People
from api.reads.settling import Settling
from api.web.peers import UnknownQueryError
from api.web.refused import RefusedError
from tilde.domain.catalog.definition_records import SavedReport
from tilde.domain.catalog.state import Product
from tilde.domain.catalog.token_records import Scope
from tilde.domain.people.question import QuestionError, Span
from tilde.domain.sites.clock import SiteClock
from tilde.domain.sites.dates import Dates
from tilde.keys.keyring import Keyring
from tilde.runtime.clock import Clock
from tilde.schemas.topics import ACTIVITY

RunDates = Mapping[str, Any]
"""`start_date` and `end_date`, or `date_range`, as they were sent."""
ALL_DATES: RunDates = {}


class QueryDesk:
    """Takes queries in, and answers for them."""

    def __init__(
        self,
        desk: Desk,
        keyring: Keyring,
        people: People,
        kinds: Kinds,
        jobs: Jobs,
        clock: Clock,
        week_begins: int,
    ) -> None:
        self._desk = desk
        self._keyring = keyring
        self._people = people
        self._kinds = kinds
        self._jobs = jobs
        self._clock = clock
        self._week_begins = week_begins

    async def asked(self, request: Request, *, of_json: bool = True) -> Asked:
        """As Desk.asked, by a token that may learn who did what."""
        return await self._desk.asked(request, Scope.QUERY, limit=LIMIT_OF_QUERIES, of_json=of_json)

    def product(self, asked: Asked, said: object) -> Product:
        """One that the token reaches, by its UUID or its number. Raises RefusedError."""
        text = str(said).strip().lower()
        products = self._desk.products(asked)
        if text.isdecimal():
            found = next((one for one in products if str(one.id) == text), None)
            if found is None:
                raise RefusedError(404, NOT_FOUND)
            return found
        return self._desk.product(asked, text)

    async def begin_report(self, asked: Asked, uuid: Uuid, dates: RunDates, of: str | None = None) -> Job:
        """A query that was kept will run, for some dates; one of a product, where one is said. Raises
        RefusedError, StoreError.
        """
        products = self._desk.products(asked) if of is None else [self.product(asked, of)]
        report = next((one for one in self._desk.reports_of(products) if one.uuid == uuid), None)
        return await self.begin_saved(report, dates)

    async def begin_saved(
        self, report: SavedReport | None, dates: RunDates, as_type: str | None = None, sort: Sort | None = None
    ) -> Job:
        """The query of a report, as one of another type where that is said. Raises RefusedError, StoreError."""
        if report is None:
            raise RefusedError(404, "Invalid report_guid provided: report not found.")
        kind = self._kinds.named(as_type or report.report_type)
        if kind is None:
            raise RefusedError(400, f"a report of type {report.report_type} cannot be run: {_one_of(self._kinds)}")
        product = self._desk.catalog.products[report.product]
        return await self.begin(product, kind, orjson.loads(self._keyring.open(report.body)), dates, sort)

    def report(self, asked: Asked, said: object) -> SavedReport | None:
        """One of a product that the token reaches, by its UUID or its number; None where there is none."""
        text = str(said).strip().lower()
        reports = self._desk.reports_of(self._desk.products(asked))
        return next((one for one in reports if text in {one.uuid, str(one.created)}), None)

    def kind(self, said: object) -> Kind:
        """The one of this name. Raises RefusedError."""
        kind = self._kinds.named(said)
        if kind is None:
            raise RefusedError(400, f"query_type is {_one_of(self._kinds)}")
        return kind

    async def begin(
        self, product: Product, kind: Kind, said: Any, dates: RunDates = ALL_DATES, sort: Sort | None = None
    ) -> Job:
        """A query will run; `dates` are those of conditions that say none, and `sort` counts where who reads says no
        other. Raises RefusedError, StoreError.
        """
        events, properties = await self._people.event_names(product.id), await self._people.property_names(product.id)
        times = _Times(self.clock_of(product.id), self._clock.now_ms() // 1000, self._week_begins)
        reader = Reader(Known(events, properties, times.days, times.instant))
        try:
            asked = kind.read(said, reader, reader.run(dates))
        except (FilterError, QuestionError) as wrong:
            raise RefusedError(400, str(wrong)) from None
        return await self.begun(product.account, product.id, kind.name, Put(asked, sort).json())

    async def begun(self, account: int, product: int, kind: str, asked: str) -> Job:
        """A job that will run. Raises RefusedError, StoreError."""
        try:
            return await self._jobs.begin(account, product, kind, asked)
        except TooManyJobsError as refused:
            raise RefusedError(429, str(refused)) from None

    async def job(self, asked: Asked, id_: Uuid) -> Job:
        """One of an account that the token reaches. Raises UnknownQueryError, StoreError."""
        job = await self._jobs.find(id_)
        own = {account.id for account in asked.accounts}
        if job is None or job.account not in own or self._kinds.named(job.kind) is None:
            raise UnknownQueryError(NOT_FOUND)
        return job

    async def done(self, asked: Asked, id_: Uuid) -> Job:
        """One whose answer is there. Raises RefusedError, StoreError."""
        job = await self.job(asked, id_)
        if job.state is JobState.FAILED:
            raise RefusedError(400, job.why_not or "it failed")
        if job.state is not JobState.DONE:
            raise RefusedError(404, f"the query has no results: it is {job.state}")
        return job

    async def cancel(self, job: Job) -> None:
        """Ends it. Raises StoreError."""
        await self._jobs.cancel(job.id)

    async def results(self, job: Job, offset: int, limit: int, sort: Sort | None = None) -> Results:
        """A page of what a job has found that is done, in the order that is said, now or when it was put. Raises
        RefusedError, StoreError, LogError.
        """
        put = put_of(job.asked)
        told = partial(self.kind(job.kind).told, job.product, put.asked, await self._jobs.answer(job.id))
        sort = sort or put.sort
        return await told(offset, limit) if sort is None else await sorted_page(told, sort, offset, limit)

    def data(self, job: Job, found: Results) -> dict[str, Any]:
        """A page as the third API tells it."""
        return self.kind(job.kind).data(found)

    def clock_of(self, product: int) -> SiteClock:
        """A product's, as it is set now."""
        return self._desk.clock_of(product)


class _Times:
    """What a product's clock shows."""

    def __init__(self, clock: SiteClock, now_s: int, week_begins: int) -> None:
        self._clock = clock
        self._now_s = now_s
        self._week_begins = week_begins

    def days(self, name: str) -> Span | None:
        """Days by their name, as of now; None where there is none of it."""
        days = Dates(self._clock.day_at(self._now_s), self._week_begins).read(name)
        return None if days is None else Span(*self._clock.span(days.first, days.last))

    def instant(self, shown: datetime) -> int:
        """When it shows this; of a time that it shows twice one of the two."""
        as_utc = int(shown.replace(tzinfo=UTC).timestamp())
        return as_utc - self._clock.offset_at(as_utc - self._clock.offset_at(as_utc))


async def body_object(request: Request) -> dict[str, Any]:
    """The object that a request's body is, in JSON. Raises RefusedError."""
    try:
        said = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise RefusedError(400, "the body is no JSON") from None
    return object_in(said)


def object_in(said: Any) -> dict[str, Any]:
    """Raises RefusedError for any other JSON."""
    if not isinstance(said, dict):
        raise RefusedError(400, "the body is an object")
    return said


async def answered(kind: Kind, settling: Settling, job: Job) -> bytes:
    """Its answer, for Jobs: of all that was acknowledged before it began; it waits for that as long as a job may.
    Raises QuestionError, StoreError, QueryLimitError, LogError.
    """
    while not await settling.settle([ACTIVITY]):
        pass
    return await kind.answer(job.product, put_of(job.asked).asked)


def _one_of(kinds: Kinds) -> str:
    return f"one of {', '.join(kinds.names)}"
