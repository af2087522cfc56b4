"""The domains of a site: how they are registered, from where hits may come, and by which href a page is known."""

from dataclasses import dataclass

from tilde.domain.sites.hosts import canonical
from tilde.domain.sites.href import Href, cleaned, host_in, is_name_of_a_site

MIRRORS_MAX = 100


def read_domain(text: str) -> str | None:
    """The domain that somebody registers: without scheme, path, port and `www.`. It has a dot, or is `localhost`, or an
    IP address; None of everything else.

        https://www.example.com:8080/shop/   example.com
        München.de                           xn--mnchen-3ya.de
        [2001:DB8::0:1]                      2001:db8::1
    """
    text = text.strip()
    href = Href.read(text) or Href.behind("", text.removeprefix("//"))
    if href.user:
        return None
    is_bare_ipv6 = href.authority.count(":") > 1 and not href.authority.startswith("[")
    host = canonical(href.authority) if is_bare_ipv6 else href.host
    if host is None:
        return None
    return next((name for name in (host.removeprefix("www."), host) if is_name_of_a_site(name)), None)


def read_mirrors(text: str) -> tuple[str, ...] | None:
    """Domains with commas between, each once; None where one of them is no domain, or there are too many."""
    parts = [part for part in text.split(",") if part.strip()]
    if len(parts) > MIRRORS_MAX:
        return None
    domains = [domain for part in parts if (domain := read_domain(part)) is not None]
    return tuple(dict.fromkeys(domains)) if len(domains) == len(parts) else None


@dataclass(frozen=True, slots=True)
class SiteDomains:
    """The domains of a site, its own and those of its mirrors, as `read_domain` gives them. Each has all its
    sub-domains.
    """

    domains: frozenset[str]

    def has(self, host: str) -> bool:
        """Whether a host, in the form in which they are compared, is one of them or below one."""
        while host not in self.domains:
            _, dot, host = host.partition(".")
            if not dot:
                return False
        return True

    def may_send(self, *hrefs: str | None) -> bool:
        """Whether a hit may come from pages of these hrefs: its Referer, its Origin, that of a page view. What
        is absent or has no host says nothing: `null`, a path, what privacy tools write. A foreign host refuses the hit.
        """
        hosts = [host_in(href) for href in hrefs if href]
        return all(host is None or self.has(host) for host in hosts)

    def href(self, sent: str) -> str:
        """What a page, a file or a link is known by. Of an href of the site that is what stands behind the host;
        that of another is whole, but for a password. All others begin with `/` or `#`.

            https://www.example.com/shop?a=1#b   /shop?a=1#b
            shop                                 /shop
            http://other.com/x                   http://other.com/x
        """
        sent = cleaned(sent)
        href = None if is_path(sent) else Href.as_browsers_do(sent)
        if href is None:
            return sent if sent.startswith(("/", "#")) else f"/{sent}"
        host = href.host
        if host is None or not self.has(host):
            return href.without_user
        return href.path if href.path.startswith("/") else f"/{href.path.removeprefix(chr(92))}"


def is_path(href: str) -> bool:
    """Whether it is plainly a path of the page's own site, as most are, so that nobody has to look for a host."""
    return href[:1] == "#" or (href[:1] == "/" and (len(href) == 1 or href[1:2].isalnum()))
