"""Activity: what a product's people did, the latest first.

{"events": ["purchased", 3], "person": "ann@example.com", "date_range": {"type": "preset", "preset": "last_7_days"},
"filter": {"type": "property", "property": "plan", "comparison_mode": "equals", "comparison_string": "Gold"}}
"""

from collections.abc import Mapping
from typing import Any

import orjson

from api.kissmetrics.kinds.kind import TIME, Heading, Results, RowOf
from api.kissmetrics.questions.fields import DATES, FilterError, fields_of
from api.kissmetrics.questions.filters import Reader
from api.kissmetrics.questions.property_filters import require_property_filter
from api.reads.people.acts import PeopleActs, count_of, page_of
from tilde.domain.people.acts import AskedActs, acts_json, acts_of
from tilde.domain.people.names import NAME_MAX
from tilde.domain.people.question import Had, Span
from tilde.domain.stats.numbers import natural

EVENTS_MAX = 100
_NUMBER_DIGITS_MAX = 19
_HEADINGS = (
    Heading("Time", tells=TIME, is_time=True),
    Heading("KMID", is_person=True),
    *map(Heading, ("Person", "Event", "Properties")),
)


class ActivityKind:
    """Its answer says where acts stand; pages tell of them as they are then."""

    name = "activity"
    runs_one_by_one = False

    def __init__(self, acts: PeopleActs) -> None:
        self._acts = acts

    def read(self, said: Any, reader: Reader, span: Span) -> str:
        """Whatever is not said does not matter."""
        fields = fields_of(said, "events", "event", "filter", "person", "person_id", *DATES)
        where = _where(fields.get("filter"), reader)
        who, person = fields.get("person"), _person(fields.get("person_id"))
        if who is not None and not (isinstance(who, str) and 0 < len(who) <= NAME_MAX):
            raise FilterError("person is one of his identities, a text")
        span = reader.within(fields, span)
        return acts_json(AskedActs(_events(fields, reader), where, who, person, span))

    async def answer(self, product: int, asked: str) -> bytes:
        """Sixteen bytes an act, of the latest 100,000."""
        return await self._acts.found(product, acts_of(asked))

    async def page(self, product: int, asked: str, answer: bytes, offset: int, limit: int) -> Results:
        """Of each when it was, whose by number and name, the event, and as JSON what was said with it."""
        del asked
        rows = await self._acts.rows(product, page_of(answer, offset, limit))
        cells = [[row.at, row.person, row.who, row.event, orjson.dumps(row.properties).decode()] for row in rows]
        return Results(count_of(answer), _HEADINGS, cells, RowOf.ACT)


def _events(fields: Mapping[str, Any], reader: Reader) -> tuple[str, ...]:
    said = fields.get("events")
    if said is None:
        said = [fields["event"]] if "event" in fields else []
    if not isinstance(said, list) or len(said) > EVENTS_MAX:
        raise FilterError(f"events is a list of at most {EVENTS_MAX}")
    return tuple(sorted({reader.event({"event": each}) for each in said}))


def _where(said: Any, reader: Reader) -> Had | None:
    return None if said is None else require_property_filter(reader.part(said), "filter", "the query")


def _person(said: Any) -> int | None:
    if said is None:
        return None
    number = None if isinstance(said, bool) else natural(str(said), _NUMBER_DIGITS_MAX)
    if number is None or number >= 1 << 63:
        raise FilterError("person_id is a person's number")
    return number
