"""The table `records` as the engine has it: one product's acts, each once a person and second, with as many of
their properties as a statement asks for.

`records` is a subquery that is written here, with the product in it; nothing of a statement stands in it but numbers,
and names of properties by their bytes.
"""

from collections.abc import Mapping
from string import Template

from api.kissmetrics.records.meanings import (
    EVENT,
    IDENTITY,
    IDENTITY_NUMBER,
    NOBODY,
    NUMBER,
    PERSON,
    PLAIN,
    SEALED,
    KnownRecords,
    Meaning,
    ValueKind,
)
from api.kissmetrics.records.value_types import SqlType, null_sql
from tilde.domain.people.question import QuestionError, Span
from tilde.store.sql import statement

PROPERTIES_MAX = 20
_RETURNING = "returning"
_OF_RECORDS: Mapping[str, tuple[str, Meaning, SqlType]] = {
    "timestamp_ms": ("(toInt64({}.second) * 1000)", PLAIN, SqlType.WHOLE),
    "person": ("{}.person", NUMBER, SqlType.WHOLE),
    "year": ("toInt64(toYear(toDateTime({}.second, 'UTC')))", PLAIN, SqlType.WHOLE),
    "month": ("toInt64(toMonth(toDateTime({}.second, 'UTC')))", PLAIN, SqlType.WHOLE),
    "orig_person": ("{}.identity", IDENTITY_NUMBER, SqlType.WHOLE),
    "dest_person": (null_sql(SqlType.WHOLE), IDENTITY_NUMBER, SqlType.WHOLE),
    "event": ("toInt64(nullIf({}.event_index, 0))", EVENT, SqlType.WHOLE),
    "person_id": ("{}.person", PERSON, SqlType.WHOLE),
    "email": ("email", PLAIN, SqlType.TEXT),
    "remote_ip": (null_sql(SqlType.TEXT), PLAIN, SqlType.TEXT),
    "channel": ("channel", PLAIN, SqlType.TEXT),
    "channel_source": ("channel source", PLAIN, SqlType.TEXT),
    "channel_with_source": ("channel with source", PLAIN, SqlType.TEXT),
    "previous_page": ("previous page", PLAIN, SqlType.TEXT),
    "referrer": ("referrer", PLAIN, SqlType.TEXT),
    "new_vs_returning": (_RETURNING, PLAIN, SqlType.TEXT),
    "event_name": ("nullIf({}.event, '')", PLAIN, SqlType.TEXT),
    "orig_person_id": ("{}.identity", IDENTITY, SqlType.WHOLE),
}
"""Those of Kissmetrics, and behind them two of our own."""
_OF_PROPERTIES = {"email", "channel", "channel_source", "channel_with_source", "previous_page", "referrer"}
COLUMNS = tuple(_OF_RECORDS)


class Records:
    """`records` once in a statement, under a label of ours."""

    def __init__(self, label: str, product: int, span: Span, known: KnownRecords) -> None:
        self._label = label
        self._product = product
        self._span = span
        self._known = known
        self._properties: dict[str, int] = {}
        self._has_indexes = False

    @property
    def properties(self) -> list[str]:
        """Those that were asked for."""
        return [*self._properties]

    def column(self, name: str) -> tuple[str, Meaning, SqlType] | None:
        """One by its name: what the engine calls it, what it means, and its type."""
        if name not in _OF_RECORDS:
            return None
        written, meaning, type_ = _OF_RECORDS[name]
        if name in _OF_PROPERTIES:
            return self.text(written), Meaning(ValueKind.TEXT, written), type_
        if name == "new_vs_returning":
            return self._new_vs_returning(), meaning, type_
        self._has_indexes |= name == "event"
        return written.format(self._label), meaning, type_

    def text(self, property_: str) -> str:
        """The value of a property: a number as text, or what stands for a text."""
        return f"{self._label}.value_{self._nth(property_)}"

    def number(self, property_: str) -> str:
        """The value of a property where it is a number."""
        return f"{self._label}.number_{self._nth(property_)}"

    def has(self, property_: str) -> str:
        """Whether it was said; of who was erased, too."""
        return f"{self._label}.has_{self._nth(property_)}"

    @property
    def event(self) -> str:
        """The name of the event; empty where properties were set."""
        return f"{self._label}.event"

    @property
    def event_index(self) -> str:
        """The index of the event; 0 where properties were set."""
        self._has_indexes = True
        return f"{self._label}.event_index"

    def _new_vs_returning(self) -> str:
        """As the library for pages says it, with the event of an arrival."""
        is_arrival = f"{self.event} = {text_sql('visited site')}"
        return f"if({is_arrival}, if(ifNull({self.number(_RETURNING)}, 0) = 1, 'returning', 'new'), NULL)"

    def _nth(self, property_: str) -> int:
        if property_ not in self._properties and len(self._properties) >= PROPERTIES_MAX:
            raise QuestionError(f"records has at most {PROPERTIES_MAX} properties in a statement")
        return self._properties.setdefault(property_, len(self._properties))

    def names(self) -> list[str]:
        """What the columns of `sql` are called."""
        of_properties = [
            f"{column}_{nth}" for nth in self._properties.values() for column in ("has", "number", "value")
        ]
        indexes = ["event_index"] if self._has_indexes else []
        return ["second", "event", "person", "identity", *indexes, *of_properties]

    def sql(self) -> str:
        """The statement that makes its rows, once all was asked for."""
        asked = {"product": int(self._product), "since": int(self._span.since), "until": int(self._span.until)}
        properties = "".join(
            _written("records.property", nth=nth, property=text_sql(name), **asked)
            for name, nth in self._properties.items()
        )
        columns = "".join(_written("records.columns", nth=nth) for nth in self._properties.values())
        erased = ", ".join(str(int(identity)) for identity in sorted({NOBODY, *self._known.erased()}))
        if self._has_indexes:
            columns = ", any(indexed.index) AS event_index\n" + columns
        indexes = _written("records.indexes", **asked) if self._has_indexes else ""
        return _written("records", columns=columns, properties=properties, indexes=indexes, erased=erased, **asked)


def text_sql(text: str) -> str:
    """A text as an expression: its bytes as digits, so nothing of it can be anything else."""
    return f"unhex('{text.encode().hex()}')"


def pattern_sql(pattern: str) -> str:
    r"""A pattern of LIKE as an expression. `\` is a character like others, and an escape to the engine."""
    return text_sql(pattern.replace("\\", r"\\"))


def sealed_sql(hash_: int) -> str:
    """What stands for a sealed text, as an expression."""
    return text_sql(f"{SEALED}{int(hash_)}")


def _written(name: str, **parts: object) -> str:
    return Template(statement("api.kissmetrics.records", name)).substitute(parts).rstrip() + "\n"
