"""StatHat's three calls as the edge takes them: who posts, what, then into the open group, answered once it is
durable. EZ posts of the common shape come in the fast lane, all others from the declared routes (`routes.py`).
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from producers.edge.receipts import ClockIsWrongError, Receipt, Receipts
from producers.stathat import posts, replies
from producers.stathat.keys import Keys
from producers.stathat.reasons import Reason, Rejection
from producers.stats.stat_targets import StatTarget, StatTargets
from producers.stats.stat_writer import StatWriter
from producers.web.lane import LaneRequest, SameAnswer, Taken
from producers.web.round_robin import RoundRobin
from producers.web.tally import Tally
from tilde.dialects.stathat.record import STATHAT
from tilde.domain.catalog.state import Account
from tilde.domain.stats.fanout import BadNameError
from tilde.domain.stats.metrics import COUNTER, VALUE, Kind
from tilde.runtime.portions import portions_by_size
from tilde.web.parameters import Fields, Parameters, parse, sent

PORTION_BYTES = 8 << 10  # of a batch, in one turn of the loop: some 2 ms where all names spread widely
ITEM_BYTES = 16  # of an item beside its name
USUAL_BYTES = 64  # of an item as nearly all clients send it; a thousand of these take 2 ms

Leave = Callable[[StatTarget, float, int | None, Receipt], object]
"""As StatWriter.leave."""


class Intake:
    """Takes posts in, and counts them in `tally`. Raises Rejection, LogError."""

    def __init__(self, keys: Keys, targets: StatTargets, writer: StatWriter, receipts: Receipts) -> None:
        self._keys = keys
        self._targets = targets
        self._writer = writer
        self._receipts = receipts
        self._round_robin = RoundRobin()
        self._ok = SameAnswer.of(replies.reply(replies.OK))
        self.tally = Tally(STATHAT.name)

    async def ez(self, fields: Parameters) -> bytes:
        """Takes one EZ post; returns the reply's body once it is durable."""
        ezkey = posts.ezkey_of(fields)
        account = self._keys.known_ez_account(ezkey) or await self._keys.ez_account(ezkey)
        taken = self._post(account, fields, self._now(), self._writer.leave)
        await self._writer.durable()
        self.tally.taken += taken
        return replies.OK

    def take(self, request: LaneRequest) -> Taken | None:
        """As Lane.take, one EZ post of an account that is known: a query, or a form without a query. What has to be
        looked for, and what is refused, is the declared route's.
        """
        if request.head.method == b"GET":
            source = request.head.query
        elif request.head.query:
            return None
        else:
            source = request.text or b""
        if len(source) > posts.FORM_BYTES_MAX:
            return None
        fields = parse(source)
        try:
            account = self._keys.known_ez_account(posts.ezkey_of(fields))
            if account is None:
                return None
            taken = self._post(account, fields, self._receipts.now(), self._writer.leave)
        except (Rejection, ClockIsWrongError):
            return None
        return Taken(self._writer.durable(), self._ok, self.tally, taken)

    def _post(self, account: Account, fields: Fields, now: Receipt, leave: Leave) -> int:
        name, count, value, t = posts.read(fields)
        # A post is taken whole or not at all: both targets are known before anything is left.
        try:
            counter = None if count is None else self._targets[account.product, COUNTER, name]
            gauge = None if value is None else self._targets[account.product, VALUE, name]
        except BadNameError as bad:
            raise Rejection(Reason(bad.fault.value)) from None
        if value is not None and gauge is not None:
            leave(gauge, value, t, now)
        if count is not None and counter is not None:
            leave(counter, count, t, now)
        return 1 if count is None or value is None else 2

    def _now(self) -> Receipt:
        """The time of receipt. Raises Rejection where the clock is wrong."""
        try:
            return self._receipts.now()
        except ClockIsWrongError:
            raise Rejection(Reason.CLOCK_IS_WRONG) from None

    async def require_known(self, query: Parameters, body: bytes) -> None:
        """For JSON that costs much to read: raises Rejection where it has no key, or none of its keys is one of
        ours.
        """
        candidates = posts.ezkeys_in(body)
        with suppress(Rejection):
            candidates.append(posts.ezkey_of(query))
        if not candidates:
            raise Rejection(Reason.BAD_JSON)
        if not any(map(self._keys.known_ez_account, candidates)):
            await self._keys.ez_account(candidates[-1])

    async def batch(self, envelope: Any, query: Parameters, size: int) -> bytes:
        """A JSON batch of `size` bytes, or one post written as JSON; a bad item is left out and named, the others
        count.
        """
        if not isinstance(envelope, dict):
            raise Rejection(Reason.NO_EZKEY)
        account = await self._keys.ez_account(posts.ezkey_of(envelope, query))
        if posts.is_single(envelope):
            taken = self._post(account, envelope, self._now(), self._writer.leave)
            await self._writer.durable()
            self.tally.taken += taken
            return replies.OK
        items = posts.items_of(envelope)
        taken, left_out = await self._post_all(account, items, size)
        self.tally.refused.update(left_out.values())
        if taken:
            await self._writer.durable()
            self.tally.taken += taken
        return replies.batch(len(items) - len(left_out), left_out)

    async def _post_all(self, account: Account, items: list[Any], size: int) -> tuple[int, dict[int, Reason]]:
        """All that are good are left at once, in one group; returns how many numbers they are, and why others are none.
        To read them may take several turns of the loop: a thousand names that spread to a hundred stats each take a
        tenth of a second.
        """
        now = self._now()
        left_out: dict[int, Reason] = {}
        if size <= PORTION_BYTES + USUAL_BYTES * len(items):
            return self._post_each(account, enumerate(items), now, self._writer.leave, left_out), left_out
        gathered, taken = self._writer.gather(), 0
        for portion in portions_by_size(enumerate(items), _read_of, PORTION_BYTES):
            taken += self._post_each(account, portion, now, gathered.add, left_out)
            await self._round_robin.next(account.id)
        gathered.leave()
        return taken, left_out

    def _post_each(
        self,
        account: Account,
        items: Iterable[tuple[int, Any]],
        now: Receipt,
        leave: Leave,
        left_out: dict[int, Reason],
    ) -> int:
        """Returns how many numbers were taken. Says of the others why not, in `left_out`."""
        taken = 0
        for index, item in items:
            try:
                taken += self._post(account, item if type(item) is dict else posts.fields_of(item), now, leave)
            except Rejection as rejection:
                left_out[index] = rejection.reason
        return taken

    async def classic(self, fields: Parameters, kind: Kind) -> bytes:
        """Takes one post by stat key and ukey; returns the reply's body once it is durable."""
        key, ukey = sent(fields, "key"), fields.get("ukey")
        if not key or not ukey:
            raise Rejection(Reason.INVALID_KEYS)
        product, metric = await self._keys.stat_of_key(key, ukey, kind)
        number, t = posts.number_of(fields, kind), posts.t_of(fields)
        self._writer.leave(self._targets.of_metric(product, kind, metric), number, t, self._now())
        await self._writer.durable()
        self.tally.taken += 1
        return replies.OK


def _read_of(numbered: tuple[int, Any]) -> int:
    return ITEM_BYTES + posts.name_length(numbered[1])
