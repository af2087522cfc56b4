"""What import-linter is told (`pyproject.toml`) would find what it is there for: each fault, as one import more."""

from copy import deepcopy
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest
from importlinter.api import read_configuration
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract

ROOT = Path(__file__).parents[2]
CONFIGURATION = read_configuration(str(ROOT / "pyproject.toml"))
PURE = "what folds and looks is pure: no adapter, no clock of the machine, no web"
QUESTION = "a question asks the store's port, and no adapter"
WORDS = "a question is in nobody's words: it knows neither HTTP nor what a body looks like, however long the way"
DOMAIN = "the domain knows no room above it, and none of our libraries, however long the way"
PEOPLE = "people: what is asked of them, and how they are told apart > what is asked of one > words and records"
ROOMS = "questions: each noun's > waiting for the tables > what all of them use; no noun's asks another's"
READS = "questions about people: each kind > whom it is about > sealed texts > what the tables say > statements"
STATS = "questions about stats: what is asked for > segments, lists > series > which stats there are > what is in sight"
KISSMETRICS = "Kissmetrics' reads: the dialect > Core API, Query APIs > who asks, types of queries > what clients write"
QUERIES = "Query APIs: their routes > what they work with > how a query is put, and told of > jobs > rows in an order"
TYPES = "types of queries: all of them > how many > each > what several ask for > what one is"
DRAWN = "the pipeline is drawn without what runs it"
KINDS = {"forbidden": ForbiddenContract, "layers": LayersContract}
FAULTS = [
    (PURE, "watchers.mail.reports", "tilde.runtime.clock"),
    (PURE, "watchers.mail.new_stats", "watchers.mail.destination"),
    (PURE, "watchers.mail.schedule", "tilde.store.sql_runner"),
    (PURE, "streams.processors.samples", "tilde.eventlog.segments"),
    (PURE, "streams.processors.samples", "tilde.catalog.follower"),
    (QUESTION, "api.reads.stats.lookup", "tilde.eventlog.segments"),
    (QUESTION, "api.reads.stats.lookup", "tilde.store.sql_runner"),
    (QUESTION, "api.reads.stats.lookup", "tilde.store.clickhouse"),
    (WORDS, "api.reads.stats.lookup", "fastapi"),
    (WORDS, "api.reads.stats.segments", "pydantic"),
    (WORDS, "api.reads.stats.stats", "starlette.responses"),
    (WORDS, "api.reads.stats.series", "tilde.web.calls"),
    (WORDS, "tilde.catalog.follower", "pydantic"),
    (DOMAIN, "tilde.domain.log.versions", "tilde.runtime.telling"),
    (PEOPLE, "tilde.domain.people.search", "tilde.domain.people.funnel"),
    (PEOPLE, "tilde.domain.people.funnel", "tilde.domain.people.cohort"),
    (PEOPLE, "tilde.domain.people.question", "tilde.domain.people.search"),
    (ROOMS, "api.reads.people.metrics", "api.reads.stats.segments"),
    (ROOMS, "api.reads.tables", "api.reads.settling"),
    (STATS, "api.reads.stats.series", "api.reads.stats.stat_list"),
    (STATS, "api.reads.stats.sights", "api.reads.stats.stats"),
    (READS, "api.reads.people.question_sql", "api.reads.people.people"),
    (READS, "api.reads.people.searched_texts", "api.reads.people.search"),
    (READS, "api.reads.people.funnels", "api.reads.people.metrics"),
    (KISSMETRICS, "api.kissmetrics.wire.callers", "api.kissmetrics.core.report_routes"),
    (KISSMETRICS, "api.kissmetrics.core.report_routes", "api.kissmetrics.queries.query_callers"),
    (KISSMETRICS, "api.kissmetrics.queries.query_callers", "api.kissmetrics.core.report_routes"),
    (KISSMETRICS, "api.kissmetrics.kinds.kind", "api.kissmetrics.queries.sorting"),
    (KISSMETRICS, "api.kissmetrics.kinds.cohort", "api.kissmetrics.wire.callers"),
    (KISSMETRICS, "api.kissmetrics.questions.filters", "api.kissmetrics.kinds.steps"),
    (QUERIES, "api.kissmetrics.queries.v2_routes", "api.kissmetrics.queries.v1_routes"),
    (QUERIES, "api.kissmetrics.queries.putting", "api.kissmetrics.queries.query_callers"),
    (QUERIES, "api.kissmetrics.queries.sorting", "api.kissmetrics.queries.put"),
    (TYPES, "api.kissmetrics.kinds.metric", "api.kissmetrics.kinds.metric_over_time"),
    (TYPES, "api.kissmetrics.kinds.metric_asked", "api.kissmetrics.kinds.metric"),
    (DRAWN, "streams.topology", "streams.drivers.kafka.names"),
]


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Who imports whom, of all that is here."""
    session = CONFIGURATION["session_options"]
    return grimp.build_graph(*session["root_packages"], include_external_packages=True, cache_dir=None)


def is_kept(graph: grimp.ImportGraph, name: str) -> bool:
    (options,) = [each for each in CONFIGURATION["contracts_options"] if each["name"] == name]
    contract = KINDS[options["type"]](name, CONFIGURATION["session_options"], options)
    return bool(contract.check(deepcopy(graph), verbose=False).kept)


@pytest.mark.parametrize(
    "name", [PURE, QUESTION, WORDS, DOMAIN, PEOPLE, ROOMS, STATS, READS, KISSMETRICS, QUERIES, TYPES, DRAWN]
)
def test_it_is_kept_as_everything_is(graph: grimp.ImportGraph, name: str) -> None:
    """So what breaks it below is the one import."""
    assert is_kept(graph, name)


@pytest.mark.parametrize(("name", "importer", "imported"), FAULTS, ids=[f"{who} > {whom}" for _, who, whom in FAULTS])
def test_one_import_more_would_break_it(graph: grimp.ImportGraph, name: str, importer: str, imported: str) -> None:
    with_fault = deepcopy(graph)
    with_fault.add_import(importer=importer, imported=imported)

    assert {importer, imported} <= with_fault.modules
    assert not is_kept(with_fault, name)


def circle_in(graph: grimp.ImportGraph) -> list[str]:
    """Some modules of which each imports the next, and the last one the first; none where there are no such."""
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as circle:
        found: list[str] = circle.args[1]
        return found
    return []


def test_no_modules_import_each_other_in_a_circle(graph: grimp.ImportGraph) -> None:
    """Also where no contract says who stands above whom: else none of them is read, tested or moved alone."""
    assert circle_in(graph) == []


def test_a_circle_would_be_found(graph: grimp.ImportGraph) -> None:
    with_fault = deepcopy(graph)
    with_fault.add_import(importer="tilde.keys.addresses", imported="tilde.keys.keyholders")
    with_fault.add_import(importer="tilde.keys.keyring", imported="tilde.keys.addresses")

    assert {"tilde.keys.addresses", "tilde.keys.keyholders", "tilde.keys.keyring"} <= set(circle_in(with_fault))
