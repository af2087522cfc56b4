"""What identifies a visitor is told from what does not, and the crawlers from people."""

import crawleruseragents
import pytest

from producers.hits import agents
from producers.hits.agents import Agents
from tilde.domain.hits.hit import KnownBy
from tilde.domain.hits.user_agent import AGENT_MAX, plain_agent
from tilde.domain.hits.visitor import Traces, network_of, plain_address

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.6367.82 Safari/537.36"
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("fe80::1%eth0", "fe80::"),
        ("unix:", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_cut_off(address, network):
    """To 24 bits, or 48: a network, and nobody in it."""
    assert network_of(address) == network


def test_an_address_is_the_same_however_it_is_written():
    """Or an erasure would not find it."""
    assert plain_address("2001:DB8:0::1") == plain_address("2001:db8::1") == "2001:db8::1"
    assert plain_address("::ffff:203.0.113.77") == plain_address(" 203.0.113.77 ") == "203.0.113.77"
    assert plain_address("nowhere") is None


@pytest.mark.parametrize(
    ("agent", "plain"),
    [
        (CHROME, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36"),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-G991B Build/UP1A.231005.007) Chrome/124.0.6367.82 [FBAN/FB4A;FBCR/Carrier]",
            "Mozilla/5.0 (Linux; Android 14; SM-G991B) Chrome/124.0",
        ),
        ("Shop/3.2.1 (device 8f14e45fceea167a5a36dedd4bea2543)", "Shop/3.2 (device )"),
        ("Opera/9.80 (J2ME/MIDP; SN352921051234567)", "Opera/9.80 (J2ME/MIDP; )"),
        ("Mozilla/5.0 (X11; rv:128.0) Gecko/20100101 Firefox/128.0", "Mozilla/5.0 (X11; rv:128.0) Gecko Firefox/128.0"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 Version/17.4.1 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1 Version/17.4 Mobile/15E148 Safari/604.1",
        ),
        ("Mozilla/5.0 (Linux; Android 13; moto g power (2022))", "Mozilla/5.0 (Linux; Android 13; moto g power (2022))"),
        ("Nokia6820/2.0 (4.83) Profile/MIDP-1.0", "Nokia6820/2.0 (4.83) Profile/MIDP-1.0"),
        ("Shop/2.1 (iPhone14,3; Pixel 7 Pro; Redmi Note 8; XT2041-4)", "Shop/2.1 (iPhone14,3; Pixel 7 Pro; Redmi Note 8; XT2041-4)"),
        ("curl/8.5.0 (x86_64-pc-linux-gnu) libcurl/8.5.0", "curl/8.5 (x86_64-pc-linux-gnu) libcurl/8.5"),
        ("Mozilla/5.0 (John's Phone; serial=998877) Foo/1.2.3 ann@secret.org", "Mozilla/5.0 ( ; ) Foo/1.2"),
        ("App/2 (iPhone von Ann; iPhone d’Ann; de; iPad)", "App/2 ( ; ; de; iPad)"),
        ("App/2 mac=00:1A:2B:3C:4D:5E", "App/2"),
        ("App/2 00:1A:2B:3C:4D:5E", "App/2"),
        ("App/2 AA-1B-CC-DD-EE-FF aabb.ccdd.eef1", "App/2"),
        ("App/2 serial=C02XL0GYJGH5", "App/2"),
        ("App/2 build/C02XL0GYJGH5", "App/2 build"),
        ("X/1 ssn 123-45-6789", "X/1 ssn"),
        ("X/1 tel 55 51 23 45", "X/1 tel 55"),
        ("X/1 +mailto:ann@secret.org +https://ann.example/", "X/1"),
    ],
)  # fmt: skip
def test_a_user_agent_keeps_its_kind_and_nothing_of_one_device(agent, plain):
    """The browser, the system and the model; no build, no serial number, no third place of a version."""
    assert plain_agent(agent) == plain
    assert plain_agent(plain) == plain


def test_a_visitor_is_told_apart_by_the_best_that_is_known():
    """The cookie's id, else the session that the site named, else address and user agent together."""
    anybody = Traces(None, None, "203.0.113.77", CHROME)

    assert Traces("7", "8", "203.0.113.77", CHROME)[:1] == ("7",)
    assert Traces("7", "8").known_by is KnownBy.ID
    assert Traces(None, "8", "203.0.113.77").known_by is KnownBy.SESSION
    assert anybody.known_by is KnownBy.ADDRESS
    assert len({anybody.told_apart_by, anybody._replace(agent="other").told_apart_by, Traces().told_apart_by}) == 3


def test_every_crawler_of_the_list_is_found_by_each_of_its_user_agents():
    """The list has some of each; what it takes for none is none here either."""
    ours = Agents()
    missed = [
        instance
        for crawler in crawleruseragents.CRAWLER_USER_AGENTS_DATA[::10]
        if crawler["pattern"] not in agents.NO_CRAWLERS
        for instance in crawler["instances"]
        if len(instance) <= AGENT_MAX and ours.of(instance).bot is None
    ]

    assert missed == []
    assert ours.of(GOOGLE).bot == "Googlebot"
    assert ours.of("curl/8.5.0").bot == "curl"
    for browser in (CHROME, "Opera/9.80 (J2ME/MIDP)", ""):
        assert ours.of(browser).bot is None
        assert not crawleruseragents.is_crawler(browser)


def test_a_browser_that_shows_nobody_its_window_is_no_crawler_and_one_that_drives_it_is():
    """As tests and pictures of pages are made: what such a browser sees was seen."""
    ours = Agents()
    headless = CHROME.replace("Chrome/", "HeadlessChrome/")

    assert ours.of(headless).bot is None
    assert ours.of(f"{headless} Googlebot/2.1").bot == "Googlebot"


def test_a_user_agent_is_looked_at_once(monkeypatch):
    """And as many are remembered as there is room for."""
    monkeypatch.setattr(agents, "AGENTS_REMEMBERED_MAX", 2)
    ours = Agents()
    first = ours.of(CHROME)

    assert ours.of(CHROME) is first
    ours.of("other")
    ours.of("another")
    assert ours.of(CHROME) == first
    assert ours.of(CHROME) is not first
