"""Requests about sites, and about who may see them."""

from producers.admin.access import Access
from producers.admin.sites import SaidOfSite, Sites
from producers.clicky.whitelabel.errors import Error, Nok
from producers.clicky.whitelabel.found import Found
from producers.clicky.whitelabel.requests import Call
from producers.clicky.whitelabel.traffic import TrafficCalls
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.sites.clock_setting import read_offset_s, read_rule
from tilde.domain.sites.domains import read_domain, read_mirrors

SERVER = "db1"
"""The database server that clients are told of; whatever `srv=` says is taken."""


class SiteCalls:
    """The calls about sites. Each returns the lines behind `OK`, and raises what `Carry` may."""

    def __init__(self, sites: Sites, access: Access, found: Found, traffic: TrafficCalls) -> None:
        self._traffic = traffic
        self._sites = sites
        self._access = access
        self._found = found

    async def site(self, call: Call) -> list[str]:
        """Creates a site; with `site_id` changes or deletes one."""
        account, sent = call.account.id, call.sent
        if sent.get("site_id") is None and not sent.is_set("delete"):
            user = await self._found.user(call)
            said = _said(call, is_new=True)
            await self._traffic.require_room(call.account)
            made = await self._sites.create(account, user.id, said)
            return [str(made.id), made.keys[KeyKind.SITEKEY], SERVER, made.keys[KeyKind.SITEKEY_ADMIN]]
        site, named = await self._found.site_for(call)
        if sent.is_set("delete"):
            await self._sites.delete(account, site.id, named)
        else:
            await self._sites.change(account, site.id, _said(call))
        return []

    async def add_user_to_site(self, call: Call) -> list[str]:
        """Lets a user see a site, as an admin with `admin=1`, else to read. One who is there already has that level
        from now on.
        """
        user, site = await self._found.both(call)
        await self._access.grant(call.account.id, user.id, site.id, is_admin=call.sent.is_set("admin"))
        return []

    async def remove_user_from_site(self, call: Call) -> list[str]:
        """Has a user see a site no more, unless he is its only admin."""
        user, site = await self._found.both(call)
        self._found.require_access(user, site)
        await self._access.revoke(call.account.id, user.id, site.id)
        return []

    async def move_site_to_user(self, call: Call) -> list[str]:
        """Makes a user the only one of a site."""
        user, site = await self._found.both(call)
        await self._access.move(call.account.id, user.id, site.id)
        return []


def _said(call: Call, *, is_new: bool = False) -> SaidOfSite:
    """What is not readable of a clock is not sent: there is no error for it. Raises Nok."""
    sent = call.sent
    domain, mirrors = sent.get("domain"), sent.get("mirrors")
    named = None if domain is None else read_domain(domain)
    others = None if mirrors is None else read_mirrors(mirrors)
    if (named is None and (is_new or domain is not None)) or (others is None and mirrors is not None):
        raise Nok(Error.INVALID_DOMAIN)
    offset_s, rule = read_offset_s(sent.get("timezone") or ""), read_rule(sent.get("dst") or "")
    return SaidOfSite(named, others, sent.get("nickname"), offset_s, rule)
