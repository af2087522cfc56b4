"""A/B tests: people by the variation that they saw first, and how many of them reached a goal.

{"property": "signup button", "goal": {"type": "event", "event": "signed up"}, "original": "red",
"date_range": {"type": "preset", "preset": "last_30_days"}}

The property is that of an experiment, as `KM.ab` sets it. Without `original` it is the variation of this name. As
Kissmetrics has it the property and an event are said by their index:

{"variation_property_index": 3, "conversion_event_index": 5, "start_date": .., "end_date": .., "bucket_size": 604800}
"""

from collections.abc import Mapping
from typing import Any

from api.kissmetrics.kinds.kind import Heading, Results
from api.kissmetrics.kinds.steps import step_in
from api.kissmetrics.questions.fields import DATES, FilterError, fields_of, whole_in
from api.kissmetrics.questions.filters import Reader
from api.reads.people.ab_tests import AbTests
from api.reads.people.segments import SegmentNames
from tilde.domain.people.ab_test import (
    AbTest,
    Difference,
    Seen,
    ab_test_json,
    ab_test_of,
    difference,
    original_of,
    require_ab_test,
    seen_json,
    seen_of,
)
from tilde.domain.people.asked_values import require_numbers
from tilde.domain.people.question import Span
from tilde.domain.people.segment import Of, Segment, Which

_ORIGINAL = "original"
_LABELS = ("variation_is", "variation", "is_original", "people", "converted")
_DIFFERENCE = ("conversion", "improvement", "significance")
_NO_DIFFERENCE = Difference(None, None)
_KEYS = ("property", "goal", "original")
_BY_INDEX = ("variation_property_index", "conversion_event_index", "bucket_size")


class AbTestKind:
    """Its answer is how many saw each variation, which is told by the keyed hash of a text until a page is read."""

    name = "ab_test"
    runs_one_by_one = False

    def __init__(self, tests: AbTests, names: SegmentNames) -> None:
        self._tests = tests
        self._names = names

    def read(self, said: Any, reader: Reader, span: Span) -> str:
        """`property` and `goal` have to be said."""
        fields = _spelled(fields_of(said, *_KEYS, *_BY_INDEX, *DATES))
        span, original = reader.within(fields, span), fields.get("original", _ORIGINAL)
        if not isinstance(original, str | int | float) or isinstance(original, bool):
            raise FilterError("original is the value of a variation, a text or a number")
        experiment = Segment(reader.property(fields), Which.FIRST, span)
        test = AbTest(experiment, step_in(fields.get("goal"), reader, span), str(original))
        require_ab_test(test)
        require_numbers(test.goal)
        return ab_test_json(test)

    async def answer(self, product: int, asked: str) -> bytes:
        """Of the largest variations, and of all others together."""
        return seen_json(await self._tests.seen(product, ab_test_of(asked))).encode()

    async def page(self, product: int, asked: str, answer: bytes, offset: int, limit: int) -> Results:
        """A row a variation, those that most people saw first."""
        test, seen = ab_test_of(asked), seen_of(answer.decode())
        original = original_of(seen, await self._tests.original(product, test))
        page = seen[offset : offset + limit]
        named = await self._names.cells(product, test.experiment.property, [each.variation for each in page])
        rows = [
            [each.variation.of.value, name, each is original, *each[1:], each.conversion, *_difference(each, original)]
            for each, name in zip(page, named, strict=True)
        ]
        return Results(len(seen), list(map(Heading, (*_LABELS, *_DIFFERENCE))), rows)


def _spelled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """By `property` and `goal`. Of `bucket_size` no client shows what it was told by: rows are of the whole range."""
    by_index = {name: fields[name] for name in _BY_INDEX if fields.get(name) is not None}
    property_, event, _ = map(by_index.get, _BY_INDEX)
    if "bucket_size" in by_index:
        whole_in(by_index["bucket_size"], "bucket_size")
    meant = {name: value for name, value in fields.items() if name not in _BY_INDEX}
    if property_ is not None:
        meant.setdefault("property", property_)
    if event is not None:
        meant.setdefault("goal", {"type": "event", "event": event})
    return meant


def _difference(seen: Seen, original: Seen | None) -> Difference:
    if original is None or seen is original or seen.variation.of is not Of.VALUE:
        return _NO_DIFFERENCE
    return difference(seen, original)
