"""Kissmetrics' reads: its Core API, and its Query APIs."""

from functools import partial

from api.kissmetrics import export_lines
from api.kissmetrics.core import (
    account_routes,
    directory_routes,
    event_routes,
    metric_routes,
    product_routes,
    property_routes,
    report_routes,
)
from api.kissmetrics.kinds.all_kinds import all_kinds
from api.kissmetrics.kinds.kind import Kinds
from api.kissmetrics.queries import (
    metric_query_routes,
    v1_routes,
    v2_routes,
    v3_export_routes,
    v3_list_routes,
    v3_routes,
)
from api.kissmetrics.queries.answers import Answers, answered
from api.kissmetrics.queries.exports import KIND as EXPORT
from api.kissmetrics.queries.exports import Exports, exported
from api.kissmetrics.queries.putting import Putting
from api.kissmetrics.queries.queries import Queries
from api.kissmetrics.queries.query_callers import QueryCallers
from api.kissmetrics.queries.query_jobs import QueryJobs
from api.kissmetrics.wire.callers import ApiCallers
from api.parts import Parts, Reads
from api.reads.stats.metric_lookup import MetricLookup
from api.reads.stats.stat_list import StatList
from tilde.web.plain_app import PlainApp


def add(app: PlainApp, parts: Parts, reads: Reads) -> None:
    """Adds the routes, and says who reads the questions of saved reports, and who writes lines of an export."""
    callers = ApiCallers(reads.callers, parts.follower)
    lists = StatList(reads.stats, parts.clock)
    lookup = MetricLookup(parts.follower, parts.keyring, lists)
    kinds = all_kinds(parts, reads, lookup, callers.clock_of)
    app.include_router(directory_routes.router(callers))
    app.include_router(account_routes.router(callers, parts.keyring))
    app.include_router(product_routes.router(callers))
    app.include_router(report_routes.router(callers, kinds))
    app.include_router(event_routes.router(callers, reads.events, reads.settling))
    app.include_router(property_routes.router(callers, reads.properties, reads.settling))
    app.include_router(metric_routes.router(callers, lists, lookup, reads.people, reads.settling))
    queries = _queries(callers, kinds, parts, reads)
    reads.saved_reports.read_with(queries.putting.fault_of)
    reads.lines.write_with(export_lines.lines_of)
    app.include_router(v1_routes.router(queries))
    app.include_router(v2_routes.router(queries, callers.clock_of))
    app.include_router(v3_routes.router(queries))
    exports = Exports(QueryJobs(parts.jobs, {EXPORT}), queries)
    app.include_router(v3_export_routes.router(queries.callers, exports))
    app.include_router(metric_query_routes.router(queries, lookup))
    vocabulary = v3_list_routes.ProductVocabulary(reads.events, reads.properties, reads.people, reads.settling)
    app.include_router(v3_list_routes.router(callers, queries.callers, vocabulary, parts.keyring))


def _queries(callers: ApiCallers, kinds: Kinds, parts: Parts, reads: Reads) -> Queries:
    """What the Query APIs work with. Jobs learn who answers each kind, and exports."""
    for kind in kinds:
        parts.jobs.answer_with(kind.name, partial(answered, kind, reads.settling), one_by_one=kind.runs_one_by_one)
    parts.jobs.answer_with(EXPORT, partial(exported, parts.jobs))
    jobs = QueryJobs(parts.jobs, kinds.names)
    return Queries(
        QueryCallers(callers), Putting(callers, kinds, jobs, parts, reads.people), jobs, Answers(kinds, jobs)
    )
