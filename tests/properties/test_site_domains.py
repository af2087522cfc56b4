"""Whatever is typed or sent: a registered domain is a host, reads as itself, and lets in what is below it and nothing else."""

import re

import idna
from hypothesis import given
from hypothesis import strategies as st

from tilde.domain.sites.domains import SiteDomains, read_domain, read_mirrors
from tilde.domain.sites.href import Href, host_in
from tilde.domain.sites.kept_hrefs import referrer, without_user

ANY = st.text(st.characters(exclude_categories=()))
LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
NAMES = st.builds("{}.{}".format, LABELS, st.sampled_from(["com", "co.uk", "example.org", "xn--p1ai"]))
UNICODE = st.text(st.characters(categories=("Ll", "Lo", "Mn")), min_size=1).map(lambda label: f"{label}.com")
PIECES = st.sampled_from(
    "http:// https:// // / \\ ? # @ : :80 . www. [ ] [::1] ::1 example.com 1.2.3.4 ü % - _ \t a".split(" ")
)
TYPED = NAMES | UNICODE | ANY | st.lists(PIECES, max_size=8).map("".join)
SITES = st.builds(lambda names: SiteDomains(frozenset(names)), st.lists(NAMES, min_size=1, max_size=3))
HOST = re.compile(r"[a-z0-9_.-]+|[0-9a-f:]+", re.ASCII)


@given(TYPED)
def test_a_registered_domain_reads_as_itself(typed):
    domain = read_domain(typed)

    assert domain is None or read_domain(domain) == domain
    assert domain is None or (HOST.fullmatch(domain) and len(domain) <= 253)


@given(UNICODE)
def test_international_names_are_one_however_they_are_written(typed):
    domain = read_domain(typed)
    if domain is not None:
        site = SiteDomains(frozenset({domain}))
        assert read_domain(idna.decode(domain)) == domain
        assert site.may_send(f"https://www.{typed}/", f"https://{idna.decode(domain)}:443", f"HTTP://{domain.upper()}")


@given(NAMES, LABELS, TYPED)
def test_what_is_below_a_domain_may_send_and_what_ends_like_it_may_not(domain, label, other):
    site = SiteDomains(frozenset({domain}))

    assert site.may_send(f"https://{label}.{domain}/{other}", f"http://{domain}")
    assert not site.may_send(f"https://{label}{domain}/{other}")
    assert not site.may_send(f"https://{domain}@{label}.invalid/{other}")


@given(SITES, st.lists(st.none() | TYPED, max_size=3))
def test_nothing_that_is_sent_makes_it_raise(site, sent):
    assert site.may_send(*sent) in (True, False)
    assert all(isinstance(site.href(one), str) for one in sent if one is not None)
    mirrors = read_mirrors(",".join(one for one in sent if one))
    assert mirrors is None or mirrors == read_mirrors(",".join(mirrors))


@given(TYPED | st.builds("{}{}".format, st.sampled_from(["http://", "https://", "ftp://", "a-b+c.d://"]), TYPED))
def test_the_host_is_the_same_by_both_ways(text):
    """The quick one for pages of the web, and by taking the address apart."""
    href = Href.as_browsers_do(text)

    assert host_in(text) == (href.host if href else None)


@given(SITES, TYPED | st.builds("https://{}{}".format, NAMES, st.sampled_from(["", "/x", "?y", "#z", "\\x", ":1"])))
def test_an_href_is_registered_as_itself_ever_after(site, sent):
    """An own page begins with a slash or `#`; a password is gone, and no control character is left."""
    href = site.href(sent)

    assert site.href(href) == href
    assert href.startswith(("/", "#")) or not site.has(host_in(href) or "-")
    assert not any(character < " " or "\x7f" <= character < "\xa0" for character in href)


SLASHES = st.text("/\\", max_size=4)
WEB = st.builds("{}{}".format, st.sampled_from(["http:", "https:", "HTTPS:", "ftp:", "telnet:", "h\tttp:"]), SLASHES)
ABROAD = WEB | st.builds("//{}".format, SLASHES) | st.just("a-b+c.d://")


@given(SITES, ABROAD, NAMES)
def test_no_address_keeps_a_password_whatever_its_slashes(site, begins, host):
    address = f"{begins}joe:hunter2@{host}/x"

    assert "hunter2" not in site.href(address)
    assert "hunter2" not in (referrer(address) or "")
    assert "hunter2" not in without_user(address)
