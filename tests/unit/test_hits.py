"""Hits of pages, pictures and servers: what is taken, what is refused and why, and what everybody is answered."""

from urllib.parse import urlencode

import pytest

from producers.clicky.hits import reading, routes
from producers.clicky.hits.intake import HEADERS_REMEMBERED_MAX
from producers.clicky.reasons import Reason
from producers.web.bounded_bodies import BodyError, BodyFault
from producers.web.pixel import GIF
from testkit.asking import FORM, ask
from testkit.tracked import ADMIN_KEY, PAGE, SITE, HitsEdge, a_hits_edge, hit, site_created
from tilde.domain.hits.traits import VALUE_MAX
from tilde.domain.hits.visitor import Addresses
from tilde.eventlog import LogError, Record

AGENT = (b"user-agent", b"Mozilla/5.0 (X11; rv:128.0) Gecko/20100101 Firefox/128.0")
TRACKER = (
    "site_id=2&type=pageview&href=%2Fshop%3Fa%3D1&title=The%20shop&ref=https%3A%2F%2Fsearch.example%2F%3Fq%3Dshoes"
    "&res=1920x1080&lang=en-US&tz=Europe%2FVienna&tc=0&ck=1&utm_source=mail&jsuid=3228480604&mime=js&x=0.33"
)


@pytest.fixture
async def edge(tmp_path) -> HitsEdge:
    return await a_hits_edge(tmp_path)


def without_sealed(record):
    return {name: value for name, value in record.items() if name not in {"id", "visitor", "key", "who", "said"}}


async def test_a_hit_of_the_tracker_is_taken_in_whole(edge):
    """Each parameter in its field, the clock of the site as it is set, and nothing that identifies in plain."""
    answer = await hit(edge, TRACKER, [(b"referer", b"https://www.awesome.com/"), AGENT])
    (record,) = edge.records()

    assert (answer.status, answer.body) == (200, b"/* ok */\n")
    assert (b"content-type", b"text/javascript; charset=utf-8") in answer.headers
    assert without_sealed(record) == {
        "site": SITE,
        "clock_offset_s": -28_800,
        "clock_rule": "usa",
        "received_at": edge.clock.now_ms(),
        "type": "pageview",
        "transport": "script",
        "href": "/shop?a=1",
        "host": "www.awesome.com",
        "title": "The shop",
        "ref": "https://search.example/?q=shoes",
        "lang": "en-US",
        "res": "1920x1080",
        "tz": "Europe/Vienna",
        "agent": "Mozilla/5.0 (X11; rv:128.0) Gecko Firefox/128.0",
        "bot": None,
        "network": "127.0.0.0",
        "known_by": "id",
        "parameters": [
            {"name": "tc", "value": "0"},
            {"name": "ck", "value": "1"},
            {"name": "utm_source", "value": "mail"},
        ],
    }
    assert edge.opened(record) == (
        {"id": "3228480604", "address": "127.0.0.1", "agent": AGENT[1].decode()},
        None,
    )
    assert edge.intake.tally.taken == 1


async def test_what_has_no_field_is_kept_in_order_and_unknown_things_are_sealed(edge):
    """Goals, split tests, click maps and videos in plain, custom data and what nobody knows with the visitor's key."""
    query = (
        "site_id=2&type=heatmap&goal[id]=7&goal%5Brevenue%5D=19.95&custom[username]=billy&custom[mail]=b@example.com"
        "&split[name]=red&split[goal][]=1&split[goal][]=2&heatmap[]=/a|1|2|3&heatmap[]=/a|4|5|6&hm=yes"
        "&video[action]=play&basket=shoes&basket=hats&jsuid=1"
    )
    await hit(edge, query)
    (record,) = edge.records()
    _, said = edge.opened(record)

    assert [(each["name"], each["value"]) for each in record["parameters"]] == [
        ("goal[id]", "7"),
        ("goal[revenue]", "19.95"),
        ("split[name]", "red"),
        ("split[goal][]", "1"),
        ("split[goal][]", "2"),
        ("heatmap[]", "/a|1|2|3"),
        ("heatmap[]", "/a|4|5|6"),
        ("hm", "yes"),
        ("video[action]", "play"),
    ]
    assert said == {"custom": {"username": "billy", "mail": "b@example.com"}, "unknown": [["basket", "shoes"]]}
    assert record["type"] == "heatmap"


@pytest.mark.parametrize(
    ("sent", "type_"),
    [("", "pageview"), ("&type=", "pageview"), ("&type=nonsense", "pageview"), ("&type=ping", "ping")]
    + [(f"&type={each}", each) for each in ("click", "download", "outbound", "goal", "video", "custom")],
)
async def test_a_hit_without_a_type_or_of_another_is_a_page_view(edge, sent, type_):
    """As the service had it, in 2010 and in its reference functions."""
    await hit(edge, f"site_id=2{sent}&href=/")

    assert [record["type"] for record in edge.records()] == [type_]


async def test_parameters_come_in_the_query_or_in_a_body_of_whatever_type(edge):
    """A beacon is a POST with all in the query, or a text; a form works too. The query goes before the body."""
    query = "/in.php?site_id=2&href=/query"
    text = [(b"content-type", b"text/plain;charset=UTF-8")]
    answers = [
        await ask(edge.app, "POST", query, headers=[*PAGE, *text]),
        await ask(edge.app, "POST", "/in.php", b"site_id=2&href=/text", [*PAGE, *text]),
        await ask(edge.app, "POST", "/in.php", b"site_id=2&href=/form", [*PAGE, *FORM]),
        await ask(edge.app, "POST", query, b"href=/body&title=both", PAGE),
        await ask(edge.app, "GET", "//in.php/?site_id=2&href=/slashes", headers=PAGE),
    ]

    assert [(each.status, each.body) for each in answers] == [(200, b"ok\n")] * 5
    seen = [(record["href"], record["title"]) for record in edge.records()]
    assert seen == [("/query", None), ("/text", None), ("/form", None), ("/query", "both"), ("/slashes", None)]


async def test_a_picture_counts_the_page_that_has_it(edge):
    """Its Referer says which; without one the page is not known, and the view counts."""
    where = f"/{SITE}ns.gif"
    answers = [
        await ask(edge.app, "GET", where, headers=[(b"referer", b"https://blog.awesome.com/a?b=1"), AGENT]),
        await ask(edge.app, "GET", where),
        await ask(edge.app, "HEAD", where),
    ]

    assert [each.status for each in answers] == [200, 200, 200]
    assert answers[0].body == GIF
    assert {(b"cache-control", b"no-store"), (b"content-type", b"image/gif")} <= set(answers[0].headers)
    assert [(each["href"], each["host"], each["transport"], each["known_by"]) for each in edge.records()] == [
        ("/a?b=1", "blog.awesome.com", "pixel", "address"),
        ("", None, "pixel", "address"),
    ]


@pytest.mark.parametrize(
    ("headers", "href", "is_taken"),
    [
        ([], "/", True),
        ([(b"referer", b"https://awesome.com/x")], "/", True),
        ([(b"origin", b"https://shop.awesome.com")], "/", True),
        ([(b"referer", b"http://awesome.test:8080/")], "/", True),
        ([(b"origin", b"null")], "/", True),
        ([(b"referer", b"https://other.com/")], "/", False),
        ([(b"origin", b"https://notawesome.com")], "/", False),
        ([(b"referer", b"https://awesome.com.evil.com/")], "/", False),
        ([], "https://other.com/x", False),
        ([], "https://www.awesome.com/x", True),
        ([], "//two.com/a", False),
        ([], "http:/two.com/x", False),
        ([], "//www.awesome.com/x", True),
        ([], "//shop/x", True),
        ([], "//index.php", False),
        ([(b"referer", b"https://awesome.com//index.php")], "//index.php", True),
        ([(b"referer", b"//two.com/x")], "/", False),
    ],
)
async def test_hits_come_from_the_sites_own_domains_alone(edge, headers, href, is_taken):
    """Its domain, its mirrors and what is below them; one that says nothing of where it is from is taken. A page gets
    its answer all the same.
    """
    answer = await hit(edge, {"href": href, "mime": "js"}, headers)
    said = b"/* ok */\n" if is_taken else b"/* not counted: foreign_page */\n"

    assert (answer.status, answer.body) == (200, said)
    assert len(edge.records()) == is_taken
    assert edge.intake.tally.refused == ({} if is_taken else {Reason.FOREIGN_PAGE: 1})
    assert edge.intake.tally.refused_of == ({} if is_taken else {(SITE, Reason.FOREIGN_PAGE): 1})


async def test_an_outbound_link_leads_wherever_it_leads(edge):
    """Only the href of a page view says where the page is."""
    await hit(edge, {"type": "outbound", "href": "https://other.com/x"})

    assert edge.records()[0]["href"] == "https://other.com/x"


@pytest.mark.parametrize("by", ["page", "server"])
@pytest.mark.parametrize(
    ("href", "kept"),
    [
        ("https:/joe:hunter2@other.com/", "https://other.com/"),
        ("//joe:hunter2@other.com/", ""),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("telnet://other.com:23", "telnet://other.com:23"),
        (f"http://joe:{'p' * 5_000}@other.com/", "http://other.com/"),
    ],
)
async def test_a_link_that_leads_nowhere_is_none_and_one_that_leads_away_has_no_password(edge, href, kept, by):
    """Whoever sends it, and however long the password is."""
    fields = {"type": "outbound", "href": href}
    await hit(edge, fields if by == "page" else of_server(**fields))

    assert [(each["type"], each["href"]) for each in edge.records()] == [("outbound", kept)]


@pytest.mark.parametrize(
    ("ref", "kept"),
    [
        ("http://joe:hunter2@other.com/", "http://other.com/"),
        ("https:/joe:hunter2@other.com/", "https://other.com/"),
        (f"http://joe:{'p' * 5_000}@other.com/", "http://other.com/"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("android-app://com.example/", "android-app://com.example/"),
    ],
)
async def test_where_a_visitor_came_from_is_an_address_without_a_password(edge, ref, kept):
    await hit(edge, {"href": "/", "ref": ref})

    assert [each["ref"] for each in edge.records()] == [kept]


async def test_a_referer_has_no_password(edge):
    """However long it is."""
    for secret in (b"hunter2", b"p" * 5_000):
        headers = [(b"referer", b"https://joe:" + secret + b"@awesome.com/x")]
        await ask(edge.app, "GET", f"/{SITE}ns.gif", headers=headers)

    assert [(each["href"], each["host"]) for each in edge.records()] == [("/x", "awesome.com")] * 2


@pytest.mark.parametrize(
    ("query", "reason", "of"),
    [
        ("href=/", Reason.NO_SITE, {}),
        ("site_id=two&href=/", Reason.NO_SITE, {}),
        ("site_id=77&href=/", Reason.UNKNOWN_SITE, {}),
        ("site_id=1&href=/", Reason.UNKNOWN_SITE, {}),
    ],
)
async def test_a_hit_for_no_site_is_refused_and_answered(edge, query, reason, of):
    """Sites that are not there have no metric of their own: anybody can name a million of them."""
    answer = await hit(edge, query)

    assert (answer.status, answer.body) == (200, f"not counted: {reason.value}\n".encode())
    assert edge.intake.tally.refused == {reason: 1}
    assert edge.intake.tally.refused_of == of
    assert edge.records() == []


def of_server(**fields: str) -> dict[str, str]:
    return {"sitekey_admin": ADMIN_KEY, "ip_address": "198.51.100.9", "ua": "Opera/9.80", "href": "/pay", **fields}


async def test_a_sites_own_server_logs_with_its_admin_sitekey(edge):
    """From wherever it runs, for the visitor that it names; its own address and user agent are nobody's."""
    foreign = [(b"referer", b"https://other.com/"), (b"user-agent", b"PHP/8")]
    first = await hit(edge, of_server(type="goal", **{"goal[id]": "7"}), foreign)
    later = of_server(type="click")
    del later["ua"]
    await hit(edge, later)
    await hit(edge, {"sitekey_admin": ADMIN_KEY, "session_id": "4711", "custom[username]": "billy", "type": "custom"})
    one, two, three = edge.records()

    assert (first.status, first.body) == (200, b"ok\n")
    assert [each["transport"] for each in (one, two, three)] == ["server"] * 3
    assert [each["known_by"] for each in (one, two, three)] == ["address", "address", "session"]
    assert one["visitor"] == two["visitor"], "the user agent comes with the first action of a session alone"
    assert edge.opened(one)[0] == {"address": "198.51.100.9", "agent": "Opera/9.80"}
    assert edge.opened(three) == ({"session": "4711"}, {"custom": {"username": "billy"}, "unknown": []})
    assert (one["agent"], one["host"], one["network"]) == ("Opera/9.80", None, "198.51.100.0")


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"sitekey_admin": "wrong"}, 403, Reason.INVALID_SITEKEY),
        ({"ip_address": "nowhere"}, 400, Reason.NO_VISITOR),
        ({"ip_address": ""}, 400, Reason.NO_VISITOR),
    ],
)
async def test_a_server_is_told_that_its_hit_is_refused(edge, changes, status, reason):
    """It looks whether there is an answer, and would take any other for success."""
    answer = await hit(edge, of_server(**changes))

    assert (answer.status, answer.body) == (status, f"not counted: {reason.value}\n".encode())
    assert edge.intake.tally.refused_of == {(SITE, reason): 1}
    assert edge.records() == []


async def test_a_crawler_is_marked_and_not_lost(edge):
    """By the list of the package."""
    await hit(edge, {"href": "/"}, [(b"user-agent", b"Mozilla/5.0 (compatible; Googlebot/2.1)")])

    assert [record["bot"] for record in edge.records()] == ["Googlebot"]


async def test_a_site_that_has_changed_is_what_it_is_now(edge):
    """Its domains and its clock: later hits have the new one."""
    await hit(edge, {"href": "/"})
    await edge.decide(site_created(domain="new.com", mirrors=(), offset_s=3_600, clock_rule="eu"))
    await edge.follower.read_to_end()
    old = await hit(edge, {"href": "/"})
    await hit(edge, {"href": "/"}, [(b"referer", b"https://new.com/")])

    assert old.body == b"not counted: foreign_page\n"
    clocks = [(record["clock_offset_s"], record["clock_rule"]) for record in edge.records()]
    assert clocks == [(-28_800, "usa"), (3_600, "eu")]


async def test_a_hit_that_cannot_be_kept_is_503(edge):
    """Pictures too: a picture that says it counts would be a lie."""
    edge.writer.is_full = True
    script = await hit(edge, {"href": "/", "mime": "js"})
    picture = await ask(edge.app, "GET", f"/{SITE}ns.gif")

    assert (script.status, script.body) == (503, b"/* not counted: log_not_writable */\n")
    assert picture.status == 503
    assert (b"retry-after", b"5") in script.headers
    assert edge.intake.tally.refused == {Reason.LOG_NOT_WRITABLE: 2}


async def test_while_the_log_is_away_only_sites_that_there_are_have_a_count_of_their_own(edge, monkeypatch):
    """Ids that somebody made up would fill the table that they share, so that no real site is counted any more."""

    async def away(*_: object) -> list[Record]:
        raise LogError("away")

    monkeypatch.setattr(edge.log, "read", away)
    edge.writer.is_full = True
    made_up = [await hit(edge, "site_id=77&href=/"), await ask(edge.app, "GET", "/78ns.gif")]
    await hit(edge, {"href": "/"})

    assert [answer.status for answer in made_up] == [503, 503]
    assert edge.intake.tally.refused == {Reason.LOG_NOT_WRITABLE: 3}
    assert edge.intake.tally.refused_of == {(SITE, Reason.LOG_NOT_WRITABLE): 1}


async def test_a_clock_that_is_plainly_wrong_is_503(edge):
    """No hit gets an id by it."""
    edge.clock.advance(-edge.clock.now_ms())
    answer = await hit(edge, {"href": "/"})

    assert (answer.status, answer.body) == (503, b"not counted: clock_is_wrong\n")
    assert edge.intake.tally.refused == {Reason.CLOCK_IS_WRONG: 1}
    assert edge.intake.tally.refused_of == {(SITE, Reason.CLOCK_IS_WRONG): 1}


async def test_a_body_that_is_too_long_or_cut_off_is_refused(edge):
    """It is not read to its end."""
    long = await ask(edge.app, "POST", "/in.php", [b"site_id=2&x=", b"y" * (64 << 10)], PAGE)
    cut = await ask(edge.app, "POST", "/in.php", [b"site_id=2", None], PAGE)

    assert (long.status, long.body) == (413, b"not counted: body_too_long\n")
    assert (cut.status, cut.body) == (400, b"not counted: body_cut_off\n")
    assert edge.intake.tally.refused == {Reason.BODY_TOO_LONG: 1, Reason.BODY_CUT_OFF: 1}


async def test_a_hit_whose_body_has_no_room_is_asked_for_again(edge, monkeypatch):
    """As all other posts are."""

    async def no_room(*_):
        raise BodyError(BodyFault.NO_ROOM)

    monkeypatch.setattr(routes, "bounded_body", no_room)
    answer = await ask(edge.app, "POST", "/in.php?site_id=2", headers=PAGE)

    assert (answer.status, answer.body) == (503, b"not counted: no_room\n")
    assert edge.intake.tally.refused == {Reason.NO_ROOM: 1}


async def test_long_texts_are_cut_and_many_parameters_end(edge):
    """The hit counts, and an event stays small."""
    fields = {"title": "t" * 5_000, "href": "/" + "h" * 9_000, "ref": "http://r/" + "r" * 9_000, "lang": "l" * 500}
    many = {f"goal[{n}]": "v" * 5_000 for n in range(10)} | {f"u{n}": "1" for n in range(200)}
    body = urlencode({"site_id": "2", **fields}).encode()
    await ask(edge.app, "POST", f"/in.php?{urlencode(many)[:60_000]}", body, PAGE)
    (record,) = edge.records()
    _, said = edge.opened(record)

    assert len(record["title"]) == reading.TITLE_MAX
    assert len(record["href"]) == len(record["ref"]) == reading.ADDRESS_MAX
    assert len(record["lang"]) == reading.TEXT_MAX
    assert {len(each["value"]) for each in record["parameters"]} == {VALUE_MAX}
    assert len(record["parameters"]) + len(said["unknown"]) == reading.OTHERS_MAX


async def test_what_is_no_id_of_a_visitor_is_none(edge):
    """He is told by address and user agent then."""
    await hit(edge, {"jsuid": "<script>"})
    await hit(edge, {"jsuid": "1234567890123456789"})

    assert [record["known_by"] for record in edge.records()] == ["address", "id"]


async def test_each_page_is_itself_when_others_are_forgotten(tmp_path, monkeypatch):
    """What is made of a page is remembered longer than the page is."""
    monkeypatch.setattr(reading, "PAGES_REMEMBERED_MAX", 1)
    edge = await a_hits_edge(tmp_path)
    pages = [f"/{number}" for number in range(60)]
    for page in pages:
        await hit(edge, f"site_id=2&href={page}&jsuid=1")

    assert [record["href"] for record in edge.records()] == pages


async def test_custom_data_is_kept_without_blanks_around_it(edge):
    """Its name, too: so it is found again."""
    await hit(edge, f"site_id=2&href=/&custom%5Bemail+%5D=leading%40x.com%20&custom[a]=+{'v' * 3_000}&custom[b]=+")
    _, said = edge.opened(edge.records()[0])

    assert said == {"custom": {"email": "leading@x.com", "a": "v" * VALUE_MAX}, "unknown": []}


async def test_a_look_counts_nothing(edge):
    """HEAD is GET without a body, and without a hit."""
    answer = await ask(edge.app, "HEAD", f"/in.php?{TRACKER}", headers=PAGE)

    assert answer.status == 200
    assert edge.records() == []


async def test_addresses_are_kept_as_the_operator_says(tmp_path):
    """By default the network alone."""
    edge = await a_hits_edge(tmp_path, addresses=Addresses.TRUNCATED)
    await hit(edge, TRACKER)
    (record,) = edge.records()

    assert record["network"] == "127.0.0.0"
    assert "address" not in edge.opened(record)[0]


@pytest.mark.parametrize(("length", "kept"), [(100, 3), (HEADERS_REMEMBERED_MAX + 1, 0)])
async def test_of_a_page_with_a_long_address_nothing_is_remembered(edge, length, kept):
    """Whoever writes addresses of many kilobytes could fill the memory with them."""
    for number in range(3):
        page = f"https://awesome.com/{number}".ljust(length, "x").encode()
        for _ in range(2):
            await ask(edge.app, "GET", f"/{SITE}ns.gif?jsuid=77", headers=[(b"referer", page)])

    assert len(edge.records()) == 6
    assert (len(edge.intake._from), len(edge.intake._pages)) == (kept, kept)
