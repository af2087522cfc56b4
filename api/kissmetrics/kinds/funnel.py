"""Funnels: how many people did one thing, then another, and so on.

{"steps": [{"type": "event", "event": "visited site"}, {"type": "event", "event": "signed up", "label": "Joined"}],
"conversion_window": 86400, "segment": {"property": "plan", "value": "last"},
"date_range": {"type": "preset", "preset": "last_30_days"}}
"""

from collections.abc import Sequence
from typing import Any

from api.kissmetrics.kinds.kind import Heading, Results
from api.kissmetrics.kinds.steps import label_in, segment_cells, segment_headings, segment_in, step_in
from api.kissmetrics.questions.fields import DATES, FilterError, fields_of, whole_in
from api.kissmetrics.questions.filters import Reader
from api.reads.people.funnels import Funnels
from api.reads.people.opened import Cell
from api.reads.people.segments import SegmentNames
from tilde.domain.people.asked_values import require_numbers
from tilde.domain.people.funnel import (
    Funnel,
    Step,
    Walked,
    funnel_json,
    funnel_of,
    require_funnel,
    walked_json,
    walked_of,
)
from tilde.domain.people.question import Group, Join, Span
from tilde.domain.people.steps import STEPS_MAX

_LABELS = ("step", "label", "people", "from_previous", "from_first", "median_seconds", "average_seconds")
_NOBODY = Step(0, None, None)


class FunnelKind:
    """Its answer is the numbers of each segment, which is told by the keyed hash of a text until a page is read."""

    name = "funnel"
    runs_one_by_one = False

    def __init__(self, funnels: Funnels, names: SegmentNames) -> None:
        self._funnels = funnels
        self._names = names

    def read(self, said: Any, reader: Reader, span: Span) -> str:
        """`steps` is all that has to be said."""
        fields = fields_of(said, "steps", "conversion_window", "segment", *DATES)
        span, steps = reader.within(fields, span), fields.get("steps")
        if not isinstance(steps, list) or len(steps) > STEPS_MAX:
            raise FilterError(f"steps is a list of at most {STEPS_MAX}")
        parts = tuple(step_in(each, reader, span) for each in steps)
        labels = tuple(map(label_in, steps, parts))
        window_s = (
            None if (window := fields.get("conversion_window")) is None else whole_in(window, "conversion_window")
        )
        if window_s == 0:
            raise FilterError("conversion_window is 0: it is at least one second")
        funnel = Funnel(Group(Join.THEN, parts), labels, window_s, segment_in(fields, reader))
        require_funnel(funnel)
        require_numbers(funnel.steps)
        return funnel_json(funnel)

    async def answer(self, product: int, asked: str) -> bytes:
        """Of the largest segments, and of all others together."""
        return walked_json(await self._funnels.walked(product, funnel_of(asked))).encode()

    async def page(self, product: int, asked: str, answer: bytes, offset: int, limit: int) -> Results:
        """A row a step, of one segment behind the other."""
        funnel, walked = funnel_of(asked), walked_of(answer.decode())
        rows = [row for each in walked for row in _rows(each, funnel.labels)]
        page = rows[offset : offset + limit]
        values = [each.segment for each in walked for _ in funnel.labels][offset : offset + limit]
        named = await segment_cells(self._names, product, funnel.segment, values)
        headings = [*segment_headings(funnel.segment), *map(Heading, _LABELS)]
        return Results(len(rows), headings, [[*name, *row] for name, row in zip(named, page, strict=True)])


def _rows(walked: Walked, labels: Sequence[str]) -> list[list[Cell]]:
    steps = [*walked.steps, *[_NOBODY] * (len(labels) - len(walked.steps))]
    people = [step.people for step in steps]
    return [
        [
            nth + 1,
            labels[nth],
            step.people,
            _share(step.people, people[nth - 1]) if nth else None,
            _share(step.people, people[0]),
            step.median_s,
            step.average_s,
        ]
        for nth, step in enumerate(steps)
    ]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
