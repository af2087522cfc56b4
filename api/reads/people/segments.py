"""Splits people into segments by what was said of a property, such as `plan`, and opens the values that these are."""

import struct
from collections.abc import Sequence

from api.reads.people.leaf_sql import PeopleSql, composed
from api.reads.people.opened import Cell, Opened
from api.reads.people.people import People
from api.reads.people.searched_texts import SearchedTexts
from tilde.domain.people.question import SECONDS_END
from tilde.domain.people.segment import Of, Segment, Value, Which

_BITS = 1 << 64
_NUMBER = 2


def said_by(segment: Segment) -> PeopleSql:
    """A row a person of whom something was said: the value that counts, and when it was said."""
    parameters = {
        "property": segment.property,
        "turned": SECONDS_END - 1 if segment.which is Which.FIRST else 0,
        "said_since": segment.span.since,
        "said_until": segment.span.until,
    }
    return PeopleSql(composed("people.said"), parameters)


def unpacked_value(of: str, packed: int) -> Value:
    """A segment as a statement tells it: `people.said.sql` says how a value is packed."""
    kind, bits = divmod(packed, _BITS)
    if kind == _NUMBER:
        return Value(Of(of), number=struct.unpack("<d", bits.to_bytes(8, "little"))[0])
    return Value(Of(of), text=struct.unpack("<q", bits.to_bytes(8, "little"))[0] if kind else None)


class SegmentNames:
    """Opens the values of segments. Answers for products of whichever account; whose they are was asked before."""

    def __init__(self, people: People, opened: Opened) -> None:
        self._texts = SearchedTexts(people, opened)

    async def cells(self, product: int, property_: str, values: Sequence[Value]) -> list[Cell]:
        """Of each its number or its text; None where it is not of a value, or a text that cannot be opened: nobody has
        it who was not erased, or there are no keys. Raises StoreError, QueryLimitError, KeysAwayError.
        """
        hashes = {value.text for value in values if value.text is not None}
        texts = await self._texts.named(product, property_, hashes)
        return [value.number if value.text is None else texts.get(value.text) for value in values]
