"""A web site's page in a real browser: it loads the tracker from its white label's own host, and what a visitor does
there is in the log.
"""

import json
from functools import partial
from typing import Any

import pytest

from testkit.browser import PROGRAM, Browser
from testkit.tracked_pages import TrackedPages
from testkit.waiting import PATIENCE_S, until
from testkit.white_label import asked

pytestmark = pytest.mark.e2e

PAGE = """<!doctype html><title>Shop</title>
<script src="http://hotstatz.test:TILDE/js"></script>
<script>hotstatz.init( SITE );</script>
<noscript><img height=1 width=1 src="http://hotstatz.test:TILDE/SITEns.gif"></noscript>
<button id="open" class="clicky_log">Open the cart</button>
<a id="file" href="/report.pdf" download>The report</a>
<a id="away" href="AWAY">Our partner</a>
"""
ANSWERED = """
new Promise((done) => {
  const answered = () => performance.getEntriesByType("resource").filter(({name}) => name.includes("type=pageview")).length;
  const look = () => (answered() < NUMBER ? setTimeout(look, 20) : done());
  look();
})
"""


def hits_of(tilde: Any, site: str, hits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of a site, as `tilde tail` shows them, in place of those that were seen before."""
    told = map(json.loads, tilde.run("tail", "hits", "--from-start", "--no-follow").splitlines())
    hits[:] = [hit for hit in told if hit["site"] == int(site)]
    return hits


def clicked_at(hits: list[dict[str, Any]]) -> list[str]:
    """The pages of the click map, one for each click."""
    points = [each["value"] for hit in hits for each in hit["parameters"] if each["name"] == "heatmap[]"]
    return sorted(point.partition("|")[0] for point in points)


def is_whole(hits: list[dict[str, Any]], seen: set[tuple[str, str, str]]) -> bool:
    """Whether all that was done on the page is there, with the three clicks of the click map."""
    return seen <= {(hit["type"], hit["href"], hit["title"]) for hit in hits} and len(clicked_at(hits)) == 3


@pytest.mark.skipif(PROGRAM is None, reason="Chromium is missing (Debian package chromium)")
def test_what_a_visitor_does_on_a_page_of_a_white_labels_site_is_in_the_log(shared):
    """He sees it, opens something, takes a file, is shown another page without a load, and leaves by a link. Its traffic
    has the two pages that he saw, with the browser as it is.
    """
    path = f"/tilde/v1/accounts/{shared.account['name']}"
    own = {"domain": "hotstatz.test", "js_name": "hotstatz"}
    assert shared.client.patch(path, headers=shared.operator(), json=own).is_success
    label = partial(asked, shared.client, shared.account["white_label_key"])
    (user,) = label("user", username="tracked-billy")
    site, *_ = label("site", user_id=user, domain="awesome.test")

    with TrackedPages() as pages:
        away = pages.url("partner.test", "/away")
        pages.pages["/shop"] = PAGE.replace("TILDE", str(shared.port)).replace("SITE", site).replace("AWAY", away)
        pages.pages["/away"] = "<title>Away</title>"
        browser = Browser()
        try:
            with browser.tab() as tab:
                tab.open(pages.url("www.awesome.test", "/shop?size=9"))
                tab.run(ANSWERED.replace("NUMBER", "1"))
                tab.click("#open")
                tab.click("#file")
                tab.run("history.pushState({}, '', '/cart'), document.title = 'Cart'")
                tab.run(ANSWERED.replace("NUMBER", "2"))
                tab.click("#away")
                tab.loaded()
        finally:
            browser.close()

    seen = {
        ("pageview", "/shop?size=9", "Shop"),
        ("click", "#open", "Open the cart"),
        ("download", "/report.pdf", "The report"),
        ("pageview", "/cart", "Cart"),
        ("outbound", away, "Our partner"),
    }
    hits: list[dict[str, Any]] = []
    until(lambda: is_whole(hits_of(shared, site, hits), seen), PATIENCE_S, lambda: f"not there: {hits}")
    others = {"heatmap", "ping"}  # on a slow machine clicks are sent in two lots, and a page is open for half a minute
    assert sorted(hit["href"] for hit in hits if hit["type"] not in others) == sorted(href for _, href, _ in seen)
    assert {(hit["visitor"], hit["known_by"], hit["transport"]) for hit in hits} == {
        (hits[0]["visitor"], "id", "script")
    }
    assert {(hit["clock_offset_s"], hit["clock_rule"]) for hit in hits} == {(-8 * 3600, "0")}
    assert clicked_at(hits) == ["/cart", "/shop?size=9", "/shop?size=9"]
    assert {hit["bot"] for hit in hits} == {None}

    def traffic() -> str:
        return label("traffic", site_id=site, date="today")[1]

    until(lambda: traffic() == "2", PATIENCE_S, traffic)


def test_the_tracker_has_its_white_labels_name_at_its_domain_alone(shared):
    """The names of others are their own."""
    path = f"/tilde/v1/accounts/{shared.account['name']}"
    own = {"domain": "stats.example.net", "js_name": "exampled"}
    assert shared.client.patch(path, headers=shared.operator(), json=own).is_success

    def named(host: str) -> bytes:
        return shared.client.get("/js", headers={"host": host}).content.rpartition(b"})(")[2]

    assert named("Stats.Example.net:8000") == b'"exampled");\n'
    assert named("example.net") == b'"clicky");\n'
