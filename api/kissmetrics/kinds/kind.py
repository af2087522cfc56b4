"""What a type of query is to the Query APIs: it reads what is asked, answers it as a job, and tells of the answer.

kinds.named("people_search")    the one of `query_type`, or of a report's type; None where there is none of this name

    asked = kind.read({"filter": {..}}, reader, EVER)      what stands in the file of jobs
    answer = await kind.answer(7, asked)                   what is kept for a day
    await kind.page(7, asked, answer, offset=0, limit=50)  a page of it
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, StrEnum, auto
from typing import Any, NamedTuple, Protocol

from api.kissmetrics.questions.filters import Reader
from api.reads.people.opened import Cell
from tilde.dialects.kissmetrics import PEOPLE_SEARCH
from tilde.domain.people.question import Span

_SPELLED = {"people_search_v2": PEOPLE_SEARCH}
"""Types of reports that are another name of a kind: those of Kissmetrics', whose clients run what has one of them."""
_TOLD = {kind: spelled for spelled, kind in _SPELLED.items()}
SEGMENT = "segment"
TIME = "time"


class Subject(StrEnum):
    """Of what of a product's people a column tells."""

    EVENT = "event"
    PROPERTY = "property"


class Heading(NamedTuple):
    """What a column of an answer is: its label, of what it tells and what, in the words of its kind. Cells of times are
    unix seconds, and `is_person` are numbers of persons.
    """

    label: str
    of: Subject | None = None
    tells: str | None = None
    is_time: bool = False
    is_person: bool = False


class RowOf(Enum):
    """What a row of an answer is."""

    CELLS = auto()  # a cell for each column
    STATEMENT = auto()  # the same, and the columns are those that somebody's statement has, in its order
    WHOLE = auto()  # the same, and there is no other row
    PERSON = auto()  # a person's number, who that is, and then what was asked for, by labels that may be the same
    ACT = auto()  # when, the person's number, who that is, the event, and as JSON what was said with it


class Results(NamedTuple):
    """A page of an answer, whose whole has `total` rows; each row has a cell for each heading."""

    total: int
    headings: Sequence[Heading]
    rows: Sequence[Sequence[Cell]]
    row: RowOf = RowOf.CELLS


class Kind(Protocol):
    """A type of query. What it asks is JSON, which it alone reads."""

    @property
    def name(self) -> str:
        """`people_search`."""
        ...

    @property
    def runs_one_by_one(self) -> bool:
        """Whether its queries wait for each other, in nobody else's way: each has an engine to itself."""
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

    async def page(self, product: int, asked: str, answer: bytes, offset: int, limit: int) -> Results:
        """A page of an answer. Raises StoreError, QueryLimitError, KeysAwayError."""
        ...


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
