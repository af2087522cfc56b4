"""UNION: rows of several queries, whose columns are of one kind each."""

from collections.abc import Callable, Sequence

from api.kissmetrics.records.one_kind import of_one_kind
from api.kissmetrics.records.scope import SqlValue, Subquery
from tilde.domain.people.question import QuestionError


def union_of(selects: Sequence[Subquery], new_name: Callable[[str], str], *, is_distinct: bool) -> Subquery:
    """Under the names of the first one. Raises QuestionError where they do not go together."""
    each = [list(select.columns.values()) for select in selects]
    if len({len(columns) for columns in each}) > 1 or not all(map(_fit, zip(*each, strict=True))):
        raise QuestionError("what UNION puts together has the same columns")
    kinds = [of_one_kind("UNION", alike) for alike in zip(*each, strict=True)]
    columns = {
        name: found._replace(type=type_)
        for (name, found), (_, type_) in zip(selects[0].columns.items(), kinds, strict=True)
    }
    names = [found.sql for found in columns.values()]
    parts = [_as_all(select, [sqls[nth] for sqls, _ in kinds], names, new_name) for nth, select in enumerate(selects)]
    union = "\nUNION DISTINCT\n" if is_distinct else "\nUNION ALL\n"
    return Subquery(f"SELECT * FROM (\n{union.join(parts)}\n) AS {new_name('t')}", columns)  # noqa: S608 - of parts that were written here


def _as_all(select: Subquery, typed: Sequence[str], names: Sequence[str], new_name: Callable[[str], str]) -> str:
    """With columns of the types that all have."""
    if list(typed) == [found.sql for found in select.columns.values()]:
        return select.sql
    written = ", ".join(f"{sql} AS {name}" for sql, name in zip(typed, names, strict=True))
    return f"SELECT {written} FROM (\n{select.sql}\n) AS {new_name('t')}"  # noqa: S608 - as above


def _fit(alike: Sequence[SqlValue]) -> bool:
    return all(alike[0].meaning.fits(other.meaning) for other in alike[1:])
