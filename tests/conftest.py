"""Fixtures that several folders share: a running Tilde, and plain words where something is missing."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from testkit.kafka_broker import KafkaBroker
from testkit.running import RunningTilde
from tilde.runtime.garbage import collect_rarely, look_rarely

# Seven thousand tests stay until the end: looking at them for garbage took a seventh of all CPU time.
look_rarely()

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Client libraries take a proxy that is set for the web for this machine too; what fetches packages needs it.
for variable in ("NO_PROXY", "no_proxy"):
    os.environ[variable] = ",".join(filter(None, [os.environ.get(variable), "127.0.0.1,localhost"]))

# What is compiled, the rewritten tests as well, is kept beside its source for each worker, each process that a test
# starts and the next run, whatever the environment says: some hundred processes would compile the program again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Behind the fast folders these files are begun first, the longest first: one that is begun near the end keeps one
# processor busy while the others have nothing left to do.
FAST = ("unit", "properties", "architecture")
LONGEST = (
    *("contract/test_store.py", "integration/test_query_api.py", "e2e/test_on_kafka.py", "e2e/test_up.py"),
    *("faults/test_faust_driver.py", "e2e/test_sql_answers.py", "faults/test_full_disk_start.py"),
    *("e2e/test_strange_environments.py", "faults/test_kill_loop_kafka.py", "faults/test_watchers.py"),
    *("faults/test_kill_loop_embedded.py", "clients/test_real_clients.py", "integration/test_stat_order.py"),
    "clients/test_tracking_clients.py",
    *("faults/test_abused_reads.py", "contract/test_kafka_broker.py", "integration/test_stathat_export.py"),
    *("e2e/test_clocks.py", "integration/test_limited_protocol.py", "e2e/test_http_and_https.py"),
    *("integration/test_people_in_order.py", "e2e/test_people_on_kafka.py", "integration/test_sql_statements.py"),
    *("fuzz/test_documented_calls.py", "integration/test_people_histories.py", "integration/test_core_walks.py"),
    *("integration/test_sql_queries.py", "integration/test_people_metrics.py"),
    *("integration/test_tracker_pages.py", "integration/test_library_pages.py", "e2e/test_erasing_on_kafka.py"),
)
BEGUN_AT = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST, 1)}
assert [path for path in BEGUN_AT if not path.exists()] == []

# A broker that runs for seconds spends most of them on compiling what it will not do again.
os.environ.setdefault("KAFKA_HEAP", "-Xms128m -Xmx384m -XX:TieredStopAtLevel=1")


@pytest.fixture(scope="session")
def tilde_up(tmp_path_factory):
    """A running Tilde with one account, for tests that add to it; it is killed and started by others of its own."""
    with RunningTilde(tmp_path_factory.mktemp("tilde")) as tilde:
        tilde.wait_greeted()
        tilde.account = tilde.make_account("tests", "golden+tests@example.com")
        yield tilde


def pytest_collection_modifyitems(items):
    """Skips the Kafka tests where Java or Maven is missing, and has the longest files begun before short ones."""
    items.sort(key=lambda item: BEGUN_AT.get(item.path, 0 if item.path.parent.name in FAST else len(BEGUN_AT) + 1))
    missing = KafkaBroker.missing()
    for item in items:
        if missing is not None and item.get_closest_marker("kafka"):
            item.add_marker(pytest.mark.skip(reason=missing))


def pytest_collection_finish():
    """What is imported and collected by now is no garbage."""
    collect_rarely()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    """In CI nothing may be missing: a skipped test is a failed run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter is not None else []
    if os.environ.get("CI") and skipped and exitstatus == 0:
        for report in skipped:
            reporter.write_line(f"SKIPPED, which CI does not allow: {report.nodeid}: {report.longrepr}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
