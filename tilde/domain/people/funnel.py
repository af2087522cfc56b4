"""A funnel: how many people did one thing, then another, and so on, and how long it took them.

Funnel(Group(Join.THEN, (Did("visited site"), Did("signed up"))), ("visited site", "signed up"), window_s=86_400)

A person tries it each time that he does the first step; the next one counts when it was done in a later second, as
soon as it was, and within the window that began with the first. Of his tries the one counts that comes furthest, and of
several such the first. Conditions say within which dates.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tilde.domain.people.question import Group, QuestionError
from tilde.domain.people.search import part_of, part_said
from tilde.domain.people.segment import Segment, Value, segment_of, segment_said, value_of
from tilde.domain.people.steps import require_steps

STEPS_MIN = 2


@dataclass(frozen=True, slots=True)
class Funnel:
    """`steps` are joined by THEN, and have a label each. Without a window it ends with the dates."""

    steps: Group
    labels: tuple[str, ...]
    window_s: int | None = None
    segment: Segment | None = None


class Step(NamedTuple):
    """How many people came to a step, and how long after the one before, in seconds: None of the first."""

    people: int
    median_s: float | None
    average_s: float | None


class Walked(NamedTuple):
    """The people of one segment; the steps that any of them came to, at least the first."""

    segment: Value
    steps: tuple[Step, ...]


def require_funnel(funnel: Funnel) -> None:
    """Raises QuestionError for one that cannot be answered."""
    if len(funnel.steps.parts) < STEPS_MIN:
        raise QuestionError(f"a funnel has at least {STEPS_MIN} steps")
    require_steps(funnel.steps)


def funnel_json(funnel: Funnel) -> str:
    """A funnel as JSON, which `funnel_of` reads."""
    said = {
        "steps": part_said(funnel.steps),
        "labels": funnel.labels,
        "window_s": funnel.window_s,
        "segment": segment_said(funnel.segment),
    }
    return json.dumps(said, ensure_ascii=False)


def funnel_of(text: str) -> Funnel:
    """The funnel that `funnel_json` wrote."""
    said: dict[str, Any] = json.loads(text)
    steps = part_of(said["steps"])
    assert isinstance(steps, Group)
    return Funnel(steps, tuple(said["labels"]), said["window_s"], segment_of(said["segment"]))


def walked_json(walked: Sequence[Walked]) -> str:
    """An answer as JSON, which `walked_of` reads."""
    return json.dumps(walked)


def walked_of(text: str) -> list[Walked]:
    """The answer that `walked_json` wrote."""
    return [Walked(value_of(segment), tuple(Step(*step) for step in steps)) for segment, steps in json.loads(text)]
