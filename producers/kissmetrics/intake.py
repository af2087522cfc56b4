"""Activity as the edge takes it in: of which product, what was done and by whom; then into the open group."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from producers.edge.receipts import ClockIsWrongError, Receipt, Receipts
from producers.kissmetrics.batches import said_in
from producers.kissmetrics.export_lines import said_in_line
from producers.kissmetrics.reading import Read, Said
from producers.kissmetrics.reasons import Reason, Refused, Rejection, told_of_line
from producers.people.activity_writer import ActivityProduct, ActivityWriter
from producers.people.lines import LinesRefusedError
from producers.web.tally import Tally
from tilde.catalog.follower import CatalogFollower
from tilde.catalog.key_lookup import KeyLookup
from tilde.catalog.remembered_keys import RememberedKeys
from tilde.dialects.kissmetrics import KEY
from tilde.domain.catalog.keys import KeyKind
from tilde.eventlog import LogError
from tilde.web.parameters import Parameters, sent


class Products:
    """Products by their tracking keys, for one edge, remembered as clients sent these."""

    def __init__(self, follower: CatalogFollower, lookup: KeyLookup) -> None:
        self._follower = follower
        self._lookup = lookup
        self._remembered = RememberedKeys(follower, self._found)

    def known(self, key: str) -> ActivityProduct | None:
        """The product of a tracking key, as far as this edge has read; None where it is nobody's."""
        return self._remembered[key]

    async def find(self, key: str) -> ActivityProduct | None:
        """The product of a tracking key, after a look at the catalog's end where it is not known. Raises LogError."""
        return await self._follower.find(partial(self.known, key))

    def _found(self, key: str) -> ActivityProduct | None:
        product = self._lookup.known_product(KeyKind.TRACKING_KEY, key)
        if product is None or self._follower.catalog.accounts[product.account].is_closed:
            return None
        return ActivityProduct.of(product.id)


class Intake:
    """Takes activity in, and counts it in `tally`."""

    def __init__(self, products: Products, writer: ActivityWriter, receipts: Receipts, tally: Tally) -> None:
        self._products = products
        self._writer = writer
        self._receipts = receipts
        self.tally = tally

    @contextmanager
    def counting(self, product: int | None = None) -> Iterator[None]:
        """What is rejected inside is counted, as the product's where that is known, and so is that the log cannot be
        written. Raises Refused in its place.
        """
        try:
            yield
        except Rejection as rejection:
            raise self._refused(rejection.reason, product) from None
        except LogError:
            raise self._refused(Reason.LOG_NOT_WRITABLE, product) from None

    def _refused(self, reason: Reason, product: int | None) -> Refused:
        self.tally.refuse(reason, product)
        return Refused(reason)

    async def take(self, fields: Parameters, read: Read) -> None:
        """Returns once it is durable. Raises Refused."""
        with self.counting():
            product = await self._product_of(fields)
        with self.counting(product.id):
            self._leave(product, read(fields))
            await self._writer.durable()
        self.tally.taken += 1

    async def _product_of(self, fields: Parameters) -> ActivityProduct:
        key = sent(fields, KEY)
        if key is None:
            raise Rejection(Reason.NO_KEY)
        product = await self._products.find(key)
        if product is None:
            raise Rejection(Reason.UNKNOWN_KEY)
        return product

    async def take_all(
        self, product: ActivityProduct, items: Sequence[Any], read: Callable[[Any], Said] = said_in
    ) -> dict[int, Reason]:
        """The items of a batch, or what `read` reads; returns why some are left out, by their places, once the others
        are durable. Raises Refused.
        """
        with self.counting(product.id):
            return await self._take_all(product, items, read)

    async def _take_all(
        self, product: ActivityProduct, items: Sequence[Any], read: Callable[[Any], Said]
    ) -> dict[int, Reason]:
        now, left_out = self._now(), dict[int, Reason]()
        for index, item in enumerate(items):
            try:
                self._leave_at(product, read(item), now)
            except Rejection as rejection:
                left_out[index] = rejection.reason
                self.tally.refuse(rejection.reason, product.id)
        if len(left_out) < len(items):
            await self._writer.durable()
            self.tally.taken += len(items) - len(left_out)
        return left_out

    async def take_lines(self, product: int, lines: Sequence[Any]) -> dict[int, str]:
        """Lines of an export, as TakeLines."""
        try:
            left_out = await self.take_all(ActivityProduct.of(product), lines, said_in_line)
        except Refused as refused:
            raise LinesRefusedError(refused.reason.value) from None
        return {index: told_of_line(reason) for index, reason in left_out.items()}

    def leave(self, fields: Parameters, read: Read) -> "asyncio.Future[None] | None":
        """As `take`, without waiting: it is to be counted when the future says that it is durable. None where it is
        refused, or by a key that this edge has not heard of; then nothing is left. Raises LogError.
        """
        product = self._products.known(fields.get(KEY, ""))
        if product is None:
            return None
        try:
            self._leave(product, read(fields))
        except Rejection:
            return None
        return self._writer.durable()

    def _leave(self, product: ActivityProduct, said: Said) -> None:
        self._leave_at(product, said, self._now())

    def _leave_at(self, product: ActivityProduct, said: Said, now: Receipt) -> None:
        person, at, name, other, properties, unknown = said
        if other is None:
            self._writer.leave(product, person, now, at, name, properties, unknown)
        else:
            self._writer.join(product, person, other, now, at, unknown)

    def _now(self) -> Receipt:
        try:
            return self._receipts.now()
        except ClockIsWrongError:
            raise Rejection(Reason.CLOCK_IS_WRONG) from None
