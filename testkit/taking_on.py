"""Today's release goes on with what a former one left: reads it, counts on, and builds all tables again."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import httpx

from testkit import dialect_deeds, spine_deeds
from testkit.former_releases import OPERATOR, asked_of, differs
from testkit.table_contents import Contents, Rows, contents

DEEDS: dict[str, ModuleType] = {"spine": spine_deeds, "dialects": dialect_deeds}
Rebuilt = dict[str, tuple[Rows, Rows]]


@dataclass
class TakenOn:
    """A release's Tilde, that today's one runs. `settle` returns once all is in the tables that was acknowledged."""

    release: str
    client: httpx.Client
    settle: Callable[[], None]
    on_kafka: bool = False

    def unlike_told(self) -> list[str]:
        """Which reads do not tell what the release told, and where."""
        told = asked_of(self.release, on_kafka=self.on_kafka)
        found = [(ask.path, differs(before, ask.of(self.client))) for ask, before in told]
        return [f"{path}: {why}" for path, why in found if why]

    def go_on(self) -> None:
        """All of it by the keys, and about the people and stats, that were there."""
        DEEDS[self.release].more(self.client, self.settle)

    def totals(self) -> dict[str, float | None]:
        """Of stats of the shop, by the names that they had first; None where none is in sight."""
        return {name: self._total(id_) for name, id_ in spine_deeds.TOTALLED.items()}

    def _total(self, id_: str) -> float | None:
        path = f"/tilde/v1/stats/{id_}/totals?{spine_deeds.EVER}"
        answer = self.client.get(path, headers={"authorization": f"Bearer {spine_deeds.TOKEN}"})
        return float(answer.json()["total"]) if answer.is_success else None

    def sql(self, statement: str) -> list[dict[str, Any]]:
        """The rows of a statement."""
        body = {"query": statement, "format": "json"}
        answer = self.client.post("/tilde/v1/sql", json=body, headers=OPERATOR)
        assert answer.is_success, answer.text
        return list(answer.json())

    def contents(self, generation: int) -> Contents:
        """Of all tables."""
        return contents(self.sql, generation)


def rebuilt(before: Contents, after: Contents) -> Rebuilt:
    """What a replay has changed: by table, which rows are gone, and which ones are new.

    It is itself a change of the catalog, and where the places of points were not known it knows them; neither is told.
    """
    places = {_point(row): row["raw_partition"] for row in after["points"]}
    points = [row | {"raw_partition": places.get(_point(row))} if _is_old(row) else row for row in before["points"]]
    changes = [row for row in after["changes"] if row["kinds"] != ["GenerationActivated"]]
    before, after = before | {"points": points}, after | {"changes": changes}
    found = {name: (_without(before[name], after[name]), _without(after[name], before[name])) for name in after}
    return {name: rows for name, rows in found.items() if any(rows)}


def _is_old(point: dict[str, Any]) -> bool:
    return bool(point["raw_partition"] == -1)


def _point(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("product", "metric", "event_id", "nth"))


def _without(rows: Rows, others: Rows) -> Rows:
    return [row for row in rows if row not in others]
