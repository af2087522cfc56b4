"""Finds which texts of a property are meant where somebody asks for a part of one, and opens texts by their hashes."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

from api.reads.people.opened import Opened
from api.reads.people.people import People, SealedValue
from tilde.domain.people.asked_values import matches
from tilde.domain.people.question import Compared, QuestionError
from tilde.runtime.portions import portions, portions_by_size

KEYS_OF_A_TEXT = 5
"""So many of those who had it are tried before all are: one who was not erased is mostly among them."""
TEXTS_AT_ONCE = 1_000
NO_KEYS = "texts are sealed, and this API has no keys (its operator sets TILDE_EDGES): ask whether a value equals one"

_Texts = Mapping[int, Sequence[SealedValue]]
"""By their keyed hashes, each as some had it."""


class SearchedTexts:
    """Opens each text once, with the key of somebody who had it and was not erased. A text that only erased people had
    is not found.
    """

    def __init__(self, people: People, opened: Opened) -> None:
        self._people = people
        self._opened = opened

    async def matching(self, product: int, property_: str, compared: Compared) -> frozenset[int]:
        """The keyed hashes of those of which it holds. Raises QuestionError, StoreError, QueryLimitError,
        KeysAwayError.
        """
        return await self.holding(product, property_, partial(matches, compared))

    async def holding(self, product: int, property_: str, holds: Callable[[str], bool]) -> frozenset[int]:
        """The same of whatever may hold of a text."""
        if not self._opened.has_keys:
            raise QuestionError(NO_KEYS)
        all_texts = await self._people.texts(product, property_, KEYS_OF_A_TEXT)
        found, unopened = set[int](), list[int]()
        for some in portions(all_texts.items(), TEXTS_AT_ONCE):
            texts = await self._of_some(product, property_, dict(some))
            found.update(hash_ for hash_, text in texts.items() if holds(text))
            unopened += [hash_ for hash_, sealed in some if hash_ not in texts and len(sealed) == KEYS_OF_A_TEXT]
        for hashes in portions(unopened, TEXTS_AT_ONCE):
            texts = await self._of_all(product, property_, hashes)
            found.update(hash_ for hash_, text in texts.items() if holds(text))
        return frozenset(found)

    async def named(self, product: int, property_: str, hashes: Collection[int]) -> dict[int, str]:
        """The texts of some hashes, without those that nobody can open. Raises StoreError, QueryLimitError,
        KeysAwayError.
        """
        if not (self._opened.has_keys and hashes):
            return {}
        sealed = await self._people.texts(product, property_, KEYS_OF_A_TEXT, hashes)
        texts = await self._of_some(product, property_, sealed)
        unopened = [hash_ for hash_, each in sealed.items() if hash_ not in texts and len(each) == KEYS_OF_A_TEXT]
        return texts | await self._of_all(product, property_, unopened) if unopened else texts

    async def _of_some(self, product: int, property_: str, sealed: _Texts) -> dict[int, str]:
        """Opens the first of each; the others where that one was erased."""
        texts = await self._plain(product, property_, {hash_: each[:1] for hash_, each in sealed.items()})
        left = {hash_: each[1:] for hash_, each in sealed.items() if hash_ not in texts}
        return texts | await self._plain(product, property_, left)

    async def _of_all(self, product: int, property_: str, hashes: Iterable[int]) -> dict[int, str]:
        """As any had it who ever did."""
        sealed = await self._people.keys_of_texts(product, property_, hashes)
        texts: dict[int, str] = {}
        for some in portions_by_size(sealed.items(), lambda each: len(each[1]), TEXTS_AT_ONCE):
            texts |= await self._plain(product, property_, dict(some))
        return texts

    async def _plain(self, product: int, property_: str, sealed: _Texts) -> dict[int, str]:
        plain = await self._opened.plain(values=[value for each in sealed.values() for value in each])
        texts = ((hash_, plain.text(product, property_, value)) for hash_, each in sealed.items() for value in each)
        return {hash_: text for hash_, text in texts if text is not None}
