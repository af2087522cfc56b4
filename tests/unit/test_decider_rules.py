"""What the decider answers: the facts of each command, and one test a refusal."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from testkit.builders import (
    NOON_MS,
    UUID,
    a_catalog,
    a_command,
    a_command_id,
    a_key,
    an_account_created,
    an_entry,
)
from tests.unit import test_definition_rules as defined
from tests.unit import test_reseller_rules as resellers
from tilde.domain.catalog import nouns
from tilde.domain.catalog.account_contacts import CONTACT_MAX, ChangeContact, ContactChanged
from tilde.domain.catalog.account_report_hours import ReportScheduled, ScheduleReport
from tilde.domain.catalog.account_switches import AccountChanged, ChangeAccount
from tilde.domain.catalog.accounts import (
    AccountCreated,
    CreateAccount,
    KeyRevoked,
    KeyStored,
    RevokeKey,
    StoreKey,
)
from tilde.domain.catalog.edges import EdgeStarted, StartEdge
from tilde.domain.catalog.entries import Action, Entry, Fact, decide, fold
from tilde.domain.catalog.erasures import HASHES_MAX, EraseVisitors, VisitorsErased
from tilde.domain.catalog.generations import ActivateGeneration, GenerationActivated
from tilde.domain.catalog.keys import KeyKind, StoredKey
from tilde.domain.catalog.products import (
    PRODUCTS_MAX,
    ChangeProduct,
    CreateProduct,
    ProductChanged,
    ProductCreated,
)
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.stat_records import EVERYTHING, StatName
from tilde.domain.catalog.stat_settings import (
    GIVEN_NAMES_MAX,
    URL_MAX,
    WITH_SETTINGS_MAX,
    ChangeStat,
    StatChanged,
    StatRenamed,
)
from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.stats import (
    COMMENT_MAX,
    COMMENTED_MAX,
    COMMENTS_MAX,
    MADE_MAX,
    POINTS_A_COMMAND_MAX,
    STATS_A_COMMAND_MAX,
    TRASH_MS,
    CommentOnStat,
    CreateStat,
    DeletePoints,
    DeleteStat,
    DeleteStats,
    PointsDeleted,
    PostedPoint,
    RestoreStat,
    StatCommented,
    StatCreated,
    StatDeleted,
    StatRestored,
)
from tilde.domain.catalog.subaccounts import (
    DETAILS_MAX,
    SUBACCOUNTS_MAX,
    ChangeSubaccount,
    CloseSubaccount,
    CreateSubaccount,
    SubaccountChanged,
    SubaccountClosed,
    SubaccountCreated,
)
from tilde.domain.log.identity import CLOCK_END_MS, EPOCH_MS
from tilde.domain.stats.metrics import Kind, metric_id

SHOP = an_account_created(1, "shop")
OTHER = an_account_created(2, "other")
A_POINT = PostedPoint(5, 0, NOON_MS, NOON_MS)
SIGNUPS = metric_id(1, "counter", "signups")


def answer(catalog: Catalog, action: Action, now_ms: int = NOON_MS) -> Entry:
    return decide(catalog, a_command(action, deadline_ms=now_ms), a_command_id(9), 8, now_ms)


def new_account(name: str = "new", *keys: StoredKey) -> CreateAccount:
    return CreateAccount(name, keys, UUID, "new.example")


def like(key: StoredKey, kind: KeyKind) -> StoredKey:
    """A key of another kind that reads like this one."""
    return StoredKey(kind, b"spelled alike", None, (key.hash,))


def deleted(*at_ms: int) -> Catalog:
    """A catalog in which stat 77 of the shop was deleted at these times."""
    catalog = a_catalog(SHOP)
    for sequence, ms in enumerate(at_ms, 2):
        fold(catalog, an_entry(sequence, StatDeleted(1, 77), at_ms=ms))
    return catalog


def changed_stat(metric: int, was: str, **changes: Any) -> ChangeStat:
    """A command about a counter of the shop."""
    nothing = {"name": None, "is_public": None, "in_email": None, "url": None}
    return ChangeStat(1, metric, Kind.COUNTER, was, **(nothing | changes))


OUTLET = ProductCreated(1, 2, "outlet", UUID, "", None, ())


def partnered() -> Catalog:
    """The shop made the other."""
    return a_catalog(SHOP, OTHER, SubaccountCreated(2, 1, b"who"))


@dataclass(frozen=True)
class Case:
    """A catalog, what is asked of it, and what is decided."""

    catalog: Catalog
    action: Action
    facts: tuple[Fact, ...]
    reply: dict[str, int]


DECIDED = {
    "the first edge gets number 0": Case(a_catalog(), StartEdge("e", 1), (EdgeStarted("e", 1, 0),), {"number": 0}),
    "a new edge gets the lowest free number": Case(
        a_catalog(EdgeStarted("a", 1, 0), EdgeStarted("b", 1, 2)),
        StartEdge("c", 1),
        (EdgeStarted("c", 1, 1),),
        {"number": 1},
    ),
    "an edge keeps its number over its epochs": Case(
        a_catalog(EdgeStarted("a", 4, 3)),
        StartEdge("a", 5),
        (EdgeStarted("a", 5, 3),),
        {"number": 3},
    ),
    "accounts and products have the next ids": Case(
        a_catalog(SHOP, OTHER),
        new_account("new", a_key("k")),
        (AccountCreated(3, "new", (a_key("k"),), 3, UUID, "new.example"),),
        {"account": 3, "product": 3},
    ),
    "a switch that is not sent stays": Case(
        a_catalog(SHOP, AccountChanged(1, ez=False, email_key=False)),
        ChangeAccount(1, ez=None, email_key=True),
        (AccountChanged(1, ez=False, email_key=True),),
        {"account": 1},
    ),
    "a key is stored": Case(
        a_catalog(SHOP),
        StoreKey(1, a_key("token", KeyKind.TOKEN)),
        (KeyStored(1, a_key("token", KeyKind.TOKEN)),),
        {"account": 1},
    ),
    "a key is revoked": Case(
        a_catalog(SHOP),
        RevokeKey(1, KeyKind.EZKEY),
        (KeyRevoked(1, KeyKind.EZKEY),),
        {"account": 1},
    ),
    "a stat is created under its id": Case(
        a_catalog(SHOP),
        CreateStat(1, Kind.COUNTER, "signups"),
        (StatCreated(1, SIGNUPS, Kind.COUNTER, "signups"),),
        {"metric": SIGNUPS},
    ),
    "a stat has whatever stands in its name, where names do not spread": Case(
        a_catalog(SHOP),
        CreateStat(1, Kind.COUNTER, "a~b"),
        (StatCreated(1, metric_id(1, "counter", "a~b"), Kind.COUNTER, "a~b"),),
        {"metric": metric_id(1, "counter", "a~b")},
    ),
    "a stat may be deleted before anything is known of it": Case(
        a_catalog(SHOP), DeleteStat(1, 77), (StatDeleted(1, 77),), {"metric": 77}
    ),
    "a stat is restored within 48 hours": Case(
        deleted(NOON_MS - TRASH_MS), RestoreStat(1, 77), (StatRestored(1, 77),), {"metric": 77}
    ),
    "every deletion in the trash is undone, an older one stands": Case(
        deleted(NOON_MS - TRASH_MS - 1, NOON_MS - TRASH_MS, NOON_MS - 1),
        RestoreStat(1, 77),
        (StatRestored(1, 77), StatRestored(1, 77)),
        {"metric": 77},
    ),
    "a comment is kept": Case(
        a_catalog(SHOP),
        CommentOnStat(1, 77, "c" * COMMENT_MAX),
        (StatCommented(1, 77, "c" * COMMENT_MAX),),
        {"metric": 77},
    ),
    "many stats go with one command, each once": Case(
        a_catalog(SHOP),
        DeleteStats(1, (78, 77, 78)),
        (StatDeleted(1, 78), StatDeleted(1, 77)),
        {"stats": 2},
    ),
    "single points are taken back": Case(
        a_catalog(SHOP),
        DeletePoints(1, 77, (A_POINT,)),
        (PointsDeleted(1, 77, (A_POINT,)),),
        {"points": 1},
    ),
    "a switch may go off by itself": Case(
        a_catalog(SHOP),
        ChangeAccount(1, ez=None, email_key=None, pixel=False),
        (AccountChanged(1, ez=True, email_key=True, pixel=False),),
        {"account": 1},
    ),
    "a product beside the first has keys of its own": Case(
        a_catalog(SHOP, OTHER),
        CreateProduct(1, "outlet", UUID, "o.example", "Europe/Lisbon", (a_key("s", KeyKind.SITEKEY), a_key("no"))),
        (ProductCreated(1, 3, "outlet", UUID, "o.example", "Europe/Lisbon", (a_key("s", KeyKind.SITEKEY),)),),
        {"account": 1, "product": 3},
    ),
    "another account may have a product of that name": Case(
        a_catalog(SHOP, OTHER),
        CreateProduct(1, "other", UUID, "", None, ()),
        (ProductCreated(1, 3, "other", UUID, "", None, ()),),
        {"account": 1, "product": 3},
    ),
    "what is not sent of a product stays": Case(
        a_catalog(SHOP, ProductChanged(1, "shop", "shop.example", "Europe/Lisbon")),
        ChangeProduct(1, "sale", None, None),
        (ProductChanged(1, "sale", "shop.example", "Europe/Lisbon"),),
        {"product": 1},
    ),
    "an empty time zone is none": Case(
        a_catalog(SHOP, ProductChanged(1, "shop", "shop.example", "Europe/Lisbon")),
        ChangeProduct(1, "shop", "", ""),
        (ProductChanged(1, "shop", "", None),),
        {"product": 1},
    ),
    "what is not sent of its environment stays, too": Case(
        a_catalog(SHOP, ProductChanged(1, "shop", "", None, "staging")),
        ChangeProduct(1, "sale", None, None),
        (ProductChanged(1, "sale", "", None, "staging"),),
        {"product": 1},
    ),
    "an empty environment is none": Case(
        a_catalog(SHOP, ProductChanged(1, "shop", "", None, "staging")),
        ChangeProduct(1, None, None, None, ""),
        (ProductChanged(1, "shop", "", None),),
        {"product": 1},
    ),
    "an account has another contact": Case(
        a_catalog(SHOP, ContactChanged(1, b"sealed")),
        ChangeContact(1, b"sealed anew"),
        (ContactChanged(1, b"sealed anew"),),
        {"account": 1},
    ),
    "an account has no contact any more": Case(
        a_catalog(SHOP, ContactChanged(1, b"sealed")),
        ChangeContact(1, None),
        (ContactChanged(1, None),),
        {"account": 1},
    ),
    "a key of another product is stored there": Case(
        a_catalog(SHOP, OUTLET),
        StoreKey(1, a_key("s", KeyKind.SITEKEY), 2),
        (KeyStored(1, a_key("s", KeyKind.SITEKEY), 2),),
        {"account": 1},
    ),
    "a key of an account's kind is the account's, whatever product was said": Case(
        a_catalog(SHOP, OUTLET),
        StoreKey(1, a_key("t", KeyKind.TOKEN), 2),
        (KeyStored(1, a_key("t", KeyKind.TOKEN)),),
        {"account": 1},
    ),
    "a stat whose link was used is deleted by its owner all the same": Case(
        a_catalog(SHOP, StatDeleted(1, 77, by_link=True)),
        DeleteStat(1, 77),
        (StatDeleted(1, 77),),
        {"metric": 77},
    ),
    "a link deletes a stat that was deleted before": Case(
        a_catalog(SHOP, StatDeleted(1, 77)),
        DeleteStat(1, 77, by_link=True),
        (StatDeleted(1, 77, by_link=True),),
        {"metric": 77},
    ),
    "a report comes at an hour": Case(
        a_catalog(SHOP), ScheduleReport(1, 23), (ReportScheduled(1, 23),), {"account": 1}
    ),
    "a stat that was only posted to is renamed, and its old name gets an id of its own": Case(
        a_catalog(SHOP),
        changed_stat(SIGNUPS, "signups", name="sign-ups"),
        (StatRenamed(1, SIGNUPS, Kind.COUNTER, "signups", "sign-ups", metric_id(1, "counter", "signups\x002")),),
        {"metric": SIGNUPS},
    ),
    "a stat that has its name already is not renamed": Case(
        a_catalog(SHOP), changed_stat(SIGNUPS, "signups", name="signups"), (), {"metric": SIGNUPS}
    ),
    "the catalog knows the name of what was made or renamed better than who asks": Case(
        a_catalog(SHOP, StatRenamed(1, SIGNUPS, Kind.COUNTER, "signups", "b", 99)),
        changed_stat(SIGNUPS, "signups", name="c"),
        (StatRenamed(1, SIGNUPS, Kind.COUNTER, "b", "c", metric_id(1, "counter", "b\x003")),),
        {"metric": SIGNUPS},
    ),
    "a stat whose name posts do not go to any more gives none up": Case(
        a_catalog(SHOP, StatRenamed(1, 77, Kind.COUNTER, "x", "signups", 99)),
        changed_stat(SIGNUPS, "signups", name="c"),
        (StatRenamed(1, SIGNUPS, Kind.COUNTER, "signups", "c", None),),
        {"metric": SIGNUPS},
    ),
    "settings that are not sent stay": Case(
        a_catalog(SHOP, StatChanged(1, SIGNUPS, is_public=True, in_email=True, url="u")),
        changed_stat(SIGNUPS, "signups", in_email=False),
        (StatChanged(1, SIGNUPS, is_public=True, in_email=False, url="u"),),
        {"metric": SIGNUPS},
    ),
    "name and settings go with one command": Case(
        a_catalog(SHOP, StatCreated(1, SIGNUPS, Kind.COUNTER, "signups")),
        changed_stat(SIGNUPS, "signups", name="b", is_public=True, url="u"),
        (
            StatRenamed(1, SIGNUPS, Kind.COUNTER, "signups", "b", metric_id(1, "counter", "signups\x003")),
            StatChanged(1, SIGNUPS, is_public=True, in_email=False, url="u"),
        ),
        {"metric": SIGNUPS},
    ),
    "a name that a renamed stat gave up is created under an id of its own": Case(
        a_catalog(SHOP, StatRenamed(1, SIGNUPS, Kind.COUNTER, "signups", "b", 99)),
        CreateStat(1, Kind.COUNTER, "signups"),
        (StatCreated(1, 99, Kind.COUNTER, "signups"),),
        {"metric": 99},
    ),
    "a renamed stat that was deleted is made anew under its id, and its rows know it by its first name": Case(
        a_catalog(SHOP, StatRenamed(1, SIGNUPS, Kind.COUNTER, "signups", "b", 99), StatDeleted(1, SIGNUPS)),
        CreateStat(1, Kind.COUNTER, "b"),
        (StatCreated(1, SIGNUPS, Kind.COUNTER, "signups"),),
        {"metric": SIGNUPS},
    ),
    "an account makes another": Case(
        a_catalog(SHOP),
        CreateSubaccount(1, (a_key("k"),), UUID, b"who"),
        (
            AccountCreated(2, "shop 2", (a_key("k"),), 2, UUID, ""),
            AccountChanged(2, ez=True, email_key=False),
            SubaccountCreated(2, 1, b"who"),
        ),
        {"account": 2, "product": 2},
    ),
    "a name that somebody has is passed over": Case(
        a_catalog(SHOP, an_account_created(2, "shop 3")),
        CreateSubaccount(1, (), UUID, b""),
        (
            AccountCreated(3, "shop 3'", (), 3, UUID, ""),
            AccountChanged(3, ez=True, email_key=False),
            SubaccountCreated(3, 1, b""),
        ),
        {"account": 3, "product": 3},
    ),
    "what a partner says of an account takes the place of before": Case(
        partnered(),
        ChangeSubaccount(1, 2, (a_key("new", KeyKind.EMAIL), a_key("key of other")), b"new"),
        (KeyStored(2, a_key("new", KeyKind.EMAIL)), SubaccountChanged(2, b"new")),
        {"account": 2},
    ),
    "a partner ends an account that it made": Case(
        partnered(), CloseSubaccount(1, 2), (SubaccountClosed(2),), {"account": 2}
    ),
    "visitors are erased, also of a site that is gone": Case(
        a_catalog(), EraseVisitors(32, (7, 8)), (VisitorsErased(32, (7, 8)),), {"site": 32}
    ),
    "an erasure is continued with what an edge has found": Case(
        a_catalog(VisitorsErased(32, (7,))),
        EraseVisitors(32, (9,), 1),
        (VisitorsErased(32, (9,), 1),),
        {"site": 32},
    ),
    "the read pointer moves forward": Case(
        a_catalog(), ActivateGeneration(2), (GenerationActivated(2),), {"generation": 2}
    ),
}


@pytest.mark.parametrize("case", DECIDED.values(), ids=list(DECIDED))
def test_a_command_is_answered_by_one_entry_with_all_its_facts(case: Case) -> None:
    """The entry stands behind what the catalog has folded, and says which command it answers."""
    entry = answer(case.catalog, case.action)

    sequence = case.catalog.sequence + 1
    assert entry == Entry(sequence, a_command_id(9), 8, NOON_MS, case.facts, None, case.reply)
    assert fold(case.catalog, entry)


def test_every_action_is_decided_here() -> None:
    """A command of any kind has its case above; those about white labels, and about tokens and definitions, have theirs
    in test_reseller_rules.py and test_definition_rules.py.
    """
    decided = {type(case.action) for case in DECIDED.values()}

    elsewhere = (*resellers.DECIDED, *defined.DECIDED)
    assert decided | {type(action) for _, action, _ in elsewhere} == set(nouns.ACTIONS)


FULL = a_catalog(*(EdgeStarted(f"edge {number}", 1, number) for number in range(32)))
CREATED = a_catalog(SHOP, StatCreated(1, SIGNUPS, Kind.COUNTER, "signups"))
TALKED_OF = a_catalog(
    SHOP, *(StatCommented(1, 77 + number, "c" * COMMENT_MAX) for number in range(COMMENTED_MAX // COMMENT_MAX))
)
CROWDED = a_catalog(SHOP, StatCreated(1, 77, Kind.COUNTER, "first"))
CROWDED.change_stats(1).made = MADE_MAX
COMMENTED = a_catalog(SHOP, *(StatCommented(1, 77, "c") for _ in range(COMMENTS_MAX)))

SET = a_catalog(SHOP)
SET.change_stats(1).with_settings = WITH_SETTINGS_MAX
GIVEN = a_catalog(SHOP)
GIVEN.change_stats(1).given_names = {
    StatName(Kind.COUNTER, str(number)): number for number in range(GIVEN_NAMES_MAX - 1)
}
MANY_PRODUCTS = a_catalog(SHOP, *(replace(OUTLET, product=2 + n, name=str(n)) for n in range(PRODUCTS_MAX - 1)))
MANY_SUBACCOUNTS = a_catalog(SHOP)
MANY_SUBACCOUNTS.subaccounts[1] = dict.fromkeys(range(2, SUBACCOUNTS_MAX + 2))
RENAMED = a_catalog(SHOP, StatRenamed(1, SIGNUPS, Kind.COUNTER, "signups", "b", 99))
BORN = a_catalog(SHOP, StatCreated(1, metric_id(1, "counter", "b"), Kind.COUNTER, "b"))


def new_product(name: str = "outlet", domain: str = "", zone: str | None = None, *keys: StoredKey) -> CreateProduct:
    return CreateProduct(1, name, UUID, domain, zone, keys)


REFUSED: list[tuple[Refusal, Catalog, Action]] = [
    (Refusal.EPOCH_USED, a_catalog(EdgeStarted("e", 4, 0)), StartEdge("e", 4)),
    (Refusal.EPOCH_USED, a_catalog(EdgeStarted("e", 4, 0)), StartEdge("e", 3)),
    (Refusal.NO_EDGE_NUMBER, FULL, StartEdge("one too many", 1)),
    (Refusal.BAD_ACCOUNT_NAME, a_catalog(), new_account("")),
    (Refusal.BAD_ACCOUNT_NAME, a_catalog(), new_account("n" * 65)),
    (Refusal.BAD_ACCOUNT_NAME, a_catalog(), new_account(" shop")),
    (Refusal.BAD_ACCOUNT_NAME, a_catalog(), new_account("a\nb")),
    (Refusal.BAD_ACCOUNT_NAME, a_catalog(), new_account("a/b")),
    (Refusal.BAD_ACCOUNT_NAME, a_catalog(), new_account("..")),
    (Refusal.BAD_ACCOUNT_NAME, a_catalog(), new_account("\u3164\ufe0f")),
    (Refusal.ACCOUNT_EXISTS, a_catalog(SHOP), new_account("shop")),
    (Refusal.KEY_TAKEN, a_catalog(SHOP), new_account("new", a_key("free"), a_key("key of shop"))),
    (Refusal.KEY_TAKEN, a_catalog(SHOP, OTHER), StoreKey(2, a_key("key of shop"))),
    (Refusal.KEY_TAKEN, a_catalog(SHOP), new_account("new", like(a_key("key of shop"), KeyKind.EMAIL))),
    (Refusal.KEY_TAKEN, a_catalog(SHOP, OTHER), StoreKey(2, like(a_key("key of shop"), KeyKind.EMAIL))),
    (Refusal.KEY_KNOWN, a_catalog(SHOP), StoreKey(1, a_key("key of shop"))),
    (Refusal.UNKNOWN_ACCOUNT, a_catalog(SHOP), ChangeAccount(2, ez=True, email_key=None)),
    (Refusal.UNKNOWN_ACCOUNT, a_catalog(SHOP), StoreKey(2, a_key("free"))),
    (Refusal.UNKNOWN_ACCOUNT, a_catalog(SHOP), RevokeKey(2, KeyKind.EZKEY)),
    (Refusal.UNKNOWN_PRODUCT, a_catalog(SHOP), CreateStat(2, Kind.COUNTER, "a")),
    (Refusal.UNKNOWN_PRODUCT, a_catalog(SHOP), DeleteStat(2, 77)),
    (Refusal.UNKNOWN_PRODUCT, a_catalog(SHOP), CommentOnStat(2, 77, "c")),
    (Refusal.NO_SUCH_KEY, a_catalog(SHOP), RevokeKey(1, KeyKind.TOKEN)),
    (Refusal.BAD_STAT_NAME, a_catalog(SHOP), CreateStat(1, Kind.COUNTER, "")),
    (Refusal.BAD_STAT_NAME, a_catalog(SHOP), CreateStat(1, Kind.COUNTER, "n" * 256)),
    (Refusal.BAD_STAT_NAME, a_catalog(SHOP), CreateStat(1, Kind.COUNTER, "a\nb")),
    (Refusal.BAD_STAT_NAME, a_catalog(SHOP), CreateStat(1, Kind.COUNTER, "a\x00b")),
    (Refusal.BAD_STAT_NAME, a_catalog(SHOP), CreateStat(1, Kind.COUNTER, "\u200b")),
    (Refusal.BAD_STAT_NAME, a_catalog(SHOP), CreateStat(1, Kind.COUNTER, "\u3164")),
    (Refusal.STAT_EXISTS, CREATED, CreateStat(1, Kind.COUNTER, "signups")),
    (Refusal.STAT_NOT_IN_TRASH, a_catalog(SHOP), RestoreStat(1, 77)),
    (Refusal.LINK_USED, a_catalog(SHOP, StatDeleted(1, 77, by_link=True)), DeleteStat(1, 77, by_link=True)),
    (
        Refusal.LINK_USED,
        a_catalog(SHOP, StatDeleted(1, 77, by_link=True), StatRestored(1, 77), StatDeleted(1, 77)),
        DeleteStat(1, 77, by_link=True),
    ),
    (Refusal.STAT_NOT_IN_TRASH, deleted(NOON_MS - TRASH_MS - 1), RestoreStat(1, 77)),
    (Refusal.STAT_NOT_IN_TRASH, deleted(NOON_MS), RestoreStat(1, 78)),
    (Refusal.BAD_COMMENT, a_catalog(SHOP), CommentOnStat(1, 77, "")),
    (Refusal.BAD_COMMENT, a_catalog(SHOP), CommentOnStat(1, 77, " \u200b")),
    (Refusal.BAD_COMMENT, a_catalog(SHOP), CommentOnStat(1, 77, "a\0b")),
    (Refusal.BAD_COMMENT, a_catalog(SHOP), CommentOnStat(1, 77, "c" * (COMMENT_MAX + 1))),
    (Refusal.TOO_MANY_COMMENTS, COMMENTED, CommentOnStat(1, 77, "one too many")),
    (Refusal.BAD_ERASURE, a_catalog(), EraseVisitors(32, ())),
    (Refusal.BAD_ERASURE, a_catalog(), EraseVisitors(32, tuple(range(HASHES_MAX + 1)))),
    (Refusal.BAD_ERASURE, a_catalog(VisitorsErased(32, (7,))), EraseVisitors(32, (9,), 2)),
    (Refusal.BAD_LIST, a_catalog(SHOP), DeleteStats(1, ())),
    (Refusal.BAD_LIST, a_catalog(SHOP), DeleteStats(1, tuple(range(STATS_A_COMMAND_MAX + 1)))),
    (Refusal.UNKNOWN_PRODUCT, a_catalog(SHOP), DeleteStats(2, (77,))),
    (Refusal.BAD_LIST, a_catalog(SHOP), DeletePoints(1, 77, ())),
    (Refusal.BAD_LIST, a_catalog(SHOP), DeletePoints(1, 77, (A_POINT,) * (POINTS_A_COMMAND_MAX + 1))),
    (Refusal.UNKNOWN_PRODUCT, a_catalog(SHOP), DeletePoints(2, 77, (A_POINT,))),
    (Refusal.COMMENTS_TOO_LONG, TALKED_OF, CommentOnStat(1, 1, "c")),
    (Refusal.TOO_MANY_STATS_MADE, CROWDED, CreateStat(1, Kind.COUNTER, "one too many")),
    (Refusal.UNKNOWN_ACCOUNT, a_catalog(), new_product()),
    (Refusal.UNKNOWN_ACCOUNT, a_catalog(SHOP, SubaccountClosed(1)), new_product()),
    (Refusal.UNKNOWN_ACCOUNT, a_catalog(SHOP, SubaccountClosed(1)), StoreKey(1, a_key("new"))),
    (Refusal.UNKNOWN_ACCOUNT, a_catalog(), ScheduleReport(1, 4)),
    (Refusal.UNKNOWN_PRODUCT, a_catalog(SHOP), ChangeProduct(2, "a", None, None)),
    (Refusal.UNKNOWN_PRODUCT, a_catalog(SHOP, OTHER), StoreKey(1, a_key("s", KeyKind.SITEKEY), 2)),
    (Refusal.UNKNOWN_PRODUCT, a_catalog(SHOP, OTHER), RevokeKey(1, KeyKind.SITEKEY, 2)),
    (Refusal.NO_SUCH_KEY, a_catalog(SHOP, OUTLET), RevokeKey(1, KeyKind.SITEKEY, 2)),
    (
        Refusal.KEY_TAKEN,
        a_catalog(an_account_created(1, keys=(a_key("s", KeyKind.SITEKEY),))),
        new_product("outlet", "", None, a_key("s", KeyKind.SITEKEY)),
    ),
    (Refusal.BAD_PRODUCT_NAME, a_catalog(SHOP), new_product("")),
    (Refusal.BAD_PRODUCT_NAME, a_catalog(SHOP), new_product("n" * 256)),
    (Refusal.BAD_PRODUCT_NAME, a_catalog(SHOP), new_product(" a")),
    (Refusal.BAD_PRODUCT_NAME, a_catalog(SHOP), new_product("a\nb")),
    (Refusal.BAD_PRODUCT_NAME, a_catalog(SHOP), new_product("\u3164")),
    (Refusal.BAD_PRODUCT_NAME, a_catalog(SHOP), ChangeProduct(1, "", None, None)),
    (Refusal.PRODUCT_EXISTS, a_catalog(SHOP), new_product("shop")),
    (Refusal.PRODUCT_EXISTS, a_catalog(SHOP, OUTLET), ChangeProduct(2, "shop", None, None)),
    (Refusal.TOO_MANY_PRODUCTS, MANY_PRODUCTS, new_product("one too many")),
    (Refusal.BAD_TIMEZONE, a_catalog(SHOP), new_product(zone="a" * 65)),
    (Refusal.BAD_TIMEZONE, a_catalog(SHOP), new_product(zone="a\nb")),
    (Refusal.BAD_TIMEZONE, a_catalog(SHOP), ChangeProduct(1, None, None, "größe")),
    (Refusal.BAD_ENVIRONMENT, a_catalog(SHOP), CreateProduct(1, "outlet", UUID, "", None, (), "e" * 65)),
    (Refusal.BAD_ENVIRONMENT, a_catalog(SHOP), ChangeProduct(1, None, None, None, "a\nb")),
    (Refusal.UNKNOWN_ACCOUNT, a_catalog(), ChangeContact(1, b"")),
    (Refusal.BAD_DETAILS, a_catalog(SHOP), ChangeContact(1, b"c" * (CONTACT_MAX + 1))),
    (Refusal.BAD_DOMAIN, a_catalog(SHOP), new_product(domain="d" * 254)),
    (Refusal.BAD_DOMAIN, a_catalog(SHOP), ChangeProduct(1, None, "d" * 254, None)),
    (Refusal.BAD_REPORT_HOUR, a_catalog(SHOP), ScheduleReport(1, 24)),
    (Refusal.BAD_REPORT_HOUR, a_catalog(SHOP), ScheduleReport(1, -2)),
    (Refusal.UNKNOWN_PRODUCT, a_catalog(), changed_stat(SIGNUPS, "signups", name="b")),
    (Refusal.UNKNOWN_STAT, a_catalog(SHOP), changed_stat(SIGNUPS, "sign-ups", name="b")),
    (Refusal.UNKNOWN_STAT, a_catalog(SHOP), changed_stat(77, "signups", in_email=True)),
    (Refusal.BAD_STAT_NAME, a_catalog(SHOP), changed_stat(SIGNUPS, "signups", name="a\0b")),
    (Refusal.BAD_STAT_NAME, a_catalog(SHOP), changed_stat(SIGNUPS, "signups", name="")),
    (Refusal.STAT_NAME_TAKEN, BORN, changed_stat(SIGNUPS, "signups", name="b")),
    (Refusal.STAT_NAME_TAKEN, RENAMED, changed_stat(metric_id(1, "counter", "c"), "c", name="b")),
    (Refusal.STAT_EXISTS, RENAMED, CreateStat(1, Kind.COUNTER, "b")),
    (Refusal.TOO_MANY_NAMES, GIVEN, changed_stat(SIGNUPS, "signups", name="b")),
    (Refusal.BAD_STAT_URL, a_catalog(SHOP), changed_stat(SIGNUPS, "signups", url="u" * (URL_MAX + 1))),
    (Refusal.BAD_STAT_URL, a_catalog(SHOP), changed_stat(SIGNUPS, "signups", url="a\nb")),
    (Refusal.TOO_MANY_SETTINGS, SET, changed_stat(SIGNUPS, "signups", in_email=True)),
    (Refusal.UNKNOWN_ACCOUNT, a_catalog(), CreateSubaccount(1, (), UUID, b"")),
    (Refusal.KEY_TAKEN, a_catalog(SHOP), CreateSubaccount(1, (a_key("key of shop"),), UUID, b"")),
    (Refusal.KEY_TAKEN, partnered(), ChangeSubaccount(1, 2, (a_key("key of shop"),), b"")),
    (Refusal.BAD_DETAILS, a_catalog(SHOP), CreateSubaccount(1, (), UUID, b"d" * (DETAILS_MAX + 1))),
    (Refusal.BAD_DETAILS, partnered(), ChangeSubaccount(1, 2, (), b"d" * (DETAILS_MAX + 1))),
    (Refusal.UNKNOWN_SUBACCOUNT, a_catalog(SHOP, OTHER), ChangeSubaccount(1, 2, (), b"")),
    (Refusal.UNKNOWN_SUBACCOUNT, partnered(), CloseSubaccount(2, 1)),
    (Refusal.TOO_MANY_SUBACCOUNTS, MANY_SUBACCOUNTS, CreateSubaccount(1, (), UUID, b"")),
    (Refusal.TOO_MANY_SUBACCOUNTS, partnered(), CreateSubaccount(2, (), UUID, b"")),
    (Refusal.GENERATION_IS_NOT_NEXT, a_catalog(GenerationActivated(3)), ActivateGeneration(3)),
    (Refusal.GENERATION_IS_NOT_NEXT, a_catalog(), ActivateGeneration(3)),
]


@pytest.mark.parametrize(("refusal", "catalog", "action"), REFUSED, ids=lambda value: str(value)[:60])
def test_a_refused_command_changes_nothing(refusal: Refusal, catalog: Catalog, action: Action) -> None:
    """It has its entry all the same, with the reason and without facts."""
    entry = answer(catalog, action)

    assert (entry.refusal, entry.facts, entry.reply) == (refusal.name, (), {})
    assert entry.sequence == catalog.sequence + 1


def test_a_command_is_refused_after_its_deadline_and_not_before() -> None:
    """Its sender has had an error by then, and may have asked again."""
    command = a_command(new_account(), deadline_ms=NOON_MS + 10)

    in_time = decide(a_catalog(), command, a_command_id(), 0, NOON_MS + 10)
    too_late = decide(a_catalog(), command, a_command_id(), 0, NOON_MS + 11)

    assert in_time.refusal is None
    assert (too_late.refusal, too_late.facts) == (Refusal.DEADLINE_PASSED.name, ())


@pytest.mark.parametrize("now_ms", [0, EPOCH_MS - 1, CLOCK_END_MS, 1 << 62])
def test_nothing_but_the_start_of_an_edge_is_decided_by_a_clock_that_is_plainly_wrong(now_ms: int) -> None:
    """Else a deletion would be too old to undo, or for ever young; an edge starts, to say what is wrong."""
    assert answer(a_catalog(SHOP), DeleteStat(1, 77), now_ms).refusal == Refusal.CLOCK_IS_WRONG.name
    assert answer(a_catalog(SHOP), StartEdge("e", 1), now_ms).refusal is None


def test_what_is_in_the_trash_is_the_last_of_the_log_whatever_the_clocks_said() -> None:
    """The clock was far ahead at the first deletion, and the second is too old to be undone: so is the first."""
    catalog = deleted(NOON_MS + 10 * TRASH_MS, NOON_MS - TRASH_MS - 1)

    assert answer(catalog, RestoreStat(1, 77)).refusal == Refusal.STAT_NOT_IN_TRASH.name


def test_accounts_are_counted_and_their_ids_never_given_twice() -> None:
    """Also where one is gone."""
    catalog = a_catalog(SHOP, OTHER)
    del catalog.accounts[2], catalog.products[2]

    assert answer(catalog, new_account()).reply == {"account": 3, "product": 3}


def test_every_refusal_is_tested_here() -> None:
    """The set is closed: a new reason needs its line above, or there."""
    assert {refusal for refusal, _, _ in (*REFUSED, *resellers.REFUSED, *defined.REFUSED)} | {
        Refusal.DEADLINE_PASSED,
        Refusal.CLOCK_IS_WRONG,
    } == set(Refusal)


def test_a_deleted_stat_may_be_created_again() -> None:
    """It starts anew; until it is deleted again it stands."""
    again = CreateStat(1, Kind.COUNTER, "signups")
    catalog = a_catalog(SHOP, StatCreated(1, SIGNUPS, Kind.COUNTER, "signups"))
    fold(catalog, an_entry(3, StatDeleted(1, SIGNUPS), at_ms=NOON_MS + 1))

    entry = answer(catalog, again, NOON_MS + 2)
    fold(catalog, entry)

    assert entry.refusal is None
    assert answer(catalog, again, NOON_MS + 3).refusal == "STAT_EXISTS"


def test_a_count_and_a_value_of_one_name_may_both_be_created() -> None:
    """The kind belongs to the identity."""
    assert answer(CREATED, CreateStat(1, Kind.VALUE, "signups")).refusal is None


def test_a_stat_deleted_twice_is_restored_at_once() -> None:
    """Its sender is told that it is not deleted any more, so it must not be."""
    catalog = deleted(NOON_MS - 2, NOON_MS - 1)

    fold(catalog, answer(catalog, RestoreStat(1, 77)))

    assert catalog.stat(1, 77).sight == EVERYTHING
    assert answer(catalog, RestoreStat(1, 77)).refusal == "STAT_NOT_IN_TRASH"


def test_deciding_changes_nothing_by_itself() -> None:
    """Only folding the entry does: a decider that dies before its write has done nothing."""
    catalog = a_catalog(SHOP)

    answer(catalog, RevokeKey(1, KeyKind.EZKEY))

    assert catalog == a_catalog(SHOP)


def test_an_action_that_decides_nothing_cannot_be_made() -> None:
    """Nor a fact that changes nothing: both say it in the module of their noun."""

    class Nothing(Action): ...

    class Unfolded(Fact): ...

    with pytest.raises(TypeError, match="decide"):
        Nothing()  # type: ignore[abstract]
    with pytest.raises(TypeError, match="apply"):
        Unfolded()  # type: ignore[abstract]


def test_the_limits_of_a_product_are_its_own() -> None:
    """In another one of the account somebody may comment, and make stats; a stat that was made before is made again,
    whatever there is.
    """
    catalog = a_catalog(SHOP, OUTLET, StatCreated(1, 77, Kind.COUNTER, "a"), StatDeleted(1, 77))
    stats = catalog.change_stats(1)
    stats.made, stats.commented = MADE_MAX, COMMENTED_MAX
    again = metric_id(1, Kind.COUNTER, "a")
    stats.records[again] = stats.records.pop(77)

    for action in (
        CommentOnStat(2, 77, "c"),
        CreateStat(2, Kind.COUNTER, "a"),
        CreateStat(1, Kind.COUNTER, "a"),
    ):
        assert action.decide(catalog, NOON_MS).facts


def test_what_a_product_has_made_is_counted_in_the_fold() -> None:
    """A stat that is made again counts once, and characters of comments by product."""
    made = StatCreated(1, 77, Kind.COUNTER, "a")
    catalog = a_catalog(SHOP, made, StatDeleted(1, 77), made, StatCommented(1, 77, "abc"))

    assert (catalog.stats_of(1).made, catalog.stats_of(1).commented) == (1, 3)
