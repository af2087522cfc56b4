"""Takes jobs away that name a person who was erased, as every process that follows the catalog can see by itself."""

import asyncio
from itertools import takewhile

from api.jobs.job import Job
from api.jobs.jobs import Jobs
from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.entries import Entry
from tilde.domain.catalog.erasures import VisitorsErased
from tilde.domain.people.activity import PERSON
from tilde.domain.people.naming import names_one_of
from tilde.keys.keyring import Keyring


class ErasingJobs:
    """Looks at all jobs with each erasure, and once at the start: at those that began before it. So it remembers
    nothing, and a crash at any point costs a look.
    """

    def __init__(self, jobs: Jobs, follower: CatalogFollower, keyring: Keyring) -> None:
        self._jobs = jobs
        self._catalog = follower.catalog
        self._keyring = keyring
        self._asked = asyncio.Event()
        follower.listen(self._hear, VisitorsErased)

    def _hear(self, entry: Entry) -> None:
        self._asked.set()

    async def run(self) -> None:
        """Carries out what comes until cancelled; tries again while the file cannot be written."""
        while True:
            self._asked.clear()
            await self._jobs.retrying.run(self.catch_up)
            await self._asked.wait()

    async def catch_up(self) -> None:
        """Carries out all that this process has read of. Raises StoreError."""
        await self._jobs.take_away(self._names_somebody_erased)

    def _names_somebody_erased(self, job: Job) -> bool:
        """By a text that is his identity: nothing else is known of him any more."""
        later = takewhile(lambda sequence: sequence > job.since, reversed(self._catalog.erasures))
        erasures = [self._catalog.erasures[sequence] for sequence in later]
        identities = {each for erased in erasures if erased.realm == job.product for each in erased.hashes}
        return bool(identities) and names_one_of(
            job.asked, identities, lambda text: self._keyring.keyed_hash(job.product, PERSON, text)
        )
