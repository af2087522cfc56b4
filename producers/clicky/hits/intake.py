"""Hits as the edge takes them in: of which site, whether it may come from there, whose; then into the open group.

A page's hits are believed where they come from the site's own domains, a server's where it has the admin sitekey. What
comes again is made once: a site as it is, where a page is, who somebody is.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from producers.clicky.hits.reading import ADDRESS_MAX, Pair, SentHit, visitor_id
from producers.clicky.reasons import Reason, Rejection
from producers.edge.receipts import ClockIsWrongError, Receipt, Receipts
from producers.hits.agents import Agents
from producers.hits.hit_writer import HitSite, HitWriter, SealedVisitor
from producers.web.clients import Client
from producers.web.tally import Tally
from tilde.catalog.sites import KnownSites
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.site_records import Site
from tilde.domain.hits.hit import Transport
from tilde.domain.hits.traits import ID_MAX
from tilde.domain.hits.user_agent import AGENT_MAX
from tilde.domain.hits.visitor import Traces, plain_address
from tilde.domain.sites.domains import SiteDomains, is_path
from tilde.domain.sites.href import host_in
from tilde.domain.sites.kept_hrefs import is_outbound
from tilde.memo import Memo
from tilde.schemas.hits import NO_HOST, NO_HREF, page_said
from tilde.schemas.hot import maybe, text

HEADERS = frozenset({b"referer", b"origin", b"user-agent"})
ADMIN_KEY = "sitekey_admin"
REMEMBERED_MAX = 20_000  # visitors, and pages of sites: half a kilobyte each
HEADERS_REMEMBERED_MAX = AGENT_MAX  # bytes


class HitRequest(NamedTuple):
    """A request that is one hit: what it says, what sent it, whose it is, and the HEADERS that it has."""

    sent: SentHit
    transport: Transport
    client: Client
    headers: Mapping[bytes, bytes]


class _Kept(NamedTuple):
    """What is made of a site once, until something of it is changed."""

    site: Site
    hit_site: HitSite
    domains: SiteDomains

    @classmethod
    def of(cls, site: Site) -> "_Kept":
        domains = SiteDomains(frozenset((site.domain, *site.mirrors)))
        return cls(site, HitSite.of(site.id, *site.clock), domains)


@dataclass(frozen=True, slots=True, eq=False)
class _From:
    """Where a hit says that its page is: whether that is the site's, its host, and the href of its Referer, encoded.
    `comes_again`: it is remembered, so what is made of it may be.
    """

    is_ours: bool
    host: bytes
    href: bytes
    kept: _Kept
    comes_again: bool


class Intake:
    """Takes hits in, and counts them in `tally`."""

    def __init__(self, sites: KnownSites, writer: HitWriter, receipts: Receipts, tally: Tally) -> None:
        self._sites = sites
        self._writer = writer
        self._receipts = receipts
        self._agents = Agents()
        self._kept: dict[int, _Kept] = {}
        self._from = Memo[tuple[int, bytes | None, bytes | None], _From](REMEMBERED_MAX)
        self._pages = Memo[tuple[_From, SentHit, Transport], bytes](REMEMBERED_MAX)
        self._visitors = Memo[tuple[int, str | None, str, bytes | None], SealedVisitor](REMEMBERED_MAX)
        self.tally = tally
        writer.when_erased(self._forget)

    async def take(self, site: int | None, request: HitRequest) -> None:
        """Returns once the hit is durable. Raises Rejection, LogError."""
        if site is None:
            raise Rejection(Reason.NO_SITE)
        found = await self._sites.find(site)
        if found is None:
            raise Rejection(Reason.UNKNOWN_SITE)
        self._leave(self._of(found), request)
        await self._writer.durable()
        self.tally.taken += 1

    def leave(self, site: int | None, request: HitRequest) -> "asyncio.Future[None] | None":
        """As `take`, without waiting: the hit is to be counted when the future says that it is durable. None where it
        is refused, or of a site that this edge has not heard of; then nothing is left. Raises LogError.
        """
        found = None if site is None else self._sites.known(site)
        if found is None:
            return None
        try:
            self._leave(self._of(found), request)
        except Rejection:
            return None
        return self._writer.durable()

    def _of(self, site: Site) -> _Kept:
        kept = self._kept.get(site.id)
        if kept is None or kept.site is not site:
            kept = self._kept[site.id] = _Kept.of(site)
        return kept

    def _leave(self, kept: _Kept, request: HitRequest) -> None:
        sent, transport, client, headers = request
        if ADMIN_KEY in sent.own:
            self._leave_of_server(kept, sent)
            return
        where = self._from_where(kept, headers.get(b"referer"), headers.get(b"origin"))
        page = self._page(where, sent, transport)
        who = self._visitor(kept.site.id, sent.jsuid, client.address, headers.get(b"user-agent"))
        self._writer.leave(kept.hit_site, page, who, self._now(kept), sent.parameters, sent.custom, sent.unknown)

    def _page(self, where: _From, sent: SentHit, transport: Transport) -> bytes:
        """The event's fields from `type` to `tz`. Raises Rejection."""
        if sent.page is None or not where.comes_again:
            return _page_of(where, sent, transport)
        key = where, sent.page, transport
        found = self._pages.get(key)
        if found is None:
            found = self._pages.keep(key, _page_of(where, sent, transport))
        return found

    def _leave_of_server(self, kept: _Kept, sent: SentHit) -> None:
        """Of the site's own server: whose hit it is stands in the parameters, all of it."""
        get = sent.get
        if not self._sites.has_key(kept.site, KeyKind.SITEKEY_ADMIN, (get(ADMIN_KEY) or "").strip()):
            raise Rejection(Reason.INVALID_SITEKEY, kept.site.id)
        address, session, agent = plain_address(get("ip_address")), visitor_id(get("session_id")), get("ua")
        if address is None and session is None:
            raise Rejection(Reason.NO_VISITOR, kept.site.id)
        agent = agent and agent[:AGENT_MAX]
        traces = Traces(visitor_id(sent.jsuid), session, address, agent, has_own_address=True)
        who = self._writer.seal_visitor(kept.site.id, traces, None if agent is None else self._agents.of(agent))
        href = sent.own.get("href")
        encoded = NO_HREF if href is None else _href_of(kept.domains, sent, href)
        page = page_said(sent.type, Transport.SERVER, encoded, NO_HOST, sent.texts)
        self._writer.leave(kept.hit_site, page, who, self._now(kept), sent.parameters, sent.custom, sent.unknown)

    def _from_where(self, kept: _Kept, referer: bytes | None, origin: bytes | None) -> _From:
        key = kept.site.id, referer, origin
        found = self._from.get(key)
        if found is None or found.kept is not kept:
            pages = [_decoded(value) for value in (referer, origin) if value]
            host = next(filter(None, map(host_in, pages)), None)
            href = text(kept.domains.href(_decoded(referer))[:ADDRESS_MAX]) if referer else NO_HREF
            comes_again = len(referer or b"") + len(origin or b"") <= HEADERS_REMEMBERED_MAX
            found = _From(kept.domains.may_send(*pages), maybe(host), href, kept, comes_again)
            if comes_again:
                self._from.keep(key, found)
        return found

    def _visitor(self, site: int, jsuid: str | None, address: str, agent: bytes | None) -> SealedVisitor:
        key = site, jsuid, address, agent
        who = self._visitors.get(key)
        if who is None:
            called = _decoded(agent)[:AGENT_MAX] if agent else None
            traces = Traces(visitor_id(jsuid), None, address or None, called)
            who = self._writer.seal_visitor(site, traces, None if called is None else self._agents.of(called))
            if len(jsuid or "") <= ID_MAX and len(agent or b"") <= HEADERS_REMEMBERED_MAX:
                self._visitors.keep(key, who)
        return who

    def _forget(self) -> None:
        """What is kept of visitors; what is said of a page, or of a site, is of nobody."""
        self._visitors.clear()
        self._agents.forget()

    def _now(self, kept: _Kept) -> Receipt:
        try:
            return self._receipts.now()
        except ClockIsWrongError:
            raise Rejection(Reason.CLOCK_IS_WRONG, kept.site.id) from None


def _page_of(where: _From, sent: SentHit, transport: Transport) -> bytes:
    """Raises Rejection."""
    domains, pair = where.kept.domains, sent.own.get("href")
    if not where.is_ours or (pair is not None and sent.is_page_view and not _is_on(where, pair.value)):
        raise Rejection(Reason.FOREIGN_PAGE, where.kept.site.id)
    if pair is not None:
        encoded = _href_of(domains, sent, pair)
    else:
        encoded = where.href if transport is Transport.PIXEL else NO_HREF
    return page_said(sent.type, transport, encoded, where.host, sent.texts)


def _is_on(where: _From, href: str) -> bool:
    """Whether a page is one of the site's. `//index.php` is a path where its page is known to be on the site, which
    doubles its slashes; where it is not, a host.
    """
    return is_path(href) or (href.startswith("//") and where.host != NO_HOST) or where.kept.domains.may_send(href)


def _href_of(domains: SiteDomains, sent: SentHit, pair: Pair) -> bytes:
    """Encoded: nothing where a link leads nowhere."""
    if sent.is_outbound and not is_outbound(pair.value):
        return NO_HREF
    href = domains.href(pair.value)
    return pair.encoded if href == pair.value else text(href)


def _decoded(header: bytes) -> str:
    return header.decode("latin-1")
