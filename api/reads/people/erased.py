"""What people did and said before they were erased is nobody's, also where one comes back: statements about somebody
leave it out by the part `people.still_his`, and those that count everybody do not ask.

erased = ErasedPeople(follower)
erased.asked(7)                 {"erased": [-1, 4411], "erased_at": [-1, 1700000000000]}, parameters of that part
erased.asked(7, [812])          {"erased": [-1], "erased_at": [-1]}, of a statement about identity 812 alone
"""

from collections.abc import Iterable

from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.erasures import erased_at

_NOBODY = -1  # no identity's number; a list without any has no type


class ErasedPeople:
    """Those that the catalog names, of each product. Without a catalog nobody was erased."""

    def __init__(self, follower: CatalogFollower | None = None) -> None:
        self._follower = follower

    def identities(self, product: int) -> dict[int, int]:
        """The identities that were erased, and when (unix milliseconds)."""
        return {} if self._follower is None else erased_at(self._follower.catalog, product)

    def asked(self, product: int, among: Iterable[int] | None = None) -> dict[str, list[int]]:
        """The same as parameters of a statement; where it is about some identities alone, those that are among them."""
        erased = self.identities(product)
        if among is not None:
            erased = {identity: erased[identity] for identity in among if identity in erased}
        return {"erased": [_NOBODY, *erased], "erased_at": [_NOBODY, *erased.values()]}


NOBODY_ERASED = ErasedPeople()
