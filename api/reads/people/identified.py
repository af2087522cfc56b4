"""Finds who is meant by an identity: nobody by one that was erased, until it is sent again."""

from api.reads.people.opened import Opened
from api.reads.people.people import People
from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.erasures import erased_of


class Identified:
    """Answers for products of whichever account; whose they are was asked before."""

    def __init__(self, people: People, opened: Opened, follower: CatalogFollower) -> None:
        self._people = people
        self._opened = opened
        self._follower = follower

    async def person(self, product: int, identity: str) -> int | None:
        """His number. An identity that came back after it was erased has another key, which opens it. Raises
        StoreError, KeysAwayError.
        """
        number = self._opened.number(product, identity)
        if number in erased_of(self._follower.catalog, product) and not await self._is_readable(product, number):
            return None
        return await self._people.person(product, number)

    async def _is_readable(self, product: int, number: int) -> bool:
        sealed = await self._people.sealed(product, [number])
        plain = await self._opened.plain(sealed)
        return any(plain.name(each) is not None for each in sealed)
