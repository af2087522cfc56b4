"""What Clicky's clients put on the wire for the white label API, and how they take its answers apart, byte by byte.

The one client that is known splits the body at LF, compares the first line with `OK`, and takes the next four as they
are. The service's own example is PHP: `file()`, which keeps the line ends, drops the body of every status but 200, and
asks by HTTP/1.0 in old releases and by HTTP/1.1 in new ones.
"""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from testkit.waiting import PATIENCE_S, until
from tests.golden.replay import exchange

pytestmark = pytest.mark.e2e

RUBY = "GET {target} HTTP/1.1\r\nConnection: close\r\nHost: stats.customer.com\r\n\r\n"
PHP = "GET {target} HTTP/{version}\r\nHost: hotstatz.com\r\n{user_agent}Connection: close\r\n\r\n"


@pytest.fixture(scope="module")
def key(tilde_up: Any) -> str:
    """That of a white label of these tests' own."""
    tilde_up.start_unless_it_runs()
    return str(tilde_up.make_account("golden clicky")["white_label_key"])


def body_of(raw: bytes) -> bytes:
    """What a client has that looks at nothing but the status and where the head ends."""
    head, _, body = raw.partition(b"\r\n\r\n")
    assert head.split(b" ", 2)[1] == b"200"
    assert b"transfer-encoding" not in head.lower()
    assert f"content-length: {len(body)}".encode() in head.lower()
    return body


def ruby(tilde: Any, **parameters: str) -> list[str]:
    """As the model of a Rails application sends it: `body.split("\\n")`, which drops what is empty at the end."""
    query = "&".join(f"{name}={quote(value)}" for name, value in parameters.items())
    (raw,) = exchange(tilde.host, tilde.port, RUBY.format(target=f"/api/whitelabel/?{query}").encode())
    lines = body_of(raw).decode().split("\n")
    assert lines.pop() == ""
    return lines


def php(tilde: Any, target: str, version: str = "1.1") -> list[str]:
    """As `file()` does: lines with their ends, and no body where the status is another one."""
    request = PHP.format(target=target, version=version, user_agent="" if version == "1.0" else "User-Agent: PHP\r\n")
    (raw,) = exchange(tilde.host, tilde.port, request.encode())
    return body_of(raw).decode().splitlines(keepends=True)


def test_the_real_client_makes_a_site_and_lists_it(tilde_up: Any, key: str) -> None:
    """Line 0 is OK; 1 to 4 are site id, sitekey, database server and admin sitekey. None of them is trimmed."""
    status, user = ruby(tilde_up, auth=key, type="user", username="golden-billy")
    site = ruby(
        tilde_up,
        auth=key,
        type="site",
        user_id=user,
        domain="awesome.com",
        nickname="Größe & Co",
        timezone="-8",
        dst="usa",
        mirrors="yahoo.com,msn.com",
    )
    (raw,) = exchange(
        *(tilde_up.host, tilde_up.port),
        RUBY.format(target=f"/api/whitelabel/sites?auth={key}&output=json").encode(),
    )
    (listed,) = json.loads(body_of(raw))["response"]["site"]

    assert (status, site[0]) == ("OK", "OK")
    assert [re.fullmatch(pattern, line) is not None for pattern, line in zip((r"\d+", "[a-z0-9]{13}", r"db\d", "[a-z0-9]{39}"), site[1:], strict=True)] == [True] * 4  # fmt: skip
    assert listed == {
        "site_id": site[1],
        "hostname": "awesome.com",
        "nickname": "Größe & Co",
        "sitekey": site[2],
        "server": site[3],
        "sitekey_admin": site[4],
    }


def test_users_and_sites_are_in_sql(tilde_up: Any, key: str) -> None:
    """As they are now, with who may see what, and how it came; nothing that names somebody."""
    _, user = ruby(tilde_up, auth=key, type="user", username="golden-sql", email="golden-sql@example.com")
    other = ruby(tilde_up, auth=key, type="user", username="golden-sql-2")[1]
    site = ruby(tilde_up, auth=key, type="site", user_id=user, domain="sql.test", mirrors="m.test")[1]
    gone = ruby(tilde_up, auth=key, type="site", user_id=user, domain="gone.test")[1]
    ruby(tilde_up, auth=key, type="add_user_to_site", user_id=other, site_id=site)
    ruby(tilde_up, auth=key, type="site", site_id=gone, delete="1")
    ruby(tilde_up, auth=key, type="site", site_id=site, nickname="The one")

    def sites() -> list[dict[str, Any]]:
        return list(tilde_up.sql(f"SELECT domain, mirrors, nickname FROM sites WHERE site IN ({site}, {gone})"))

    until(
        lambda: sites() == [{"domain": "sql.test", "mirrors": ["m.test"], "nickname": "The one"}],
        PATIENCE_S,
        lambda: f"{sites()}",
    )
    users = tilde_up.sql(
        f"SELECT has_email, sites, admin_of FROM users WHERE user_id IN ({user}, {other}) ORDER BY user_id"
    )
    assert users == [
        {"has_email": 1, "sites": [int(site)], "admin_of": [int(site)]},
        {"has_email": 0, "sites": [int(site)], "admin_of": []},
    ]
    (deleted,) = tilde_up.sql(
        f"SELECT facts FROM catalog WHERE has(kinds, 'SiteDeleted') AND JSONExtractInt(facts, 1, 'site') = {gone}"
    )
    assert json.loads(deleted["facts"]) == [{"site": int(gone)}]
    (leaks,) = tilde_up.sql("SELECT countIf(position(facts, 'golden-sql') > 0) AS named FROM catalog")
    assert int(leaks["named"]) == 0


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_phps_file_has_every_line_with_its_end(tilde_up: Any, key: str, version: str) -> None:
    """Trimmed or not; also of an error."""
    name = f"php-{version}"
    made = php(tilde_up, f"/api/whitelabel/?auth={key}&type=user&username={name}", version)
    again = php(tilde_up, f"/api/whitelabel/?auth={key}&type=user&username={name}", version)
    found = php(tilde_up, f"/api/whitelabel?auth={key}&type=get_username&user_id={made[1].strip()}", version)

    assert made[0] == "OK\n"
    assert re.fullmatch(r"\d+\n", made[1])
    assert again == ["NOK\n", "5\n", "This username is already registered.\n"]
    assert found == ["OK\n", f"{name}\n"]


def test_an_answer_is_these_bytes(tilde_up: Any, key: str) -> None:
    """Status, type, length and body; the key that is wrong stands nowhere in it."""
    (raw,) = exchange(
        tilde_up.host, tilde_up.port, RUBY.format(target="/api/whitelabel/?auth=wrong&type=user").encode()
    )
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = sorted(
        line.lower()
        for line in head.split(b"\r\n")[1:]
        if not line.lower().startswith((b"date", b"server", b"connection"))
    )

    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert lines == [b"cache-control: no-store", b"content-length: 23", b"content-type: text/plain; charset=utf-8"]
    assert body == b"NOK\n1\nInvalid API key.\n"


def test_goals_come_with_brackets_as_they_are_and_encoded(tilde_up: Any, key: str) -> None:
    """The documentation writes them raw, libraries encode them; both reach the same parameters."""
    _, user = ruby(tilde_up, auth=key, type="user", username="golden-goals")
    site = ruby(tilde_up, auth=key, type="site", user_id=user, domain="goals.com")[1]
    raw = php(
        tilde_up,
        f"/api/whitelabel/?auth={key}&type=goal&site_id={site}&goal[name]=Hello&goal[url]=/hello&goal[revenue]=2.50",
    )
    encoded = php(
        tilde_up,
        f"/api/whitelabel/?auth={key}&type=goal&site_id={site}&goal%5Bid%5D={raw[1].strip()}&goal%5bname%5d=Goodbye",
    )
    taken = php(tilde_up, f"/api/whitelabel/?auth={key}&type=goal&site_id={site}&goal[name]=Goodbye&goal[url]=/x")

    assert raw[0] == "OK\n"
    assert encoded == ["OK\n"]
    assert taken[:2] == ["NOK\n", "21\n"]


def test_traffic_is_what_the_sites_counted(tilde_up: Any) -> None:
    """Page views of today by each site's own clock, of all sites, and by user; what counts nothing is not in it."""
    key = str(tilde_up.make_account("golden clicky traffic")["white_label_key"])
    users = [ruby(tilde_up, auth=key, type="user", username=f"traffic-{number}")[1] for number in (1, 2)]
    for number, (user, views) in enumerate(zip(users, (3, 2), strict=True)):
        site = ruby(tilde_up, auth=key, type="site", user_id=user, domain=f"traffic{number}.com", timezone="5.75")[1]
        for type_ in [*["pageview"] * views, "ping"]:
            answer = tilde_up.client.get(
                "/in.php",
                params={"site_id": site, "type": type_, "href": "/", "jsuid": "1234567890"},
                headers={"referer": f"http://www.traffic{number}.com/", "user-agent": "Mozilla/5.0 Firefox/120.0"},
            )
            assert answer.is_success, answer.text

    def told(type_: str) -> list[str]:
        return ruby(tilde_up, auth=key, type=type_, date="today")

    until(lambda: told("traffic")[2:] == ["5"], PATIENCE_S, lambda: f"{told('traffic')}")
    status, day, per_user = told("traffic_per_user")

    assert status == "OK"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", day)
    assert per_user == f"{users[0]}:3,{users[1]}:2"
    assert php(tilde_up, f"/api/whitelabel/?auth={key}&type=traffic")[2] == "0\n", "of a week ago"
