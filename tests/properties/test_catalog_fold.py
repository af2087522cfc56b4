"""The catalog is a fold: however it is read, and whatever zombies wrote in between, everybody has the same one."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from testkit.builders import NOON_MS, UUID, a_command_id, a_key
from testkit.resellers import some_goal_details, some_user_details, with_email
from tilde.domain.catalog.access import GrantAccess, MoveSite, RevokeAccess
from tilde.domain.catalog.account_contacts import ChangeContact
from tilde.domain.catalog.account_report_hours import ScheduleReport
from tilde.domain.catalog.account_switches import ChangeAccount
from tilde.domain.catalog.accounts import CreateAccount, RevokeKey, StoreKey
from tilde.domain.catalog.definition_records import MetricCounts, MetricDefinition
from tilde.domain.catalog.definitions import DefineEvent, DeleteEventDefinition
from tilde.domain.catalog.edges import StartEdge
from tilde.domain.catalog.entries import Action, Command, Entry, decide, fold
from tilde.domain.catalog.generations import ActivateGeneration
from tilde.domain.catalog.goals import ChangeGoal, CreateGoal, DeleteGoal
from tilde.domain.catalog.kept_metrics import ChangeKeptMetric, DeleteKeptMetric, KeepMetric
from tilde.domain.catalog.keys import PRODUCT_KEYS, KeyKind, StoredKey
from tilde.domain.catalog.products import ChangeProduct, CreateProduct
from tilde.domain.catalog.resellers import ConfigureReseller
from tilde.domain.catalog.saved_reports import ChangeSavedReport, DeleteSavedReport, SaveReport
from tilde.domain.catalog.sites import ChangeSite, CreateSite, DeleteSite
from tilde.domain.catalog.state import Catalog, Holder
from tilde.domain.catalog.stats import CommentOnStat, CreateStat, DeleteStat, RestoreStat
from tilde.domain.catalog.subaccounts import ChangeSubaccount, CloseSubaccount, CreateSubaccount
from tilde.domain.catalog.token_records import Scope
from tilde.domain.catalog.tokens import CreateToken, NoteExposedToken, RevokeToken
from tilde.domain.catalog.users import ChangeUser, CreateUser, DeleteUser
from tilde.domain.people.metric import MetricKind
from tilde.domain.stats.metrics import Kind

NUMBERS = st.integers(1, 3)
NAMES = st.sampled_from(["a", "b", "c", "", "d~e"])
KINDS = [*list(KeyKind)[:3], KeyKind.SITEKEY]
READ_ALIKE = {KeyKind.EZKEY: KeyKind.EMAIL, KeyKind.EMAIL: KeyKind.EZKEY}


def with_its_twin(text: str, kind: KeyKind, has_twins: bool) -> StoredKey:
    """A key as this release stores it, or as one before it did: without its twins."""
    twins = (a_key(text, READ_ALIKE[kind]).hash,) if has_twins and kind in READ_ALIKE else ()
    return replace(a_key(text, kind), twins=twins)


KEYS = st.builds(with_its_twin, st.sampled_from("wxyz"), st.sampled_from(KINDS), st.just(True))
SITE_KEYS = st.lists(st.builds(a_key, st.sampled_from("wxyz"), st.just(KeyKind.SITEKEY)), max_size=1).map(tuple)
SITES = st.integers(1, 5)
UUIDS = st.sampled_from([UUID, f"{UUID[:-1]}6"])
USERS = st.builds(some_user_details, NAMES) | st.builds(lambda name: some_user_details(name, **with_email(name)), NAMES)
ACTIONS: st.SearchStrategy[Action] = st.one_of(
    st.builds(StartEdge, st.sampled_from("ef"), NUMBERS),
    st.builds(CreateAccount, NAMES, st.lists(KEYS, max_size=2).map(tuple), st.just(UUID), NAMES),
    st.builds(ChangeAccount, NUMBERS, st.none() | st.booleans(), st.none() | st.booleans()),
    st.builds(StoreKey, NUMBERS, KEYS),
    st.builds(RevokeKey, NUMBERS, st.sampled_from(KINDS)),
    st.builds(CreateStat, NUMBERS, st.sampled_from(Kind), NAMES),
    st.builds(DeleteStat, NUMBERS, NUMBERS),
    st.builds(RestoreStat, NUMBERS, NUMBERS),
    st.builds(CommentOnStat, NUMBERS, NUMBERS, NAMES),
    st.builds(ActivateGeneration, NUMBERS),
    st.builds(
        CreateProduct, NUMBERS, NAMES, st.just(UUID), st.just(""), st.none(), st.lists(KEYS, max_size=1).map(tuple)
    ),
    st.builds(ChangeProduct, NUMBERS, st.none() | NAMES, st.none(), st.none()),
    st.builds(StoreKey, NUMBERS, KEYS, NUMBERS),
    st.builds(RevokeKey, NUMBERS, st.sampled_from(KINDS), NUMBERS),
    st.builds(ScheduleReport, NUMBERS, NUMBERS),
    st.builds(CreateSubaccount, NUMBERS, st.lists(KEYS, max_size=2).map(tuple), st.just(UUID), st.just(b"")),
    st.builds(ChangeSubaccount, NUMBERS, NUMBERS, st.lists(KEYS, max_size=1).map(tuple), st.just(b"")),
    st.builds(CloseSubaccount, NUMBERS, NUMBERS),
    st.builds(ConfigureReseller, NUMBERS, domain=st.none() | NAMES, max_users=st.none() | NUMBERS),
    st.builds(CreateUser, NUMBERS, USERS),
    st.builds(ChangeUser, NUMBERS, NUMBERS, NAMES.map(str.encode), st.just(b"")),
    st.builds(DeleteUser, NUMBERS, NUMBERS),
    st.builds(CreateSite, NUMBERS, NUMBERS, st.just(UUID), NAMES, st.just(()), NAMES, st.none(), st.none(), SITE_KEYS),
    st.builds(ChangeSite, NUMBERS, SITES, st.none() | NAMES, st.none(), st.none(), st.none(), st.none()),
    st.builds(DeleteSite, NUMBERS, SITES, st.none() | NUMBERS),
    st.builds(GrantAccess, NUMBERS, NUMBERS, SITES, st.booleans()),
    st.builds(RevokeAccess, NUMBERS, NUMBERS, SITES),
    st.builds(MoveSite, NUMBERS, NUMBERS, SITES),
    st.builds(CreateGoal, NUMBERS, SITES, NAMES.map(some_goal_details)),
    st.builds(ChangeGoal, NUMBERS, SITES, NUMBERS, NAMES),
    st.builds(DeleteGoal, NUMBERS, SITES, NUMBERS),
    st.builds(
        CreateToken,
        NAMES,
        st.sampled_from([b"t", a_key("w", KeyKind.EZKEY).hash]),
        st.lists(NUMBERS, max_size=2).map(tuple),
        st.just((Scope.CORE,)),
        NAMES,
    ),
    st.builds(RevokeToken, NUMBERS),
    st.builds(NoteExposedToken, st.just(b"t")),
    st.builds(DefineEvent, SITES, NAMES, st.none() | NAMES),
    st.builds(DeleteEventDefinition, SITES, NAMES),
    st.builds(SaveReport, SITES, UUIDS, NAMES, st.just("funnel"), st.just(b"")),
    st.builds(ChangeSavedReport, UUIDS, NAMES),
    st.builds(DeleteSavedReport, UUIDS),
    st.builds(KeepMetric, SITES, UUIDS, st.just(MetricCounts(MetricKind.PEOPLE, "e")), NAMES.map(MetricDefinition)),
    st.builds(ChangeKeptMetric, UUIDS, st.none(), NAMES),
    st.builds(DeleteKeptMetric, UUIDS),
    st.builds(ChangeContact, SITES, st.none() | st.just(b"sealed")),
)


def decided(actions: list[Action]) -> list[Entry]:
    """What one decider answers to these."""
    catalog = Catalog()
    entries = []
    for number, action in enumerate(actions):
        command = Command(NOON_MS, NOON_MS + number, action)
        entry = decide(catalog, command, a_command_id(number), number, NOON_MS + number)
        assert fold(catalog, entry)
        entries.append(entry)
    return entries


def folded(entries: list[Entry]) -> Catalog:
    catalog = Catalog()
    for entry in entries:
        fold(catalog, entry)
    return catalog


@given(st.lists(ACTIONS, max_size=30), st.data())
def test_entries_that_come_late_or_twice_change_nothing(actions: list[Action], data: st.DataObject) -> None:
    """A zombie's answers, and repeats of any entry, at any place behind the one that holds."""
    entries = decided(actions)
    others = decided(data.draw(st.lists(ACTIONS, max_size=len(entries)), label="a zombie's commands"))
    noisy: list[Entry] = []
    for entry in entries:
        noisy.append(entry)
        late = [other for other in (*entries, *others) if other.sequence <= entry.sequence]
        noisy += data.draw(st.lists(st.sampled_from(late), max_size=2))

    assert folded(noisy) == folded(entries)


@given(st.lists(ACTIONS, max_size=30))
def test_every_command_has_one_entry_and_what_was_decided_fits_together(actions: list[Action]) -> None:
    """Sequences and ids without a gap; each name and each key belongs to one account, and only what stands in it."""
    entries = decided(actions)
    catalog = folded(entries)

    assert [entry.sequence for entry in entries] == list(range(1, len(actions) + 1))
    assert all(not entry.facts for entry in entries if entry.refusal is not None)
    assert list(catalog.accounts) == list(range(1, len(catalog.accounts) + 1))
    gone = {site for site, dated in catalog.sites.items() if dated.newest is None}
    assert set(catalog.products) | gone == set(range(1, catalog.last_product + 1))
    assert not gone & set(catalog.products)
    assert catalog.names == {account.name: account.id for account in catalog.accounts.values()}
    assert len(catalog.names) == len(catalog.accounts)
    for account in catalog.accounts.values():
        products = [product for product in catalog.products.values() if product.account == account.id]
        assert catalog.products_of[account.id] == {product.name: product.id for product in products}
        assert len({product.name for product in products}) == len(products)
        assert not (account.is_closed and (account.keys or any(product.keys for product in products)))
        assert account.is_closed or account.partner is None or account.id in catalog.subaccounts[account.partner]
    of_accounts = {Holder(kind, a.id, None): key for a in catalog.accounts.values() for kind, key in a.keys.items()}
    of_products = {
        Holder(kind, p.account, p.id): key for p in catalog.products.values() for kind, key in p.keys.items()
    }
    assert catalog.keys == {key.hash: holder for holder, key in (of_accounts | of_products).items()}
    assert all((holder.kind in PRODUCT_KEYS) == (holder.product is not None) for holder in catalog.keys.values())
    for holder, key in (of_accounts | of_products).items():
        assert {catalog.keys[twin].account for twin in key.twins if twin in catalog.keys} <= {holder.account}
    numbers = [lease.number for lease in catalog.edges.values()]
    assert len(set(numbers)) == len(numbers)
    assert catalog.token_hashes == {token.hash: token.id for token in catalog.tokens.values()}
    assert catalog.token_hashes.keys().isdisjoint(catalog.keys), "nobody's key is a token of several accounts"
    reports = [(report.product, report.uuid) for report in catalog.saved_reports.values()]
    saved = ((product, one) for product, ones in catalog.saved_reports_of.items() for one in ones)
    assert sorted(saved) == sorted(reports)
    metrics = [(metric.product, metric.uuid) for metric in catalog.kept_metrics.values()]
    kept = ((product, one) for product, ones in catalog.kept_metrics_of.items() for one in ones)
    assert sorted(kept) == sorted(metrics)
    assert {product for product, _ in [*reports, *metrics]} | set(catalog.definitions) <= set(catalog.products)


OF_ONE = st.integers(1, 2)
RESELLING: st.SearchStrategy[Action] = st.one_of(
    st.builds(CreateUser, OF_ONE, USERS),
    st.builds(ChangeUser, OF_ONE, NUMBERS, NAMES.map(str.encode), st.just(b"")),
    st.builds(DeleteUser, OF_ONE, NUMBERS),
    st.builds(CreateSite, OF_ONE, NUMBERS, st.just(UUID), NAMES, st.just(()), NAMES, st.none(), st.none(), SITE_KEYS),
    st.builds(ChangeSite, OF_ONE, SITES, st.none() | NAMES, st.none(), st.none(), st.none(), st.none()),
    st.builds(DeleteSite, OF_ONE, SITES, st.none() | NUMBERS),
    st.builds(GrantAccess, OF_ONE, NUMBERS, SITES, st.booleans()),
    st.builds(RevokeAccess, OF_ONE, NUMBERS, SITES),
    st.builds(MoveSite, OF_ONE, NUMBERS, SITES),
    st.builds(CreateGoal, OF_ONE, SITES, NAMES.map(some_goal_details)),
    st.builds(ChangeGoal, OF_ONE, SITES, NUMBERS, NAMES),
    st.builds(DeleteGoal, OF_ONE, SITES, NUMBERS),
)
TWO_ACCOUNTS: list[Action] = [CreateAccount(name, (), UUID, "") for name in ("a", "b")]


@given(st.lists(RESELLING, max_size=40))
def test_what_white_labels_have_fits_together(actions: list[Action]) -> None:
    """Whatever was asked: each user, site and goal has one owner, is found by what it has now and by nothing else, and
    every site has an admin, of its own white label.
    """
    catalog = folded(decided([*TWO_ACCOUNTS, *actions]))
    sites = {site: dated.newest for site, dated in catalog.sites.items() if dated.newest is not None}
    granted = {(user, site) for site, users in catalog.access.items() for user in users}

    assert catalog.user_names == {user.details.name_hash: user.id for user in catalog.users.values()}
    emails: dict[bytes, list[int]] = {}
    for user in catalog.users.values():
        if user.details.email_hash is not None:
            emails.setdefault(user.details.email_hash, []).append(user.id)
    assert catalog.user_emails == {hash_: tuple(sorted(users)) for hash_, users in emails.items()}
    for account in (1, 2):
        assert set(catalog.users_of.get(account, ())) == {u.id for u in catalog.users.values() if u.account == account}
        assert set(catalog.sites_of.get(account, ())) == {site.id for site in sites.values() if site.account == account}
    assert set(catalog.access) == set(sites) == set(catalog.products) - {1, 2}
    assert granted == {(user, site) for user, its in catalog.sites_of_user.items() for site in its}
    for site, users in catalog.access.items():
        assert any(users.values()), "a site without an admin"
        assert {catalog.users[user].account for user in users} == {catalog.products[site].account}
        assert (catalog.products[site].domain, catalog.products[site].account) == (
            sites[site].domain,
            sites[site].account,
        )
    for site, goals in catalog.goals.items():
        here = {goal: dated.newest for goal, dated in goals.items() if dated.newest is not None}
        assert catalog.goal_names.get(site, {}) == {goal.details.name: goal.id for goal in here.values()}
        assert not here or site in sites
    assert max(catalog.users, default=0) <= catalog.last_user


@given(st.lists(ACTIONS, min_size=1, max_size=30), st.data())
def test_a_missing_entry_is_not_passed_over(actions: list[Action], data: st.DataObject) -> None:
    """What stands behind a gap does not hold: a reader that lost an entry stays where it is."""
    entries = decided(actions)
    missing = data.draw(st.integers(0, len(entries) - 1))

    assert folded(entries[:missing] + entries[missing + 1 :]) == folded(entries[:missing])
