"""What a fact changes it says: who remembers keys or names of the catalog forgets them by that."""

from typing import Any

import pytest

from testkit.builders import UUID, a_catalog, a_key, an_account_created, an_entry
from testkit.resellers import (
    a_goal_created,
    a_site_created,
    a_user_created,
    some_goal_details,
    some_site_details,
    some_user_details,
)
from tilde.domain.catalog import nouns
from tilde.domain.catalog.access import AccessGranted, AccessRevoked, SiteMoved
from tilde.domain.catalog.account_contacts import ContactChanged
from tilde.domain.catalog.account_report_hours import ReportScheduled
from tilde.domain.catalog.account_switches import AccountChanged
from tilde.domain.catalog.accounts import KeyRevoked, KeyStored
from tilde.domain.catalog.definition_records import EventDefinition, MetricCounts, MetricDefinition, PropertyDefinition
from tilde.domain.catalog.definitions import (
    EventDefined,
    EventDefinitionDeleted,
    MetricDefined,
    MetricDefinitionDeleted,
    PropertyDefined,
    PropertyDefinitionDeleted,
)
from tilde.domain.catalog.edges import EdgeStarted
from tilde.domain.catalog.entries import Fact, fold
from tilde.domain.catalog.erasures import VisitorsErased
from tilde.domain.catalog.generations import GenerationActivated
from tilde.domain.catalog.goals import GoalChanged, GoalDeleted
from tilde.domain.catalog.kept_metrics import KeptMetricChanged, KeptMetricDeleted, MetricKept
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.products import ProductChanged, ProductCreated
from tilde.domain.catalog.reseller_records import Reseller
from tilde.domain.catalog.resellers import ResellerConfigured
from tilde.domain.catalog.saved_reports import ReportSaved, SavedReportChanged, SavedReportDeleted
from tilde.domain.catalog.sites import SiteChanged, SiteDeleted
from tilde.domain.catalog.stat_settings import StatChanged, StatRenamed
from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.stats import PointsDeleted, StatCommented, StatCreated, StatDeleted, StatRestored
from tilde.domain.catalog.subaccounts import SubaccountChanged, SubaccountClosed, SubaccountCreated
from tilde.domain.catalog.token_records import Scope
from tilde.domain.catalog.tokens import TokenCreated, TokenExposed, TokenRevoked
from tilde.domain.catalog.users import UserChanged, UserDeleted
from tilde.domain.people.metric import MetricKind
from tilde.domain.stats.metrics import Kind, metric_id

METRIC = metric_id(1, Kind.COUNTER, "a")
BEFORE: list[Fact] = [
    an_account_created(1, "partner"),
    an_account_created(2, "sub"),
    an_account_created(3, "other"),
    SubaccountCreated(2, 1, b""),
    StatDeleted(1, METRIC),
    a_user_created(1, "billy"),
    a_user_created(2, "anna"),
    a_site_created(4),
    AccessGranted(2, 4, is_admin=True),
    a_goal_created(1, site=4),
    TokenCreated(1, "old", b"old", (1,), (Scope.CORE,), ""),
    EventDefined(1, "e", EventDefinition()),
    PropertyDefined(1, "p", PropertyDefinition()),
    MetricDefined(1, METRIC, MetricDefinition()),
    ReportSaved(1, UUID, "r", "funnel", b""),
    MetricKept(1, UUID, MetricCounts(MetricKind.PEOPLE, "e"), MetricDefinition("m")),
]
FACTS: list[Fact] = [
    EdgeStarted("e", 1, 1),
    an_account_created(4, "new"),
    AccountChanged(1, ez=False, email_key=True),
    KeyStored(1, a_key("new")),
    KeyRevoked(1, KeyKind.EZKEY),
    StatCreated(1, METRIC, Kind.COUNTER, "a"),
    StatDeleted(1, METRIC),
    StatRestored(1, METRIC),
    StatCommented(1, METRIC, "text"),
    PointsDeleted(1, METRIC, ()),
    GenerationActivated(2),
    ProductCreated(1, 9, "b", UUID, "", None, (a_key("of b", KeyKind.SITEKEY),)),
    ProductChanged(1, "c", "", None),
    ReportScheduled(1, 5),
    StatRenamed(1, METRIC, Kind.COUNTER, "a", "b", None),
    StatChanged(1, METRIC, is_public=True, in_email=True, url="u"),
    SubaccountCreated(3, 1, b""),
    SubaccountChanged(2, b"x"),
    SubaccountClosed(2),
    ResellerConfigured(1, Reseller("a.com")),
    a_user_created(3, "new"),
    UserChanged(1, some_user_details("other")),
    UserDeleted(1, (4,)),
    a_site_created(5),
    SiteChanged(4, some_site_details("b.com")),
    SiteDeleted(4),
    AccessGranted(2, 4, is_admin=False),
    AccessRevoked(2, 4),
    SiteMoved(2, 4),
    a_goal_created(2, site=4, name="new"),
    GoalChanged(4, 1, some_goal_details("other")),
    GoalDeleted(4, 1),
    VisitorsErased(4, (7,)),
    TokenCreated(2, "new", b"new", (1, 2), (Scope.CORE,), ""),
    TokenRevoked(1),
    TokenExposed(b"old", 1, None),
    EventDefined(1, "e", EventDefinition("E")),
    EventDefinitionDeleted(1, "e"),
    PropertyDefined(1, "p", PropertyDefinition("P")),
    PropertyDefinitionDeleted(1, "p"),
    MetricDefined(1, METRIC, MetricDefinition("M")),
    MetricDefinitionDeleted(1, METRIC),
    ReportSaved(2, f"{UUID[:-1]}6", "new", "funnel", b""),
    SavedReportChanged(UUID, "s", "funnel", b""),
    SavedReportDeleted(UUID),
    MetricKept(1, f"{UUID[:-1]}6", MetricCounts(MetricKind.PEOPLE, "e"), MetricDefinition("new")),
    KeptMetricChanged(UUID, MetricCounts(MetricKind.TIMES, "f"), MetricDefinition("m")),
    KeptMetricDeleted(UUID),
    ContactChanged(1, b"sealed"),
]
"""Each changes what it can; `test_each_fact_is_here`."""


def keys_of(catalog: Catalog) -> Any:
    """Whose each key is, and what an account's keys may do."""
    return dict(catalog.keys), {account.id: (account.off, account.product) for account in catalog.accounts.values()}


def names_of(catalog: Catalog) -> Any:
    """Where posts to names go that were ever given to another stat."""
    return {product: dict(stats.given_names) for product, stats in catalog.stats.items() if stats.given_names}


def test_each_fact_is_here() -> None:
    """A new one needs its line above."""
    assert {type(fact) for fact in FACTS} == set(nouns.FACTS)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_a_fact_says_whether_it_changes_keys_or_names(fact: Fact) -> None:
    """One that does and keeps it to itself leaves a closed account posting; one that says so for nothing costs."""
    catalog = a_catalog(*BEFORE)
    keys, names = keys_of(catalog), names_of(catalog)

    assert fold(catalog, an_entry(len(BEFORE) + 1, fact))

    assert (keys_of(catalog) != keys) == fact.CHANGES_KEYS
    assert (names_of(catalog) != names) == fact.CHANGES_NAMES
