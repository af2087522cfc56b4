"""Unit tests touch nothing: opening a network socket fails the test (an event loop's own pair is allowed)."""

import pytest
from pytest_socket import disable_socket, enable_socket


@pytest.fixture(autouse=True)
def _no_network():
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()
