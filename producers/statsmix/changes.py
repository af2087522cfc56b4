"""Stats that are there already: found, changed, deleted. An edge reads them through the query API, for its client and
for the processor; what the log says before a change is what is changed (decision 0031).
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any

from producers.stats.sample_targets import SampleTargets
from producers.stats.sample_writer import SampleWriter, Target
from producers.statsmix import posts
from producers.statsmix.intake import Intake, New, TakenStat
from producers.statsmix.reasons import Reason, Rejection
from producers.web.query_api import QueryApiAwayError
from producers.web.questions import Questions
from tilde.dialects.statsmix.numbers import id_of
from tilde.dialects.statsmix.resources import Stat
from tilde.domain.catalog.state import Account
from tilde.domain.samples.writes import Before, SampleWrite
from tilde.web.parameters import Fields, sent

READ_BACK_S = 4.0  # with the wait for a seat: then a write is answered as it was written, for it is durable


@dataclass(frozen=True, slots=True)
class Found:
    """A stat as it was read, and its metric."""

    target: Target
    stat: Stat

    @property
    def before(self) -> Before:
        """The sample as it was read, as the processor is told of it."""
        stat = self.stat
        return Before(stat.ref_id, stat.value, stat.generated_ms, stat.meta, stat.created_ms)


class Changes:
    """Changes and deletes stats. Each raises Rejection, LogError, QueryApiAwayError."""

    def __init__(self, intake: Intake, targets: SampleTargets, writer: SampleWriter, questions: Questions) -> None:
        self._intake = intake
        self._targets = targets
        self._writer = writer
        self._questions = questions

    async def as_it_is(self, account: Account, taken: TakenStat) -> Stat:
        """A stat that was just written, by its ref: as it is now, whatever was there before. Where nobody can read it,
        as it was written.
        """
        stat = taken.stat
        if stat.ref_id is None:
            return stat
        try:
            found = await self._read_back(account, product=stat.profile_id, metric=stat.metric_id, ref=stat.ref_id)
        except QueryApiAwayError:
            return stat
        return stat if found is None else _at_least(found, taken.new, stat.updated_ms)

    async def change(self, account: Account, id_or_ref: str, fields: Fields, zone: tzinfo = posts.UTC) -> Stat:
        """Sets what is sent; what is not stays. Where nobody can read it any more, it is answered as it was written:
        it counts.
        """
        new = New.of(fields, zone)
        found = await self._found(account, id_or_ref, fields)
        if new == New(None, None, None, None):
            return found.stat
        await self._require_free(account, found, new.ref)
        exact_ms = found.stat.generated_ms
        if new.generated_ms == exact_ms // 1000 * 1000:  # as its reader has seen it: sent back, it does not move
            new = new._replace(generated_ms=exact_ms)
        written_ms = self._leave(found, new)
        await self._intake.kept()
        try:
            after = await self._read_back(account, product=found.target.product, id_=found.stat.id)
        except QueryApiAwayError:
            return _written(found.stat, new, written_ms)
        if after is None:
            raise Rejection(Reason.UNKNOWN_STAT)
        if after.updated_ms >= written_ms and after.ref_id == found.stat.ref_id != (new.ref or found.stat.ref_id):
            raise Rejection(Reason.REF_TAKEN)  # by somebody who wrote at the same time; the rest of it is written
        return _at_least(after, new, written_ms)

    async def _require_free(self, account: Account, found: Found, ref: str | None) -> None:
        """Refuses the ref of another stat of the metric; the log would keep the old one."""
        if ref is None or ref == found.stat.ref_id:
            return
        if await self._read(account, product=found.target.product, metric=found.target.metric, ref=ref) is not None:
            raise Rejection(Reason.REF_TAKEN)

    async def _read_back(self, account: Account, **which: Any) -> Stat | None:
        """What was just written. Raises QueryApiAwayError, also where that takes too long: hundreds may want to."""
        try:
            async with asyncio.timeout(READ_BACK_S):
                return await self._read(account, **which)
        except TimeoutError:
            raise QueryApiAwayError("what was written is read too slowly") from None

    async def delete(self, account: Account, id_or_ref: str, fields: Fields) -> Stat:
        """Deletes a stat, and returns it as it was."""
        found = await self._found(account, id_or_ref, fields)
        self._leave(found, None)
        await self._writer.durable()
        return found.stat

    def _leave(self, found: Found, new: New | None) -> int:
        """Returns when that was, unix milliseconds."""
        to, now = found.target, self._intake.now()
        ref, value, generated_ms, meta = (
            (None,) * 4 if new is None else (new.ref, new.value, new.generated_ms, new.meta)
        )
        write = SampleWrite(
            to.product,
            to.metric,
            found.stat.id,
            self._writer.next_id(now),
            now.ms,
            ref,
            value,
            generated_ms,
            meta,
            makes=False,
            deletes=new is None,
            before=found.before,
        )
        self._writer.leave(to, write)
        return now.ms

    async def _found(self, account: Account, id_or_ref: str, fields: Fields) -> Found:
        """By its id; else by its ref, where its metric is named."""
        is_profile_named = sent(fields, "profile_id") is not None
        profile = self._intake.profile_of(account, fields) if is_profile_named else None
        stat = await self._of_id(account, id_or_ref)
        if stat is None and sent(fields, "metric_id") is not None and posts.is_ref(id_or_ref):
            target = await self._intake.metric_of(account, fields)
            stat = await self._read(account, product=target.product, metric=target.metric, ref=id_or_ref)
        if stat is None:
            raise Rejection(Reason.UNKNOWN_STAT)
        if profile is not None and profile.id != stat.profile_id:
            raise Rejection(Reason.FOREIGN_PROFILE)
        holder = await self._targets.of_id(account, stat.metric_id)
        if holder is None:
            raise Rejection(Reason.UNKNOWN_STAT)
        return Found(holder, stat)

    async def _of_id(self, account: Account, text: str) -> Stat | None:
        id_ = id_of(text)
        return None if id_ is None else await self._read(account, id_=id_)

    async def _read(
        self,
        account: Account,
        *,
        product: int | None = None,
        id_: int | None = None,
        metric: int | None = None,
        ref: str | None = None,
    ) -> Stat | None:
        """One by its id, or by its metric and ref, all that was acknowledged before seen."""
        named = {"product": product, "id": id_, "metric": metric, "ref": ref}
        asked = {name: value for name, value in named.items() if value is not None}
        found = await self._questions.sample(account, asked)
        return None if found is None else _stat(found)


def _at_least(found: Stat, new: New, written_ms: int) -> Stat:
    """A stat as it was read, with what was written a moment ago where the tables are late: the wait for them ends."""
    return _written(found, new, written_ms) if found.updated_ms < written_ms else found


def _written(stat: Stat, new: New, written_ms: int) -> Stat:
    return new.over(replace(stat, updated_ms=written_ms))


def _stat(found: dict[str, Any]) -> Stat:
    return Stat(
        found["id"],
        found["ref"],
        found["product"],
        found["metric"],
        float(found["number"]),
        found["meta"],
        found["t_ms"],
        found["created_ms"],
        found["updated_ms"],
    )
