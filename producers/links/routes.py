"""Links in letters. To look changes nothing, since mail programs and their guards follow every link before anybody
reads the letter; the page asks, and its button posts to the same path. So does a mail program's own (RFC 8058).
"""

import shlex

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from producers.admin.accounts import Accounts
from producers.admin.stats import StatCommands
from producers.edge.command_desk import CommandRefusedError
from tilde.dialects.links import HEADERS, page
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.state import Account, Catalog
from tilde.domain.catalog.switches import Switch
from tilde.domain.stats.metrics import short_id
from tilde.keys.keyring import Keyring
from tilde.keys.links import ADDRESS_BYTES, DAYS, DeleteLink, SilenceLink, read
from tilde.own_paths import LINKS_BELOW
from tilde.runtime.clock import Clock
from tilde.runtime.visible import one_line


def router(calls: "LinkCalls") -> APIRouter:
    """The routes."""
    routes = APIRouter(include_in_schema=False)
    path = f"{LINKS_BELOW}{{text}}"
    routes.add_api_route(path, calls.ask, methods=["GET"], response_class=HTMLResponse)
    routes.add_api_route(path, calls.do, methods=["POST"], response_class=HTMLResponse)
    return routes


def _shown(title: str, text: str, button: str | None = None, status: int = 200) -> HTMLResponse:
    return HTMLResponse(page(title, one_line(text), button), status, HEADERS)


_UNKNOWN = ("No such link", "It is not whole, or it was made by another Tilde. Copy all of it from the letter.")
_ENDED = ("This link has ended", f"It worked for {DAYS} days.")
_USED = ("This link was used already", "It works once. The stat was put in the trash by it.")
_GONE = ("There is no such stat", "It is in the trash already, or was never counted.")
_OTHER = ("This link has ended", "The account has another address now, or none.")


class LinkCalls:
    """What a link does, asked for and done."""

    def __init__(
        self, catalog: Catalog, accounts: Accounts, stats: StatCommands, keyring: Keyring, clock: Clock
    ) -> None:
        self._catalog = catalog
        self._accounts = accounts
        self._stats = stats
        self._keyring = keyring
        self._clock = clock

    async def ask(self, text: str) -> HTMLResponse:
        """The page with the button."""
        match read(text, self._keyring):
            case DeleteLink() as link:
                return self._ended(link) or await self._ask_to_delete(link)
            case SilenceLink() as link:
                account = self._silenced(link)
                if account is None:
                    return _shown(*_OTHER, status=410)
                if not account.is_on(Switch.MAIL):
                    return _shown("No more mail", f"Account {account.name} gets none.")
                return _shown(
                    "No more mail?", f"Account {account.name} would get none from this Tilde.", "No more mail"
                )
        return _shown(*_UNKNOWN, status=404)

    async def do(self, text: str) -> HTMLResponse:
        """What the button says. Raises CommandRefusedError, LogError, TimeoutError."""
        match read(text, self._keyring):
            case DeleteLink() as link:
                return self._ended(link) or await self._delete(link)
            case SilenceLink() as link:
                account = self._silenced(link)
                if account is None:
                    return _shown(*_OTHER, status=410)
                if account.is_on(Switch.MAIL):
                    await self._accounts.change(account.name, {Switch.MAIL: False})
                return _shown("No more mail", f"Account {account.name} gets none from now on.")
        return _shown(*_UNKNOWN, status=404)

    def _ended(self, link: DeleteLink) -> HTMLResponse | None:
        if self._clock.now_ms() > link.ends_s * 1000 or link.product not in self._catalog.products:
            return _shown(*_ENDED, status=410)
        if self._stats.is_link_used(link.product, link.metric):
            return self._used(link)
        return None

    def _used(self, link: DeleteLink) -> HTMLResponse:
        title, text = _USED
        return _shown(title, f"{text} {self._way_back(link)}", status=410)

    def _way_back(self, link: DeleteLink) -> str:
        """How the stat is taken out of the trash, with the whole command. The product is there."""
        product = self._catalog.products[link.product]
        account = self._catalog.accounts[product.account]
        words = ["tilde", "stat", "restore", short_id(link.metric), "--account", account.name]
        words += [] if account.product == product.id else ["--product", str(product.id)]
        return f"It can be taken out again for 48 hours, with: {shlex.join(words)}"

    async def _ask_to_delete(self, link: DeleteLink) -> HTMLResponse:
        found = await self._stats.in_sight(link.product, link.metric)
        if found is None:
            return _shown(*_GONE, status=410)
        kind, name = found
        text = f"All numbers of the {kind} {name} go to the trash. A later post makes it anew. {self._way_back(link)}"
        return _shown("Destroy this stat?", text, "Destroy it")

    async def _delete(self, link: DeleteLink) -> HTMLResponse:
        # One that is in the trash is not put there again: its 48 hours would begin anew, and the link be used up.
        if await self._stats.in_sight(link.product, link.metric) is None:
            return _shown(*_GONE, status=410)
        try:
            await self._stats.delete_by_link(link.product, link.metric)
        except CommandRefusedError as refused:
            if refused.refusal is Refusal.LINK_USED:
                return self._used(link)
            raise
        return _shown("It is in the trash", self._way_back(link))

    def _silenced(self, link: SilenceLink) -> Account | None:
        """The account, where it has the address still."""
        account = self._catalog.accounts.get(link.account)
        key = None if account is None else account.keys.get(KeyKind.EMAIL)
        return account if key is not None and key.hash[:ADDRESS_BYTES] == link.address else None
