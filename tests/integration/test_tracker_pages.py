"""The tracker in pages of a real browser: what arrives on the wire.

Time in a page is the test's own: `tick(ms)` runs what is due, so nothing waits for minutes, or for luck.
"""

import json
import re

import pytest

from testkit.browser import PROGRAM, Browser
from testkit.tracked_pages import TrackedPages

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="Chromium is missing (Debian package chromium)")

# Timers are the test's. `sent` are the beacons that have left, `left` these and the scripts that were asked for, `kept`
# the cookies that were made or removed.
CLOCK = """
(() => {
  let now = 0, last = 0;
  const timers = new Map();
  window.setTimeout = (call, ms = 0) => { timers.set(++last, [now + ms, call]); return last; };
  window.clearTimeout = (id) => { timers.delete(id); };
  window.tick = (ms) => {
    const end = now + ms;
    for (;;) {
      const [first] = [...timers].filter(([, [at]]) => at <= end).sort((one, other) => one[1][0] - other[1][0]);
      if (!first) break;
      timers.delete(first[0]);
      now = first[1][0];
      first[1][1]();
    }
    now = end;
  };
  const { sendBeacon } = navigator;
  const { append } = Element.prototype;
  window.sent = [];
  window.left = [];
  navigator.sendBeacon = (url) => { sent.push(url); left.push(url); return sendBeacon.call(navigator, url); };
  Element.prototype.append = function (script) { left.push(script.src); return append.call(this, script); };
  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
  window.kept = [];
  const set = function (text) { kept.push(text); cookie.set.call(this, text); };
  Object.defineProperty(Document.prototype, "cookie", {...cookie, set});
  window.views = () => left.filter((url) => url.includes("type=pageview")).length;
})();
"""


# The page of the test before says nothing when it is left, and makes no cookie.
SILENCE = """
navigator.sendBeacon = () => true;
Object.defineProperty(document, "cookie", {get: () => "", set() {}, configurable: true});
null;
"""


@pytest.fixture(scope="module")
def browser():
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def server():
    with TrackedPages() as server:
        yield server


class Visit:
    """One visitor's tab, at the pages of one test."""

    def __init__(self, tab, server):
        self.tab = tab
        self.server = server

    def page(self, path, body, *, title="A page", custom=None, loads=None):
        """Puts a page there, which loads the tracker by the seed's snippet unless `loads` says how."""
        loads = loads if loads is not None else '<script src="STATS/js"></script><script>clicky.init(500);</script>'
        options = "" if custom is None else f"<script>clicky_custom = {json.dumps(custom)};</script>"
        html = f"<!doctype html><title>{title}</title>{options}{loads}<body>{body}"
        self.server.pages[path] = html.replace("STATS", self.server.url(self.server.tracker(), ""))

    def open(self, path="/", host="awesome.test"):
        self.tab.open(self.server.url(host, path))

    def shown(self, body="", path="/", host="awesome.test", **options):
        """A page is put there and opened, and its page view is due."""
        self.page(path.partition("?")[0].partition("#")[0], body, **options)
        self.open(path, host)
        self.tab.run("tick(200)")

    def click(self, selector, **options):
        return self.tab.click(selector, **options)


@pytest.fixture(scope="module")
def tab(browser):
    with browser.tab(CLOCK) as tab:
        yield tab


@pytest.fixture
def visit(tab, server):
    """A new visitor: whom nothing is known of."""
    tab.run(SILENCE)
    tab.call("Network.clearBrowserCookies")
    server.begin()
    return Visit(tab, server)


def hits_of(server, number, kind="pageview"):
    return server.hits(number, kind)


# How it is loaded


def test_the_pasted_snippet_sends_one_page_view_with_what_a_tracker_says(visit, server):
    visit.shown(path="/shoes?size=9&a=b%20c", title="Shoes & more")

    hit = server.hit("pageview")
    assert (hit.method, hit.host, hit.path) == ("GET", server.tracker(), "/in.php")
    assert (hit["site_id"], hit["href"], hit["title"]) == ("500", "/shoes?size=9&a=b%20c", "Shoes & more")
    assert re.fullmatch(r"\d+x\d+", hit["res"])
    assert re.fullmatch(r"[1-9]\d{9}", hit["jsuid"])
    assert hit["lang"] == visit.tab.run("navigator.language")
    assert hit["tz"] == visit.tab.run("Intl.DateTimeFormat().resolvedOptions().timeZone")
    assert (hit["mime"], hit["ck"]) == ("js", "1")
    assert hit["x"] != ""
    assert not {"ref", "utm", "consent", "goal", "hm"} & {pair.partition("=")[0] for pair in hit.query.split("&")}


# What the reply set, as soon as no script is left.
TOLD = """
new Promise((done) => {
  const look = () => document.querySelector("script[src*='in.php']") ? requestAnimationFrame(look) : done(window.told);
  look();
})
"""


def test_the_reply_to_a_page_view_is_run_as_a_script_which_is_then_taken_away(visit, server):
    server.reply = "window.told = 7"

    visit.shown()

    assert visit.tab.run(TOLD) == 7


def test_a_white_labels_own_name_is_the_only_one_but_for_the_alias(visit, server):
    loads = f'<script src="{server.url(server.tracker("hotstatz"), "/js")}"></script><script>hotstatz.init(7);</script>'
    visit.shown(loads=loads)

    assert server.hit("pageview").host == server.tracker("hotstatz")
    assert visit.tab.run("[typeof window.clicky, window._cgen === window.hotstatz]") == ["undefined", True]


@pytest.mark.parametrize(
    "loads",
    [
        "<script>clicky_site_ids = [500];</script><script async src='STATS/js'></script>",
        "<script async src='STATS/js'></script><script>addEventListener('load', () => clicky_site_ids.push(500));</script>",
        "<script>clicky_site_id = 500;</script><script async src='STATS/js'></script>",
        "<script>async_site_id = 500;</script><script async src='STATS/js'></script>",
        "<script async data-id='500' src='STATS/js'></script>",
        "<script async src='STATS/500.js'></script>",
        "<script>clicky_site_ids = [500]; document.head.append(Object.assign(document.createElement('script'), {src: 'STATS/js'}));</script>",
        "<script>clicky_site_ids = [500];</script><script type='module' src='STATS/js'></script>",
        "<script src='STATS/js'></script><script src='STATS/js'></script><script>_cgen.init(500); clicky.init('500');</script>",
    ],
    ids=["queue", "push", "site_id", "async_site_id", "data-id", "own file", "appended", "module", "twice"],
)
def test_every_form_of_loading_sends_one_page_view_to_the_host_of_the_script(visit, server, loads):
    visit.shown(loads=loads)
    visit.tab.run("clicky.log('#end')")

    server.hit("click")
    hit = server.hit("pageview")
    assert (hit.host, hit["site_id"], hit["href"]) == (server.tracker(), "500", "/")


def test_each_site_of_a_page_has_its_page_view_also_one_that_comes_late(visit, server):
    visit.shown(
        loads="<script src='STATS/js'></script><script>clicky.init(500, 501); clicky.init('nothing');</script>",
        custom={"goal": 5},
    )
    visit.tab.run("clicky.init(502); tick(200)")

    assert {hit["goal"] for hit in server.hits(3, "pageview")} == {"5"}
    assert sorted(hit["site_id"] for hit in server.hits(3, "pageview")) == ["500", "501", "502"]
    visit.tab.run("clicky.log('/x')")
    assert sorted(hit["site_id"] for hit in server.hits(3, "click")) == ["500", "501", "502"]


def test_what_is_logged_before_a_site_is_named_waits_for_it(visit, server):
    visit.shown(loads="<script src='STATS/js'></script><script>clicky.goal('early'); clicky.pause(500);</script>")
    assert visit.tab.run("left") == []

    visit.tab.run("clicky.init(500); tick(200)")

    assert server.hit("goal")["goal[name]"] == "early"
    assert server.hit("pageview")["href"] == "/"


# What pages call


def test_log_and_goal_are_beacons_with_an_empty_body(visit, server):
    visit.shown()
    visit.tab.run(
        """clicky.log('#menu', 'The menu'); clicky.log('http://awesome.test:9/cart?a=1', 'Cart', 'pageview');
        clicky.log('http://other.test/a', 'Other', 'outbound'); clicky.log('/a.pdf', 'A', 'download');
        clicky.goal(12, 9.5); clicky.goal('Sold & paid')"""
    )

    click = server.hit("click")
    assert (click.method, click.body, click["href"], click["title"]) == ("POST", b"", "#menu", "The menu")
    assert "mime=" not in click.query
    assert {hit["href"] for hit in hits_of(server, 2)} == {"/", "/cart?a=1"}
    assert server.hit("outbound")["href"] == "http://other.test/a"
    assert server.hit("download")["href"] == "/a.pdf"
    goals = " ".join(hit.query for hit in hits_of(server, 2, "goal"))
    assert "goal[id]=12&goal[revenue]=9.5&" in goals  # brackets as they are
    assert "goal[name]=Sold%20%26%20paid&" in goals


def test_where_there_are_no_beacons_an_image_is_asked_for(visit, server):
    visit.shown()
    visit.tab.run("navigator.sendBeacon = () => false; clicky.log('/x')")

    assert server.hit("click").method == "GET"


def test_a_page_whose_policy_wants_a_nonce_is_tracked(visit, server):
    policy = "<meta http-equiv='Content-Security-Policy' content=\"script-src 'nonce-abc'\">"
    visit.shown(loads=f"{policy}<script async nonce='abc' src='STATS/500.js'></script>")

    assert server.hit("pageview").method == "GET"


def test_where_a_policy_lets_nobody_load_a_script_by_address_a_page_view_is_a_beacon(visit, server):
    policy = "<meta http-equiv='Content-Security-Policy' content=\"require-trusted-types-for 'script'\">"
    visit.shown(loads=f"<script async src='STATS/500.js'></script>{policy}")

    assert server.hit("pageview").method == "POST"


# What is noticed


BACK = """
new Promise((done) => { addEventListener('popstate', done, {once: true}); history.go(-2); }).then(() => tick(250))
"""


def test_an_application_that_changes_its_address_has_a_page_view_a_quarter_of_a_second_later(visit, server):
    visit.shown()
    assert visit.tab.run("history.pushState({}, '', '/two'), document.title = 'Two', tick(240), views()") == 1
    visit.tab.run("tick(20)")
    assert (hits_of(server, 2)[1]["href"], hits_of(server, 2)[1]["title"]) == ("/two", "Two")
    visit.tab.run("history.replaceState({}, '', '?page=3'), tick(250)")
    assert hits_of(server, 3)[2]["href"] == "/two?page=3"
    visit.tab.run("history.pushState({}, '', '#!route'), tick(250)")
    assert hits_of(server, 4)[3]["href"] == "/two?page=3#!route"
    visit.tab.run(BACK)
    assert hits_of(server, 5)[4]["href"] == "/"


def test_the_same_address_and_a_place_on_a_page_are_no_page_views(visit, server):
    visit.shown("<a href='#below'>below</a>")
    visit.tab.run("history.replaceState({seen: 1}, ''); tick(250)")
    visit.click("a")

    assert visit.tab.run("tick(250), views()") == 1


def test_history_can_be_left_alone(visit, server):
    visit.shown(custom={"history_disable": 1})

    assert visit.tab.run("history.pushState({}, '', '/two'), tick(250), views()") == 1


def test_a_click_on_a_link_to_elsewhere_arrives_though_the_page_is_left(visit, server):
    visit.page("/away", "", loads="")
    visit.shown(f"<a href='{server.url('other.test', '/away')}'>  The other\n site </a>")
    visit.click("a")

    visit.tab.loaded()
    hit = server.hit("outbound")
    assert (hit.method, hit["href"], hit["title"]) == ("POST", server.url("other.test", "/away"), "The other site")
    assert hit["jsuid"] == server.hit("pageview")["jsuid"]


def test_a_link_that_the_middle_button_opens_is_noticed_and_the_right_button_says_nothing(visit, server):
    visit.page("/away", "", loads="")
    visit.shown(f"<a href='{server.url('other.test', '/away')}'>other</a>")
    visit.click("a", button="right")
    visit.click("a", button="middle")

    assert server.hit("outbound")["title"] == "other"


LINKS = """
<base target="hidden"><iframe name="hidden" hidden></iframe>
<style>a, button { display: inline-block }</style>
<a id="file" href="/files/Report%202.PDF?v=1" title="The report">x</a> <a id="foreign-file" href="//cdn.test/a.zip">zip</a>
<a id="sub" href="//shop.awesome.test/">own shop</a> <a id="www" href="//www.awesome.test/">own www</a>
<a id="mail" href="mailto:john@example.com">mail</a> <a id="go" href="/out/7">ad</a>
<button id="marked" class="big clicky_log">Open <b id="inner">it</b></button>
<a id="hash" class="clicky_log" href="#panel">panel</a> <a id="script" class="clicky_log" href="javascript:void 0" name="js">js</a>
<span class="clicky_log_download"><a id="as-download" href="/make?pdf=1">make</a></span>
<a id="as-outbound" class="clicky_log_outbound" href="/partner">partner</a>
<a id="ignored" class="clicky_ignore" href="//other.test/">not this</a>
<p id="edited" class="clicky_log" contenteditable>typed</p> <button id="plain">nothing</button> <button id="stopped" onclick="event.stopPropagation()" class="clicky_log">stopped</button>
<a id="other" href="//other.test/last">last</a>
"""


def clicked(server):
    return [(hit["type"], hit["href"], hit.get("title")) for hit in server.hits(1, "click", "download", "outbound")]


def test_files_links_to_elsewhere_and_marked_elements_are_noticed_and_nothing_else(visit, server):
    visit.shown(LINKS, custom={"outbound_pattern": "/out/"})
    other, ad = "http://other.test/last", server.url("awesome.test", "/out/7")
    ids = "file foreign-file sub www go inner hash script as-download as-outbound ignored edited plain stopped"
    for each in [*ids.split(), "other"]:
        visit.click(f"#{each}")

    server.hits(11, "click", "download", "outbound")
    assert set(clicked(server)) == {
        ("download", "/files/Report%202.PDF?v=1", "The report"),
        ("download", "http://cdn.test/a.zip", "zip"),
        ("outbound", ad, "ad"),
        ("click", "#marked", "Open it"),
        ("click", "#panel", "panel"),
        ("click", "#script", "js"),
        ("download", "/make?pdf=1", "make"),
        ("outbound", server.url("awesome.test", "/partner"), "partner"),
        ("click", "#edited", None),
        ("click", "#stopped", "stopped"),
        ("outbound", other, "last"),
    }
    assert len(re.findall("type=(?:click|download|outbound)&", " ".join(visit.tab.run("sent")))) == 11


@pytest.mark.parametrize(
    ("option", "left"),
    [("outbound_disable", ["download", "click"]), ("advanced_disable", [])],
    ids=str,
)
def test_monitors_can_be_switched_off(visit, server, option, left):
    visit.shown(LINKS, custom={option: True})
    for each in ("other", "file", "marked"):
        visit.click(f"#{each}")

    assert sorted(re.findall(r"type=(click|outbound|download)&", " ".join(visit.tab.run("sent")))) == sorted(left)


def test_pings_say_for_eight_minutes_that_the_page_is_open(visit, server):
    visit.shown()
    counted = visit.tab.run(
        "[29, 1, 29, 1, 119, 1, 120, 120, 3600].map((s) => { tick(s * 1000); return sent.length; })"
    )

    assert counted == [0, 1, 1, 2, 2, 3, 4, 5, 5]
    names = {pair.partition("=")[0] for pair in hits_of(server, 5, "ping")[0].query.split("&")}
    assert names == {"site_id", "type", "jsuid", "x"}


@pytest.mark.parametrize(
    ("custom", "pings"), [({"ping_disable": 1}, 0), ({"timeout": 10}, 6), ({"timeout": 1000}, 121)]
)
def test_pings_are_as_long_as_a_page_wants_them_to_be(visit, server, custom, pings):
    visit.shown(custom=custom)

    assert visit.tab.run("tick(5 * 3600000), sent.length") == pings


def test_an_application_that_shows_another_page_begins_its_pings_anew(visit, server):
    visit.shown()

    assert visit.tab.run("tick(420000), sent.length") == 5
    assert visit.tab.run("history.pushState({}, '', '/two'), tick(30250), sent.length") == 6


def test_a_page_view_that_is_due_when_the_page_is_left_is_a_beacon(visit, server):
    visit.page("/next", "", loads="", title="next")
    visit.page("/", "")
    visit.open()
    visit.open("/next")  # and the clock of the first page has not moved

    hit = server.hit("pageview")
    assert (hit.method, hit.body, hit["href"], hit["title"]) == ("POST", b"", "/", "A page")


def test_another_page_of_an_application_is_a_beacon_if_that_is_left_at_once(visit, server):
    visit.page("/next", "", loads="")
    visit.shown()
    visit.tab.run("history.pushState({}, '', '/two')")
    visit.open("/next")

    assert {(hit.method, hit["href"]) for hit in hits_of(server, 2)} == {("GET", "/"), ("POST", "/two")}


def test_clicks_are_kept_for_the_click_map_until_there_are_ten_or_the_page_is_left(visit, server):
    visit.page("/next", "", loads="")
    visit.shown(
        "<p style='margin: 0; height: 300px'>text</p><a href='/next' style='display: block'>next</a>", path="/?a=1"
    )
    x, y = visit.click("p")
    assert visit.tab.run("sent.length") == 0
    width = visit.tab.run("document.documentElement.clientWidth")
    visit.tab.run("document.querySelector('p').click()")  # no mouse: no place
    visit.click("a")

    visit.tab.loaded()
    hit = server.hit("heatmap")
    first, last = hit.all("heatmap[]")
    assert (first, hit["hm"]) == (f"/?a=1|{round(x)}|{round(y)}|{width}", "yes")
    assert last.startswith("/?a=1|")


def test_the_click_map_is_sent_after_ten_clicks_or_five_seconds(visit, server):
    visit.shown("<p>text</p>")
    for _ in range(11):
        visit.click("p")
    assert len(server.hit("heatmap").all("heatmap[]")) == 10

    visit.tab.run("tick(5000)")

    assert len(hits_of(server, 2, "heatmap")[1].all("heatmap[]")) == 1


@pytest.mark.parametrize(("custom", "points"), [({"heatmap_disable": 1}, 0), ({"heatmap_objects": ["#one"]}, 1)])
def test_a_page_says_what_belongs_to_its_click_map(visit, server, custom, points):
    visit.shown("<p id=one><b>one</b></p><p id=two>two</p>", custom=custom)
    visit.click("#one b")
    visit.click("#two")
    visit.tab.run("tick(5000)")

    assert sum(url.count("heatmap[]=") for url in visit.tab.run("sent")) == points


SOUND = "data:audio/wav;base64,UklGRjQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YRAAAACAgICAgICAgICAgICAgICA"
PLAYED = f"""
new Promise((done) => {{
  const sound = Object.assign(document.querySelector('audio'), {{src: '{SOUND}', onended: () => done(sent.length)}});
  sound.play();
}})
"""


def test_sound_and_video_are_noticed_where_a_page_wants_that(visit, server):
    visit.shown("<audio title='A song'></audio>")
    assert visit.tab.run(PLAYED) == 0
    visit.tab.run("clicky_custom = {html_media_track: 1}")
    visit.tab.run(PLAYED)

    by_action = {hit["video[action]"]: (hit["title"], hit["video[time]"]) for hit in hits_of(server, 2, "video")}
    assert by_action == {"play": ("A song", "0"), "end": ("A song", "0")}


# Who is not tracked, and what is kept


@pytest.mark.parametrize(
    "signal",
    [
        "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})",
        "Object.defineProperty(navigator, 'doNotTrack', {value: '1'})",
        "window.doNotTrack = '1'",
    ],
    ids=["GPC", "DNT", "old DNT"],
)
def test_who_does_not_want_to_be_tracked_is_not_and_gets_no_cookie_unless_he_consents_here(visit, server, signal):
    visit.page("/", "<a href='//other.test/' onclick='event.preventDefault()'>away</a>")
    with visit.tab.before(signal):
        visit.open()
    visit.tab.run("tick(200)")
    visit.click("a")

    assert visit.tab.run("clicky.log('/x'), clicky.goal(1), tick(60000), [left, kept]") == [[], []]
    visit.tab.run("clicky_custom = {visitor_consent: 1}, clicky.log('/consented')")
    hit = server.hit("click")
    assert (hit["href"], hit["consent"]) == ("/consented", "1")
    assert len(server.hits(1)) == 1


@pytest.mark.parametrize("cookie", ["_no_tracky_500", "no_trackyy_500"])
def test_who_has_opted_out_of_a_site_is_told_to_the_others_alone(visit, server, cookie):
    visit.page("/", "", loads=f"<script>document.cookie = '{cookie}=1'</script><script src='STATS/js'></script>")
    visit.open()

    assert visit.tab.run("clicky.init(500), tick(200), clicky.log('/x'), [left, document.cookie]") == [
        [],
        f"{cookie}=1",
    ]
    visit.tab.run("clicky.init(501), tick(200), clicky.log('/y')")
    assert server.hit("click")["site_id"] == "501"
    assert server.hit("pageview")["site_id"] == "501"


def test_consent_that_was_not_given_keeps_cookies_away_and_nothing_else(visit, server):
    visit.shown(custom={"visitor_consent": 0})

    hit = server.hit("pageview")
    assert (hit.get("jsuid"), hit.get("consent"), hit["ck"], visit.tab.run("kept")) == (None, None, "0", [])
    visit.tab.run("clicky_custom.visitor_consent = 1; clicky.log('/x')")
    assert len(server.hit("click")["jsuid"]) == 10


@pytest.mark.parametrize("option", ["cookies_disable", "no_cookies"])
def test_cookies_can_be_switched_off(visit, server, option):
    visit.shown(custom={option: 1, "visitor": {"name": "billy"}, "visitor_keys_cookie": "name"})

    assert (server.hit("pageview").get("jsuid"), visit.tab.run("kept")) == (None, [])


def test_a_visitor_is_known_on_all_hosts_of_a_domain(visit, server):
    """And his cookie is not prolonged; it ends a year after it was made."""
    visit.shown(host="www.awesome.test")
    kept = {each["name"]: each for each in visit.tab.call("Network.getCookies")["cookies"]}
    visit.shown(host="shop.awesome.test")
    again = {each["name"]: each for each in visit.tab.call("Network.getCookies")["cookies"]}

    first, second = hits_of(server, 2)
    assert first["jsuid"] == second["jsuid"] == kept["_jsuid"]["value"]
    assert kept.keys() == {"_jsuid", "_first_pageview"}
    assert kept["_jsuid"]["domain"] == ".awesome.test"
    assert kept["_jsuid"]["expires"] == again["_jsuid"]["expires"]


def test_a_page_says_how_far_its_cookies_reach(visit, server):
    visit.shown(host="a.shop.awesome.test", custom={"cookie_domain": "shop.awesome.test"})

    server.hit("pageview")
    assert {each["domain"] for each in visit.tab.call("Network.getCookies")["cookies"]} == {".shop.awesome.test"}


def test_where_a_visitor_came_from_is_said_once_a_visit_and_only_if_it_is_elsewhere(visit, server):
    visit.page(
        "/from",
        f"<a href='{server.url('awesome.test', '/landing?utm_source=news&x=1#utm_campaign=a%20b')}'>go</a>",
        loads="",
    )
    visit.page("/landing", "<a href='/inside'>go</a>")
    visit.page("/inside", "")
    for number, comes_from in ((1, "partner.test"), (2, None), (3, "partner.test")):
        if comes_from:
            visit.open("/from", comes_from)
        visit.click("a")
        visit.tab.loaded()
        visit.tab.run("tick(200)")
        hits_of(server, number)

    landed, inside, again = hits_of(server, 3)
    assert (landed["ref"], landed["utm"]) == (server.url("partner.test"), "utm_source=news&utm_campaign=a%20b")
    assert (inside["href"], inside.get("ref"), inside.get("utm")) == ("/inside", None, None)
    assert (again["href"].partition("?")[0], again.get("ref")) == ("/landing", None)


def test_a_page_in_a_frame_is_tracked_where_it_says_so(visit, server):
    visit.page("/framed", "framed")
    visit.page("/willing", "willing", custom={"track_iframe": 1})
    visit.page("/", "<iframe src='/framed'></iframe><iframe src='/willing'></iframe>", loads="")
    visit.open()
    visit.tab.run("frames[0].tick(200), frames[1].tick(200)")

    assert server.hit("pageview")["href"] == "/willing"
    assert visit.tab.run("frames[0].left") == []


def test_a_server_that_asks_for_less_gets_page_views_alone(visit, server):
    visit.shown()

    assert visit.tab.run("unpoco_500 = 1, clicky.log('/x'), tick(60000), sent") == []
    visit.tab.run("history.pushState({}, '', '/two'), tick(250)")
    assert len(hits_of(server, 2)) == 2


# What a page says in its options


def test_a_pages_options_stand_in_its_first_page_view(visit, server):
    custom = {
        "href": "/virtual",
        "title": "Virtual",
        "goal": {"id": 5, "revenue": "2.50"},
        "split": {"name": "button", "version": "red", "goal": ["7", "8"]},
        "visitor": {"username": "billy", "plan": "pro é"},
        "visitor_consent": 1,
    }
    visit.shown(custom=custom)
    hits_of(server, 1)
    visit.tab.run("history.pushState({}, '', '/two'), tick(250)")

    first, second = hits_of(server, 2)
    assert (first["href"], first["title"], first["consent"]) == ("/virtual", "Virtual", "1")
    assert (first["goal[id]"], first["goal[revenue]"]) == ("5", "2.50")
    assert (first["split[name]"], first["split[version]"], first.all("split[goal][]")) == ("button", "red", ["7", "8"])
    assert (first["custom[username]"], first["custom[plan]"]) == ("billy", "pro é")
    assert (second["href"], second["title"], second["custom[username]"]) == ("/two", "A page", "billy")
    assert (second.get("goal[id]"), second.get("split[name]")) == (None, None)


def test_what_old_pages_said_in_variables_of_their_own_is_read_too(visit, server):
    variables = (
        "clicky_page_title = 'Old'; clicky_goal = 3; clicky_custom_session = {user: 'ann'}; clicky_pause_timer = 500;"
    )
    visit.shown(loads=f"<script>{variables}</script><script src='STATS/js'></script><script>clicky.init(500)</script>")

    hit = server.hit("pageview")
    assert (hit["title"], hit["goal"], hit["custom[user]"]) == ("Old", "3", "ann")


def test_a_white_labels_pages_may_use_its_name_for_their_variables(visit, server):
    variables = "hotstatz_custom = {title: 'Own'}; hotstatz_site_ids = [9];"
    visit.shown(
        loads=f"<script>{variables}</script><script src='{server.url(server.tracker('hotstatz'), '/js')}'></script>"
    )

    assert (server.hit("pageview")["title"], server.hit("pageview")["site_id"]) == ("Own", "9")


def test_an_automatic_page_view_can_be_left_out(visit, server):
    visit.shown(custom={"pageview_disable": 1, "goal": 4})
    visit.tab.run("history.pushState({}, '', '/two'), tick(250), clicky.log('/mine', 'Mine', 'pageview')")

    hit = server.hit("pageview")
    assert (hit["href"], hit["title"], hit["goal"]) == ("/mine", "Mine", "4")


def test_what_is_newly_known_of_a_visitor_goes_with_the_next_hit_once(visit, server):
    visit.shown()
    visit.tab.run("clicky_custom = {visitor: {username: 'ann'}}; clicky.log('/one'); clicky.log('/two')")

    by_href = {hit["href"]: hit.get("custom[username]") for hit in hits_of(server, 2, "click")}
    assert by_href == {"/one": "ann", "/two": None}


def test_what_a_page_wants_to_be_kept_of_its_visitor_is_said_on_later_pages(visit, server):
    visit.shown(custom={"visitor": {"username": "ann", "secret": "s"}, "visitor_keys_cookie": ["username"]})
    visit.shown(path="/two", custom={"visitor_keys_cookie": ["username"]})
    visit.shown(path="/three", custom={"visitor_keys_cookie": ["username"], "sticky_data_disable": 1})

    by_href = {hit["href"]: (hit.get("custom[username]"), hit.get("custom[secret]")) for hit in hits_of(server, 3)}
    assert by_href == {"/": ("ann", "s"), "/two": ("ann", None), "/three": (None, None)}


def test_the_browsers_further_hints_are_asked_for_where_a_page_wants_them(visit, server):
    visit.page("/", "", custom={"getHighEntropyValues": 1})
    visit.open(host="localhost")  # browsers give them to secure pages alone, and this machine is one
    visit.tab.run("navigator.userAgentData.getHighEntropyValues(['model']).then(() => tick(200))")

    assert server.hit("pageview")["hep"].startswith("Linux")


def test_a_page_may_hold_strange_texts(visit, server):
    visit.shown(custom={"visitor": {"half": "\ud83d", "long": "é" * 9000, "none": None, "k&[]": 1}})

    hit = server.hit("pageview")
    assert (hit["custom[half]"], hit["custom[long]"], hit.get("custom[none]")) == ("\ufffd", "é" * 2048, None)
    assert "custom[k%26%5B%5D]=1" in hit.query
