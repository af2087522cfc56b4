"""How the third Query API says it: which query is put, how far it is, and what it found, rows as objects.

{"id": ID, "completed": true, "data": [{"count": 12, "plan": "Gold"}, ..], "pagination": {..}}
"""

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from api.jobs.job import Job, JobState
from api.kissmetrics.kinds.kind import SEGMENT, Heading, Results, RowOf
from api.reads.people.opened import Cell


def put(job: Job) -> dict[str, Any]:
    """That a query is taken in."""
    return {"id": job.id}


def cancelled(job: Job) -> dict[str, Any]:
    """That it is no more."""
    return {"id": job.id, "cancelled": True}


def progress(job: Job) -> dict[str, Any]:
    """How far it is: one that failed, or was cancelled, is complete, too, since clients ask until it is."""
    said: dict[str, Any] = {"id": job.id, "completed": job.state is not JobState.WAITING}
    if job.state in {JobState.FAILED, JobState.CANCELLED}:
        said |= {"cancelled": job.state is JobState.CANCELLED, "error": job.why_not}
    return said


def results(job: Job, found: Results, offset: int, limit: int) -> dict[str, Any]:
    """A page of what it found."""
    pagination = {"total": found.total, "offset": offset, "limit": limit}
    return {**progress(job), **_FOUND[found.row](found), "pagination": pagination}


def _objects(found: Results) -> dict[str, Any]:
    return {"data": [_object(found.headings, row) for row in found.rows]}


def _columns_and_objects(found: Results) -> dict[str, Any]:
    return {"columns": [heading.label for heading in found.headings], **_objects(found)}


def _only(found: Results) -> dict[str, Any]:
    """Beyond the only row there is nothing."""
    return {"data": next((_object(found.headings, row) for row in found.rows), {})}


def _people(found: Results) -> dict[str, Any]:
    """What was asked for stands in a list: labels of columns may be the same."""
    _, _, *asked_for = found.headings
    return {
        "columns": [heading.label for heading in asked_for],
        "data": [{"identity": who, "person_id": str(person), "columns": cells} for person, who, *cells in found.rows],
    }


def _acts(found: Results) -> dict[str, Any]:
    """`event` is null where properties were set without one."""
    return {
        "data": [
            {
                "timestamp": at,
                "person_id": str(person),
                "identity": who,
                "event": event,
                "properties": orjson.Fragment(str(properties)),
            }
            for at, person, who, event, properties in found.rows
        ]
    }


_FOUND: dict[RowOf, Callable[[Results], dict[str, Any]]] = {
    RowOf.CELLS: _objects,
    RowOf.STATEMENT: _columns_and_objects,
    RowOf.WHOLE: _only,
    RowOf.PERSON: _people,
    RowOf.ACT: _acts,
}


def _object(headings: Sequence[Heading], row: Sequence[Cell]) -> dict[str, Cell]:
    return {_name(heading): _cell(heading, cell) for heading, cell in zip(headings, row, strict=True)}


def _name(heading: Heading) -> str:
    """A column that is called as a property is might be called as another one."""
    return "Segment" if heading.tells == SEGMENT else heading.label


def _cell(heading: Heading, cell: Cell) -> Cell:
    """Numbers of persons are texts: JavaScript would round them."""
    return str(cell) if heading.is_person and cell is not None else cell
