"""The files that pages load are what the pinned bundler makes of their sources today."""

import shutil

import pytest

from tests.clients.runners import bundler
from tools import scripts

pytestmark = pytest.mark.clients


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is missing, which installs the bundler")
@pytest.mark.parametrize("script", scripts.SCRIPTS, ids=lambda script: script.built.stem)
def test_what_pages_load_is_fresh(script):
    """Else: `make scripts`."""
    assert script.built.read_bytes() == scripts.built(script, bundler())
