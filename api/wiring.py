"""The query API as a web application, over parts that are open already; and the list of its dialects. What it answers
later, the jobs, is opened here.
"""

from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from starlette.types import Receive, Scope, Send

from api.jobs.erasing import ErasingJobs
from api.jobs.job_file import JobFile
from api.jobs.jobs import Jobs
from api.kissmetrics import dialect as kissmetrics
from api.parts import Parts, Reads
from api.reads.fresh_store import FreshStore, one_request
from api.reads.people.erased import ErasedPeople
from api.reads.people.identified import Identified
from api.reads.people.opened import Opened
from api.reads.people.people import People
from api.reads.people.vocabulary import VocabularyReads
from api.reads.settling import Settling
from api.reads.stats.samples import Samples
from api.reads.stats.series import Series
from api.reads.stats.stats import Stats
from api.reads.tables import Tables
from api.reads.traffic import Traffic
from api.registry import dialect as registry
from api.stathat import dialect as stathat
from api.statsmix import dialect as statsmix
from api.tilde_v1 import dialect as tilde_v1
from api.web import measures, readiness
from api.web.callers import Callers
from api.web.exported_lines import ExportedLines
from api.web.measures import Measured, Measures
from api.web.peers import AskingPeers
from api.web.replies import exception_handlers
from api.web.saved_reports import SavedReportQuestions
from tilde.catalog.follower import CatalogFollower
from tilde.keys.keyring import Keyring
from tilde.runtime.clock import Clock
from tilde.runtime.tasks import begun, cancel
from tilde.web.bodies import bounded
from tilde.web.plain_app import PlainApp

REQUEST_BYTES_MAX = 1 << 20  # as much as an edge passes on
DIALECTS = (stathat, statsmix, kissmetrics, tilde_v1, registry)


class QueryApp(PlainApp):
    """The web application, and a bound on what it is sent. A request reads what was acknowledged before it came,
    as far as FreshStore says.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            receive = bounded(scope, receive, REQUEST_BYTES_MAX)
        with one_request():
            await super().__call__(scope, receive, send)


def build_app(parts: Parts) -> QueryApp:
    """The application. It reads the generation that the catalog says is active, at every request anew."""
    app = QueryApp(title="Tilde query API", docs_url=None, redoc_url=None)
    for error, handler in exception_handlers().items():
        app.add_exception_handler(error, handler)
    parts = replace(parts, store=FreshStore(parts.store, parts.progress))
    tables = Tables(parts.store, generation := lambda: parts.follower.catalog.generation)
    stats = Stats(tables, parts.follower)
    settling = Settling(parts.log, parts.progress, generation)
    people = People(tables, erased := ErasedPeople(parts.follower))
    opened = Opened(parts.keyring.keyed_hash, parts.opener)
    callers = Callers(parts.follower, parts.keyring, parts.operator_token)
    reads = Reads(
        callers=callers,
        tables=tables,
        stats=stats,
        series=Series(tables),
        samples=Samples(stats, settling),
        traffic=Traffic(tables),
        people=people,
        erased=erased,
        identified=Identified(people, opened, parts.follower),
        opened=opened,
        events=VocabularyReads.of_events(tables),
        properties=VocabularyReads.of_properties(tables),
        settling=settling,
        saved_reports=SavedReportQuestions(),
        lines=ExportedLines(),
    )
    counted = Measures()
    for dialect in DIALECTS:
        dialect.add(app, parts, reads)
    app.include_router(measures.router(counted, parts.log, parts.progress, stats, parts.clock))
    app.include_router(readiness.router(parts.store, parts.progress, parts.workers))
    app.add_middleware(AskingPeers, peers=parts.peers)
    app.add_middleware(Measured, measures=counted, clock=parts.clock)
    return app


def jobs_in(path: Path, *, keyring: Keyring, follower: CatalogFollower, clock: Clock) -> Jobs:
    """The jobs of a file. Nothing is open yet, and none goes away by itself."""
    return Jobs(JobFile(path, keyring), clock, lambda: follower.catalog.sequence)


def open_jobs(path: Path, stack: AsyncExitStack, *, keyring: Keyring, follower: CatalogFollower, clock: Clock) -> Jobs:
    """The same, of which those go that name somebody who is erased, as `follower` reads of him; `stack` ends both."""
    jobs = jobs_in(path, keyring=keyring, follower=follower, clock=clock)
    stack.push_async_callback(jobs.close)
    erasing = begun(ErasingJobs(jobs, follower, keyring).run(), "jobs that name somebody erased cannot be taken away")
    stack.push_async_callback(cancel, erasing)
    return jobs
