"""What events and properties of the Core API have in common: both are names that are used."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.kissmetrics.wire.answers import Link, Resource, link, with_offset
from api.kissmetrics.wire.callers import NOT_FOUND, ApiCallers, Caller, Uuid, uuid_in
from api.reads.people.vocabulary import Usage, VocabularyReads
from api.reads.settling import Settling
from api.web.refused import RefusedError
from tilde.domain.catalog.state import Catalog, Product
from tilde.schemas.topics import ACTIVITY


@dataclass(frozen=True, slots=True)
class Noun:
    """An event, or a property: how it is called, in a path and in words, its UUID by that of its product, and what the
    API tells of it.
    """

    path: str
    one: str
    uuid: Callable[[str, str], UUID]
    shown: Callable[[Catalog, Usage], dict[str, Any]]


def titled(name: str) -> str:
    """What it is shown as unless somebody said so: `Search engine hit`."""
    return name[:1].upper() + name[1:]


class VocabularyList:
    """Those of a noun, as `list_routes.py` lists them. What was acknowledged before a question is in its answer,
    bounded.
    """

    order = "What was sent first comes first: new ones come last."

    def __init__(self, callers: ApiCallers, noun: Noun, vocabulary: VocabularyReads, settling: Settling) -> None:
        self.path, self.one = noun.path, noun.one
        self._callers = callers
        self._noun = noun
        self._vocabulary = vocabulary
        self._settling = settling

    async def page(self, caller: Caller, products: Sequence[Product]) -> tuple[int, Sequence[Resource]]:
        """How many events, or properties, these products have, and those of the page that is asked for."""
        await self._settling.settle([ACTIVITY])
        total, found = await self._vocabulary.page(products, caller.offset, caller.limit)
        uuids = {product.id: product.uuid for product in products}
        return total, [self._shown(usage, uuids[usage.product], caller.base) for usage in found]

    async def found(self, caller: Caller, uuid: Uuid) -> Resource:
        """The one that has this UUID. Raises RefusedError where the token reaches none."""
        products, wanted = self._callers.products(caller), uuid_in(uuid)
        await self._settling.settle([ACTIVITY])
        found = None if wanted is None else await self._vocabulary.of_uuid(products, wanted)
        if found is None:
            raise RefusedError(404, NOT_FOUND)
        product = next(product for product in products if product.id == found.product)
        return self._shown(found, product.uuid, None)

    def _shown(self, usage: Usage, product: str, base: str | None) -> Resource:
        """With its links in a list, below `base`; alone it has none."""
        id_ = str(self._noun.uuid(product, usage.name))
        return {
            "links": [] if base is None else self._links(id_, product, base),
            "last_sent_at": with_offset(usage.last_sent_ms),
            "first_sent_at": with_offset(usage.first_sent_ms),
            "last_used_at": with_offset(usage.last_used_at * 1000),
            "id": id_,
            "product_id": product,
            **self._noun.shown(self._callers.catalog, usage),
            "first_used_at": with_offset(usage.first_used_at * 1000),
            "index": usage.index,
        }

    def _links(self, id_: str, product: str, base: str) -> list[Link]:
        own = link("self", "Self", f"{base}/{self._noun.path}/{id_}")
        return [own, link("product", "Product", f"{base}/products/{product}")]
