"""A page of another origin in a real browser: it reads an account's stats by token, and what went wrong too."""

import http.server
import json
import shutil
import subprocess
import threading
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.e2e.test_docs_page import FLAGS

pytestmark = pytest.mark.e2e

CHROMIUM = shutil.which("chromium")
SCRIPT = """
const read = async (url, options) => {
  try {
    const answer = await fetch(url, options);
    return [answer.status, await answer.text()];
  } catch (error) {
    return "kept from the page";
  }
};
const asks = ASKS;
Promise.all(asks.map(([url, options]) => read(url, options))).then(
  (answers) => { document.body.textContent = JSON.stringify(answers); });
"""


@pytest.fixture
def page(tmp_path: Path):
    """Serves a page from another port, which is another origin."""
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/page.html"
        server.shutdown()


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing (Debian package chromium)")
def test_a_page_of_another_origin_reads_by_token_and_not_the_operators_api(tilde_up, page, tmp_path):
    """Reads with the token in the path and in a header, a refusal, a post; the browser keeps the rest from it."""
    token, ezkey = tilde_up.account["token"], tilde_up.account["ezkey"]
    operator = (tilde_up.data / "operator_token").read_text().strip()
    asks = [
        [f"{tilde_up.url}/x/{token}/statlist", {}],
        [f"{tilde_up.url}//x/{token}/alerts/", {}],
        [f"{tilde_up.url}/x/nobodys/statlist", {}],
        [f"{tilde_up.url}/tilde/v1/stats?name=nothing", {"headers": {"Authorization": f"Bearer {token}"}}],
        [f"{tilde_up.url}/ez", {"method": "POST", "body": f"ezkey={ezkey}&stat=of a page&count=1"}],
        [f"{tilde_up.url}/tilde/v1/accounts", {"headers": {"Authorization": f"Bearer {operator}"}}],
    ]
    script = SCRIPT.replace("ASKS", json.dumps(asks))
    (tmp_path / "page.html").write_text(f"<!doctype html><body><script>{script}</script>")
    profile = tmp_path / "profile"

    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "--dump-dom", page]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    answers = json.loads(dom.partition("<body>")[2].partition("</body>")[0])

    assert answers[0][0] == 200
    assert answers[1:4] == [[200, "[]"], [401, '{"msg":"invalid access token"}'], [200, "[]"]]
    assert answers[4][0] == 200
    assert answers[5] == "kept from the page"


def test_head_is_get_without_a_body_over_http(tilde_up):
    """Probes ask it of everything; over a socket the length stands there, and no body behind it."""
    token = tilde_up.account["token"]
    for path in ("/", "/health", "/docs", "/openapi.json", f"/x/{token}/statlist", "/subjects", "/nothing"):
        get, head = httpx.get(tilde_up.url + path), httpx.head(tilde_up.url + path)
        shown = [{name: value for name, value in one.headers.items() if name != "date"} for one in (get, head)]
        assert (head.status_code, head.content) == (get.status_code, b""), path
        if path != f"/x/{token}/statlist":  # a stat may have come meanwhile
            assert shown[0] == shown[1], path
        assert "content-length" in head.headers


def test_paths_of_a_base_url_that_ends_in_a_slash_are_served(tilde_up):
    """Over a socket, as clients write them."""
    token, ezkey = tilde_up.account["token"], tilde_up.account["ezkey"]

    posted = httpx.post(f"{tilde_up.url}//ez/", data={"ezkey": ezkey, "stat": "slashes", "count": "1"})
    assert posted.json() == {"status": 200, "msg": "ok"}
    for path in (f"//x/{token}/alerts", f"/x/{token}/alerts/"):
        answer = httpx.get(tilde_up.url + path)
        assert (answer.status_code, answer.json()) == (200, [])
