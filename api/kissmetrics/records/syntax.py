"""The tree of a statement of SQL, pure: what was written, before anybody knows what it means."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, a number, true, false or null."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class ColumnName:
    """A column, of a table where one is said."""

    table: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function, by its name in small letters; `*` is no argument."""

    name: str
    arguments: tuple["Expression", ...]
    is_distinct: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """Two with an operator of arithmetic or comparison between them, or `-` before one, or NOT."""

    operator: str
    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class AndOr:
    """Conditions that hold all, or one of them: AND, OR."""

    operator: str
    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class In:
    """Whether it is one of some."""

    subject: "Expression"
    items: "tuple[Expression, ...] | Query"
    is_negated: bool


@dataclass(frozen=True, slots=True)
class Like:
    """Whether a text is as a pattern; `is_blind`: whatever the case of its letters."""

    subject: "Expression"
    pattern: "Expression"
    is_blind: bool
    is_negated: bool


@dataclass(frozen=True, slots=True)
class IsNull:
    """Whether it is null."""

    subject: "Expression"
    is_negated: bool


@dataclass(frozen=True, slots=True)
class Case:
    """The value of the first condition that holds."""

    whens: tuple[tuple["Expression", "Expression"], ...]
    otherwise: "Expression"


@dataclass(frozen=True, slots=True)
class Cast:
    """A value as one of another type, in small letters."""

    subject: "Expression"
    type: str


@dataclass(frozen=True, slots=True)
class OneValue:
    """A query that gives one value."""

    query: "Query"


Expression = Literal | ColumnName | Call | Operation | AndOr | In | Like | IsNull | Case | Cast | OneValue


@dataclass(frozen=True, slots=True)
class Item:
    """What a row is to have: an expression under a name, or all columns, of a table where one is said."""

    expression: Expression | None
    label: str
    all_of: str | None = None
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One by its name."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Derived:
    """The rows of a query."""

    query: "Query"
    label: str


@dataclass(frozen=True, slots=True)
class JoinedTables:
    """Rows of two, beside each other where the condition holds; `is_left`: all of the left ones."""

    left: "Source"
    right: "Table | Derived"
    condition: Expression
    is_left: bool


Source = Table | Derived | JoinedTables


@dataclass(frozen=True, slots=True)
class Order:
    """By what rows are sorted."""

    expression: Expression
    is_descending: bool


@dataclass(frozen=True, slots=True)
class Select:
    """One SELECT."""

    items: tuple[Item, ...]
    is_distinct: bool
    source: Source | None
    where: Expression | None
    group_by: tuple[Expression, ...]
    having: Expression | None


@dataclass(frozen=True, slots=True)
class Query:
    """Rows of one SELECT, or of several by UNION, in an order, and how many of them; `named` are those of WITH."""

    named: tuple[tuple[str, "Query"], ...]
    selects: tuple[Select, ...]
    is_distinct: bool
    order_by: tuple[Order, ...]
    limit: int | None
    offset: int


def depth_of(query: Query) -> int:
    """How deep its tree is. It takes no recursion: this is asked before any."""
    deepest, waiting = 0, [(1, _parts(query))]
    while waiting:
        depth, parts = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(depth + 1, _parts(part)) for part in parts]
    return deepest


def _parts(of: Any) -> Iterator[Any]:
    if isinstance(of, tuple):
        yield from (part for part in of if isinstance(part, tuple) or hasattr(part, "__dataclass_fields__"))
    else:
        values = (getattr(of, field.name) for field in fields(of))
        yield from (part for part in values if isinstance(part, tuple) or hasattr(part, "__dataclass_fields__"))
