"""What the decider answers to commands about white labels: their users, sites, access and goals. One test a refusal."""

from dataclasses import replace
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
from testkit.resellers import (
    a_goal_created,
    a_site_created,
    a_user_created,
    keys_of_site,
    some_goal_details,
    some_site_details,
    some_user_details,
    with_email,
)
from tilde.domain.catalog import access, goals, resellers, sites, users
from tilde.domain.catalog.access import (
    SITE_USERS_MAX,
    AccessGranted,
    AccessRevoked,
    GrantAccess,
    MoveSite,
    RevokeAccess,
    SiteMoved,
)
from tilde.domain.catalog.dated import Dated
from tilde.domain.catalog.entries import Action, Entry, Fact, decide, fold
from tilde.domain.catalog.goal_records import FunnelType
from tilde.domain.catalog.goals import (
    GOAL_CHANGES_MAX,
    GOALS_EVER_MAX,
    GOALS_MAX,
    ChangeGoal,
    CreateGoal,
    DeleteGoal,
    GoalChanged,
    GoalCreated,
    GoalDeleted,
)
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.products import ChangeProduct, CreateProduct
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.reseller_records import Reseller
from tilde.domain.catalog.resellers import ConfigureReseller, ResellerConfigured
from tilde.domain.catalog.sites import (
    SITE_CHANGES_MAX,
    ChangeSite,
    CreateSite,
    DeleteSite,
    SiteChanged,
    SiteCreated,
    SiteDeleted,
)
from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.subaccounts import SubaccountClosed, SubaccountCreated
from tilde.domain.catalog.user_records import is_user_name, normal_user_name
from tilde.domain.catalog.users import ChangeUser, CreateUser, DeleteUser, UserChanged, UserDeleted
from tilde.domain.sites.domains import MIRRORS_MAX

NO_HOSTS = ("a.com/path", "a b.com", "http://a.com", "a..b", "Example.com", "a.com.", "m\u00fcnchen.de", "a.com:80", "1.2.3.400", "[::1]")  # fmt: skip
"""Or not in the form in which hosts are compared."""

SHOP = an_account_created(1, "shop")
OTHER = an_account_created(2, "other", product=9)
BILLY = a_user_created(1, "billy")
ANNA = a_user_created(2, "anna")
FOREIGN = a_user_created(8, "eve", account=2)
SITE = a_site_created(2, user=1)
GOAL = a_goal_created(1, site=2)
ADMIN, READER = AccessGranted(2, 2, is_admin=True), AccessGranted(2, 2, is_admin=False)


def answer(catalog: Catalog, action: Action) -> Entry:
    return decide(catalog, a_command(action), a_command_id(99), 8, NOON_MS)


def fold_in(catalog: Catalog, *facts: Fact) -> Catalog:
    for fact in facts:
        assert fold(catalog, an_entry(catalog.sequence + 1, fact))
    return catalog


def new_site(domain: str = "awesome.com", **changes: Any) -> CreateSite:
    said: Any = {"account": 1, "user": 1, "uuid": UUID, "domain": domain, "keys": keys_of_site(10)}
    said |= {"mirrors": (), "nickname": "", "offset_s": None, "clock_rule": None}
    return CreateSite(**(said | changes))


def changed_site(**changes: Any) -> ChangeSite:
    said: Any = dict.fromkeys(("domain", "mirrors", "nickname", "offset_s", "clock_rule"))
    return ChangeSite(**({"account": 1, "site": 2} | said | changes))


DECIDED: list[tuple[list[Fact], Action, tuple[Fact, ...]]] = [
    ([], CreateUser(1, some_user_details("anna")), (a_user_created(1, "anna"),)),
    ([BILLY, UserDeleted(1, ())], CreateUser(1, some_user_details()), (a_user_created(2, "billy"),)),
    (
        [a_user_created(1, "billy", logo="l", password=b"p", **with_email("b@b"))],
        ChangeUser(1, 1, css="c", has_onsite_stats=True),
        (
            UserChanged(
                1,
                some_user_details(
                    "billy", logo="l", password=b"p", css="c", has_onsite_stats=True, **with_email("b@b")
                ),
            ),
        ),
    ),
    ([a_user_created(password=b"p")], ChangeUser(1, 1, password=b""), (UserChanged(1, some_user_details()),)),
    (
        [BILLY],
        ChangeUser(1, 1, name_hash=BILLY.details.name_hash, name=b"BILLY"),
        (UserChanged(1, replace(BILLY.details, name=b"BILLY")),),
    ),
    (
        [BILLY, ANNA, SITE, a_site_created(3), AccessGranted(2, 3, is_admin=True)],
        DeleteUser(1, 1),
        (UserDeleted(1, (2,)),),
    ),
    ([BILLY, ANNA, SITE, READER], DeleteUser(1, 2), (UserDeleted(2, ()),)),
    ([BILLY, ANNA, SITE, READER], DeleteUser(1, 1), (UserDeleted(1, (2,)),)),
    (
        [BILLY],
        new_site(),
        (SiteCreated(1, 1, 10, UUID, some_site_details(clock_rule="0"), keys_of_site(10)),),
    ),
    (
        [BILLY, ResellerConfigured(1, Reseller(offset_s=3_600, clock_rule="eu"))],
        new_site(keys=(*keys_of_site(10), a_key("no"))),
        (SiteCreated(1, 1, 10, UUID, some_site_details(offset_s=3_600, clock_rule="eu"), keys_of_site(10)),),
    ),
    (
        [BILLY, SITE],
        new_site(mirrors=("yahoo.com", "msn.com"), nickname="Mine", offset_s=20_700, clock_rule="1"),
        (
            SiteCreated(
                *(1, 1, 10, UUID),
                some_site_details(
                    name="awesome.com 10",
                    mirrors=("yahoo.com", "msn.com"),
                    nickname="Mine",
                    offset_s=20_700,
                    clock_rule="1",
                ),
                keys_of_site(10),
            ),
        ),
    ),
    ([BILLY, SITE], changed_site(offset_s=-18_000), (SiteChanged(2, some_site_details(offset_s=-18_000)),)),
    ([BILLY, SITE], changed_site(domain="b.com"), (SiteChanged(2, some_site_details("b.com")),)),
    (
        [BILLY, a_site_created(name="given by hand")],
        changed_site(domain="b.com", mirrors=("c.com",)),
        (SiteChanged(2, some_site_details("b.com", name="given by hand", mirrors=("c.com",))),),
    ),
    ([BILLY, SITE], DeleteSite(1, 2, None), (SiteDeleted(2),)),
    ([BILLY, SITE], DeleteSite(1, 2, 1), (SiteDeleted(2),)),
    ([BILLY, ANNA, SITE], GrantAccess(1, 2, 2, is_admin=False), (READER,)),
    ([BILLY, ANNA, SITE, ADMIN], GrantAccess(1, 1, 2, is_admin=False), (AccessGranted(1, 2, is_admin=False),)),
    ([BILLY, SITE], GrantAccess(1, 1, 2, is_admin=True), (AccessGranted(1, 2, is_admin=True),)),
    ([BILLY, ANNA, SITE, READER], RevokeAccess(1, 2, 2), (AccessRevoked(2, 2),)),
    ([BILLY, ANNA, SITE, ADMIN], RevokeAccess(1, 1, 2), (AccessRevoked(1, 2),)),
    ([BILLY, ANNA, SITE], MoveSite(1, 2, 2), (SiteMoved(2, 2),)),
    ([BILLY, SITE], CreateGoal(1, 2, some_goal_details()), (GoalCreated(2, 1, some_goal_details()),)),
    (
        [BILLY, SITE, GOAL, GoalDeleted(2, 1)],
        CreateGoal(1, 2, some_goal_details(url="", is_manual=True)),
        (GoalCreated(2, 2, some_goal_details(url="", is_manual=True)),),
    ),
    (
        [BILLY, SITE, GOAL],
        ChangeGoal(1, 2, 1, name="Goodbye", funnel_type=FunnelType.DOMAIN, funnel="google.com", revenue=2.5),
        (
            GoalChanged(
                2, 1, some_goal_details("Goodbye", funnel_type=FunnelType.DOMAIN, funnel="google.com", revenue=2.5)
            ),
        ),
    ),
    ([BILLY, SITE, GOAL], DeleteGoal(1, 2, 1), (GoalDeleted(2, 1),)),
    ([], ConfigureReseller(1), (ResellerConfigured(1, Reseller()),)),
    (
        [ResellerConfigured(1, Reseller("a.com", "a", max_users=5, max_traffic=7))],
        ConfigureReseller(1, js_name="", max_users=-1, max_goals=0, offset_s=3_600, clock_rule="eu"),
        (ResellerConfigured(1, Reseller("a.com", max_goals=0, max_traffic=7, offset_s=3_600, clock_rule="eu")),),
    ),
]


@pytest.mark.parametrize(("facts", "action", "decided"), DECIDED, ids=lambda value: type(value).__name__)
def test_a_command_is_decided_so(facts: list[Fact], action: Action, decided: tuple[Fact, ...]) -> None:
    """What was not said stays, ids go on where they were, and the entry can be folded."""
    catalog = a_catalog(SHOP, OTHER, *facts)

    entry = answer(catalog, action)

    assert entry.refusal is None
    assert entry.facts == decided
    assert fold(catalog, entry)


def test_every_action_and_fact_is_here() -> None:
    """A new one needs its case above."""
    nouns = (resellers, users, sites, access, goals)

    assert {type(action) for _, action, _ in DECIDED} == {action for noun in nouns for action in noun.ACTIONS}
    assert {type(fact) for *_, facts in DECIDED for fact in facts} == {fact for noun in nouns for fact in noun.FACTS}


def full(catalog: Catalog, **settings: Any) -> Catalog:
    """One whose first account may have no more of something."""
    return fold_in(catalog, ResellerConfigured(1, Reseller(**settings)))


def a_crowded_site() -> Catalog:
    crowd = [a_user_created(user, str(user)) for user in range(10, 10 + SITE_USERS_MAX)]
    granted = [AccessGranted(user.user, 2, is_admin=False) for user in crowd[1:]]
    return a_catalog(SHOP, BILLY, *crowd, SITE, *granted)


def worn(site_changes: int = 0, goal_changes: int = 0) -> Catalog:
    """One in which a site and its goal were changed so often."""
    catalog = a_catalog(SHOP, BILLY, SITE, GOAL)
    for dated, changes in ((catalog.sites[2], site_changes), (catalog.goals[2][1], goal_changes)):
        first = dated.newest
        assert first is not None
        for number in range(changes):
            dated.set(1_000 + number, replace(first, created_ms=number))  # type: ignore[arg-type]
    return catalog


def with_goals(count: int) -> Catalog:
    catalog = a_catalog(SHOP, BILLY, SITE)
    return fold_in(catalog, *(a_goal_created(goal, name=str(goal)) for goal in range(1, count + 1)))


def with_past_goals(count: int) -> Catalog:
    """All of them deleted since."""
    catalog = a_catalog(SHOP, BILLY, SITE)
    catalog.goals[2] = {goal: Dated() for goal in range(count)}
    return catalog


ALL = a_catalog(SHOP, OTHER, BILLY, ANNA, FOREIGN, SITE, a_site_created(10, user=8, account=2), GOAL)
CLOSED = a_catalog(SHOP, OTHER, FOREIGN, SubaccountCreated(2, 1, b""), SubaccountClosed(2))
TAKEN = fold_in(a_catalog(SHOP, OTHER), ResellerConfigured(2, Reseller("taken.com")))


def goal_with(**details: Any) -> CreateGoal:
    return CreateGoal(1, 2, some_goal_details(**{"name": "new"} | details))


REFUSED: list[tuple[Refusal, Catalog, Action]] = [
    (Refusal.UNKNOWN_ACCOUNT, ALL, CreateUser(7, some_user_details("new"))),
    (Refusal.UNKNOWN_ACCOUNT, CLOSED, CreateUser(2, some_user_details("new"))),
    (Refusal.UNKNOWN_ACCOUNT, ALL, new_site(account=7)),
    (Refusal.UNKNOWN_ACCOUNT, ALL, ConfigureReseller(7)),
    (Refusal.BAD_USER, ALL, CreateUser(1, some_user_details("new", logo="x" * 2_001))),
    (Refusal.BAD_USER, ALL, CreateUser(1, some_user_details("new", real_name=b"x" * 2_001))),
    (Refusal.BAD_USER, ALL, ChangeUser(1, 1, email=b"without its hash")),
    (Refusal.USER_EXISTS, ALL, CreateUser(1, some_user_details())),
    (Refusal.USER_EXISTS, ALL, CreateUser(2, some_user_details())),
    (Refusal.USER_EXISTS, ALL, ChangeUser(1, 1, name_hash=FOREIGN.details.name_hash, name=b"eve")),
    (Refusal.TOO_MANY_USERS, full(a_catalog(SHOP, BILLY), max_users=1), CreateUser(1, some_user_details("new"))),
    (Refusal.TOO_MANY_USERS, full(a_catalog(SHOP), max_users=0), CreateUser(1, some_user_details("new"))),
    (Refusal.UNKNOWN_USER, ALL, ChangeUser(1, 7)),
    (Refusal.UNKNOWN_USER, ALL, ChangeUser(1, 8)),
    (Refusal.UNKNOWN_USER, ALL, DeleteUser(1, 8)),
    (Refusal.UNKNOWN_USER, ALL, new_site(user=8)),
    (Refusal.UNKNOWN_USER, ALL, GrantAccess(1, 8, 2, is_admin=True)),
    (Refusal.UNKNOWN_USER, ALL, RevokeAccess(1, 8, 2)),
    (Refusal.UNKNOWN_USER, ALL, MoveSite(1, 8, 2)),
    (Refusal.UNKNOWN_USER, ALL, DeleteSite(1, 2, 8)),
    (Refusal.UNKNOWN_SITE, ALL, changed_site(site=10)),
    (Refusal.UNKNOWN_SITE, ALL, changed_site(site=1)),
    (Refusal.UNKNOWN_SITE, ALL, DeleteSite(1, 10, None)),
    (Refusal.UNKNOWN_SITE, ALL, GrantAccess(1, 1, 10, is_admin=True)),
    (Refusal.UNKNOWN_SITE, ALL, RevokeAccess(1, 1, 10)),
    (Refusal.UNKNOWN_SITE, ALL, MoveSite(1, 1, 10)),
    (Refusal.UNKNOWN_SITE, ALL, CreateGoal(1, 10, some_goal_details())),
    (Refusal.UNKNOWN_SITE, a_catalog(SHOP, BILLY, SITE, SiteDeleted(2)), changed_site()),
    (Refusal.BAD_HOST, ALL, new_site("")),
    (Refusal.BAD_HOST, ALL, changed_site(mirrors=("a.com",) * (MIRRORS_MAX + 1))),
    *((Refusal.BAD_HOST, ALL, new_site(host)) for host in NO_HOSTS),
    *((Refusal.BAD_HOST, ALL, changed_site(domain=host)) for host in NO_HOSTS),
    *((Refusal.BAD_HOST, ALL, changed_site(mirrors=("b.com", host))) for host in NO_HOSTS),
    *((Refusal.BAD_HOST, ALL, ConfigureReseller(1, domain=host)) for host in NO_HOSTS),
    (Refusal.BAD_NICKNAME, ALL, new_site(nickname="x" * 256)),
    (Refusal.BAD_NICKNAME, ALL, changed_site(nickname="a\nb")),
    (Refusal.BAD_CLOCK, ALL, new_site(offset_s=14 * 3_600 + 1)),
    (Refusal.BAD_CLOCK, ALL, changed_site(clock_rule="mars")),
    (Refusal.BAD_CLOCK, ALL, ConfigureReseller(1, offset_s=-12 * 3_600 - 1)),
    (Refusal.TOO_MANY_SITES, full(a_catalog(SHOP, BILLY, SITE), max_sites=1), new_site()),
    (Refusal.KEY_TAKEN, ALL, new_site(keys=keys_of_site(10))),
    (Refusal.TOO_MANY_CHANGES, worn(site_changes=SITE_CHANGES_MAX), changed_site(nickname="one more")),
    (Refusal.TOO_MANY_CHANGES, worn(goal_changes=GOAL_CHANGES_MAX), ChangeGoal(1, 2, 1, name="one more")),
    (Refusal.IS_A_SITE, ALL, ChangeProduct(2, None, "b.com", None)),
    (Refusal.IS_A_SITE, ALL, ChangeProduct(2, None, None, "Europe/Lisbon")),
    (Refusal.NOT_A_USER_OF_THE_SITE, ALL, RevokeAccess(1, 2, 2)),
    (Refusal.NOT_A_USER_OF_THE_SITE, ALL, DeleteSite(1, 2, 2)),
    (Refusal.LAST_ADMIN, ALL, RevokeAccess(1, 1, 2)),
    (Refusal.LAST_ADMIN, ALL, GrantAccess(1, 1, 2, is_admin=False)),
    (Refusal.LAST_ADMIN, a_catalog(SHOP, BILLY, ANNA, SITE, READER), RevokeAccess(1, 1, 2)),
    (Refusal.TOO_MANY_SITE_USERS, a_crowded_site(), GrantAccess(1, 10, 2, is_admin=False)),
    (Refusal.UNKNOWN_GOAL, ALL, ChangeGoal(1, 2, 7)),
    (Refusal.UNKNOWN_GOAL, fold_in(a_catalog(SHOP, BILLY, SITE, GOAL), a_site_created(3)), DeleteGoal(1, 3, 1)),
    (Refusal.UNKNOWN_GOAL, a_catalog(SHOP, BILLY, SITE, GOAL, GoalDeleted(2, 1)), DeleteGoal(1, 2, 1)),
    (Refusal.TOO_MANY_GOALS, with_goals(GOALS_MAX), goal_with()),
    (Refusal.TOO_MANY_GOALS, full(a_catalog(SHOP, BILLY, SITE), max_goals=0), goal_with()),
    (Refusal.TOO_MANY_GOALS, with_past_goals(GOALS_EVER_MAX), goal_with()),
    (Refusal.BAD_GOAL_NAME, ALL, goal_with(name="")),
    (Refusal.BAD_GOAL_NAME, ALL, goal_with(name="x" * 256)),
    (Refusal.GOAL_EXISTS, ALL, goal_with(name="Hello")),
    (Refusal.NO_GOAL_URL, ALL, goal_with(url="")),
    (Refusal.NO_GOAL_URL, a_catalog(SHOP, BILLY, SITE, a_goal_created(url="", is_manual=True)), ChangeGoal(1, 2, 1, is_manual=False)),
    *((Refusal.BAD_GOAL_URL, ALL, goal_with(url=url)) for url in ("hello", "//a.com/x", "/a b", "http://", "mailto:a@b", "http://a..b/", "http://a@b.com/", "file://a.com/", "http://1.2.3.400/", "/" + "x" * 2_000)),
    (Refusal.NO_FUNNEL, ALL, goal_with(funnel_type=FunnelType.PATH)),
    (Refusal.BAD_FUNNEL, ALL, goal_with(funnel="/x")),
    (Refusal.BAD_FUNNEL, ALL, goal_with(funnel_type=FunnelType.PATH, funnel="x")),
    (Refusal.BAD_FUNNEL, ALL, goal_with(funnel_type=FunnelType.DOMAIN, funnel="http://google.com")),
    *((Refusal.BAD_FUNNEL, ALL, goal_with(funnel_type=FunnelType.DOMAIN, funnel=host)) for host in ("google", "google..com", "a b.com")),
    (Refusal.BAD_FUNNEL, ALL, goal_with(funnel_type=FunnelType.SEARCH, funnel=" ")),
    (Refusal.BAD_REVENUE, ALL, goal_with(revenue=-1.0)),
    (Refusal.BAD_REVENUE, ALL, goal_with(revenue=float("nan"))),
    (Refusal.BAD_COST, ALL, goal_with(cost=float("inf"))),
    (Refusal.DOMAIN_TAKEN, TAKEN, ConfigureReseller(1, domain="taken.com")),
    *((Refusal.BAD_JS_NAME, ALL, ConfigureReseller(1, js_name=name)) for name in ("window", "a-b", "1a", "a b", "x" * 41)),
    (Refusal.BAD_LIMIT, ALL, ConfigureReseller(1, max_users=200_001)),
    (Refusal.BAD_LIMIT, ALL, ConfigureReseller(1, max_traffic=10**12 + 1)),
]  # fmt: skip


@pytest.mark.parametrize(("refusal", "catalog", "action"), REFUSED, ids=lambda value: str(value)[:60])
def test_a_refused_command_changes_nothing(refusal: Refusal, catalog: Catalog, action: Action) -> None:
    """It has an entry all the same, so that it is decided once."""
    entry = answer(catalog, action)

    assert entry.refusal == refusal.name
    assert not entry.facts


def test_ids_are_never_given_twice() -> None:
    """Whatever was deleted: an id would give one's rows to somebody else."""
    catalog = a_catalog(SHOP, BILLY, SITE, GOAL, UserDeleted(1, (2,)))

    again = [CreateUser(1, some_user_details()), new_site(user=2), CreateGoal(1, 3, some_goal_details())]
    ids = []
    for action in again:
        entry = answer(catalog, action)
        assert fold(catalog, entry)
        ids += entry.reply.values()

    assert ids == [2, 3, 2]


def test_who_goes_leaves_nothing_that_somebody_could_find() -> None:
    """The keys of his sites, his name, his address: all are free again, and nobody sees what is not there."""
    created = a_user_created(1, "billy", **with_email("b@b"))
    empty = a_catalog(SHOP, ANNA)
    catalog = a_catalog(SHOP, ANNA, created, SITE, READER, GOAL, UserDeleted(1, (2,)))

    for name in ("users", "user_names", "user_emails", "users_of", "keys", "products", "products_of", "access", "sites_of_user", "goal_names"):  # fmt: skip
        assert getattr(catalog, name) == getattr(empty, name), name
    assert catalog.sites_of == {1: {}}
    assert catalog.site(2) is None
    assert catalog.goal(2, 1) is None


def test_what_processors_look_up_is_as_of_a_batch() -> None:
    """A replay sees the goals and the hosts of the time, also of a site that has gone since."""
    catalog = a_catalog(SHOP, BILLY, SITE, GOAL)
    fold_in(catalog, SiteChanged(2, some_site_details("b.com")), GoalChanged(2, 1, some_goal_details("Goodbye")))
    fold_in(catalog, SiteDeleted(2))

    sites_then = [catalog.sites[2].at(sequence) for sequence in (2, 3, 4, 5, 6, 7)]
    goals_then = [catalog.goals[2][1].at(sequence) for sequence in (3, 4, 5, 6, 7)]

    assert [site and site.domain for site in sites_then] == [None, "awesome.com", "awesome.com", "b.com", "b.com", None]
    assert [goal and goal.details.name for goal in goals_then] == [None, "Hello", "Hello", "Goodbye", None]


def test_an_address_finds_the_oldest_who_has_it() -> None:
    """And the next one once he has gone, or has another."""
    shared = with_email("b@b")
    catalog = a_catalog(SHOP, a_user_created(1, **shared), a_user_created(2, "anna", **shared))
    found = catalog.user_emails[shared["email_hash"]]
    fold_in(catalog, UserChanged(1, some_user_details(**with_email("new@b"))))

    assert found == (1, 2)
    assert catalog.user_emails[shared["email_hash"]] == (2,)
    assert catalog.user_emails[with_email("new@b")["email_hash"]] == (1,)


def test_an_older_user_who_takes_an_address_later_is_still_the_older() -> None:
    """Whoever had it first."""
    shared = with_email("b@b")
    catalog = a_catalog(
        SHOP, a_user_created(1), a_user_created(2, "anna", **shared), a_user_created(3, "eve", **shared)
    )
    fold_in(catalog, UserChanged(1, some_user_details(**shared)))

    assert catalog.user_emails[shared["email_hash"]] == (1, 2, 3)


def test_a_site_is_a_product_with_keys_of_its_own() -> None:
    """So other dialects read it, and a key of it opens it."""
    catalog = a_catalog(SHOP, BILLY, SITE)
    sitekey, admin = keys_of_site(2)

    assert catalog.products_of[1] == {"shop": 1, "awesome.com": 2}
    for kind, key in ((KeyKind.SITEKEY, sitekey), (KeyKind.SITEKEY_ADMIN, admin)):
        product = catalog.product_of_key(kind, key.hash)
        assert product is not None
        assert product.id == 2


def test_sites_do_not_count_as_the_products_of_other_dialects() -> None:
    """Those have a limit of their own."""
    catalog = a_catalog(SHOP, BILLY, *(a_site_created(site, domain=f"{site}.com") for site in range(2, 1_003)))

    entry = answer(catalog, CreateProduct(1, "outlet", UUID, "", None, ()))

    assert entry.refusal is None


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        *(("billy", True), ("größe-東京", True), ("x" * 64, True), ("a@b.com", True), ("~", True)),
        *(("", False), ("x" * 65, False), ("a b", False), ("a\u00a0b", False), ("a\tb", False), ("a\x00", False)),
        *(("a\u200bb", False), ("a\ud800", False)),
    ],
)
def test_what_a_user_may_be_named(text: str, is_one: bool) -> None:
    """1 to 64 characters, no white space, nothing that nobody sees."""
    assert is_user_name(text) is is_one


@pytest.mark.parametrize(("one", "other"), [("Billy", "bILLY"), ("STRASSE", "straße"), ("e\u0301va", "Éva")])
def test_names_are_compared_without_their_case(one: str, other: str) -> None:
    """However their accents were typed."""
    assert normal_user_name(one) == normal_user_name(other)


def test_deciding_changes_nothing_by_itself() -> None:
    """Only folding the entry does."""
    catalog = a_catalog(SHOP, BILLY, ANNA, SITE, READER, GOAL)

    for _, action, _ in DECIDED:
        answer(catalog, action)

    assert catalog == a_catalog(SHOP, BILLY, ANNA, SITE, READER, GOAL)
