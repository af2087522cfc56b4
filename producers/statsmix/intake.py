"""StatsMix's stats as the edge takes them in: whose, of which metric, what; then into the open group, answered once
it is durable.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson

from producers.datagrams import Datagram
from producers.edge.receipts import ClockIsWrongError, Receipt, Receipts
from producers.stats.sample_targets import SampleTargets
from producers.stats.sample_writer import SampleWriter, Target
from producers.statsmix import posts
from producers.statsmix.reasons import Reason, Rejection
from producers.statsmix.refusals import AWAY, reason_away
from producers.web.tally import Tally
from tilde.catalog.key_lookup import KeyLookup
from tilde.dialects.statsmix.numbers import id_of
from tilde.dialects.statsmix.record import KEY_PARAMETER, STATSMIX
from tilde.dialects.statsmix.resources import Stat
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Account, Catalog, Product
from tilde.domain.catalog.switches import Switch
from tilde.domain.samples.sample import sample_id
from tilde.domain.samples.writes import NUMBER, SampleWrite
from tilde.domain.sites.zones import kept_zone
from tilde.domain.stats.fanout import BadNameError
from tilde.eventlog import LogError
from tilde.web.parameters import Fields, sent

_SELDOM = frozenset({"generated_at", "meta", "ref_id"})
"""Where none of these is sent nobody has to look at each: most posts are a name and a value."""


class New(NamedTuple):
    """What a post says of a stat; None where it does not."""

    value: float | None
    generated_ms: int | None
    meta: str | None
    ref: str | None

    @classmethod
    def of(cls, fields: Fields, zone: tzinfo = posts.UTC) -> "New":
        """What the fields of a post say. Raises Rejection."""
        if _SELDOM.isdisjoint(fields):
            return cls(posts.value_of(fields), None, None, None)
        return cls(posts.value_of(fields), posts.time_of(fields, zone), posts.meta_of(fields), posts.ref_of(fields))

    def over(self, stat: Stat) -> Stat:
        """A stat with what was said put in."""
        return replace(
            stat,
            value=stat.value if self.value is None else self.value,
            generated_ms=stat.generated_ms if self.generated_ms is None else self.generated_ms,
            meta=stat.meta if self.meta is None else self.meta,
            ref_id=stat.ref_id if self.ref is None else self.ref,
        )


class TakenStat(NamedTuple):
    """A stat that is durable: as it is where it is new, and as it was written where its ref may have been there."""

    target: Target
    stat: Stat
    new: New


class Intake:
    """Takes stats in, and counts them in `tally`. Raises Rejection, LogError, QueryApiAwayError."""

    def __init__(
        self, keys: KeyLookup, catalog: Catalog, targets: SampleTargets, writer: SampleWriter, receipts: Receipts
    ) -> None:
        self._keys = keys
        self._catalog = catalog
        self._targets = targets
        self._writer = writer
        self._receipts = receipts
        self.tally = Tally(STATSMIX.name)

    async def account_of(self, key: str) -> Account:
        """The account of a key. Raises Rejection."""
        account = await self._keys.find(KeyKind.API_KEY, key)
        if account is None:
            raise Rejection(Reason.INVALID_KEY)
        return account

    def profile_of(self, account: Account, fields: Fields) -> Product:
        """The profile that was named, or the account's first."""
        raw = sent(fields, "profile_id")
        product = account.product if raw is None else id_of(raw)
        found = None if product is None else self._catalog.products.get(product)
        if found is None or found.account != account.id:
            raise Rejection(Reason.UNKNOWN_PROFILE)
        return found

    def zone_of(self, account: Account) -> ZoneInfo:
        """The time zone that v1 reads and prints times in."""
        return kept_zone(self._catalog.products[account.product].timezone)

    async def track(self, account: Account, fields: Fields) -> TakenStat:
        """Takes one stat of the metric of a name; returns it once it is durable."""
        taken = self.leave_named(self.profile_of(account, fields), fields)
        await self.kept()
        return taken

    def take_track(self, account: Account, fields: Fields) -> tuple[asyncio.Future[None], Stat] | None:
        """As `track`, without waiting: the stat is to be counted when the future says that it is durable. None where it
        is refused; then nothing is left.
        """
        try:
            taken = self.leave_named(self.profile_of(account, fields), fields)
        except Rejection:
            return None
        return self._writer.durable(), taken.stat

    def leave_named(self, profile: Product, fields: Fields) -> TakenStat:
        """Leaves one stat of the metric of a name in the open group."""
        name, new = posts.name_of(fields), New.of(fields)
        try:
            target = self._targets.named(profile.id, name)
        except BadNameError as bad:
            raise Rejection(Reason(bad.fault.value)) from None
        return self._left(target, new)

    async def metric_of(self, account: Account, fields: Fields) -> Target:
        """The metric that was named by its id, and stands in the profile, where one was named."""
        raw = sent(fields, "metric_id")
        if raw is None:
            raise Rejection(Reason.NO_METRIC_ID)
        metric = id_of(raw)
        profile = None if sent(fields, "profile_id") is None else self.profile_of(account, fields)
        target = None if metric is None else await self._targets.of_id(account, metric)
        if target is None:
            raise Rejection(Reason.UNKNOWN_METRIC)
        if profile is not None and profile.id != target.product:
            raise Rejection(Reason.FOREIGN_PROFILE)
        return target

    async def post(self, account: Account, fields: Fields, zone: tzinfo = posts.UTC) -> TakenStat:
        """Takes one stat of the metric of an id; returns it once it is durable."""
        new = New.of(fields, zone)
        taken = self._left(await self.metric_of(account, fields), new)
        await self.kept()
        return taken

    def _left(self, to: Target, new: New) -> TakenStat:
        now = self.now()
        value = NUMBER if new.value is None else new.value
        if new.ref is None:
            id_ = self._writer.leave_new(to, value, new.generated_ms, new.meta, now)
        else:
            id_ = sample_id(to.metric, new.ref)
            event = self._writer.next_id(now)
            said = new.ref, new.value, new.generated_ms, new.meta
            self._writer.leave(to, SampleWrite(to.product, to.metric, id_, event, now.ms, *said))
        generated = now.ms if new.generated_ms is None else new.generated_ms
        return TakenStat(to, Stat(id_, new.ref, to.product, to.metric, value, new.meta, generated, now.ms, now.ms), new)

    async def kept(self) -> None:
        """Returns once what was left is durable; it is one number more that was taken. Raises LogError."""
        await self._writer.durable()
        self.tally.taken += 1

    def now(self) -> Receipt:
        """The time of receipt. Raises Rejection where the clock is wrong."""
        try:
            return self._receipts.now()
        except ClockIsWrongError:
            raise Rejection(Reason.CLOCK_IS_WRONG) from None

    async def pixel(self, fields: Fields) -> None:
        """Takes one stat of a metric that everybody may count in. What is refused is counted, and nobody is told."""
        try:
            await self._pixel(fields)
        except Rejection as rejection:
            self.tally.refused[rejection.reason] += 1
        except AWAY as error:
            self.tally.refused[reason_away(error)] += 1

    async def _pixel(self, fields: Fields) -> None:
        value = posts.value_of(fields, "v")
        product, metric = id_of(sent(fields, "p")), id_of(sent(fields, "m"))
        profile = None if product is None else self._catalog.products.get(product)
        if profile is None or metric is None:
            raise Rejection(Reason.NOT_TOGETHER)
        account = self._catalog.accounts[profile.account]
        if not account.is_on(Switch.PIXEL) or account.is_closed:
            raise Rejection(Reason.PIXEL_IS_OFF)
        target = await self._targets.of_id(account, metric)
        if target is None or target.product != profile.id:
            raise Rejection(Reason.NOT_TOGETHER)
        self._writer.leave_new(target, NUMBER if value is None else value, None, None, self.now())
        await self.kept()

    async def datagrams(self, datagrams: Sequence[Datagram]) -> list[Datagram]:
        """Stats of the metrics of names, one a datagram; returns those that were taken."""
        taken = [datagram for datagram in datagrams if await self._datagram(datagram.data)]
        try:
            await self._writer.durable()
        except LogError:
            self.tally.refused[Reason.LOG_NOT_WRITABLE] += len(taken)
            return []
        self.tally.taken += len(taken)
        return taken

    async def _datagram(self, data: bytes) -> bool:
        try:
            fields = fields_of(data)
            account = await self.account_of(str(sent(fields, KEY_PARAMETER) or ""))
            self.leave_named(self.profile_of(account, fields), fields)
        except Rejection as rejection:
            self.tally.refused[rejection.reason] += 1
            return False
        except LogError:
            self.tally.refused[Reason.LOG_NOT_WRITABLE] += 1
            return False
        return True


def fields_of(data: bytes) -> dict[str, Any]:
    """The fields of a datagram: a JSON object, or a JSON string that has one in it. Raises Rejection."""
    try:
        found = orjson.loads(data)
        if isinstance(found, str):
            found = orjson.loads(found)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Rejection(Reason.NO_DATAGRAM)
    return found
