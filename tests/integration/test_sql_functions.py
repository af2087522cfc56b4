"""api/reads/operator_sql/functions.py against the functions of the pinned engine: somebody has decided about each."""

from collections.abc import AsyncIterator

import pytest

from api.reads.operator_sql.functions import ALLOWED, CATEGORIES, refused_functions
from tilde.store import Store
from tilde.store.clickhouse import open_store
from tilde.store.sql import statement

pytestmark = pytest.mark.store

# Whole categories that read something else: dictionaries, models, symbols of the program, other services, tags kept by
# the session; or what was added to the engine, which may do anything.
REFUSED_CATEGORIES = frozenset(
    {
        "AI",
        "Added",
        "Dictionary",
        "Embedded Dictionary",
        "Internal",
        "Introspection",
        "Machine Learning",
        "Other",
        "Time Series",
    }
)
# Of these, what was looked at and left out: it tells of this machine, this session or its settings,
# reads a file, a dictionary or another table, waits, or calls something.
LEFT_OUT = """
    authenticatedUser buildId connectionId currentHandler currentProfiles currentQueryID currentRequestURL currentRoles
    currentSchemas currentUser defaultProfiles defaultRoles displayName enabledProfiles enabledRoles file
    filesystemAvailable filesystemCapacity filesystemUnreserved formatQueryFromJSON FQDN fuzzQuery generateRandomStructure
    generateSerialID getClientHTTPHeader getMacro getMaxTableNameLengthForDatabase getMergeTreeSetting getOSKernelVersion
    getServerPort getServerSetting getSetting getSettingOrDefault globalVariable hasColumnInTable hasThreadFuzzer
    highlightQuery hostName initialQueryID initialQueryStartTime joinGet joinGetOrNull obfuscateQuery
    obfuscateQueryWithSeed parseQueryToJSON pgGetUserById pgTableIsVisible queryID revision serverUUID shardCount shardNum
    showCertificate sleep sleepEachRow structureToCapnProtoSchema structureToProtobufSchema tcpPort transactionID
    transactionLatestSnapshot transactionOldestSnapshot uptime zookeeperSessionUptime
""".split()


@pytest.fixture
async def store(tmp_path) -> AsyncIterator[Store]:
    store = await open_store(f"chdb://{tmp_path}")
    yield store
    await store.close()


async def test_every_function_of_the_engine_was_decided_about(store):
    """A release that brings another category, or another function of no category, asks for it here."""
    functions = await store.rows(statement("api.reads", "functions.list"))
    others = {original for _, category, original in functions if category == "Other"}

    assert not {category for _, category, _ in functions} - CATEGORIES - REFUSED_CATEGORIES - {""}
    assert not CATEGORIES & REFUSED_CATEGORIES
    assert others - ALLOWED == set(LEFT_OUT)
    assert {original for _, _, original in functions} >= ALLOWED


async def test_no_name_of_ours_is_refused(store):
    """Else a column of the page could not be asked for."""
    functions = await store.rows(statement("api.reads", "functions.list"))
    table_functions = [row[0] for row in await store.rows(statement("api.reads", "table_functions.list"))]
    refused = refused_functions([(row[0], row[1], row[2]) for row in functions], table_functions)

    assert {"file", "hascolumnintable", "url", "joinget", "dictget", "hostname"} <= refused
    assert not refused & {
        "product",
        "metric",
        "name",
        "kind",
        "number",
        "ts",
        "version",
        "body",
        "stats",
        "sum",
        "sumif",
    }
