"""Fixtures that several folders share: a running Tilde, and plain words where something is missing."""

import os

import pytest

from tilde.testing.kafka_broker import KafkaBroker
from tilde.testing.running import RunningTilde


@pytest.fixture(scope="session")
def tilde_up(tmp_path_factory):
    """A running Tilde with one account, for tests that add to it; it is killed and started by others of its own."""
    with RunningTilde(tmp_path_factory.mktemp("tilde")) as tilde:
        tilde.account = tilde.create_account("tests", "--email", "golden+tests@example.com")
        yield tilde


def pytest_collection_modifyitems(items):
    """Skips the Kafka tests where Java or Maven is missing; in CI that is an error."""
    missing = KafkaBroker.missing()
    if missing is None:
        return
    if os.environ.get("CI"):
        pytest.exit(f"CI needs all tests: {missing}", returncode=3)
    for item in items:
        if item.get_closest_marker("kafka"):
            item.add_marker(pytest.mark.skip(reason=missing))
