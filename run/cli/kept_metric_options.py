"""What a command says of a kept metric, an option each, whether it is new or changes. What is not given is None."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from tilde.domain.catalog.definition_records import UnitType
from tilde.domain.people.metric import MetricKind
from tilde.domain.people.question import Comparison
from tilde.errors import TildeError

Event = Annotated[str | None, typer.Option(help="The event; case does not count.", show_default=False)]
Then = Annotated[
    str | None, typer.Option(help="The event that follows, of conversions and time_between.", show_default=False)
]
Property = Annotated[
    str | None, typer.Option("--property", help="Whose numbers count, of total and average.", show_default=False)
]
Where = Annotated[
    str | None,
    typer.Option(
        "--where", help="Count only what was done with this property; as --is and --value say.", show_default=False
    ),
]
Comparing = Annotated[Comparison | None, typer.Option("--is", help="How its value compares.", show_default=False)]
Value = Annotated[str | None, typer.Option(help="With this value.", show_default=False)]
High = Annotated[str | None, typer.Option(help="The other end of between.", show_default=False)]
Description = Annotated[str | None, typer.Option(help="What it means; empty: nothing.", show_default=False)]
Visible = Annotated[
    bool | None, typer.Option("--visible/--hidden", help="Whether it is to be shown.", show_default=False)
]
Unit = Annotated[UnitType | None, typer.Option(help="What it counts in.", show_default=False)]
Color = Annotated[str | None, typer.Option(help="Its color; empty: none.", show_default=False)]
Sort = Annotated[int | None, typer.Option(help="Its place among others.", show_default=False)]


@dataclass(frozen=True, slots=True)
class KeptMetricOptions:
    """The options that say what a kept metric counts (`--event`) and how it is shown (`--color`)."""

    event: Event = None
    then: Then = None
    property_: Property = None
    where: Where = None
    comparison: Comparing = None
    value: Value = None
    high: High = None
    description: Description = None
    visible: Visible = None
    unit_type: Unit = None
    color: Color = None
    sort_index: Sort = None

    def counts(self, kind: MetricKind | None) -> dict[str, Any] | None:
        """What a metric of a kind counts; None where nothing is said of that. Raises TildeError."""
        parts = {"event": self.event, "then": self.then, "property": self.property_, "filter": self._filter()}
        given = _given(parts)
        if kind is None and given:
            raise TildeError("what a metric counts is said as a whole: give --kind, too")
        return None if kind is None else {"kind": kind, **given}

    def _filter(self) -> dict[str, Any] | None:
        given = _given({"comparison": self.comparison, "value": self.value, "high": self.high})
        if self.where is None and given:
            raise TildeError("--is, --value and --high say something of a property: give --where, too")
        if self.where is not None and not (self.comparison and self.value):
            raise TildeError("--where wants --is and --value: what the property is compared with")
        return None if self.where is None else {"property": self.where, **given}

    def shown(self) -> dict[str, Any]:
        """How it is shown, by the names that a body has for it."""
        said = {"description": self.description, "is_visible": self.visible, "unit_type": self.unit_type}
        return _given({**said, "color": self.color, "sort_index": self.sort_index})


def _given(said: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in said.items() if one is not None}
