"""The tracker's one file is what the pinned bundler makes of its sources today."""

import shutil

import pytest

from tests.clients.runners import bundler
from tools import tracker

pytestmark = pytest.mark.clients


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is missing, which installs the tracker's bundler")
def test_the_built_tracker_is_fresh():
    """Else: `make tracker`."""
    assert tracker.BUILT.read_bytes() == tracker.built(bundler())
