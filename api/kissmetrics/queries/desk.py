"""Who asks a Query API, and about which of the products and reports that he may ask about."""

from collections.abc import Iterator

from fastapi import Request

from api.kissmetrics.wire.desk import NOT_FOUND, Asked, Desk, Uuid
from api.kissmetrics.wire.paging import LIMIT_OF_QUERIES
from api.web.refused import RefusedError
from tilde.domain.catalog.definition_records import SavedReport
from tilde.domain.catalog.state import Product
from tilde.domain.catalog.token_records import Scope

_NO_REPORT = "Invalid report_guid provided: report not found."


class QueryDesk:
    """Finds what a question is about. Ids are UUIDs, and in the third API numbers, too."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def asked(self, request: Request, *, of_json: bool = True, key: object = None) -> Asked:
        """As Desk.asked, by a token that may learn who did what."""
        return await self._desk.asked(request, Scope.QUERY, limit=LIMIT_OF_QUERIES, of_json=of_json, key=key)

    def products(self, asked: Asked) -> list[Product]:
        """Those that the token reaches, the oldest first."""
        return self._desk.products(asked)

    def product(self, asked: Asked, said: object) -> Product:
        """One of them, by its UUID or its number. Raises RefusedError."""
        text = str(said).strip().lower()
        if not text.isdecimal():
            return self._desk.product(asked, text)
        found = next((one for one in self._desk.products(asked) if str(one.id) == text), None)
        if found is None:
            raise RefusedError(404, NOT_FOUND)
        return found

    def report(self, asked: Asked, uuid: Uuid, of: str | None = None) -> SavedReport:
        """A report that is kept, by its UUID; one of a product, where that is said. Raises RefusedError."""
        products = self._desk.products(asked) if of is None else [self.product(asked, of)]
        return _there(one for one in self._desk.reports_of(products) if one.uuid == uuid)

    def report_said(self, asked: Asked, said: object) -> SavedReport:
        """One by its UUID or its number. Raises RefusedError."""
        text = str(said).strip().lower()
        reports = self._desk.reports_of(self._desk.products(asked))
        return _there(one for one in reports if text in {one.uuid, str(one.created)})


def _there(found: Iterator[SavedReport]) -> SavedReport:
    report = next(found, None)
    if report is None:
        raise RefusedError(404, _NO_REPORT)
    return report
