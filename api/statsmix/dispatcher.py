"""Reads calls of StatsMix that read, finds out whose they are, and has them answered in the form that they name."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from api.statsmix.requests import key_of, parameters_of, refused
from api.web.origin import origin_of
from api.web.refused import RefusedError
from api.web.replies import RETRY_AFTER_S
from tilde.catalog.follower import CatalogFollower
from tilde.catalog.key_lookup import KeyLookup
from tilde.dialects.dialect import Told
from tilde.dialects.statsmix.answers import Form, form_in, split_form, told_error
from tilde.dialects.statsmix.numbers import id_of
from tilde.dialects.statsmix.record import HEADERS, STATUS_HEADER
from tilde.dialects.statsmix.refusals import INVALID_KEY, UNKNOWN_PROFILE
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Account, Catalog, Product
from tilde.domain.texts import trimmed
from tilde.eventlog import LogError
from tilde.keys.keyring import Keyring
from tilde.store import NoTableError, QueryLimitError, StoreError
from tilde.web.parameters import Parameters

OK = 200
_NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose caller is known. `origin` is how he reached us: `http://stats.example`."""

    account: Account
    fields: Parameters
    form: Form
    origin: str


Read = Callable[[Call], Awaitable[Told]]
"""Answers a question. Raises RefusedError, StoreError, QueryLimitError, NoTableError, LogError."""


class Dispatcher:
    """Reads a call, finds out whose it is, and has it answered in the form that it names."""

    def __init__(self, follower: CatalogFollower, keyring: Keyring) -> None:
        self._follower = follower
        self._lookup = KeyLookup(follower, keyring)

    @property
    def catalog(self) -> Catalog:
        """What was decided before the question came."""
        return self._follower.catalog

    async def answer(self, request: Request, read: Read, version: int = 2) -> Response:
        """The answer, or the one that says why there is none."""
        _, end = split_form(trimmed(request.scope["path"]))
        form = form_in(version, end)
        try:
            fields = await parameters_of(request)
            form = form_in(version, end, fields.get("format"))
            account = await self._asker(key_of(request, fields))
            return _reply(await read(Call(account, fields, form, origin_of(request))))
        except RefusedError as error:
            return _reply(told_error(form, str(error)), error.status, error.headers or _NO_HEADERS)
        except (StoreError, QueryLimitError, NoTableError, LogError):
            return _reply(told_error(form, "temporarily unavailable"), 503, {"retry-after": RETRY_AFTER_S})

    async def _asker(self, key: str) -> Account:
        """Whose a key is, as the catalog has it when he asks: what another process answered before is seen."""
        await self._follower.catch_up()
        account = self._lookup.known(KeyKind.API_KEY, key)
        if account is None:
            raise refused(INVALID_KEY)
        return account

    def profiles(self, call: Call, version: int = 2) -> list[Product]:
        """The one that is named, or all of the asker's. Raises RefusedError."""
        products = self.catalog.products
        own = [products[product] for product in sorted(self.catalog.products_of[call.account.id].values())]
        named = call.fields.get("profile_id")
        found = [product for product in own if named is None or product.id == id_of(named)]
        if not found:
            raise refused(UNKNOWN_PROFILE, version)
        return found


def _reply(answer: Told, status: int = OK, headers: Mapping[str, str] = _NO_HEADERS) -> Response:
    return Response(answer.body, status, {**HEADERS, STATUS_HEADER: str(status), **headers}, answer.media_type)
