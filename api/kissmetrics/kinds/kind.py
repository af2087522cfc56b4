"""What a type of query is to the Query APIs: it reads what is asked, answers it as a job, and tells of the answer.

kinds.named("people_search")    the one of `query_type`, or of a report's type; None where there is none of this name

    asked = kind.read({"filter": {..}}, reader, EVER)      what stands in the file of jobs
    answer = await kind.answer(7, asked)                   what is kept for a day
    await kind.told(7, asked, answer, offset=0, limit=50)  a page of it
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from api.kissmetrics.questions.filters import Reader
from api.reads.people.opened import Cell
from tilde.domain.people.question import Span

_SPELLED = {"people_search_v2": "people_search"}
"""Types of reports that are another name of a kind: those of Kissmetrics', whose clients run what has one of them."""
_TOLD = {kind: spelled for spelled, kind in _SPELLED.items()}
INTERNAL = "internal"


class Heading(NamedTuple):
    """What a column of an answer is: its label, and how the first API calls it, which says of what it tells
    (`event`, `property`, `internal`) and what (`last`, `total_times`). Cells of times are unix seconds. Numbers of
    persons are told as texts where cells have names: JavaScript would round them.
    """

    label: str
    subject: str = INTERNAL
    option: str = INTERNAL
    is_time: bool = False
    is_person: bool = False


class Results(NamedTuple):
    """A page of an answer, whose whole has `total` rows; each row has a cell for each heading."""

    total: int
    headings: Sequence[Heading]
    rows: Sequence[Sequence[Cell]]


class Kind(Protocol):
    """A type of query. What it asks is JSON, which it alone reads."""

    @property
    def name(self) -> str:
        """`people_search`."""
        ...

    def read(self, said: Any, reader: Reader, span: Span) -> str:
        """What is asked by the parameters of a query; `span` is that of conditions without dates. Raises FilterError,
        QuestionError.
        """
        ...

    async def answer(self, product: int, asked: str) -> bytes:
        """What is kept of the answer, without a text that is sealed elsewhere. All that was acknowledged before is in
        the tables. Raises QuestionError, StoreError, QueryLimitError, KeysAwayError.
        """
        ...

    async def told(self, product: int, asked: str, answer: bytes, offset: int, limit: int) -> Results:
        """A page of an answer. Raises StoreError, QueryLimitError, KeysAwayError."""
        ...

    def data(self, found: Results) -> dict[str, Any]:
        """A page as the third API tells it: `data`, and what helps to read it."""
        ...


def as_objects(found: Results) -> list[dict[str, Cell]]:
    """Rows, each an object by the labels of the columns."""
    return [
        {heading.label: _named(heading, cell) for heading, cell in zip(found.headings, row, strict=True)}
        for row in found.rows
    ]


def _named(heading: Heading, cell: Cell) -> Cell:
    return str(cell) if heading.is_person and cell is not None else cell


class Kinds:
    """Those that there are."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._kinds = {kind.name: kind for kind in kinds}

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds.values())

    def __getitem__(self, name: str) -> Kind:
        return self._kinds[name]

    @property
    def names(self) -> list[str]:
        """As `query_type` has them."""
        return [*self._kinds]

    def named(self, said: object) -> Kind | None:
        """The one that a query or a report calls so."""
        return self._kinds.get(_SPELLED.get(said, said)) if isinstance(said, str) else None


def told_type(report_type: str) -> str:
    """The type of a report as clients were told it: `people_search_v2`, also of one that is kept as `people_search`."""
    return _TOLD.get(report_type, report_type)
