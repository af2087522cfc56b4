"""Kissmetrics' library in pages of a real browser: what arrives on the wire."""

from collections.abc import Iterator
from typing import Any

import pytest

from testkit.browser import PROGRAM, Browser, Tab
from testkit.library_pages import KEY, LibraryPages
from testkit.pages import Hit

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="Chromium is missing (Debian package chromium)")

# `left` are the beacons and images that have left, `kept` the cookies that were made or removed.
WATCH = """
(() => {
  const { sendBeacon } = navigator;
  const image = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, "src");
  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
  window.left = [];
  window.kept = [];
  navigator.sendBeacon = (url, body) => { left.push(url); return sendBeacon.call(navigator, url, body); };
  const src = function (url) { left.push(url); image.set.call(this, url); };
  Object.defineProperty(HTMLImageElement.prototype, "src", {...image, set: src});
  const set = function (text) { kept.push(text); cookie.set.call(this, text); };
  Object.defineProperty(Document.prototype, "cookie", {...cookie, set});
})();
"""
# As Kissmetrics gave it to its customers.
SNIPPET = f"""<script type="text/javascript">
var _kmq = _kmq || [];
var _kmk = _kmk || '{KEY}';
function _kms(u){{
  setTimeout(function(){{
    var d = document, f = d.getElementsByTagName('script')[0], s = d.createElement('script');
    s.type = 'text/javascript'; s.async = true; s.src = u; f.parentNode.insertBefore(s, f);
  }}, 1);
}}
_kms('STATS/i.js');
_kms('STATS/' + _kmk + '.2.js');
</script>"""
TAG = f"<script src='STATS/{KEY}.js'></script>"
NOON = "Date.now = () => 1262347200400;"
# The page of the test before says nothing when it is left.
SILENCE = "navigator.sendBeacon = () => true; null"


@pytest.fixture(scope="module")
def server() -> Iterator[LibraryPages]:
    with LibraryPages() as server:
        yield server


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    browser = Browser()
    try:
        with browser.tab(WATCH) as tab:
            yield tab
    finally:
        browser.close()


class Visit:
    """One visitor's tab, at the pages of one test."""

    def __init__(self, tab: Tab, server: LibraryPages) -> None:
        self.tab = tab
        self.server = server

    def page(self, path: str, body: str = "", *, before: str = "", loads: str = TAG) -> None:
        """Puts a page there, which runs a script before it loads the library."""
        script = f"<script>{before}</script>" if before else ""
        html = f"<!doctype html><title>A page</title>{script}{loads}<body>{body}"
        self.server.pages[path] = html.replace("STATS", self.server.url(self.server.tracker(), ""))

    def open(self, path: str = "/", host: str = "awesome.test") -> None:
        self.tab.open(self.server.url(host, path))

    def shown(self, body: str = "", path: str = "/", host: str = "awesome.test", **options: str) -> None:
        """A page is put there and opened."""
        self.page(path.partition("?")[0], body, **options)
        self.open(path, host)

    def run(self, script: str) -> Any:
        return self.tab.run(script)

    def cookies(self) -> dict[str, dict[str, Any]]:
        return {each["name"]: each for each in self.tab.call("Network.getCookies")["cookies"]}


@pytest.fixture
def visit(tab: Tab, server: LibraryPages) -> Visit:
    """A new visitor: whom nothing is known of."""
    tab.run(SILENCE)
    tab.call("Network.clearBrowserCookies")
    server.begin()
    return Visit(tab, server)


def said(hit: Hit) -> dict[str, str]:
    """Its properties."""
    return {name: values[0] for name, values in hit.parameters().items() if name[0] != "_"}


def told_by(hits: list[Hit]) -> list[dict[str, str]]:
    """What several say, each thing once: they come in any order."""
    return [dict(each) for each in sorted({tuple(said(hit).items()) for hit in hits})]


# How it is loaded


def test_the_pasted_snippet_records_what_is_in_its_queue(visit, server):
    queue = f"{NOON} var _kmq = [['record', 'Signed Up', {{Plan: 'Pro & Co', Amount: 99.95}}]];"
    visit.shown(before=queue, loads=SNIPPET)

    hit = server.hit("Signed Up")
    assert (hit.method, hit.host, hit.path, hit.body) == ("GET", server.tracker(), "/e", b"")
    assert (hit["_k"], hit["_t"], hit["_d"]) == (KEY, "1262347200", "1")
    assert said(hit) == {"Plan": "Pro & Co", "Amount": "99.95"}
    assert hit["_p"] == visit.run("KM.i()")
    assert len(hit["_p"]) == 28
    visited = server.hit("Visited Site")
    assert said(visited) == {"URL": server.url("awesome.test"), "Referrer": "Direct"}
    assert visited["_p"] == hit["_p"]


@pytest.mark.parametrize(
    ("loads", "path"),
    [
        (f"<script src='STATS/{KEY}.1.js'></script>", "/e"),
        (f"<script async src='STATS/{KEY}.2.js?v=1'></script>", "/e"),
        (f"<script type='module' src='STATS/{KEY}.js'></script>", "/e"),
        (f"<script src='STATS/a/proxy/{KEY}.js'></script>", "/a/proxy/e"),
        (
            f"<script src='STATS/{KEY}.js'></script><script>first = KM</script><script src='STATS/{KEY}.2.js'></script>",
            "/e",
        ),
    ],
    ids=["1", "2", "module", "proxy", "twice"],
)
def test_every_form_of_loading_records_once_at_the_host_of_the_script(visit, server, loads, path):
    visit.shown(loads=loads)
    visit.run("_kmq.push(['record', 'last'])")

    server.hit("last")
    assert (server.hit("Visited Site").host, server.hit("last").path) == (server.tracker(), path)
    assert visit.run("[_kmk, (window.first ?? KM) === KM]") == [KEY, True]


# What pages call


def test_commands_run_in_their_order_and_what_a_page_throws_stops_nothing(visit, server):
    before = """var _kmq = [['record', 'one'], () => { throw new Error('of the page'); }, ['nothing'], 'nothing', null,
        function() { KM.record('two', {_t: 1262304000, _d: 1}); }, [(text) => { window.told = text; }, 'three'],
        ['set', {gender: 'male', sizes: [1, 2]}]];"""
    visit.shown(before=before)
    visit.run("_kmq.push(['record', '', {b: 1}], ['record', {c: 2}], ['record'], ['set', {}], ['record', 'last'])")

    server.hits(1, "last")
    assert [server.hit("one")["_d"], server.hit("two")["_t"], visit.run("told")] == ["1", "1262304000", "three"]
    assert told_by(server.hits(3, "s")) == [{"b": "1"}, {"c": "2"}, {"gender": "male", "sizes": "1,2"}]


CALLED = """
new Promise((done) => { CALL; }).then(() => performance.getEntriesByName(left.at(-1)).length)
"""


@pytest.mark.parametrize(
    "call", ["KM.record('told', {}, done)", "_kmq.push(['record', 'told', done])", "KM.set({told: 1}, done)"]
)
def test_a_callback_is_called_when_it_has_arrived(visit, call):
    visit.shown()

    assert visit.run(CALLED.replace("CALL", call)) == 1


def test_somebody_unknown_who_is_named_is_told_to_be_the_same(visit, server):
    visit.shown()
    (before,) = {server.hit("Visited Site")["_p"]}
    visit.run("_kmq.push(['identify', 'bob@example.com'], ['record', 'known'], ['identify', 'bob@example.com'])")

    alias = server.hit("a")
    assert (alias.path, {alias["_p"], alias["_n"]}) == ("/a", {before, "bob@example.com"})
    assert server.hit("known")["_p"] == "bob@example.com"
    assert {name: cookie["value"] for name, cookie in visit.cookies().items() if name in ("km_ai", "km_ni")} == {
        "km_ai": visit.run(f"encodeURIComponent('{before}')"),
        "km_ni": "bob%40example.com",
    }
    visit.shown(path="/next")
    visit.run("KM.identify('bill'), KM.record('another'), KM.identify(null), KM.record('nobody'), KM.clearIdentity()")
    assert server.hit("another")["_p"] == "bill"
    assert server.hit("nobody")["_p"] not in (before, "bill", "bob@example.com")
    assert server.hit("nobody")["_p"] == visit.run("KM.i()")
    server.hit("a")


@pytest.mark.parametrize("name", ["null", "''", "'nil'", "\"'null'\"", "undefined", "' '"])
def test_what_a_template_makes_of_somebody_unknown_is_nobody(visit, server, name):
    visit.shown(before=f"var _kmq = [['identify', {name}], ['record', 'x']];")

    assert len(server.hit("x")["_p"]) == 28


def test_two_names_can_be_said_to_be_one_persons(visit, server):
    visit.shown()
    visit.run("_kmq.push(['alias', 'ann', 'ann@example.com'], ['alias', 'ann', 'ann'], ['record', 'last'])")

    server.hits(1, "last")
    assert {server.hit("a")["_p"], server.hit("a")["_n"]} == {"ann", "ann@example.com"}


CLICKS = """
<base target="hidden"><iframe name="hidden" hidden></iframe><style>a, button { display: inline-block }</style>
<button id="one">One <b id="inner">!</b></button> <button class="big two">Two</button>
<button class="two"><i id="second">Two again</i></button> <button id="three" onclick="event.stopPropagation()">Three</button>
<a id="link" href="/elsewhere">link</a> <button id="plain">plain</button>
"""


def test_clicks_are_recorded_of_what_the_page_names_also_before_it_is_there(visit, server):
    before = "var _kmq = [['trackClick', 'one', '1', {color: 'red'}], ['trackClick', '.two', '2'], ['trackClick', '#link', 'link']];"
    visit.shown(CLICKS, before=before)
    visit.run("_kmq.push(['trackClick', document.querySelector('#three'), '3'])")
    for selector in ("#inner", ".big", "#second", "#three", "#plain", "#link"):
        visit.tab.click(selector)
    visit.tab.click("#link", button="middle")

    assert (server.hit("1").method, said(server.hit("1"))) == ("POST", {"color": "red"})
    assert [len(server.hits(number, name)) for number, name in ((2, "2"), (1, "3"), (2, "link"))] == [2, 1, 2]
    assert len(visit.run("left.filter((url) => url.endsWith('/e'))")) == 6  # and none of what is plain


@pytest.mark.parametrize(("beacons", "method"), [("", "POST"), ("navigator.sendBeacon = undefined", "GET")])
def test_a_click_on_a_link_to_elsewhere_arrives_though_the_page_is_left(visit, server, beacons, method):
    """Without beacons the page stays until it has left."""
    visit.page("/away", loads="")
    visit.shown(f"<a id='link' href='{server.url('other.test', '/away')}'><b>Other</b></a>", before=beacons)
    visit.run("_kmq.push(['trackClickOnOutboundLink', 'link', 'Visited Other'])")
    visit.tab.click("b")

    visit.tab.loaded()
    assert (server.hit("Visited Other").method, visit.run("location.host.split(':')[0]")) == (method, "other.test")


FORM = """<form id="signup" action="/thanks">
<input name="user[name]" value="Ann"> <input name="email" value="ann@example.com" type="email">
<input name="password" value="secret" type="password"> <input name="cc_number" value="secret"> <textarea name="note">secret</textarea>
<input name="plan" type="radio" value="pro" checked> <select name="team"><option>Blue</option></select>
<input type="submit" id="send" value="Send"></form>"""


def test_a_form_that_is_submitted_arrives_with_its_fields_and_says_who_it_is(visit, server):
    visit.page("/thanks")
    visit.shown(FORM)
    visit.run("_kmq.push(['trackSubmit', 'signup', 'Signed Up', {page: 'single'}])")
    visit.tab.click("#send")

    visit.tab.loaded()
    hit = server.hit("Signed Up")
    fields = {"user_name": "Ann", "email": "ann@example.com", "plan": "pro", "team": "Blue"}
    assert (hit.method, hit["_p"], said(hit)) == ("POST", "ann@example.com", {"page": "single"} | fields)
    assert "secret" not in hit.body.decode()
    assert server.hit("a")["_n"] == "ann@example.com"
    assert visit.run("KM.i()") == "ann@example.com"


def test_a_form_is_watched_by_its_old_name_too(visit, server):
    """As the library of 2010 had it."""
    visit.page("/thanks")
    visit.shown(FORM, before="var _kmq = [['trackForm', 'signup', 'Signed Up', {page: 'single'}]];")
    visit.tab.click("#send")

    visit.tab.loaded()
    assert said(server.hit("Signed Up"))["page"] == "single"
    assert server.hit("Signed Up")["_p"] == "ann@example.com"


SUBSCRIPTIONS = """
var _kmq = _kmq || [];
_kmq.push(function () {
  KM.signedUp = function (plan, more) { KM.record('Signed Up', Object.assign({'Plan Name': plan}, more)); };
  KM.canceled = function (more) { KM.record('Canceled', more); };
});
_kmq.push(['signedUp', 'Pro', {'Coupon': 'FREE10'}], ['signedUp', null], ['canceled', {'Why': 'price'}]);
"""


def test_a_page_has_calls_of_its_own(visit, server):
    """As the guide says of those that the library of 2010 had; what is not there is passed over."""
    visit.shown(before=SUBSCRIPTIONS + "_kmq.push(['upgraded', 'Pro'], ['record', 'last']);")

    assert told_by(server.hits(2, "Signed Up")) == [{}, {"Plan Name": "Pro", "Coupon": "FREE10"}]
    assert said(server.hit("Canceled")) == {"Why": "price"}
    server.hit("last")


def test_a_form_says_nothing_of_who_somebody_is_who_has_a_name(visit, server):
    visit.page("/thanks")
    visit.shown(FORM, before="var _kmq = [['identify', 'bob'], ['trackSubmit', 'signup', 'Signed Up']];")
    visit.tab.click("#send")

    visit.tab.loaded()
    assert (server.hit("Signed Up")["_p"], visit.run("KM.i()")) == ("bob", "bob")


def test_a_form_says_nothing_where_the_page_wants_that(visit, server):
    visit.page("/thanks")
    visit.shown(FORM, before="KM_SKIP_FORM_FIELDS = 1; var _kmq = [['trackSubmit', '#signup', 'Signed Up']];")
    visit.tab.click("#send")

    visit.tab.loaded()
    assert (said(server.hit("Signed Up")), len(server.hit("Signed Up")["_p"])) == ({}, 28)


def test_a_variation_is_the_same_on_every_page_and_a_property(visit, server):
    colour = "KM.ab('Colour', ['red', 'green', 'blue'])"
    visit.shown()
    first = visit.run(f"[{colour}, {colour}, KM.ab('Size', {{L: 1}})]")
    visit.shown(path="/two")
    second = visit.run("new Promise((done) => KM.ab('Colour', ['red', 'green', 'blue'], done))")

    assert (first[0], first[2]) == (first[1], "L")
    assert second == first[0]
    assert told_by(server.hits(3, "s")) == [{"Colour": second}, {"Size": "L"}]
    assert visit.run("KM.ab('Colour', ['red', 'green', 'blue']), left.length") == 1  # said once a page
    assert visit.cookies().keys() >= {"km_abi"}


def test_what_pages_ask_of_an_address(visit, server):
    visit.shown(path="/beta/x?source=fb&km_source=a+b", before=f"{NOON} KM_SKIP_URL = 1")

    assert visit.run("[KM.um('/beta/*'), KM.um('/beta?source=*'), KM.um('/a', 'http://b.c/A/'), KM.urm('beta.x')]") == [
        *[True, False, True, True],
    ]
    assert visit.run("[KM.u() === location.href, KM.uprts(KM.u()).params.km_source, KM.p({a: 'b c', d: 1})]") == [
        *[True, "a b", "a=b%20c&d=1"],
    ]
    assert visit.run("KM.ts()") == 1262347200
    assert visit.run("[KM.rf(), KM_REFERRER = 'https://a.example/', KM.rf()]")[1:] == ["https://a.example/"] * 2


# What is recorded by itself


def test_a_tagged_address_says_an_event_an_identity_and_properties(visit, server):
    visit.shown(path="/?kme=Clicked+Link&kmi=bob%40example.com&km_Link+Location=top&x=y")

    hit = server.hit("Clicked Link")
    assert (hit["_p"], said(hit)) == ("bob@example.com", {"Link Location": "top"})
    assert server.hit("Visited Site")["_p"] == "bob@example.com"
    visit.tab.call("Page.reload")
    visit.tab.loaded()
    assert visit.run("[left, KM.i()]") == [[], "bob@example.com"]  # it was reached before
    visit.shown(path="/two?km_plan=pro")
    assert said(server.hit("s")) == {"plan": "pro"}


def test_a_visit_is_recorded_once_and_the_next_one_says_that_he_comes_back(visit, server):
    visit.page("/from", "<a href='/'>go</a>", loads="")
    visit.page("/", "<a href='/two'>go</a>")
    visit.page("/two")
    visit.open("/from", "awesome.test")
    visit.tab.click("a")
    visit.tab.loaded()
    visit.tab.click("a")
    visit.tab.loaded()
    visit.run("KM.record('seen')")
    server.hits(1, "seen")
    first = said(server.hit("Visited Site"))
    visit.run("for (const name of ['km_vs', 'km_lv']) document.cookie = `${name}=1; path=/; domain=awesome.test`")
    visit.run("document.cookie = 'km_vs=; max-age=0; path=/; domain=awesome.test'")  # half an hour later
    visit.open("/two")

    assert first == {"URL": server.url("awesome.test"), "Referrer": server.url("awesome.test", "/from")}
    assert said(server.hits(2, "Visited Site")[1]) == {
        "URL": server.url("awesome.test", "/two"),
        "Referrer": "Direct",
        "Returning": "1",
    }
    visit.run("document.cookie = 'km_vs=; max-age=0; path=/; domain=awesome.test', KM.record('x')")
    assert {name: visit.cookies()[name]["value"] for name in ("km_vs", "km_lv")} == {"km_vs": "1", "km_lv": "x"}


def test_a_campaign_and_a_search_are_recorded_where_somebody_arrives_by_them(visit, server):
    search = "KM_REFERRER = 'https://www.google.com/search?q=shoes'"
    visit.shown(before=search)
    server.hit("Search Engine Hit")
    visit.tab.call("Page.reload")
    visit.tab.loaded()
    assert visit.run("left") == []
    visit.shown(path="/?utm_source=news&utm_campaign=a%20b", before=search)

    campaign = {"URL": server.url("awesome.test", "/?utm_source=news&utm_campaign=a%20b"), "Campaign Source": "news"}
    found = {"Search Engine": "Google", "Search Terms": "shoes"}
    assert said(server.hit("Ad Campaign Hit")) == campaign | {"Campaign Name": "a b"} | found
    assert said(server.hit("Search Engine Hit")) == found
    assert said(server.hit("Visited Site"))["Referrer"] == "https://www.google.com/search?q=shoes"


def test_page_views_are_recorded_where_a_page_wants_them_once_more_when_it_is_shown_again(visit, server):
    visit.shown(before="KM_SKIP_PAGE_VIEW = 0")
    visit.run(
        "const { now } = Date; Date.now = () => now() + 2000; dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
    )

    for hit in server.hits(2, "Page View"):
        assert said(hit) == {"Viewed URL": server.url("awesome.test"), "Referrer": "Direct"}
    assert len(server.hits(1, "Visited Site")) == 1


def test_a_page_says_itself_that_it_was_seen(visit, server):
    """As Segment's code for browsers does, whatever is recorded by itself; also by the queue."""
    visit.shown(before="KM_REFERRER = 'https://example.org/'")
    visit.run("KM.pageView(); KM_REFERRER = 'https://example.com/'; _kmq.push(['pageView'])")

    found = [said(hit) for hit in server.hits(2, "Page View")]
    assert {one["Viewed URL"] for one in found} == {server.url("awesome.test")}
    assert {one["Referrer"] for one in found} == {"https://example.org/", "https://example.com/"}


def test_what_is_recorded_by_itself_can_be_left_out(visit, server):
    names = "VISITED_SITE UTM SEARCH_ENGINE URL PAGE_VIEW"
    skipped = " ".join(f"KM_SKIP_{name} = 1;" for name in names.split())
    visit.shown(path="/?utm_source=a&kme=b&kmi=c", before=f"{skipped} KM_REFERRER = 'https://www.google.com/'")
    visit.run("KM.record('last')")

    assert len(server.hit("last")["_p"]) == 28
    assert [hit["_n"] for hit in server.hits(1)] == ["last"]


def test_a_page_that_is_made_ready_before_anybody_sees_it_says_nothing_until_somebody_does(visit, server):
    visit.page("/", before="var _kmq = [['record', 'x']]")
    with visit.tab.before("Object.defineProperty(document, 'prerendering', {value: true, configurable: true})"):
        visit.open()
    assert visit.run("[left, kept]") == [[], []]

    shown = "Object.defineProperty(document, 'prerendering', {value: false})"
    visit.run(f"{shown}, document.dispatchEvent(new Event('prerenderingchange'))")
    server.hit("x")


# How it leaves


def test_what_is_on_its_way_when_the_page_is_left_arrives_and_counts_once(visit, server):
    """It may come twice; then it is the same event of the same second."""
    visit.page("/next", loads="")
    visit.shown()
    visit.run("KM.record('last'), addEventListener('pagehide', () => KM.record('gone')), location.href = '/next', 0")
    visit.tab.loaded()

    assert "POST" in {hit.method for hit in server.hits(1, "gone")}
    assert len({(hit["_p"], hit["_t"]) for hit in server.hits(1, "last")}) == 1


def test_a_page_that_is_left_before_it_is_there_has_been_visited(visit, server):
    """A script that does not come holds it up."""
    visit.page("/next", loads="")
    visit.page(
        "/",
        "<script>location.href = '/next'</script><script src='/never'></script>",
        before="var _kmq = [['record', 'x']]",
    )
    with server.held("/never"):
        visit.run(f"location.href = '{server.url('awesome.test')}', 0")
        visit.tab.loaded()

    assert {server.hit(name).method for name in ("x", "Visited Site")} == {"POST"}


def test_what_could_not_be_kept_is_sent_by_the_next_page_as_of_its_own_second(visit, server):
    server.is_full = True
    visit.shown()
    assert visit.run("new Promise((done) => KM.record('late', {a: 'b|c d'}, done)), 1") == 1
    (first,) = server.hits(1, "late")
    visit.run(
        "new Promise((done) => { const look = () => document.cookie.includes('late') ? done() : setTimeout(look, 5); look(); })"
    )
    server.is_full = False
    visit.page("/next", before="KM_SKIP_VISITED_SITE = 1")
    visit.open("/next")

    first, second = server.hits(2, "late")
    assert first.query == second.query
    assert said(second) == {"a": "b|c d"}
    visit.run("new Promise((done) => KM.record('last', done))")
    assert "km_uq" not in visit.cookies()


def test_a_page_may_hold_strange_texts(visit, server):
    visit.shown()
    visit.run("KM.record('x', {half: '\\ud83d', long: 'é'.repeat(9000), none: null, 'k&[]': 1})")

    assert said(server.hit("x")) == {"half": "\ufffd", "long": "é" * 2048, "k&[]": "1"}


# Who is not tracked, and what is kept


@pytest.mark.parametrize(
    "signal",
    [
        "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})",
        "Object.defineProperty(navigator, 'doNotTrack', {value: '1'})",
        "window.doNotTrack = '1'",
        "window.KM_CONSENT = 0",
    ],
    ids=["GPC", "DNT", "old DNT", "no consent"],
)
def test_of_who_does_not_want_to_be_tracked_nothing_is_sent_or_kept_and_his_page_goes_on(visit, server, signal):
    visit.page(
        "/", "<a id='link' href='#x'>x</a>", before="var _kmq = [['identify', 'bob'], (() => { window.ran = 1; })]"
    )
    with visit.tab.before(signal):
        visit.open("/?kme=x&kmi=ann")
    visit.run("_kmq.push(['trackClick', 'link', 'x'])")
    visit.tab.click("#link")

    asked = "[ran, KM.ab('Colour', ['red']), await new Promise((done) => KM.record('y', done)), left, kept]"
    assert visit.run(f"(async () => {asked})()") == [1, "red", None, [], []]
    visit.run("KM_CONSENT = 1, KM.record('consented')")
    assert server.hit("consented")["_p"] == "bob"


def test_of_who_has_opted_out_nothing_is_sent_or_kept(visit):
    visit.shown(before="document.cookie = 'km_optout=1'")
    visit.run("KM.record('x'), KM.identify('bob')")

    assert visit.run("[left, document.cookie]") == [[], "km_optout=1"]


def test_somebody_is_known_on_all_hosts_of_a_domain_and_for_a_year(visit, server):
    visit.shown(host="www.awesome.test")
    first = visit.cookies()["km_ai"]
    visit.shown(host="shop.awesome.test")
    visit.run("KM.record('x')")

    assert server.hit("x")["_p"] == server.hit("Visited Site")["_p"]
    assert (first["domain"], first["path"], first["sameSite"]) == (".awesome.test", "/", "Lax")
    assert visit.cookies()["km_ai"]["expires"] == first["expires"]
    assert abs(first["expires"] - visit.run("Date.now()") / 1000 - 365 * 86400) < 600
    assert visit.cookies().keys() == {"km_ai", "km_lv", "km_vs"}


def test_a_page_says_whose_its_cookies_are(visit, server):
    visit.shown(host="a.shop.awesome.test", before="KM_COOKIE_DOMAIN = 'shop.awesome.test'")

    server.hit("Visited Site")
    assert {each["domain"] for each in visit.cookies().values()} == {".shop.awesome.test"}
