"""Who asks a Query API, and about which of the products and reports that he may ask about."""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import Request

from api.kissmetrics.questions.fields import said_in
from api.kissmetrics.wire.callers import NOT_FOUND, ApiCallers, Caller, Uuid, uuid_in
from api.kissmetrics.wire.paging import LIMIT_OF_QUERIES
from api.web.refused import RefusedError
from tilde.domain.catalog.definition_records import SavedReport
from tilde.domain.catalog.state import Product
from tilde.domain.catalog.token_records import Scope

_NO_REPORT = "Invalid report_guid provided: report not found."


class QueryCallers:
    """Finds out who calls a Query API, and about what: ids are UUIDs, and in the third API numbers, too."""

    def __init__(self, callers: ApiCallers) -> None:
        self._callers = callers

    async def caller(self, request: Request, *, of_json: bool = True, key: object = None) -> Caller:
        """Reads who sends a request, as ApiCallers does. His token has to be one for queries about people."""
        return await self._callers.caller(request, Scope.QUERY, limit=LIMIT_OF_QUERIES, of_json=of_json, key=key)

    def products(self, caller: Caller) -> list[Product]:
        """Those that the token reaches, the oldest first."""
        return self._callers.products(caller)

    def product(self, caller: Caller, said: object) -> Product:
        """One of them, by its UUID or its number. Raises RefusedError."""
        text = str(said).strip().lower()
        if not text.isdecimal():
            return self._callers.product(caller, text)
        found = next((one for one in self._callers.products(caller) if str(one.id) == text), None)
        if found is None:
            raise RefusedError(404, NOT_FOUND)
        return found

    def product_said(self, caller: Caller, said: Mapping[str, Any]) -> Product | None:
        """The product that a body says; None where it says none. Raises RefusedError, which says what is wrong with it:
        of somebody else's as much as of nobody's.
        """
        id_ = said_in(said, "product_id")
        if id_ is None:
            return None
        text = str(id_).strip().lower()
        if isinstance(id_, bool) or not (text.isdecimal() or uuid_in(text)):
            raise RefusedError(400, f"product_id is {id_!r}: it is the number of a product, or its UUID")
        try:
            return self.product(caller, text)
        except RefusedError:
            raise RefusedError(404, f"product_id is {id_!r}: no product of yours is found by it") from None

    def report(self, caller: Caller, uuid: Uuid, of: str | None = None) -> SavedReport:
        """A saved report, by its UUID; one of a product, where that is said. Raises RefusedError."""
        products = self._callers.products(caller) if of is None else [self.product(caller, of)]
        return _there(one for one in self._callers.saved_reports_of(products) if one.uuid == uuid)

    def report_said(self, caller: Caller, said: object) -> SavedReport:
        """One by its UUID or its number. Raises RefusedError."""
        text = str(said).strip().lower()
        reports = self._callers.saved_reports_of(self._callers.products(caller))
        return _there(one for one in reports if text in {one.uuid, str(one.created)})


def _there(found: Iterator[SavedReport]) -> SavedReport:
    report = next(found, None)
    if report is None:
        raise RefusedError(404, _NO_REPORT)
    return report
