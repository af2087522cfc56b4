"""Reads the vocabulary of products, which events there are and which properties: each with its index, and when it was
used and sent first and last.

events.page(products, 0, 20)      (8, [Usage(..), ..]): how many there are in all, and the first 20
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from api.reads.tables import Tables
from tilde.domain.catalog.state import Product
from tilde.domain.people.uuids import EVENT, PROPERTY, event_uuid, property_uuid


@dataclass(frozen=True, slots=True)
class Usage:
    """What is known of a name, of an event or of a property. Used: by the clock of whoever did it, in seconds; sent:
    when it was received, in milliseconds. A property has no `total`.
    """

    product: int
    name: str
    index: int
    total: int
    first_used_at: int
    last_used_at: int
    first_sent_ms: int
    last_sent_ms: int


@dataclass(frozen=True, slots=True)
class _Statements:
    page: str
    count: str
    of_uuid: str
    prefix: str
    uuid: Callable[[str, str], UUID]


_EVENTS = _Statements("events.page", "events.count", "events.of_uuid", EVENT, event_uuid)
_PROPERTIES = _Statements("properties.page", "properties.count", "properties.of_uuid", PROPERTY, property_uuid)


class VocabularyReads:
    """Answers for products of whichever account; whose they are was asked before. Raises StoreError."""

    def __init__(self, tables: Tables, statements: _Statements) -> None:
        self._tables = tables
        self._statements = statements

    @classmethod
    def of_events(cls, tables: Tables) -> "VocabularyReads":
        """Of events: how often each was done, and when."""
        return cls(tables, _EVENTS)

    @classmethod
    def of_properties(cls, tables: Tables) -> "VocabularyReads":
        """Of properties: when each was said of somebody."""
        return cls(tables, _PROPERTIES)

    async def page(self, products: Sequence[Product], skip: int, limit: int) -> tuple[int, list[Usage]]:
        """How many there are of these products, and a page of them: what was sent first comes first."""
        asked = {"products": [product.id for product in products]}
        total, rows = await self._tables.page(self._statements.page, self._statements.count, asked, skip, limit)
        return total, [Usage(*row) for row in rows]

    async def of_uuid(self, products: Sequence[Product], wanted: UUID) -> Usage | None:
        """The one of these products that has a UUID; None where none of them has it."""
        text = wanted.hex  # the version and the variant are not the hash's: bytes 7 and 9
        asked = {
            "products": [product.id for product in products],
            "namespaces": [product.uuid.replace("-", "") for product in products],
            "prefix": self._statements.prefix,
            "head": text[:12],
            "seventh": text[14:16],
            "tail": text[18:],
        }
        uuids = {product.id: product.uuid for product in products}
        found = (Usage(*row) for row in await self._tables.rows(self._statements.of_uuid, asked))
        return next((one for one in found if self._statements.uuid(uuids[one.product], one.name) == wanted), None)
