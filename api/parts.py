"""The parts that every dialect of the query API is given."""

from dataclasses import dataclass
from typing import Protocol

from api.jobs.jobs import Jobs
from api.reads.people.erased import ErasedPeople
from api.reads.people.identified import Identified
from api.reads.people.opened import Opened
from api.reads.people.people import People
from api.reads.people.vocabulary import VocabularyReads
from api.reads.settling import Settling
from api.reads.stats.samples import Samples
from api.reads.stats.series import Series
from api.reads.stats.stats import Stats
from api.reads.tables import Tables
from api.reads.traffic import Traffic
from api.web.callers import Callers
from api.web.exported_lines import ExportedLines
from api.web.peers import NO_PEERS, Peers
from api.web.readiness import Workers
from api.web.saved_reports import SavedReportQuestions
from tilde.catalog.follower import CatalogFollower
from tilde.domain.sites.dates import MONDAY
from tilde.eventlog import LogReader
from tilde.keys.keyring import Keyring
from tilde.keys.opener import Opener
from tilde.runtime.clock import Clock
from tilde.store import StoreReader
from tilde.store.progress import Progress


class Rebuild(Protocol):
    """Builds the read models again beside the live ones. Only the process that owns them can."""

    async def build(self) -> int:
        """Begins, or goes on with what was begun; returns the generation's number."""
        ...

    def live(self) -> int:
        """The generation that is filled and read."""
        ...

    async def passed_by_next(self) -> dict[str, list[int]] | None:
        """How far the generation being built is; None where none is."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The open parts that the query API answers from. Who opened them closes them.

    `follower` has read the catalog to its end, and goes on reading. `log` is the API's alone: it says where topics end.
    `opener` opens what is sealed; None where the keys are elsewhere. `week_begins` is 0 for Monday to 6 for Sunday.
    `peers` have queries of their own.
    """

    store: StoreReader
    follower: CatalogFollower
    log: LogReader
    progress: Progress
    keyring: Keyring
    clock: Clock
    operator_token: str
    jobs: Jobs
    opener: Opener | None = None
    rebuild: Rebuild | None = None
    workers: Workers | None = None
    week_begins: int = MONDAY
    peers: Peers = NO_PEERS


@dataclass(frozen=True, slots=True)
class Reads:
    """What every dialect reads with, made of the parts once, for all. What one alone asks it makes of `tables`. Who
    reads the questions of saved reports names itself to `saved_reports`, and who writes lines of an export to `lines`.
    """

    callers: Callers
    tables: Tables
    stats: Stats
    series: Series
    samples: Samples
    traffic: Traffic
    people: People
    erased: ErasedPeople
    identified: Identified
    opened: Opened
    events: VocabularyReads
    properties: VocabularyReads
    settling: Settling
    saved_reports: SavedReportQuestions
    lines: ExportedLines
