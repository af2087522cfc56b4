"""Tells v1 of ids that belong to another account: v1 answers that they are forbidden, v2 that they do not exist."""

from producers.statsmix.reasons import Reason, Rejection
from producers.web.questions import Questions
from tilde.dialects.statsmix.numbers import id_of
from tilde.domain.catalog.state import Account, Catalog


class Foreign:
    """Asks the query API whose an id is, and only where a call has named one that its own account does not have."""

    def __init__(self, catalog: Catalog, questions: Questions) -> None:
        self._catalog = catalog
        self._questions = questions

    async def as_v1_says(self, rejection: Rejection, account: Account, metric: object, stat: object) -> Rejection:
        """The refusal as v1 tells it, of a call that named these ids. Raises QueryApiAwayError."""
        of = {Reason.UNKNOWN_METRIC: ("metric", metric), Reason.UNKNOWN_STAT: ("sample", stat)}
        name, raw = of.get(rejection.reason, ("", None))
        id_ = None if raw is None else id_of(raw)
        if id_ is None:
            return rejection
        holder = await self._questions.holder(account, {name: str(id_)})
        is_own = holder is None or self._catalog.owner_of(holder) in {None, account.id}
        return rejection if is_own else Rejection(Reason.FOREIGN)
