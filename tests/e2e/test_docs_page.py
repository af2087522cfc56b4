"""The API's page in a real browser: it needs nothing from elsewhere, and shows the edge's calls and the query API's."""

import re
import shutil
import subprocess

import httpx
import openapi_spec_validator
import pytest

pytestmark = pytest.mark.e2e

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--virtual-time-budget=15000",
]


def test_the_document_joins_both_sides(tilde_up):
    document = httpx.get(f"{tilde_up.url}/openapi.json").json()

    openapi_spec_validator.validate(document)
    assert {"/ez", "/c", "/v", "/tilde/v1/stats", "/tilde/v1/accounts"} <= set(document["paths"])


def browsed(url, folder):
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder}", "--dump-dom", url]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing (Debian package chromium)")
def test_the_page_has_a_line_for_each_dialect_in_a_browser(tilde_up, tmp_path):
    """Who speaks one does not look through the calls of the others."""
    page = browsed(f"{tilde_up.url}/docs", tmp_path)
    documented = httpx.get(f"{tilde_up.url}/openapi.json").json()["paths"].values()
    tags = {tag for methods in documented for call in methods.values() for tag in call["tags"]}

    assert {"StatHat", "StatsMix", "Stats"} <= tags
    assert set(re.findall('data-tag="([^"]*)"', page)) == tags
    assert "opblock-summary" not in page


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing (Debian package chromium)")
def test_the_page_shows_the_calls_of_a_dialect_that_is_opened(tilde_up, tmp_path):
    page = browsed(f"{tilde_up.url}/docs#/StatHat", tmp_path)

    assert "opblock-summary" in page
    assert "Post a stat by name" in page
    assert "/api/v2/track" not in page


def test_the_page_loads_nothing_from_elsewhere(tilde_up):
    page = httpx.get(f"{tilde_up.url}/docs").text

    assert "https://" not in page
    assert httpx.get(f"{tilde_up.url}/docs-assets/swagger-ui-bundle.js").status_code == 200
