"""Clicky's hits on an edge in memory: its routes, and a site of a white label."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from producers.admin.admin import Admin
from producers.admin.users import SaidOfUser
from producers.clicky.hits.intake import Intake
from producers.clicky.hits.lane import lanes as hit_lanes
from producers.clicky.hits.reading import Pairs
from producers.clicky.hits.routes import router
from producers.edge.receipts import Receipts
from producers.hits.hit_writer import HitWriter
from producers.web.app import EdgeApp
from producers.web.query_api import QueryApi
from producers.web.questions import Questions
from producers.web.tally import Tally
from producers.wiring import open_embedded_edge
from testkit.asking import Headers, Reply, ask
from testkit.builders import UUID, an_account_created
from testkit.deciding import deciding
from testkit.edges import KEYRING, MemoryEdge
from testkit.resellers import a_user_created, some_site_details
from testkit.sealed import sealed_hits
from testkit.whole_edge import AWAY
from tilde.catalog.sites import KnownSites
from tilde.data_folder import bell_path
from tilde.dialects.clicky import CLICKY
from tilde.domain.catalog.accounts import CreateAccount
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.sites import CreateSite, SiteCreated
from tilde.domain.hits.visitor import Addresses
from tilde.domain.sites.clock_setting import ClockSetting
from tilde.eventlog.bell import Bell
from tilde.keys.keyholder_file import KeyholderFile
from tilde.keys.keyholders import Keyholders
from tilde.runtime.clock import SystemClock
from tilde.schemas.codec import decode
from tilde.schemas.topics import HITS
from tilde.settings import load_settings, open_keyring

SITE = 2
ADMIN_KEY = "0123456789abc0123456789abc0123456789abc"
PACIFIC = ClockSetting(-28_800, "usa")
PAGE = [(b"referer", b"https://www.awesome.com/"), (b"user-agent", b"Firefox/128.0")]


class HitsEdge(MemoryEdge):
    """One with the routes of hits; `app` is what a client reaches."""

    def __init__(self, folder: Path, *, lanes: bool, addresses: Addresses = Addresses.FULL) -> None:
        super().__init__()
        self.keyholders = Keyholders(KeyholderFile(folder / "visitors.db"), KEYRING)
        writer = HitWriter(self.writer, self.ids, self.keyholders, addresses)
        sites = KnownSites(self.follower, KEYRING)
        self.intake = Intake(sites, writer, Receipts(self.clock), Tally(CLICKY.name))
        self.app = EdgeApp(openapi_url=None)
        pairs = Pairs()
        self.app.include_router(router(self.intake, pairs, sites))
        if lanes:
            for lane in hit_lanes(self.intake, pairs):
                self.app.add_lane(lane)

    def records(self) -> list[dict[str, Any]]:
        """The durable events of topic `hits`, as records; the event's id is called `id`."""
        events = [event for _, event in self.writer.events]
        found = decode(sealed_hits("e", 1, 1, -1, 0, events), HITS.subject)["events"] if events else []
        return [{"id": event.pop("event"), **event} for event in found]

    def opened(self, record: dict[str, Any]) -> tuple[Any, Any]:
        """What is sealed in an event: who it was, and what was said of him."""
        self.keyholders.keep()
        said = record["said"]
        return self.keyholders.opened(record["key"], record["who"]), said and self.keyholders.opened(
            record["key"], said
        )


def site_created(**details: Any) -> SiteCreated:
    """That of SITE, `awesome.com` unless something else is said, with ADMIN_KEY."""
    details = {"mirrors": ("awesome.test",)} | details
    keys = (KEYRING.store(KeyKind.SITEKEY_ADMIN, ADMIN_KEY),)
    return SiteCreated(1, 1, SITE, UUID, some_site_details(**details), keys)


async def a_hits_edge(folder: Path | None = None, *, lanes: bool = True, **kept: Addresses) -> HitsEdge:
    """An edge with the site; its visitors are in a folder, or in one that is forgotten."""
    edge = HitsEdge(folder or Path(tempfile.mkdtemp(prefix="tilde-hits-")), lanes=lanes, **kept)
    await edge.decide(an_account_created(1, "reseller"), a_user_created(), site_created())
    await edge.follower.read_to_end()
    return edge


async def hit(edge: HitsEdge, query: dict[str, str] | str, headers: Headers = PAGE) -> Reply:
    """One hit of a page of the site."""
    text = query if isinstance(query, str) else urlencode({"site_id": str(SITE), **query})
    return await ask(edge.app, "GET", f"/in.php?{text}", headers=headers)


def make_site(data: Path, domain: str = "awesome.com", clock: ClockSetting = PACIFIC) -> int:
    """Makes a site of a new white label in a folder where no Tilde runs, with ADMIN_KEY; returns its id."""
    return asyncio.run(_made_site(data, domain, clock))


async def _made_site(data: Path, domain: str, clock: ClockSetting) -> int:
    settings, bell, system = load_settings(data=data), Bell(bell_path(data), serves=False), SystemClock()
    keyring = open_keyring(settings)
    async with deciding(data, bell, system), AsyncExitStack() as stack:
        edge = await open_embedded_edge(data, keyring, system, bell, stack)
        admin = Admin.over(
            edge.desk, edge.follower.catalog, keyring, Questions(QueryApi(AWAY), edge.follower.catalog, "")
        )
        number = len(edge.follower.catalog.accounts) + 1
        account = (await edge.desk.ask(CreateAccount(f"reseller {number}", (), UUID, ""))).reply["account"]
        user = await admin.users.create(account, SaidOfUser(name=f"owner{number}"))
        keys = (keyring.store(KeyKind.SITEKEY_ADMIN, f"{ADMIN_KEY}{number}"),)
        create = CreateSite(account, user, UUID, domain, (), "", clock.offset_s, clock.rule, keys)
        return int((await edge.desk.ask(create)).reply["site"])
