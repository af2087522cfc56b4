"""The one decider's rules: (catalog, command) -> (facts, reply), or a refusal. Pure: keys and UUIDs came with the
command.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import singledispatch
from itertools import takewhile

from tilde.domain import commands as asked
from tilde.domain import facts
from tilde.domain.catalog import Catalog
from tilde.domain.commands import Action, Command, CommandId, KeyKind
from tilde.domain.facts import Entry, Fact
from tilde.domain.fanout import check, is_blank
from tilde.domain.identity import EDGE_NUMBERS, is_plausible
from tilde.domain.metrics import metric_id
from tilde.domain.rejections import Rejection

TRASH_MS = 48 * 3600 * 1000  # StatHat kept deleted stats for 48 hours
ACCOUNT_NAME_MAX = 64
COMMENT_MAX = 2_000
COMMENTS_MAX = 1_000  # of one stat: every process keeps them in memory
COMMENTED_MAX = 4_000_000  # characters of all comments of an account: 16 MB at most, in every process
MADE_MAX = 100_000  # stats of an account that are made by command: some 50 MB of records, in every process

STATS_A_COMMAND_MAX = 1_000
POINTS_A_COMMAND_MAX = 2_000  # 50 kB: a message has 1 MiB, and every process reads the catalog when it starts


class Refusal(StrEnum):
    """Why a command changed nothing; the value is what its sender reads."""

    DEADLINE_PASSED = (
        "the command came too late to be carried out, or the clock of its edge is behind the one that decides; nothing"
        " was changed"
    )
    CLOCK_IS_WRONG = "the clock of the machine that decides is plainly wrong; nothing is changed before it is right"
    EPOCH_USED = "this edge's epoch was used before; its folder was restored from a backup"
    NO_EDGE_NUMBER = "all 32 edge numbers are taken"
    BAD_ACCOUNT_NAME = "an account name has 1 to 64 printable characters, none of them /, and is not . or .."
    ACCOUNT_EXISTS = "an account of that name exists"
    KEY_TAKEN = "another account has that key"
    KEY_KNOWN = "the account has that key already"
    UNKNOWN_ACCOUNT = "no account of that name"
    UNKNOWN_PRODUCT = "no such product"
    NO_SUCH_KEY = "the account has no key of that kind"
    BAD_STAT_NAME = "a stat name has 1 to 255 characters, none of them ~ or a control character, and is not blank"
    STAT_EXISTS = "a stat of that name and kind was created already"
    STAT_NOT_IN_TRASH = "the stat is not in the trash of this account, or has been there for more than 48 hours"
    BAD_COMMENT = "a comment has 1 to 2,000 characters, is not blank, and has no NUL in it"
    TOO_MANY_COMMENTS = "a stat has at most 1,000 comments"
    BAD_LIST = "one command deletes 1 to 1,000 stats, or 1 to 2,000 points of one"
    COMMENTS_TOO_LONG = "the comments of an account have at most 4,000,000 characters together"
    TOO_MANY_STATS_MADE = "at most 100,000 stats of an account are created by hand; a post creates its stat without"
    GENERATION_IS_NOT_NEXT = "the read pointer only moves to the next generation"


class Refused(Exception):
    """Raised by a rule; nothing is changed."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Decision:
    facts: tuple[Fact, ...]
    reply: dict[str, int]


def decide(catalog: Catalog, command: Command, id_: CommandId, commands_offset: int, now_ms: int) -> Entry:
    """The entry that answers a command, to stand behind all that `catalog` has folded. Changes nothing itself."""
    sequence = catalog.sequence + 1
    try:
        require(is_plausible(now_ms) or isinstance(command.action, asked.StartEdge), Refusal.CLOCK_IS_WRONG)
        require(now_ms <= command.deadline_ms, Refusal.DEADLINE_PASSED)
        decision = rule(command.action, catalog, now_ms)
    except Refused as refused:
        return Entry(sequence, id_, commands_offset, now_ms, (), refused.refusal.name, {})
    return Entry(sequence, id_, commands_offset, now_ms, decision.facts, None, decision.reply)


def require(condition: object, refusal: Refusal) -> None:
    """Refuses unless the condition holds."""
    if not condition:
        raise Refused(refusal)


@singledispatch
def rule(action: Action, catalog: Catalog, now_ms: int) -> Decision:
    """What an action changes. Raises Refused."""
    raise TypeError(f"no rule decides a {type(action).__name__}")


@rule.register
def _(action: asked.StartEdge, catalog: Catalog, now_ms: int) -> Decision:
    lease = catalog.edges.get(action.edge)
    if lease is not None:
        require(action.epoch > lease.epoch, Refusal.EPOCH_USED)
        number = lease.number
    else:
        taken = {other.number for other in catalog.edges.values()}
        free = [number for number in range(EDGE_NUMBERS) if number not in taken]
        require(free, Refusal.NO_EDGE_NUMBER)
        number = free[0]
    return Decision((facts.EdgeStarted(action.edge, action.epoch, number),), {"number": number})


@rule.register
def _(action: asked.CreateAccount, catalog: Catalog, now_ms: int) -> Decision:
    name = action.name
    require(0 < len(name) <= ACCOUNT_NAME_MAX and name.isprintable() and name.strip() == name, Refusal.BAD_ACCOUNT_NAME)
    require("/" not in name and name not in (".", ".."), Refusal.BAD_ACCOUNT_NAME)  # it stands in paths
    require(name not in catalog.names, Refusal.ACCOUNT_EXISTS)
    require(not any(catalog.others_with(key, None) for key in action.keys), Refusal.KEY_TAKEN)
    account, product = catalog.last_account + 1, catalog.last_product + 1
    created = facts.AccountCreated(account, name, action.keys, product, action.product_uuid, action.domain)
    return Decision((created,), {"account": account, "product": product})


@rule.register
def _(action: asked.ChangeAccount, catalog: Catalog, now_ms: int) -> Decision:
    require(action.account in catalog.accounts, Refusal.UNKNOWN_ACCOUNT)
    account = catalog.accounts[action.account]
    ez = account.ez if action.ez is None else action.ez
    email_key = account.email_key if action.email_key is None else action.email_key
    return Decision((facts.AccountChanged(action.account, ez, email_key),), {"account": action.account})


@rule.register
def _(action: asked.StoreKey, catalog: Catalog, now_ms: int) -> Decision:
    require(action.account in catalog.accounts, Refusal.UNKNOWN_ACCOUNT)
    _, owner = catalog.keys.get(action.key.hash, (None, None))
    require(owner != action.account, Refusal.KEY_KNOWN)
    require(not catalog.others_with(action.key, action.account), Refusal.KEY_TAKEN)
    return Decision((facts.KeyStored(action.account, action.key),), {"account": action.account})


@rule.register
def _(action: asked.RevokeKey, catalog: Catalog, now_ms: int) -> Decision:
    require(action.account in catalog.accounts, Refusal.UNKNOWN_ACCOUNT)
    require(action.kind in catalog.accounts[action.account].keys, Refusal.NO_SUCH_KEY)
    return Decision((facts.KeyRevoked(action.account, KeyKind(action.kind)),), {"account": action.account})


@rule.register
def _(action: asked.CreateStat, catalog: Catalog, now_ms: int) -> Decision:
    require(action.product in catalog.products, Refusal.UNKNOWN_PRODUCT)
    require("~" not in action.name and not is_blank(action.name), Refusal.BAD_STAT_NAME)
    try:
        check(action.name)
    except Rejection:
        raise Refused(Refusal.BAD_STAT_NAME) from None
    metric = metric_id(action.product, action.kind, action.name)
    require(not catalog.stat(action.product, metric).is_made, Refusal.STAT_EXISTS)
    is_new = catalog.stat(action.product, metric).created_ms is None
    require(not is_new or catalog.made[action.product] < MADE_MAX, Refusal.TOO_MANY_STATS_MADE)
    return Decision((facts.StatCreated(action.product, metric, action.kind, action.name),), {"metric": metric})


@rule.register
def _(action: asked.DeleteStat, catalog: Catalog, now_ms: int) -> Decision:
    require(action.product in catalog.products, Refusal.UNKNOWN_PRODUCT)
    return Decision((facts.StatDeleted(action.product, action.metric),), {"metric": action.metric})


@rule.register
def _(action: asked.DeleteStats, catalog: Catalog, now_ms: int) -> Decision:
    require(action.product in catalog.products, Refusal.UNKNOWN_PRODUCT)
    metrics = dict.fromkeys(action.metrics)
    require(0 < len(metrics) <= STATS_A_COMMAND_MAX, Refusal.BAD_LIST)
    return Decision(tuple(facts.StatDeleted(action.product, metric) for metric in metrics), {"stats": len(metrics)})


@rule.register
def _(action: asked.DeletePoints, catalog: Catalog, now_ms: int) -> Decision:
    require(action.product in catalog.products, Refusal.UNKNOWN_PRODUCT)
    require(0 < len(action.points) <= POINTS_A_COMMAND_MAX, Refusal.BAD_LIST)
    deleted = facts.PointsDeleted(action.product, action.metric, action.points)
    return Decision((deleted,), {"points": len(action.points)})


@rule.register
def _(action: asked.RestoreStat, catalog: Catalog, now_ms: int) -> Decision:
    # A stat may be deleted twice, as the decider cannot know whether it was posted to meanwhile; restored, it is in
    # sight: all deletions that may be undone are. The last ones of the catalog's order: a clock may have gone back.
    deletions = catalog.stat(action.product, action.metric).deletions
    in_trash = list(takewhile(lambda deletion: now_ms - deletion.at_ms <= TRASH_MS, reversed(deletions)))
    require(in_trash, Refusal.STAT_NOT_IN_TRASH)
    restored = facts.StatRestored(action.product, action.metric)
    return Decision((restored,) * len(in_trash), {"metric": action.metric})


@rule.register
def _(action: asked.CommentOnStat, catalog: Catalog, now_ms: int) -> Decision:
    require(action.product in catalog.products, Refusal.UNKNOWN_PRODUCT)
    require(0 < len(action.text) <= COMMENT_MAX, Refusal.BAD_COMMENT)
    require(not is_blank(action.text) and "\0" not in action.text, Refusal.BAD_COMMENT)
    require(len(catalog.stat(action.product, action.metric).comments) < COMMENTS_MAX, Refusal.TOO_MANY_COMMENTS)
    require(catalog.commented[action.product] + len(action.text) <= COMMENTED_MAX, Refusal.COMMENTS_TOO_LONG)
    return Decision((facts.StatCommented(action.product, action.metric, action.text),), {"metric": action.metric})


@rule.register
def _(action: asked.ActivateGeneration, catalog: Catalog, now_ms: int) -> Decision:
    require(action.generation == catalog.generation + 1, Refusal.GENERATION_IS_NOT_NEXT)
    return Decision((facts.GenerationActivated(action.generation),), {"generation": action.generation})
