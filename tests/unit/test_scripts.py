"""The rules of what runs in pages, in Node.js's own test runner."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

NODE = shutil.which("node")
TESTS = Path(__file__).parent / "scripts"


@pytest.mark.skipif(NODE is None, reason="Node.js is missing (20 or newer), which runs the tests of scripts of pages")
def test_the_rules_of_scripts_hold():
    """Each is a test of its own, in tests/unit/scripts."""
    ran = subprocess.run([NODE, TESTS / "all.js"], capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert int(re.search(r"^. pass (\d+)$", ran.stdout, re.MULTILINE)[1]) >= 20


def test_every_file_of_these_tests_is_run():
    named = set(re.findall(r'import "\./(.+)";', (TESTS / "all.js").read_text()))

    assert named == {str(path.relative_to(TESTS)) for path in TESTS.rglob("*.test.js")}
