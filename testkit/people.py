"""Activity of people for tests and benchmarks: what an edge seals, and what rows of the pipeline stand for."""

from collections.abc import Iterable, Mapping
from typing import Any

from testkit.people_oracle import Names, People, Used
from testkit.samples import standing
from testkit.sealed import NOON_MS

NOON_S = NOON_MS // 1000


def an_activity(event_id: int, identity: int = 7, name: str | None = "signed up", **changes: Any) -> dict[str, Any]:
    """One event of topic `activity`: somebody of product 32 signed up. Without a name, properties are set; with
    `other`, the identity of an alias, it is one.
    """
    other = changes.pop("other", None)
    act = "alias" if other is not None else "set" if name is None else "event"
    event: dict[str, Any] = {
        "event": event_id,
        "product": 32,
        "received_at": NOON_MS,
        "at": NOON_S,
        "act": act,
        "name": name if act == "event" else None,
        **_sealed(identity),
        "other": None if other is None else _sealed(other),
        "properties": [],
        "said": None,
    }
    return event | changes


def _sealed(identity: int) -> dict[str, Any]:
    return {"identity": identity, "key": identity + 1, "who": b"sealed %d" % identity}


def a_number(name: str, number: float) -> dict[str, Any]:
    """A property of an event."""
    return {"name": name, "number": number, "text": None}


def a_text(name: str, text: int) -> dict[str, Any]:
    """A property of an event; `text` is the keyed hash of its value."""
    return {"name": name, "number": None, "text": text}


def people_of(rows: Iterable[Mapping[str, Any]]) -> People:
    """The people that rows of topic `people` stand for."""
    return {
        (row["product"], row["identity"]): (row["person"], _ms(row["first_received_at"]))
        for row in standing(rows, "product", "identity")
    }


def names_of(rows: Iterable[Mapping[str, Any]], kind: str) -> Names:
    """The names that rows of topics `events` and `properties` stand for; `kind` is `event` or `property`."""
    return {
        (row["product"], row[kind]): Used(
            row.get("total", 0),
            row["first_used_at"],
            row["last_used_at"],
            _ms(row["first_sent_at"]),
            _ms(row["last_sent_at"]),
        )
        for row in standing(rows, "product", kind)
    }


def indexes_of(rows: Iterable[Mapping[str, Any]], kind: str) -> dict[tuple[int, str], int]:
    """The index of each."""
    return {(row["product"], row[kind]): row["index"] for row in standing(rows, "product", kind)}


def _ms(at: Any) -> int:
    return at if isinstance(at, int) else round(at.timestamp() * 1000)
