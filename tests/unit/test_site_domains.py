"""Which domains a site may have, which pages may send hits to it, and how their addresses are registered."""

import pytest

from tilde.domain.sites.domains import MIRRORS_MAX, SiteDomains, read_domain, read_mirrors
from tilde.domain.sites.href import Href
from tilde.domain.sites.kept_hrefs import is_outbound, referrer

LONGEST = ".".join(["a" * 63] * 3 + ["b" * 61])  # 253 characters


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("google.com", "google.com"),
        ("awesome.com", "awesome.com"),
        ("  Example.COM\r\n", "example.com"),
        ("http://example.com", "example.com"),
        ("HTTPS://www.Example.com:8080/shop/?a=b#c", "example.com"),
        ("//example.com/x", "example.com"),
        ("example.com/", "example.com"),
        ("example.com?x", "example.com"),
        ("http://example.com\\@other.com", "example.com"),
        ("example.com:443", "example.com"),
        ("example.com:", "example.com"),
        ("example.com.", "example.com"),
        ("www.example.com", "example.com"),
        ("www.com", "www.com"),
        ("www.www.com", "www.com"),
        ("shop.example.co.uk", "shop.example.co.uk"),
        ("my_shop.example.com", "my_shop.example.com"),
        ("r3---sn-4g5e.example.com", "r3---sn-4g5e.example.com"),
        ("München.de", "xn--mnchen-3ya.de"),
        ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        ("XN--MNCHEN-3YA.de", "xn--mnchen-3ya.de"),
        ("mu\u0308nchen.de", "xn--mnchen-3ya.de"),
        ("www.faß.de", "xn--fa-hia.de"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("Ｅｘａｍｐｌｅ．com", "example.com"),
        ("localhost", "localhost"),
        ("http://localhost:3000/", "localhost"),
        ("shop.localhost", "shop.localhost"),
        ("192.0.2.7", "192.0.2.7"),
        ("http://192.0.2.7:81/x", "192.0.2.7"),
        ("2001:DB8::0:1", "2001:db8::1"),
        ("[2001:db8:0::1]", "2001:db8::1"),
        ("http://[2001:db8::1]:8080/", "2001:db8::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        (LONGEST, LONGEST),
    ],
)
def test_a_domain_is_registered_by_its_bare_name(typed, domain):
    assert read_domain(typed) == domain
    assert read_domain(domain) == domain


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "",
            " ",
            ".",
            "..",
            "www",
            "www.",
            "com",
            "intranet",
            "example",
            "example..com",
            ".example.com",
            "a.b..",
            "-a.com",
        ),
        *(
            "a-.com",
            "a b.com",
            "exa\tmple.com",
            "exa\x00mple.com",
            "example.com\x00",
            "exam\u200bple",
            "*.example.com",
            "a,b.com",
        ),
        *("http://", "http:///", "http:///example.com", "://example.com", "//", "///example.com", "http:example.com"),
        *("joe@example.com", "http://joe@example.com", "http://joe:secret@example.com/", "\\@a", "@"),
        *("example.com:http", "example.com:123456", "example.com:80:80", "a:b", ":80", "[::1", "::1]", "[example.com]"),
        *(
            "1.2.3",
            "1.2.3.4.5",
            "256.1.1.1",
            "01.2.3.4",
            "example.1",
            "1.2.3.0x4",
            "127.1",
            "0x7f.1",
            "12345",
            "[1.2.3.4]",
        ),
        *(
            "fe80::1%eth0",
            "[::1%25lo]",
            "2001:db8::g",
            ":::",
            "xn--\udcff.de",
            "\ud800.de",
            "☃.example.com",
            "a%2eb.com",
        ),
        *(
            "a" * 64 + ".com",
            LONGEST + "c",
            "a." * 200 + "com",
            "ü" * 10_000 + ".de",
            "9" * 100_000,
            "a" * 10**6 + ".com",
        ),
        *("http://" + "@" * 100_000, "http://" + ":" * 100_000, "[" * 100_000, "." * 100_000, "a-" * 50_000),
    ],
)
def test_what_names_no_domain_is_none(typed):
    assert read_domain(typed) is None


def test_mirrors_are_domains_with_commas_between():
    assert read_mirrors("yahoo.com,msn.com") == ("yahoo.com", "msn.com")
    assert read_mirrors(" http://www.yahoo.com/ , ,yahoo.com,MSN.com,") == ("yahoo.com", "msn.com")
    assert read_mirrors("") == read_mirrors(" , ") == ()
    assert read_mirrors("yahoo.com,no domain") is None


def test_mirrors_are_a_hundred_at_most():
    names = [f"m{n}.example.com" for n in range(MIRRORS_MAX)]

    assert read_mirrors(",".join(names)) == tuple(names)
    assert read_mirrors(",".join([*names, "one.more.com"])) is None


SITE = SiteDomains(frozenset({"example.com", "xn--mnchen-3ya.de", "localhost", "192.0.2.7", "2001:db8::1"}))


@pytest.mark.parametrize(
    "address",
    [
        *(
            "http://example.com",
            "https://example.com/",
            "https://www.example.com/x?y=http://other.com",
            "HTTP://EXAMPLE.COM/",
        ),
        *(
            "http://a.b.example.com:8080/",
            "http://example.com./",
            "https://münchen.de/",
            "https://shop.xn--mnchen-3ya.de/",
        ),
        *("http://localhost:3000/", "http://192.0.2.7/", "http://[2001:db8::1]:80/", "http://joe:secret@example.com/"),
        *("https://example.com\\@other.com/", "http://example.com?@other.com", "http://example.com#@other.com"),
        *(
            "null",
            "",
            "about:blank",
            "/page",
            "//shop/page",
            "//example.com/page",
            "#top",
            "file:///C:/page.html",
            "XXXX:++++++",
            "http://",
        ),
        *(
            "http://1.192.0.2.7/",
            "data:text/html,x",
            "http:///example.com",
            "http://bad host/",
            "http://exa\x00mple.com/",
            "mailto:joe@other.com",
            None,
        ),
    ],
)
def test_a_hit_may_come_from_the_site_and_from_what_names_no_host(address):
    assert SITE.may_send(address)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "http://other.com/",
            "https://example.com.other.com/",
            "https://notexample.com/",
            "http://com/",
            "http://example/",
        ),
        *("http://example.com@other.com/", "http://joe:example.com@other.com/", "https://other.com\\@example.com/"),
        *("https://other.com?example.com", "https://other.com#.example.com", "https://other.com:80/example.com"),
        *(
            "http://192.0.2.70/",
            "http://[2001:db8::2]/",
            "android-app://com.example/",
        ),
        *(
            "//other.com/page",
            "http:/other.com/",
            "http:///other.com",
            "https:\\\\other.com",
            "\\\\other.com",
            "http:other.com",
        ),
        *("/\t/other.com", " //other.com", "ht\ntp://other.com", "http://\t/other.com/", "//joe:secret@other.com/"),
        *("http://app.example.net", "ftp://other.com", "https://xn--mnchen-3yb.de/", "https://munchen.de/"),
    ],
)
def test_a_hit_from_another_host_is_refused(address):
    assert not SITE.may_send(address)
    assert not SITE.may_send("http://example.com/", address)
    assert not SITE.may_send(address, None, "/page")


@pytest.mark.parametrize(
    ("sent", "href"),
    [
        ("/", "/"),
        ("/goal/page?goal=1", "/goal/page?goal=1"),
        ("//twice", "//twice"),
        ("#top", "#top"),
        ("/app#/orders", "/app#/orders"),
        ("page.html", "/page.html"),
        ("", "/"),
        (" /x ", "/x"),
        ("/x\ny\x00z", "/xyz"),
        ("/ü?ö=ä", "/ü?ö=ä"),
        ("http://example.com", "/"),
        ("https://www.Example.com:8080/shop?a=1#b", "/shop?a=1#b"),
        ("http://example.com?a=1", "/?a=1"),
        ("http://example.com#top", "/#top"),
        ("http://example.com\\shop", "/shop"),
        ("http://joe:secret@example.com/x", "/x"),
        ("https://münchen.de/x", "/x"),
        ("http://outbound-link.com/some/page", "http://outbound-link.com/some/page"),
        ("http://example.com.other.com/x", "http://example.com.other.com/x"),
        ("ftp://joe:secret@other.com/file.zip", "ftp://other.com/file.zip"),
        ("http://joe:s@c:r@other.com", "http://other.com"),
        ("telnet://other.com:23", "telnet://other.com:23"),
        ("//joe:secret@other.com/x", "//other.com/x"),
        ("//joe:secret@shop/x", "//shop/x"),
        ("https:/joe:secret@other.com/x", "https://other.com/x"),
        ("https:\\\\joe:secret@other.com/x", "https://other.com/x"),
        ("ht\ntps://joe:secret@other.com/x", "https://other.com/x"),
        ("//www.example.com/x", "/x"),
        ("http://bad host/x", "http://bad host/x"),
        ("mailto:joe@other.com", "/mailto:joe@other.com"),
    ],
)
def test_a_page_is_known_by_path_and_query_and_others_by_the_whole(sent, href):
    assert SITE.href(sent) == href


def test_a_user_and_a_password_are_no_part_of_an_address():
    href = Href.read("https://joe:se/cret@example.com/x")

    assert href is not None
    assert href.host is None  # the host ends at the first slash, as in browsers
    assert Href.read("//example.com") is None


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("https://search.example/?q=a@b", "https://search.example/?q=a@b"),
        ("http://joe:hunter2@other.com/", "http://other.com/"),
        (" https:/joe:hunter2@other.com/", "https://other.com/"),
        ("HTTP:\\\\joe@other.com", "HTTP://other.com"),
        ("android-app://com.example/", "android-app://com.example/"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//other.com/", None),
        ("about:blank", None),
        ("/path", None),
        ("", None),
    ],
)
def test_a_visitor_came_from_an_address_of_the_web_or_an_app(sent, kept):
    """It is kept without a password; what is no address is none."""
    assert referrer(sent) == kept


def test_a_link_leads_away_by_four_schemes():
    assert all(map(is_outbound, ["http://a", "HTTPS://a", "telnet://a:23", "ftp://a", "https:/a"]))
    assert not any(
        map(is_outbound, ["javascript:x", "data:x", "mailto:a@b", "//a.com", "/x", "", "httpsx://a", "http"])
    )
