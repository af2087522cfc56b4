"""The white label API: what each type does, and each of its errors, in the service's words and by its numbers."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from producers.clicky.documented import HIT, SITE_LIST, TYPES, WHITE_LABEL_CALL
from producers.clicky.whitelabel.errors import Error
from producers.edge import command_desk
from testkit.asking import FORM, ask
from testkit.white_label import KEYS, PATH, WhiteLabels, white_labels
from tools.docs import openapi

TEXTS = {
    1: "Invalid API key.",
    2: "Invalid username.",
    3: "Invalid email.",
    4: "This user account does not belong to your white label account.",
    5: "This username is already registered.",
    6: "Cannot add new user account, your service has reached the maximum number of users. Please contact us!",
    7: "A database error has occured.",
    8: "Invalid site ID.",
    9: "This site ID does not belong to your white label account.",
    10: "Cannot add new site, your service has reached the maximum number of sites or traffic. Please contact us!",
    11: "Invalid user ID.",
    12: "Site ID does not belong to user ID.",
    13: "Invalid domain.",
    14: "Invalid type. It must be 'user', 'site', or 'goal'.",
    15: "Maximum goals reached for this site.",
    16: "Goal name left blank.",
    17: "Goal URL left blank. This is required unless this is a manual goal.",
    18: 'Revenue can only contain numbers and a decimal point. For example, "10" or "10.50".',
    19: 'Cost can only contain numbers and a decimal point. For example, "10" or "10.50".',
    20: "Invalid goal URL.",
    21: "This goal has the same name as another goal you have created.",
    22: "Invalid goal ID. Either it does not exist or it does not belong to this site ID.",
    23: "Invalid funnel.",
    24: "Invalid funnel type. It must 'path', 'search', or 'domain'.",
    25: "When declaring a funnel type, a funnel string must also be declared.",
    26: "Every site must have at least one assigned administrative user. This user is currently the only admin of this site, and hence cannot be removed until another admin has been assigned.",
}
"""As the service documents them, misspelt words too: somebody's program may compare them."""

BILLY, ANNA, EVE = 1, 2, 3
SITE, FOREIGN_SITE = 4, 5
GOAL, OTHER_GOAL, FOREIGN_GOAL = 1, 2, 3
FILLED: list[tuple[str, dict[str, Any]]] = [
    ("user", {"username": "billy", "email": "billy@billy.com"}),
    ("user", {"username": "anna"}),
    ("user", {"username": "eve", "of": "other"}),
    ("site", {"user_id": BILLY, "domain": "awesome.com"}),
    ("site", {"user_id": EVE, "domain": "eve.com", "of": "other"}),
    ("goal", {"site_id": SITE, "goal_name": "Hello", "goal_url": "/hello"}),
    ("goal", {"site_id": SITE, "goal_name": "Other", "goal_manual": 1}),
    ("goal", {"site_id": FOREIGN_SITE, "goal_name": "Hello", "goal_url": "/hello", "of": "other"}),
]
"""Accounts have products 1 to 3, so the first site is 4."""

WRONG: list[tuple[int, str]] = [
    (14, ""),
    (14, "type=traffics"),
    # users
    (2, "type=user"),
    (2, "type=user&username="),
    (2, "type=user&username=a+b&email=x"),
    (2, f"type=user&username={'x' * 65}"),
    (5, "type=user&username=BILLY"),
    (5, "type=user&username=Eve&email=x"),
    (3, "type=user&username=new&email=x"),
    (11, "type=user&user_id=99&username=new"),
    (11, "type=user&user_id=abc"),
    (11, "type=user&delete=1"),
    (11, "type=user&delete=1&user_id=99"),
    (4, f"type=user&user_id={EVE}&email=x"),
    (4, f"type=user&user_id={EVE}&delete=1"),
    (2, f"type=user&user_id={BILLY}&username=a+b&email=x"),
    (5, f"type=user&user_id={BILLY}&username=anna&email=x"),
    (5, f"type=user&user_id={BILLY}&username=EVE"),
    (3, f"type=user&user_id={BILLY}&email=x"),
    # sites
    (11, "type=site&domain=a.com"),
    (11, "type=site&domain=a.com&user_id=99"),
    (4, f"type=site&domain=a&user_id={EVE}"),
    (13, f"type=site&user_id={BILLY}"),
    (13, f"type=site&user_id={BILLY}&domain=nodot"),
    (13, f"type=site&user_id={BILLY}&domain=a.com&mirrors=b.com,nodot"),
    (8, "type=site&site_id=99&domain=nodot"),
    (8, "type=site&site_id=1&domain=a.com"),
    (8, "type=site&delete=1"),
    (8, "type=site&delete=1&site_id=99&user_id=99"),
    (11, f"type=site&delete=1&site_id={FOREIGN_SITE}&user_id=99"),
    (9, f"type=site&site_id={FOREIGN_SITE}&domain=nodot"),
    (9, f"type=site&site_id={FOREIGN_SITE}&delete=1&user_id={EVE}"),
    (4, f"type=site&site_id={SITE}&delete=1&user_id={EVE}"),
    (12, f"type=site&site_id={SITE}&delete=1&user_id={ANNA}"),
    (13, f"type=site&site_id={SITE}&domain=nodot"),
    (13, f"type=site&site_id={SITE}&mirrors=nodot"),
    # access
    *((8, f"type={type_}&user_id={BILLY}") for type_ in ("add_user_to_site", "remove_user_from_site", "move_site_to_user")),
    *((11, f"type={type_}&site_id={SITE}") for type_ in ("add_user_to_site", "remove_user_from_site", "move_site_to_user")),
    *((9, f"type={type_}&site_id={FOREIGN_SITE}&user_id={EVE}") for type_ in ("add_user_to_site", "remove_user_from_site", "move_site_to_user")),
    *((4, f"type={type_}&site_id={SITE}&user_id={EVE}") for type_ in ("add_user_to_site", "remove_user_from_site", "move_site_to_user")),
    (12, f"type=remove_user_from_site&site_id={SITE}&user_id={ANNA}"),
    (26, f"type=remove_user_from_site&site_id={SITE}&user_id={BILLY}"),
    (26, f"type=add_user_to_site&site_id={SITE}&user_id={BILLY}"),
    # look-ups
    *((2, f"type=get_user_id{said}") for said in ("", "&username=nobody", "&username=eve", "&username=x%40x.com", "&username=a+b")),
    (11, "type=get_username"),
    (11, "type=get_username&user_id=99"),
    (4, f"type=get_username&user_id={EVE}"),
    # goals
    (8, "type=goal&goal[name]=a&goal[url]=/a"),
    (9, f"type=goal&site_id={FOREIGN_SITE}&goal[id]={GOAL}"),
    (22, f"type=goal&site_id={SITE}&goal[id]=99"),
    (22, f"type=goal&site_id={SITE}&goal[id]={FOREIGN_GOAL}&goal[name]=x"),
    (22, f"type=goal&site_id={SITE}&goal[id]={FOREIGN_GOAL}&delete=1"),
    (9, f"type=goal&site_id={FOREIGN_SITE}&goal[id]={FOREIGN_GOAL}&delete=1"),
    (9, f"type=goal&site_id={FOREIGN_SITE}&goal[name]=x&goal[url]=/x"),
    (22, f"type=goal&site_id={SITE}&delete=1"),
    (16, f"type=goal&site_id={SITE}"),
    (16, f"type=goal&site_id={SITE}&goal[name]=&goal[cost]=x"),
    (21, f"type=goal&site_id={SITE}&goal[name]=Hello"),
    (21, f"type=goal&site_id={SITE}&goal[id]={GOAL}&goal[name]=Other&goal[url]=bad"),
    (17, f"type=goal&site_id={SITE}&goal[name]=a&goal[funnel_type]=x"),
    (17, f"type=goal&site_id={SITE}&goal[id]={OTHER_GOAL}&goal[manual]=0"),
    (20, f"type=goal&site_id={SITE}&goal[name]=a&goal[url]=hello&goal[funnel_type]=x"),
    (24, f"type=goal&site_id={SITE}&goal[name]=a&goal[url]=/a&goal[funnel_type]=campaign&goal[funnel]=x&goal[revenue]=x"),
    (25, f"type=goal&site_id={SITE}&goal[name]=a&goal[url]=/a&goal[funnel_type]=path&goal[revenue]=x"),
    (23, f"type=goal&site_id={SITE}&goal[name]=a&goal[url]=/a&goal[funnel_type]=path&goal[funnel]=&goal[revenue]=x"),
    (23, f"type=goal&site_id={SITE}&goal[name]=a&goal[url]=/a&goal[funnel_type]=path&goal[funnel]=x"),
    (23, f"type=goal&site_id={SITE}&goal[name]=a&goal[url]=/a&goal[funnel]=google.com"),
    *((18, f"type=goal&site_id={SITE}&goal[name]=a&goal[url]=/a&goal[revenue]={text}&goal[cost]=x") for text in ("$2", "1,5", "-1", "1e3", ".", "9" * 400)),
    (19, f"type=goal&site_id={SITE}&goal[name]=a&goal[url]=/a&goal[revenue]=2.50&goal[cost]=x"),
]  # fmt: skip


def test_all_that_a_call_takes_is_documented() -> None:
    """As /docs tries it out: in the query of a GET, in the form of a POST; and no type that there is not."""
    assert {*WHITE_LABEL_CALL.about} == {
        *("auth", "type", "user_id", "site_id", "delete", "username", "password", "password_remove", "email", "name"),
        *("logo", "css", "onsitestats", "domain", "nickname", "mirrors", "timezone", "dst", "admin", "date"),
        *(f"goal[{name}]" for name in ("id", "name", "url", "funnel_type", "funnel", "revenue", "cost")),
        *("goal[manual]", "goal[more_than_once]"),
    }
    paths = openapi()["paths"]
    for path, taken in ((PATH.rstrip("/"), WHITE_LABEL_CALL), (f"{PATH}sites", SITE_LIST), ("/in.php", HIT)):
        query = {each["name"]: each for each in paths[path]["get"]["parameters"]}
        form = paths[path]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
        assert query.keys() == form["properties"].keys() == taken.about.keys()
        assert {name for name, each in query.items() if each["required"]} == set(form["required"]) == set(taken.needs)


async def test_the_types_that_are_documented_are_those_there_are(api: WhiteLabels) -> None:
    """Each is refused for another reason, and the list in the error's text is the service's."""
    for type_ in TYPES:
        assert await api(type_) != nok(14)


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[WhiteLabels]:
    async with white_labels(tmp_path) as both:
        yield both


async def filled(api: WhiteLabels) -> None:
    ids = [await api.made(type_, **parameters) for type_, parameters in FILLED]
    assert ids == [BILLY, ANNA, EVE, SITE, FOREIGN_SITE, GOAL, OTHER_GOAL, FOREIGN_GOAL]


def nok(number: int) -> list[str]:
    return ["NOK", str(number), TEXTS[number]]


def test_the_errors_are_the_services() -> None:
    """All 26, in its words."""
    assert {error.number: error.text for error in Error} == TEXTS


def test_the_errors_stand_in_the_documentation() -> None:
    """By their numbers, in the words that clients are told."""
    page = (Path(__file__).parents[2] / "docs/compatibility.md").read_text()
    table = page.partition("### Errors of the white label API")[2].partition("\n#")[0]

    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")][2:]
    assert [tuple(row) for row in rows] == [(str(e.number), f"`{e.name.lower()}`", e.text) for e in Error]


async def test_what_is_wrong_is_told_in_the_order_of_checks(api: WhiteLabels) -> None:
    """The key, the type, the ids, the fields as they are documented; of several the first. Nothing has changed then."""
    await filled(api)
    before = await everything(api)

    told = {query: await api.body(query) for _, query in WRONG}

    assert told == {query: "\n".join([*nok(number), ""]) for number, query in WRONG}
    assert await everything(api) == before


async def everything(api: WhiteLabels) -> list[object]:
    """What both may know of what they have."""
    sites = [(await ask(api.app, "GET", f"{PATH}sites?auth={quote(key)}")).body for key in KEYS.values()]
    names = [await api("get_username", of, user_id=user) for of in KEYS for user in (BILLY, ANNA, EVE)]
    return [*sites, *names]


async def test_a_key_that_nobody_has_is_told_first(api: WhiteLabels) -> None:
    """Also where all else is wrong."""
    for query in ("", "auth=", "auth=1234", "auth=1234&type=traffics", f"auth={quote(' 124 ')}&type=user"):
        reply = await ask(api.app, "GET", f"{PATH}?{query}")
        assert reply.body.decode() == "\n".join([*nok(1), ""])


async def test_limits_are_the_white_labels_own(api: WhiteLabels) -> None:
    """What is there already stays, and may be changed; another white label has its own."""
    await filled(api)
    await api.configure(max_users=2, max_sites=1, max_goals=2)

    assert await api("user", username="new") == nok(6)
    assert await api("site", user_id=BILLY, domain="new.com") == nok(10)
    assert await api("goal", site_id=SITE, goal_name="new", goal_url="/new") == nok(15)
    assert await api("user", user_id=ANNA, username="anne") == ["OK"]
    assert await api("user", "other", username="new") == ["OK", "4"]
    await api("goal", site_id=SITE, goal_id=GOAL, delete=1)
    assert await api("goal", site_id=SITE, goal_name="new", goal_url="/new") == ["OK", "4"]


async def test_an_outage_is_error_7_and_no_status(api: WhiteLabels, monkeypatch: pytest.MonkeyPatch) -> None:
    """PHP's file() drops the body of any other status. Nothing has been changed by what came too late."""
    monkeypatch.setattr(command_desk, "DEADLINE_MS", -1_000)
    timed_out = await api("user", username="late")
    monkeypatch.undo()
    too_long = await ask(api.app, "POST", PATH, b"auth=123&type=user&username=" + b"x" * 70_000, FORM)

    assert timed_out == nok(7)
    assert (too_long.status, too_long.body.decode()) == (200, "\n".join([*nok(7), ""]))
    assert await api("user", username="late") == ["OK", "1"]


async def test_a_user_is_made_changed_and_deleted_with_his_sites(api: WhiteLabels) -> None:
    """Sites that have another admin stay; what is empty on an update was not sent."""
    await filled(api)
    shared = await api.made("site", user_id=BILLY, domain="shared.com")

    assert await api("add_user_to_site", user_id=ANNA, site_id=shared, admin=1) == ["OK"]
    assert await api("user", user_id=BILLY, username="", email="", password="x", name="B", logo="l", onsitestats=1) == [
        "OK"
    ]
    assert await api("get_user_id", username="BILLY@billy.com") == ["OK", str(BILLY)]
    assert await api("user", user_id=BILLY, username="Bill", password_remove=1) == ["OK"]
    assert await api("get_username", user_id=BILLY) == ["OK", "Bill"]
    assert await api("user", user_id=BILLY, delete=1) == ["OK"]
    assert await api("get_user_id", username="bill") == nok(2)
    assert await api("site", site_id=SITE, nickname="x") == nok(8)
    assert await api("site", site_id=shared, nickname="x") == ["OK"]
    assert await api("user", username="billy") == ["OK", "4"]


@pytest.mark.parametrize("yes", ["1", "true", "Yes", "on"])
async def test_a_yes_is_a_one(api: WhiteLabels, yes: str) -> None:
    """Else who asks for a deletion in such a word is told OK, and nothing is deleted."""
    await filled(api)

    assert await api("user", user_id=ANNA, delete=yes) == ["OK"]
    assert await api("user", user_id=BILLY, delete="no") == ["OK"]
    assert await api("get_username", user_id=ANNA) == nok(11)
    assert await api("get_username", user_id=BILLY) == ["OK", "billy"]


async def test_a_logo_is_an_address_of_http(tmp_path: Path) -> None:
    """Pages show it. What is none is not sent: there is no error for it, as of a clock that cannot be read."""
    stands = "HTTPS://a.example/l.gif"
    async with white_labels(tmp_path) as api:
        await api("user", username="billy", logo=stands, css="javascript:bad(1)")
        for logo in (
            "javascript:bad(1)",
            "data:text/html,bad",
            "bad.gif",
            "//bad.example/l",
            "http:///bad",
            "http:bad",
        ):
            assert await api("user", user_id=1, logo=logo) == ["OK"]
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())

    assert stands.encode() in written
    assert not re.search(rb"javascript:|data:text|bad[.(]|//?bad|,bad|http:bad", written)


async def test_a_site_is_made_changed_and_deleted(api: WhiteLabels) -> None:
    """Its four lines; a clock that cannot be read is the one before."""
    await filled(api)
    ok, id_, sitekey, server, admin = await api(
        "site", user_id=ANNA, domain="https://www.B.com/x", timezone="99", dst="x"
    )
    changes = [
        await api("site", site_id=id_, mirrors="c.com, d.com", nickname="Mine", timezone="-5", dst="usa"),
        await api("site", site_id=id_, timezone="-13", domain="", mirrors="", user_id=ANNA),
    ]
    listed = json.loads((await ask(api.app, "GET", f"{PATH}sites?auth=123&output=json")).body)["response"]["site"]

    assert (ok, id_, len(sitekey), server, len(admin)) == ("OK", "6", 13, "db1", 39)
    assert changes == [["OK"], ["OK"]]
    assert listed[1] == {
        "site_id": "6",
        "hostname": "b.com",
        "nickname": "Mine",
        "sitekey": sitekey,
        "server": "db1",
        "sitekey_admin": admin,
    }
    assert [site["site_id"] for site in listed] == ["4", "6"]
    assert await api("site", site_id=id_, delete=1, user_id=ANNA) == ["OK"]
    assert await api("site", site_id=id_) == nok(8)


async def test_access_is_given_taken_and_moved(api: WhiteLabels) -> None:
    """A site that is moved has one user, its admin."""
    await filled(api)

    assert await api("add_user_to_site", user_id=ANNA, site_id=SITE) == ["OK"]
    assert await api("remove_user_from_site", user_id=BILLY, site_id=SITE) == nok(26)
    assert await api("add_user_to_site", user_id=ANNA, site_id=SITE, admin=1) == ["OK"]
    assert await api("add_user_to_site", user_id=BILLY, site_id=SITE) == ["OK"], "to read alone from now on"
    assert await api("remove_user_from_site", user_id=ANNA, site_id=SITE) == nok(26)
    assert await api("remove_user_from_site", user_id=BILLY, site_id=SITE) == ["OK"]
    assert await api("move_site_to_user", user_id=BILLY, site_id=SITE) == ["OK"]
    assert await api("remove_user_from_site", user_id=ANNA, site_id=SITE) == nok(12)
    assert await api("remove_user_from_site", user_id=BILLY, site_id=SITE) == nok(26)


async def test_goals_are_made_changed_and_deleted(api: WhiteLabels) -> None:
    """Their names are free again, their ids are not."""
    await filled(api)
    whole = {"goal_funnel_type": "domain", "goal_funnel": "google.com", "goal_revenue": "2.50", "goal_cost": ".5"}

    assert await api("goal", site_id=SITE, goal_id=GOAL, goal_name="Goodbye", goal_more_than_once=1, **whole) == ["OK"]
    assert await api("goal", site_id=SITE, goal_name="Hello", goal_url="http://out.com/x") == ["OK", "4"]
    assert await api("goal", site_id=SITE, goal_id=4, delete=1) == ["OK"]
    assert await api("goal", site_id=SITE, goal_id=4, goal_name="x") == nok(22)
    assert await api("goal", site_id=SITE, goal_name="Hello", goal_url="/hello*") == ["OK", "5"]


async def test_a_request_is_read_however_it_is_sent(api: WhiteLabels) -> None:
    """GET and POST, with and without the slash, brackets as they are and encoded, a form and PHP's multipart."""
    await filled(api)
    multipart = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {
            "auth": "123",
            "type": "goal",
            "site_id": SITE,
            "goal[name]": "e",
            "goal[url]": "/e",
        }.items()
    )
    goal = f"auth=123&type=goal&site_id={SITE}&goal[name]=%s&goal[url]=/a"
    encoded = goal.replace("[", "%5B").replace("]", "%5d")
    sent = [
        ("GET", f"/api/whitelabel?{goal % 'a'}", b"", []),
        ("GET", f"/api/whitelabel/?{encoded.replace('%s', 'b')}", b"", []),
        ("POST", PATH, (goal % "c").encode(), FORM),
        ("POST", f"{PATH}?auth=123", (goal % "d").encode(), []),
        ("POST", PATH, f"{multipart}--x--\r\n".encode(), [(b"content-type", b"multipart/form-data; boundary=x")]),
        ("GET", f"//api/whitelabel//?{goal % 'f'}", b"", []),
    ]

    answers = [(await ask(api.app, *request)).body for request in sent]

    assert answers == [f"OK\n{number}\n".encode() for number in range(4, 10)]


async def test_a_head_changes_nothing(api: WhiteLabels) -> None:
    """A checker of links asks so, with whatever it has found."""
    reply = await ask(api.app, "HEAD", f"{PATH}?auth=123&type=user&username=billy")

    assert (reply.status, dict(reply.headers)[b"content-type"]) == (200, b"text/plain; charset=utf-8")
    assert await api("user", username="billy") == ["OK", "1"]


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE"])
async def test_another_method_is_error_7_and_is_told_which_there_are(tmp_path: Path, method: str) -> None:
    """Each of them the same."""
    nowhere = httpx.MockTransport(lambda _: httpx.Response(404))
    async with white_labels(tmp_path, nowhere) as api:
        reply = await ask(api.app, method, f"{PATH}?auth=123&type=user&username=billy")

    assert (reply.status, reply.body.decode().split("\n")) == (200, [*nok(7), ""])
    assert dict(reply.headers)[b"allow"] == b"GET, POST"


async def test_the_tracker_is_called_as_the_white_label_of_the_host_says(api: WhiteLabels) -> None:
    """Elsewhere it has the name that all have."""
    await api.configure(domain="stats.hotstatz.com", js_name="hotstatz")
    ours = await ask(api.app, "GET", "/js", headers=[(b"host", b"Stats.hotstatz.com:8000")])
    theirs = await ask(api.app, "GET", "/js", headers=[(b"host", b"stats.other.com")])

    assert b'"hotstatz"' in ours.body
    assert b'"hotstatz"' not in theirs.body
