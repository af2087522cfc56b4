"""Commands and entries go through Avro and come back the same, every kind of them."""

from typing import Any

import pytest

from testkit.builders import UUID, a_command, a_command_id, a_key, an_entry
from testkit.resellers import keys_of_site, some_goal_details, some_site_details, some_user_details, with_email
from tilde.domain.catalog import nouns
from tilde.domain.catalog.access import (
    AccessGranted,
    AccessRevoked,
    GrantAccess,
    MoveSite,
    RevokeAccess,
    SiteMoved,
)
from tilde.domain.catalog.account_contacts import ChangeContact, ContactChanged
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
from tilde.domain.catalog.definition_records import (
    EventDefinition,
    MetricCounts,
    MetricDefinition,
    PropertyDefinition,
    PropertyType,
    UnitType,
)
from tilde.domain.catalog.definitions import (
    DefineEvent,
    DefineMetric,
    DefineProperty,
    DeleteEventDefinition,
    DeleteMetricDefinition,
    DeletePropertyDefinition,
    EventDefined,
    EventDefinitionDeleted,
    MetricDefined,
    MetricDefinitionDeleted,
    PropertyDefined,
    PropertyDefinitionDeleted,
)
from tilde.domain.catalog.edges import EdgeStarted, StartEdge
from tilde.domain.catalog.entries import Action, Fact
from tilde.domain.catalog.erasures import EraseVisitors, VisitorsErased
from tilde.domain.catalog.generations import ActivateGeneration, GenerationActivated
from tilde.domain.catalog.goal_records import FunnelType
from tilde.domain.catalog.goals import (
    ChangeGoal,
    CreateGoal,
    DeleteGoal,
    GoalChanged,
    GoalCreated,
    GoalDeleted,
)
from tilde.domain.catalog.kept_metrics import (
    ChangeKeptMetric,
    DeleteKeptMetric,
    KeepMetric,
    KeptMetricChanged,
    KeptMetricDeleted,
    MetricKept,
)
from tilde.domain.catalog.keys import KeyKind, StoredKey
from tilde.domain.catalog.products import ChangeProduct, CreateProduct, ProductChanged, ProductCreated
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.reseller_records import Reseller
from tilde.domain.catalog.resellers import ConfigureReseller, ResellerConfigured
from tilde.domain.catalog.saved_reports import (
    ChangeSavedReport,
    DeleteSavedReport,
    ReportSaved,
    SavedReportChanged,
    SavedReportDeleted,
    SaveReport,
)
from tilde.domain.catalog.sites import (
    ChangeSite,
    CreateSite,
    DeleteSite,
    SiteChanged,
    SiteCreated,
    SiteDeleted,
)
from tilde.domain.catalog.stat_settings import ChangeStat, StatChanged, StatRenamed
from tilde.domain.catalog.stats import (
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
    ChangeSubaccount,
    CloseSubaccount,
    CreateSubaccount,
    SubaccountChanged,
    SubaccountClosed,
    SubaccountCreated,
)
from tilde.domain.catalog.token_records import Scope
from tilde.domain.catalog.tokens import (
    CreateToken,
    NoteExposedToken,
    RevokeToken,
    TokenCreated,
    TokenExposed,
    TokenRevoked,
)
from tilde.domain.catalog.users import (
    ChangeUser,
    CreateUser,
    DeleteUser,
    UserChanged,
    UserCreated,
    UserDeleted,
)
from tilde.domain.people.metric import MetricKind
from tilde.domain.stats.metrics import Kind
from tilde.schemas.codec import decode, encoder, oldest_encoder, schema_of
from tilde.schemas.records import command_of, command_record, entry_of, entry_record

TOKEN = StoredKey(KeyKind.TOKEN, bytes(range(256)), None)
EVERY_KEY = tuple(a_key(kind.value, kind) for kind in KeyKind)
BIG = 2**53 - 1
WHOLE_USER = some_user_details(
    "größe", **with_email("b@b"), real_name=b"x", password=bytes(range(256)), logo="l", css="c", has_onsite_stats=True
)
WHOLE_SITE = some_site_details(mirrors=("b.com", "größe.de"), nickname="東京", offset_s=-43_200, clock_rule="1")
WHOLE_COUNTS = MetricCounts(MetricKind.AVERAGE, "größe 東京", "then", "amount", bytes(range(256)))
WHOLE_GOAL = some_goal_details(
    funnel_type=FunnelType.SEARCH, funnel="a b", revenue=2.5, cost=0.1, is_manual=True, more_than_once=True
)
WHOLE_RESELLER = Reseller("a.com", "a", BIG, 0, 1, BIG, -28_800, "usa")

ACTIONS: list[Action] = [
    StartEdge("e", BIG),
    CreateAccount("größe 東京", (*EVERY_KEY, TOKEN), UUID, ""),
    CreateAccount("", (), "", "shop.example"),
    ChangeAccount(1, ez=None, email_key=None),
    ChangeAccount(1, ez=False, email_key=True),
    StoreKey(1, TOKEN),
    RevokeKey(1, KeyKind.SITEKEY_ADMIN),
    CreateStat(1, Kind.COUNTER, "a"),
    CreateStat(1, Kind.VALUE, "a"),
    DeleteStat(BIG, BIG),
    RestoreStat(0, 0),
    CommentOnStat(1, 2, "a\nb\x00c 😀"),
    ActivateGeneration(2),
    DeleteStats(1, (BIG, 2)),
    DeletePoints(1, BIG, (PostedPoint(BIG, 99, 0, BIG), PostedPoint(1, 0, -1, 2))),
    ChangeAccount(1, ez=None, email_key=None, pixel=False, mail=True),
    StoreKey(1, EVERY_KEY[-1], 2),
    RevokeKey(1, KeyKind.SITEKEY_ADMIN, BIG),
    CreateProduct(1, "größe 東京", UUID, "", None, ()),
    CreateProduct(1, "b", UUID, "shop.example", "Europe/Lisbon", EVERY_KEY),
    ChangeProduct(BIG, None, None, None),
    ChangeProduct(2, "c", "", ""),
    ScheduleReport(1, 23),
    ChangeStat(1, BIG, Kind.VALUE, "a", None, None, None, None),
    ChangeStat(1, BIG, Kind.COUNTER, "a", "b~c", is_public=False, in_email=True, url=""),
    CreateSubaccount(1, EVERY_KEY, UUID, bytes(range(256))),
    ChangeSubaccount(1, 2, (), b""),
    ChangeSubaccount(1, 2, (TOKEN,), b"a"),
    CloseSubaccount(1, BIG),
    ConfigureReseller(1),
    ConfigureReseller(1, "", "", -1, 0, BIG, -1, 50_400, "eu"),
    CreateUser(1, some_user_details()),
    CreateUser(BIG, WHOLE_USER),
    ChangeUser(1, BIG),
    ChangeUser(1, 2, b"h", b"n", b"", b"", b"", b"", "", "", has_onsite_stats=False),
    DeleteUser(1, BIG),
    CreateSite(1, BIG, UUID, "a.com", (), "", None, None, ()),
    CreateSite(1, 2, UUID, "größe.de", ("b.com", "c.com"), "東京", -28_800, "usa", keys_of_site(2)),
    ChangeSite(1, 2, None, None, None, None, None),
    ChangeSite(1, 2, "", (), "", 0, "0"),
    ChangeSite(1, BIG, "a.com", ("b.com", "c.com"), "n", 50_400, "eu"),
    DeleteSite(1, BIG, None),
    DeleteSite(1, 2, BIG),
    GrantAccess(1, BIG, 2, is_admin=False),
    RevokeAccess(1, BIG, 2),
    MoveSite(1, BIG, 2),
    CreateGoal(1, 2, some_goal_details()),
    CreateGoal(1, BIG, WHOLE_GOAL),
    ChangeGoal(1, 2, BIG),
    ChangeGoal(1, 2, 3, "n", "", FunnelType.NONE, "", 0.0, 1e300, is_manual=False, more_than_once=True),
    DeleteGoal(1, 2, BIG),
    EraseVisitors(32, (1186, 1 << 62)),
    CreateToken("größe", bytes(range(256)), (1, BIG), (Scope.CORE, Scope.QUERY), "anna"),
    CreateToken("", b"h", (), (), ""),
    RevokeToken(BIG),
    NoteExposedToken(b"h"),
    DefineEvent(1, "größe 東京"),
    DefineEvent(BIG, "e", "E", "a\nb", is_visible=False),
    DeleteEventDefinition(1, "e"),
    DefineProperty(1, "p"),
    DefineProperty(1, "p", "", "", is_visible=True, type=PropertyType.NONE),
    DeletePropertyDefinition(1, "p"),
    DefineMetric(1, BIG),
    DefineMetric(1, 2, "t", "d", is_visible=False, unit_type=UnitType.TIME, color="red", sort_index=-1),
    DeleteMetricDefinition(1, BIG),
    SaveReport(1, UUID, "r", "people_search_v2", bytes(range(256))),
    ChangeSavedReport(UUID),
    ChangeSavedReport(UUID, "r", "funnel", b""),
    DeleteSavedReport(UUID),
    KeepMetric(1, UUID, WHOLE_COUNTS, MetricDefinition("größe")),
    ChangeKeptMetric(UUID),
    ChangeKeptMetric(
        UUID, WHOLE_COUNTS, "t", "d", is_visible=False, unit_type=UnitType.PERCENT, color="c", sort_index=9
    ),
    DeleteKeptMetric(UUID),
    CreateProduct(1, "a", UUID, "", None, (), "größe"),
    ChangeProduct(2, None, None, None, "staging"),
    ChangeProduct(2, None, None, None, ""),
    ChangeContact(1, bytes(range(256))),
    ChangeContact(BIG, None),
    EraseVisitors(32, (1186,), BIG),
]
FACTS: list[Fact] = [
    EdgeStarted("e", BIG, 31),
    AccountCreated(1, "größe 東京", (*EVERY_KEY, TOKEN), 1, UUID, ""),
    AccountChanged(1, ez=False, email_key=True),
    KeyStored(1, TOKEN),
    KeyRevoked(1, KeyKind.EMAIL),
    StatCreated(1, BIG, Kind.VALUE, "a"),
    StatDeleted(1, BIG),
    StatRestored(1, BIG),
    StatCommented(1, 2, "a\nb\x00c 😀"),
    GenerationActivated(2),
    PointsDeleted(1, BIG, (PostedPoint(BIG, 99, 0, BIG),)),
    AccountChanged(1, ez=True, email_key=True, pixel=False, mail=False),
    KeyStored(1, EVERY_KEY[-1], 2),
    KeyRevoked(1, KeyKind.SITEKEY, BIG),
    ProductCreated(1, BIG, "größe 東京", UUID, "", None, EVERY_KEY),
    ProductChanged(2, "c", "", "Europe/Lisbon"),
    ReportScheduled(1, 0),
    StatRenamed(1, BIG, Kind.VALUE, "a", "b", None),
    StatRenamed(1, 2, Kind.COUNTER, "a", "b~c", BIG),
    StatChanged(1, BIG, is_public=True, in_email=False, url="u"),
    SubaccountCreated(2, 1, bytes(range(256))),
    SubaccountChanged(2, b""),
    SubaccountClosed(BIG),
    ResellerConfigured(1, Reseller()),
    ResellerConfigured(BIG, WHOLE_RESELLER),
    UserCreated(1, BIG, some_user_details()),
    UserCreated(1, 2, WHOLE_USER),
    UserChanged(BIG, WHOLE_USER),
    UserDeleted(BIG, ()),
    UserDeleted(1, (2, BIG)),
    SiteCreated(1, 2, BIG, UUID, WHOLE_SITE, keys_of_site(2)),
    SiteChanged(BIG, WHOLE_SITE),
    SiteDeleted(BIG),
    AccessGranted(1, BIG, is_admin=True),
    AccessRevoked(1, BIG),
    SiteMoved(BIG, 2),
    GoalCreated(2, BIG, WHOLE_GOAL),
    GoalChanged(2, 3, some_goal_details()),
    GoalDeleted(2, BIG),
    VisitorsErased(32, (1186, 1 << 62)),
    TokenCreated(BIG, "größe", bytes(range(256)), (1, BIG), (Scope.QUERY,), "anna"),
    TokenRevoked(BIG),
    TokenExposed(b"h", None, 1),
    TokenExposed(b"h", BIG, None),
    EventDefined(1, "größe 東京", EventDefinition()),
    EventDefined(1, "e", EventDefinition("E", "d", is_visible=False)),
    EventDefinitionDeleted(1, "e"),
    PropertyDefined(1, "p", PropertyDefinition()),
    PropertyDefined(1, "p", PropertyDefinition("P", "d", is_visible=False, type=PropertyType.NUMBER)),
    PropertyDefinitionDeleted(1, "p"),
    MetricDefined(1, BIG, MetricDefinition()),
    MetricDefined(1, 2, MetricDefinition("T", "d", is_visible=False, unit_type=UnitType.TIME, color="c", sort_index=9)),
    MetricDefinitionDeleted(1, BIG),
    ReportSaved(1, UUID, "r", "people_search_v2", bytes(range(256))),
    SavedReportChanged(UUID, "r", "funnel", b""),
    SavedReportDeleted(UUID),
    MetricKept(BIG, UUID, MetricCounts(MetricKind.PEOPLE, "e"), MetricDefinition("T")),
    KeptMetricChanged(UUID, WHOLE_COUNTS, MetricDefinition("T", "d", is_visible=False, unit_type=UnitType.TIME)),
    KeptMetricDeleted(UUID),
    ProductCreated(1, 2, "a", UUID, "", None, (), "größe"),
    ProductChanged(2, "c", "", None, "staging"),
    ContactChanged(1, bytes(range(256))),
    ContactChanged(BIG, None),
    VisitorsErased(32, (1186,), BIG),
]


def through_avro(subject: str, record: dict[str, Any]) -> dict[str, Any]:
    return decode(encoder(subject)(record), subject)


def sealed(record: dict[str, Any]) -> dict[str, Any]:
    return {"edge": "e", "epoch": 1, "offset": 1, "before": -1, "catalog": 0, "events": [record]}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: type(action).__name__)
def test_a_command_comes_back_from_avro_as_it_was(action: Action) -> None:
    """With every type as the domain has it: enumerations, tuples, absent values."""
    command = a_command(action)

    back = command_of(through_avro("sealed_commands", sealed(command_record(command)))["events"][0])

    assert back == command
    assert repr(back) == repr(command)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_a_fact_comes_back_from_avro_as_it_was(fact: Fact) -> None:
    """Inside its entry, with others before and behind it."""
    entry = an_entry(BIG, GenerationActivated(2), fact, fact, reply={"account": 1, "größe": BIG})

    back = entry_of(through_avro("entry", entry_record(entry)))

    assert back == entry
    assert repr(back) == repr(entry)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_a_fact_comes_back_from_the_oldest_version_that_holds_it(fact: Fact) -> None:
    """What an older schema does not name is as it is by default, so nothing of a fact is lost."""
    entry = an_entry(BIG, fact, fact, reply={"account": 1})

    assert entry_of(decode(oldest_encoder("entry")(entry_record(entry)), "entry")) == entry


@pytest.mark.parametrize(
    ("fact", "version"),
    [
        (EdgeStarted("e", 1, 0), 1),
        (AccountCreated(1, "a", (StoredKey(KeyKind.EZKEY, b"h", b"s"),), 1, UUID, ""), 1),
        (AccountCreated(1, "a", (StoredKey(KeyKind.EMAIL, b"h", b"s", (b"twin",)),), 1, UUID, ""), 2),
        (PointsDeleted(1, 2, ()), 2),
        (StatRenamed(1, 2, Kind.COUNTER, "was", "is", None), 3),
        (UserDeleted(1, (2,)), 5),
        (VisitorsErased(1, (2,)), 6),
        (VisitorsErased(1, (2,), continues=3), 8),
        (EventDefined(1, "e", EventDefinition("E")), 7),
        (KeptMetricDeleted(UUID), 9),
    ],
)
def test_an_entry_has_the_oldest_version_that_holds_it(fact: Fact, version: int) -> None:
    """So roles of older releases go on beside this one, and a way back is open, until somebody says what is new."""
    assert schema_of(oldest_encoder("entry")(entry_record(an_entry(1, fact)))).version == version


@pytest.mark.parametrize("refusal", Refusal)
def test_a_refusal_comes_back_from_avro_as_it_was(refusal: Refusal) -> None:
    """By its name, which is durable; the words may change."""
    entry = an_entry(1, refusal=refusal.name, command=a_command_id(BIG, 499, edge="f", epoch=7))

    assert entry_of(through_avro("entry", entry_record(entry))) == entry


def test_every_action_and_fact_is_tested_here() -> None:
    """A new one needs its line above."""
    assert {type(action) for action in ACTIONS} == set(nouns.ACTIONS)
    assert {type(fact) for fact in FACTS} == set(nouns.FACTS)
