"""What the decider answers to commands about tokens, definitions, saved reports and kept metrics. One test a refusal."""

from dataclasses import replace
from typing import Any

import pytest

from testkit.builders import NOON_MS, UUID, a_catalog, a_command, a_command_id, a_key, an_account_created, an_entry
from testkit.resellers import a_site_created, a_user_created
from tilde.domain.catalog import definitions, kept_metrics, saved_reports, tokens
from tilde.domain.catalog.accounts import CreateAccount, KeyStored, StoreKey
from tilde.domain.catalog.definition_records import (
    EventDefinition,
    MetricCounts,
    MetricDefinition,
    PropertyDefinition,
    PropertyType,
    UnitType,
)
from tilde.domain.catalog.definitions import (
    DEFINITIONS_MAX,
    DESCRIPTION_MAX,
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
from tilde.domain.catalog.entries import Action, Entry, Fact, decide, fold
from tilde.domain.catalog.kept_metrics import (
    FILTER_MAX,
    METRICS_MAX,
    ChangeKeptMetric,
    DeleteKeptMetric,
    KeepMetric,
    KeptMetricChanged,
    KeptMetricDeleted,
    MetricKept,
)
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.saved_reports import (
    REPORT_BODY_MAX,
    REPORTS_MAX,
    ChangeSavedReport,
    DeleteSavedReport,
    ReportSaved,
    SavedReportChanged,
    SavedReportDeleted,
    SaveReport,
)
from tilde.domain.catalog.sites import SiteDeleted
from tilde.domain.catalog.state import Catalog, Reach
from tilde.domain.catalog.subaccounts import SubaccountClosed, SubaccountCreated
from tilde.domain.catalog.token_records import EVERY_SCOPE, Scope
from tilde.domain.catalog.tokens import (
    TOKEN_ACCOUNTS_MAX,
    TOKENS_MAX,
    CreateToken,
    NoteExposedToken,
    RevokeToken,
    TokenCreated,
    TokenExposed,
    TokenRevoked,
)
from tilde.domain.people.metric import MetricKind

SHOP = an_account_created(1, "shop", keys=(a_key("of shop", KeyKind.TOKEN),))
OTHER = an_account_created(2, "other")
CLOSED = (OTHER, SubaccountCreated(2, 1, b""), SubaccountClosed(2))
TOKEN = TokenCreated(1, "dashboards", b"h", (1, 2), (Scope.CORE,), "anna")
REPORT = ReportSaved(1, UUID, "r", "people_search_v2", b"sealed")
SECOND_UUID = f"{UUID[:-1]}6"
METRIC = (1 << 52) - 1
PEOPLE, SIGNUPS = MetricCounts(MetricKind.PEOPLE, "signed up"), MetricDefinition("Signups", color="red")
KEPT = MetricKept(1, UUID, PEOPLE, SIGNUPS)
SALES = MetricCounts(MetricKind.TOTAL, property="amount", filter=b"sealed")


def answer(catalog: Catalog, action: Action) -> Entry:
    return decide(catalog, a_command(action), a_command_id(99), 8, NOON_MS)


def new_token(**changes: Any) -> CreateToken:
    said: Any = {"name": "n", "hash": b"new", "accounts": (1,), "scopes": (Scope.CORE,), "made_by": ""}
    return CreateToken(**(said | changes))


def new_report(**changes: Any) -> SaveReport:
    said: Any = {"product": 1, "uuid": UUID, "name": "r", "report_type": "people_search_v2", "body": b"sealed"}
    return SaveReport(**(said | changes))


def new_metric(**changes: Any) -> KeepMetric:
    said: Any = {"product": 1, "uuid": UUID, "counts": PEOPLE, "shown": SIGNUPS}
    return KeepMetric(**(said | changes))


DECIDED: list[tuple[list[Fact], Action, tuple[Fact, ...]]] = [
    (
        [SHOP, OTHER],
        CreateToken("dashboards", b"h", (2, 1, 2), (Scope.QUERY, Scope.CORE, Scope.QUERY), "anna"),
        (TokenCreated(1, "dashboards", b"h", (1, 2), (Scope.CORE, Scope.QUERY), "anna"),),
    ),
    ([SHOP, OTHER, TOKEN, TokenRevoked(1)], new_token(), (TokenCreated(2, "n", b"new", (1,), (Scope.CORE,), ""),)),
    (
        [SHOP, OTHER, TOKEN, TokenRevoked(1)],
        new_token(hash=b"h", name=""),
        (TokenCreated(2, "", b"h", (1,), (Scope.CORE,), ""),),
    ),
    ([SHOP, OTHER, TOKEN], RevokeToken(1), (TokenRevoked(1),)),
    ([SHOP, OTHER, TOKEN], NoteExposedToken(b"h"), (TokenExposed(b"h", 1, None),)),
    (
        [SHOP],
        NoteExposedToken(a_key("of shop", KeyKind.TOKEN).hash),
        (TokenExposed(a_key("of shop", KeyKind.TOKEN).hash, None, 1),),
    ),
    ([SHOP, OTHER, TOKEN, TokenExposed(b"h", 1, None)], NoteExposedToken(b"h"), ()),
    ([SHOP], DefineEvent(1, "signed up"), (EventDefined(1, "signed up", EventDefinition()),)),
    (
        [SHOP, EventDefined(1, "signed up", EventDefinition("Joined", "By form.", is_visible=False))],
        DefineEvent(1, "signed up", display_name="", is_visible=True),
        (EventDefined(1, "signed up", EventDefinition("", "By form.")),),
    ),
    (
        [SHOP, EventDefined(1, "signed up", EventDefinition())],
        DeleteEventDefinition(1, "signed up"),
        (EventDefinitionDeleted(1, "signed up"),),
    ),
    (
        [SHOP, PropertyDefined(1, "plan", PropertyDefinition(type=PropertyType.TEXT))],
        DefineProperty(1, "plan", description="a\nb"),
        (PropertyDefined(1, "plan", PropertyDefinition(description="a\nb", type=PropertyType.TEXT)),),
    ),
    (
        [SHOP, PropertyDefined(1, "plan", PropertyDefinition())],
        DeletePropertyDefinition(1, "plan"),
        (PropertyDefinitionDeleted(1, "plan"),),
    ),
    (
        [SHOP, MetricDefined(1, METRIC, MetricDefinition("Sales", color="red", sort_index=-4))],
        DefineMetric(1, METRIC, unit_type=UnitType.TIME, sort_index=0),
        (MetricDefined(1, METRIC, MetricDefinition("Sales", unit_type=UnitType.TIME, color="red")),),
    ),
    (
        [SHOP, MetricDefined(1, METRIC, MetricDefinition())],
        DeleteMetricDefinition(1, METRIC),
        (MetricDefinitionDeleted(1, METRIC),),
    ),
    ([SHOP], new_report(), (REPORT,)),
    ([SHOP, REPORT], new_report(uuid=SECOND_UUID), (ReportSaved(1, SECOND_UUID, "r", "people_search_v2", b"sealed"),)),
    (
        [SHOP, REPORT],
        ChangeSavedReport(UUID, body=b"other"),
        (SavedReportChanged(UUID, "r", "people_search_v2", b"other"),),
    ),
    ([SHOP, REPORT], ChangeSavedReport(UUID, "s", "funnel"), (SavedReportChanged(UUID, "s", "funnel", b"sealed"),)),
    ([SHOP, REPORT], DeleteSavedReport(UUID), (SavedReportDeleted(UUID),)),
    ([SHOP], new_metric(), (KEPT,)),
    ([SHOP, KEPT], new_metric(uuid=SECOND_UUID, counts=SALES), (MetricKept(1, SECOND_UUID, SALES, SIGNUPS),)),
    ([SHOP, KEPT], ChangeKeptMetric(UUID, SALES), (KeptMetricChanged(UUID, SALES, SIGNUPS),)),
    (
        [SHOP, KEPT],
        ChangeKeptMetric(UUID, title="New", unit_type=UnitType.TIME),
        (KeptMetricChanged(UUID, PEOPLE, MetricDefinition("New", unit_type=UnitType.TIME, color="red")),),
    ),
    ([SHOP, KEPT], DeleteKeptMetric(UUID), (KeptMetricDeleted(UUID),)),
]


@pytest.mark.parametrize(("facts", "action", "decided"), DECIDED, ids=lambda value: str(value)[:60])
def test_a_command_is_decided_so(facts: list[Fact], action: Action, decided: tuple[Fact, ...]) -> None:
    catalog = a_catalog(*facts)

    entry = answer(catalog, action)

    assert entry.refusal is None
    assert entry.facts == decided
    assert fold(catalog, entry)


def test_every_action_and_fact_is_here() -> None:
    known = [tokens, definitions, saved_reports, kept_metrics]
    assert {type(action) for _, action, _ in DECIDED} == {action for noun in known for action in noun.ACTIONS}
    assert {type(fact) for _, _, facts in DECIDED for fact in facts} == {fact for noun in known for fact in noun.FACTS}


MANY_TOKENS = a_catalog(SHOP)
MANY_TOKENS.tokens = dict.fromkeys(range(TOKENS_MAX))  # they are counted
MANY_DEFINITIONS = a_catalog(SHOP, EventDefined(1, "known", EventDefinition()))
MANY_DEFINITIONS.definitions[1].events |= {str(number): EventDefinition() for number in range(DEFINITIONS_MAX - 1)}
MANY_REPORTS = a_catalog(SHOP)
MANY_REPORTS.saved_reports_of[1] = dict.fromkeys(map(str, range(REPORTS_MAX)))
MANY_METRICS = a_catalog(SHOP)
MANY_METRICS.kept_metrics_of[1] = dict.fromkeys(map(str, range(METRICS_MAX)))

REFUSED: list[tuple[Refusal, Catalog, Action]] = [
    (Refusal.BAD_LABEL, a_catalog(SHOP), new_token(name="n" * 256)),
    (Refusal.BAD_LABEL, a_catalog(SHOP), new_token(name=" n")),
    (Refusal.BAD_LABEL, a_catalog(SHOP), new_token(made_by="a\nb")),
    (Refusal.BAD_REACH, a_catalog(SHOP), new_token(accounts=())),
    (Refusal.BAD_REACH, a_catalog(SHOP), new_token(accounts=tuple(range(TOKEN_ACCOUNTS_MAX + 1)))),
    (Refusal.UNKNOWN_ACCOUNT, a_catalog(SHOP), new_token(accounts=(1, 2))),
    (Refusal.UNKNOWN_ACCOUNT, a_catalog(SHOP, *CLOSED), new_token(accounts=(2,))),
    (Refusal.NO_SCOPE, a_catalog(SHOP), new_token(scopes=())),
    (Refusal.TOKEN_TAKEN, a_catalog(SHOP, OTHER, TOKEN), new_token(hash=b"h")),
    (Refusal.TOKEN_TAKEN, a_catalog(SHOP), new_token(hash=a_key("of shop", KeyKind.TOKEN).hash)),
    (Refusal.TOO_MANY_TOKENS, MANY_TOKENS, new_token()),
    (Refusal.UNKNOWN_TOKEN, a_catalog(SHOP), RevokeToken(1)),
    (Refusal.UNKNOWN_TOKEN, a_catalog(SHOP, OTHER, TOKEN, TokenRevoked(1)), RevokeToken(1)),
    (Refusal.UNKNOWN_TOKEN, a_catalog(SHOP), NoteExposedToken(b"nobody's")),
    (Refusal.UNKNOWN_PRODUCT, a_catalog(), DefineEvent(1, "e")),
    (Refusal.UNKNOWN_PRODUCT, a_catalog(), DefineProperty(1, "p")),
    (Refusal.UNKNOWN_PRODUCT, a_catalog(), DefineMetric(1, METRIC)),
    (Refusal.UNKNOWN_STAT, a_catalog(SHOP), DefineMetric(1, METRIC + 1)),
    (Refusal.UNKNOWN_STAT, a_catalog(SHOP), DefineMetric(1, -1)),
    (Refusal.BAD_ACTIVITY_NAME, a_catalog(SHOP), DefineEvent(1, "")),
    (Refusal.BAD_ACTIVITY_NAME, a_catalog(SHOP), DefineEvent(1, "n" * 256)),
    (Refusal.BAD_ACTIVITY_NAME, a_catalog(SHOP), DefineProperty(1, "a\nb")),
    (Refusal.BAD_ACTIVITY_NAME, a_catalog(SHOP), DefineProperty(1, "\u200b")),
    (Refusal.BAD_DISPLAY_NAME, a_catalog(SHOP), DefineEvent(1, "e", display_name="n" * 256)),
    (Refusal.BAD_DISPLAY_NAME, a_catalog(SHOP), DefineProperty(1, "p", display_name=" a")),
    (Refusal.BAD_DISPLAY_NAME, a_catalog(SHOP), DefineMetric(1, METRIC, title="a\nb")),
    (Refusal.BAD_DESCRIPTION, a_catalog(SHOP), DefineEvent(1, "e", description="d" * (DESCRIPTION_MAX + 1))),
    (Refusal.BAD_DESCRIPTION, a_catalog(SHOP), DefineMetric(1, METRIC, description="a\x00b")),
    (Refusal.BAD_COLOR, a_catalog(SHOP), DefineMetric(1, METRIC, color="c" * 33)),
    (Refusal.BAD_COLOR, a_catalog(SHOP), DefineMetric(1, METRIC, color="a\nb")),
    (Refusal.BAD_SORT_INDEX, a_catalog(SHOP), DefineMetric(1, METRIC, sort_index=1_000_001)),
    (Refusal.BAD_SORT_INDEX, a_catalog(SHOP), DefineMetric(1, METRIC, sort_index=-1_000_001)),
    (Refusal.TOO_MANY_DEFINITIONS, MANY_DEFINITIONS, DefineEvent(1, "one too many")),
    (Refusal.NO_DEFINITION, a_catalog(SHOP), DeleteEventDefinition(1, "e")),
    (Refusal.NO_DEFINITION, a_catalog(SHOP), DeletePropertyDefinition(1, "p")),
    (Refusal.NO_DEFINITION, a_catalog(SHOP), DeleteMetricDefinition(1, METRIC)),
    (Refusal.UNKNOWN_PRODUCT, a_catalog(), new_report()),
    (Refusal.BAD_REPORT_UUID, a_catalog(SHOP), new_report(uuid="x")),
    (Refusal.BAD_REPORT_UUID, a_catalog(SHOP), new_report(uuid=UUID.replace("-", ""))),
    (Refusal.BAD_REPORT_UUID, a_catalog(SHOP, REPORT), new_report()),
    (Refusal.BAD_REPORT_NAME, a_catalog(SHOP), new_report(name="")),
    (Refusal.BAD_REPORT_NAME, a_catalog(SHOP, REPORT), ChangeSavedReport(UUID, "n" * 256)),
    (Refusal.BAD_REPORT_TYPE, a_catalog(SHOP), new_report(report_type="People Search")),
    (Refusal.BAD_REPORT_TYPE, a_catalog(SHOP, REPORT), ChangeSavedReport(UUID, report_type="")),
    (Refusal.REPORT_TOO_LONG, a_catalog(SHOP), new_report(body=b"b" * (REPORT_BODY_MAX + 1))),
    (Refusal.REPORT_TOO_LONG, a_catalog(SHOP, REPORT), ChangeSavedReport(UUID, body=b"b" * (REPORT_BODY_MAX + 1))),
    (Refusal.TOO_MANY_REPORTS, MANY_REPORTS, new_report()),
    (Refusal.UNKNOWN_REPORT, a_catalog(SHOP), ChangeSavedReport(UUID)),
    (Refusal.UNKNOWN_REPORT, a_catalog(SHOP, REPORT), DeleteSavedReport(SECOND_UUID)),
    (Refusal.UNKNOWN_PRODUCT, a_catalog(), new_metric()),
    (Refusal.BAD_METRIC_UUID, a_catalog(SHOP), new_metric(uuid=UUID.replace("-", ""))),
    (Refusal.BAD_METRIC_UUID, a_catalog(SHOP, KEPT), new_metric()),
    (Refusal.BAD_METRIC_TITLE, a_catalog(SHOP), new_metric(shown=MetricDefinition())),
    (Refusal.BAD_METRIC_TITLE, a_catalog(SHOP, KEPT), ChangeKeptMetric(UUID, title="")),
    (Refusal.BAD_DESCRIPTION, a_catalog(SHOP, KEPT), ChangeKeptMetric(UUID, description="a\x00b")),
    (Refusal.BAD_COLOR, a_catalog(SHOP), new_metric(shown=MetricDefinition("t", color="c" * 33))),
    (Refusal.BAD_METRIC, a_catalog(SHOP), new_metric(counts=MetricCounts(MetricKind.PEOPLE))),
    (Refusal.BAD_METRIC, a_catalog(SHOP), new_metric(counts=MetricCounts(MetricKind.TIMES, "e", then="f"))),
    (Refusal.BAD_METRIC, a_catalog(SHOP), new_metric(counts=MetricCounts(MetricKind.CONVERSION, "e"))),
    (Refusal.BAD_METRIC, a_catalog(SHOP), new_metric(counts=MetricCounts(MetricKind.AVERAGE, "e"))),
    (Refusal.BAD_METRIC, a_catalog(SHOP), new_metric(counts=MetricCounts(MetricKind.PEOPLE, "e", property="p"))),
    (Refusal.BAD_METRIC, a_catalog(SHOP, KEPT), ChangeKeptMetric(UUID, MetricCounts(MetricKind.PEOPLE, "e\n"))),
    (Refusal.METRIC_TOO_LONG, a_catalog(SHOP), new_metric(counts=replace(PEOPLE, filter=b"f" * (FILTER_MAX + 1)))),
    (Refusal.TOO_MANY_METRICS, MANY_METRICS, new_metric()),
    (Refusal.UNKNOWN_METRIC, a_catalog(SHOP), ChangeKeptMetric(UUID)),
    (Refusal.UNKNOWN_METRIC, a_catalog(SHOP, KEPT), DeleteKeptMetric(SECOND_UUID)),
]


@pytest.mark.parametrize(("refusal", "catalog", "action"), REFUSED, ids=lambda value: str(value)[:60])
def test_a_refused_command_changes_nothing(refusal: Refusal, catalog: Catalog, action: Action) -> None:
    """It has its entry all the same, with the reason and without facts."""
    entry = answer(catalog, action)

    assert (entry.refusal, entry.facts) == (refusal.name, ())


def test_what_is_defined_already_may_be_changed_however_much_there_is() -> None:
    assert answer(MANY_DEFINITIONS, DefineEvent(1, "known", "K")).refusal is None


def test_a_token_reaches_its_accounts_as_long_as_they_are_open() -> None:
    """The oldest first, and as far as it is for. Where none is left it opens nothing; nor does one that was revoked."""
    catalog = a_catalog(SHOP, OTHER, TOKEN)

    assert catalog.reach_of_key(KeyKind.TOKEN, b"h") == Reach(
        (catalog.accounts[1], catalog.accounts[2]), frozenset({Scope.CORE})
    )
    for fact, reached in ((SubaccountCreated(2, 1, b""), [1, 2]), (SubaccountClosed(2), [1])):
        fold(catalog, an_entry(catalog.sequence + 1, fact))
        reach = catalog.reach_of_key(KeyKind.TOKEN, b"h")
        assert reach is not None
        assert [account.id for account in reach.accounts] == reached
    fold(catalog, an_entry(catalog.sequence + 1, SubaccountClosed(1)))
    assert catalog.reach_of_key(KeyKind.TOKEN, b"h") is None
    catalog = a_catalog(SHOP, OTHER, TOKEN, TokenRevoked(1))
    assert catalog.reach_of_key(KeyKind.TOKEN, b"h") is None


def test_an_accounts_own_token_opens_all_of_it_and_one_of_several_is_no_key_of_any() -> None:
    catalog = a_catalog(SHOP, OTHER, TOKEN)

    own = a_key("of shop", KeyKind.TOKEN).hash
    assert catalog.reach_of_key(KeyKind.TOKEN, own) == Reach((catalog.accounts[1],), EVERY_SCOPE)
    assert catalog.account_of_key(KeyKind.TOKEN, b"h") is None
    assert catalog.reach_of_key(KeyKind.TOKEN, a_key("key of other").hash) is None, "a key of another kind"


def test_nobody_gets_a_key_that_is_a_token_of_several_accounts() -> None:
    """By it he would have what they have."""
    taken = a_key("of several", KeyKind.TOKEN)
    catalog = a_catalog(SHOP, OTHER, TokenCreated(1, "", taken.hash, (1, 2), (Scope.CORE,), ""))

    assert answer(catalog, StoreKey(1, taken)).refusal == Refusal.KEY_TAKEN.name
    assert answer(catalog, CreateAccount("new", (taken,), UUID, "")).refusal == Refusal.KEY_TAKEN.name
    fold(catalog, an_entry(4, TokenRevoked(1)))
    assert answer(catalog, StoreKey(1, taken)).facts == (KeyStored(1, taken),)


def test_a_token_that_was_exposed_and_revoked_is_told_again_when_it_is_made_again() -> None:
    catalog = a_catalog(SHOP, OTHER, TOKEN, TokenExposed(b"h", 1, None), TokenRevoked(1))
    fold(catalog, an_entry(6, TokenCreated(2, "", b"h", (1,), (Scope.CORE,), "")))

    assert answer(catalog, NoteExposedToken(b"h")).facts == (TokenExposed(b"h", 2, None),)


def test_a_site_that_ends_leaves_no__no_report_behind() -> None:
    site = a_site_created(5, user=1)
    catalog = a_catalog(
        SHOP,
        a_user_created(1),
        site,
        EventDefined(5, "e", EventDefinition()),
        ReportSaved(5, UUID, "r", "funnel", b""),
        ReportSaved(1, SECOND_UUID, "r", "funnel", b""),
        MetricKept(5, UUID, PEOPLE, SIGNUPS),
        MetricKept(1, SECOND_UUID, PEOPLE, SIGNUPS),
        SiteDeleted(5),
    )

    assert 5 not in catalog.definitions
    assert list(catalog.saved_reports) == [SECOND_UUID]
    assert catalog.saved_reports_of == {1: {SECOND_UUID: None}}
    assert list(catalog.kept_metrics) == [SECOND_UUID]
    assert catalog.kept_metrics_of == {1: {SECOND_UUID: None}}


def test_a_metric_that_is_changed_says_when_and_keeps_its_place() -> None:
    catalog = a_catalog(SHOP, KEPT)
    before = catalog.kept_metrics[UUID]
    fold(catalog, an_entry(catalog.sequence + 1, KeptMetricChanged(UUID, SALES, SIGNUPS), at_ms=NOON_MS + 7))

    changed = replace(before, counts=SALES, changed_ms=NOON_MS + 7)
    assert catalog.kept_metrics[UUID] == changed


def test_a_definition_of_a_metric_says_when_it_was_changed() -> None:
    """Also that it is gone."""
    catalog = a_catalog(SHOP)
    for sequence, fact in enumerate((MetricDefined(1, 7, MetricDefinition("M")), MetricDefinitionDeleted(1, 7)), 2):
        fold(catalog, an_entry(sequence, fact, at_ms=NOON_MS + sequence))

        assert catalog.stat(1, 7).changed_ms == NOON_MS + sequence


def test_deciding_changes_nothing_by_itself() -> None:
    for facts, action, _ in DECIDED:
        catalog = a_catalog(*facts)
        answer(catalog, action)

        assert catalog == a_catalog(*facts)
