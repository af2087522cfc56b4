"""The lanes of hits are their declared routes, only faster: as `test_lane_and_declared.py` has it for StatHat's."""

from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from producers.clicky.hits import lane
from testkit.lane_talks import CLOSE, FORM, OTHER_HEADERS, Both, Request, Speech, Talk, both_of, forms
from testkit.tracked import ADMIN_KEY, a_hits_edge

BEACON = (b"Content-Type", b"text/plain;charset=UTF-8")
OURS = (b"Referer", b"https://www.awesome.com/a?b=c")
FIREFOX = (b"User-Agent", b"Firefox/128.0")
HEADERS = [
    *(OURS, FIREFOX, (b"Origin", b"https://awesome.test"), (b"origin", b"null"), (b"Referer", b"https://other.com/")),
    *((b"User-Agent", b"Googlebot/2.1"), (b"Referer", b"\xff"), (b"User-Agent", b"")),
]
NAMES = [
    *("site_id", "type", "href", "title", "ref", "jsuid", "mime", "x", "res", "lang", "tz", "utm", "goal", "custom"),
    *("goal[id]", "heatmap[]", "split[goal][]", "custom[a]", "ck", "basket", "", "Site_id", " href", "sitekey_admin"),
    *("ip_address", "session_id", "ua"),
]
VALUES = [
    *("2", "1", "77", "two", "", " 2 ", "2" * 30, "pageview", "ping", "goal", "outbound", "js", "gif", "/", "/a?b=1"),
    *("https://awesome.com/x", "https://other.com/x", "#a", "café", "日本", "%", "+", "a=b", "\x00", "n" * 300),
    *("3228480604", "<x>", ADMIN_KEY, "203.0.113.7", "::1"),
]
GOOD = [
    [b"site_id=2", b"href=%2Fa", b"jsuid=3228480604", b"mime=js"],
    [b"site_id=2", b"type=heatmap", b"heatmap[]=a", b"heatmap[]=b", b"custom[a]=b"],
    [b"site_id=2", b"sitekey_admin=" + ADMIN_KEY.encode(), b"ip_address=203.0.113.7"],
]
FORMS = forms(NAMES, VALUES, GOOD)
SPEECH = Speech(
    ["/in.php"] * 8 + ["/2ns.gif"] * 4 + ["/1ns.gif", "/77ns.gif", "/02ns.gif", "/xns.gif", "/in.php/", "//in.php", "/2ns.gif/"],
    FORMS,
    FORMS | st.just(b""),
    HEADERS,
    [BEACON[1], FORM[1], b"text/plain", b"application/json", b""],
)  # fmt: skip
QUERY = "/in.php?site_id=2&type=pageview&href=%2Fa&jsuid=3228480604&mime=js"
A_HIT = Request("GET", QUERY, (), (OURS, FIREFOX))
A_BEACON = Request("POST", QUERY, (b"",), (BEACON, OURS))
A_FORM = Request("POST", "/in.php", (b"site_id=2&href=/a&custom[a]=b",), (FORM, OURS))
A_PICTURE = Request("GET", "/2ns.gif", (), (OURS, FIREFOX))
FOREIGN = Request("GET", QUERY, (), (HEADERS[4],))
UNKNOWN = Request("GET", "/in.php?site_id=77")


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    with both_of(lambda *, lanes: a_hits_edge(lanes=lanes), "id", "key") as both:
        yield both


@pytest.mark.parametrize("is_full", [False, True])
@pytest.mark.parametrize(
    "asked",
    [
        *(A_HIT, A_BEACON, A_FORM, A_PICTURE, FOREIGN, UNKNOWN),
        Request("GET", QUERY + "&heatmap[]=a&heatmap[]=b", (), (OURS,)),
        Request("GET", QUERY, (b"title=more",), (FORM, OURS)),
        Request("POST", QUERY, (b"mime=gif&title=more",), (FORM, OURS)),
        Request("POST", "/in.php?site_id=2", (b"mime=js",), (FORM, OURS)),
        Request("GET", f"/in.php?site_id=2&sitekey_admin={ADMIN_KEY}&ip_address=203.0.113.7"),
        Request("HEAD", QUERY),
        Request("GET", "/2ns.gif?title=said", (), (OURS,)),
        Request("GET", "/" + "2" * 30 + "ns.gif"),
        Request("GET", QUERY, (), (OURS, HEADERS[4])),
        Request("GET", QUERY, (), (HEADERS[4], OURS)),
        Request("GET", QUERY, (), (OURS, CLOSE)),
        Request("POST", QUERY, (), (BEACON, OTHER_HEADERS[3])),
    ],
    ids=lambda asked: f"{asked.method} {asked.target[:40]}" if isinstance(asked, Request) else "",
)
def test_they_are_one_where_they_might_not_be(both: Both, asked: Request, is_full: bool) -> None:
    """Again, pipelined, and with a full log."""
    both.agree_in_company(asked, A_HIT, A_PICTURE, is_full=is_full)


@given(SPEECH.talks())
@settings(max_examples=150)
@example(Talk((A_FORM.wire, A_FORM.wire[:-3]), "leaves"))
def test_the_lanes_and_the_declared_routes_are_one(both: Both, talk: Talk) -> None:
    """The bytes of all answers, the end of the connection, events, their partitions, what is counted as taken and as
    refused: all the same.
    """
    both.agree(talk)


@pytest.mark.parametrize("asked", [A_HIT, A_FORM, A_PICTURE], ids=["hit", "form", "picture"])
def test_packets_may_end_anywhere(both: Both, asked: Request) -> None:
    """Every place of a request, another one behind it."""
    both.agree_wherever_packets_end(asked, behind=A_HIT)


@pytest.mark.parametrize("asked", [A_HIT, A_BEACON, A_FORM, A_PICTURE], ids=["hit", "beacon", "form", "picture"])
def test_the_lanes_are_taken_at_all(both: Both, asked: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else this page would compare the declared routes with themselves."""
    monkeypatch.setattr(both.laned.intake, "take", partial(pytest.fail, "the declared route was asked"))
    seen = both.talk_to(both.laned, Talk((asked.wire, asked.wire)))

    assert (seen.written[:15], seen.taken) == (b"HTTP/1.1 200 OK", 2)
    assert lane.lanes
