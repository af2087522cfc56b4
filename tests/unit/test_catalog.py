"""How each fact changes the catalog, and which entries hold."""

import pytest

from testkit.builders import NOON_MS, UUID, a_catalog, a_command_id, a_key, an_account_created, an_entry
from tilde.domain.catalog.account_report_hours import ReportScheduled
from tilde.domain.catalog.account_switches import AccountChanged
from tilde.domain.catalog.accounts import AccountCreated, KeyRevoked, KeyStored
from tilde.domain.catalog.edges import EdgeStarted
from tilde.domain.catalog.entries import fold
from tilde.domain.catalog.generations import GenerationActivated
from tilde.domain.catalog.keys import KeyKind, StoredKey
from tilde.domain.catalog.products import ProductChanged, ProductCreated
from tilde.domain.catalog.stat_records import EVERYTHING, Comment, Sight, StatRecord, StatSettings
from tilde.domain.catalog.stat_settings import StatChanged, StatRenamed
from tilde.domain.catalog.state import Account, Catalog, Lease, Product
from tilde.domain.catalog.stats import StatCommented, StatCreated, StatDeleted, StatRestored
from tilde.domain.catalog.subaccounts import SubaccountChanged, SubaccountClosed, SubaccountCreated
from tilde.domain.catalog.switches import Switch
from tilde.domain.log.identity import first_id_at
from tilde.domain.stats.metrics import Kind, metric_id

SHOP = an_account_created(1, "shop")
OTHER = an_account_created(2, "other")


# One test a fact.


def test_an_edge_started_holds_its_number_and_epoch() -> None:
    """The lease is the edge's last one."""
    catalog = a_catalog(EdgeStarted("e", 1, 0), EdgeStarted("f", 1, 1), EdgeStarted("e", 2, 0))

    assert catalog.edges == {"e": Lease(0, 2), "f": Lease(1, 1)}


def test_an_account_created_is_found_by_id_name_and_keys() -> None:
    """With its product, its switches on."""
    catalog = a_catalog(SHOP)
    ezkey = a_key("key of shop")

    assert catalog.accounts == {1: Account(1, "shop", NOON_MS, 1, {KeyKind.EZKEY: ezkey})}
    assert catalog.products == {1: Product(1, 1, UUID, "shop.example", {}, "shop", NOON_MS)}
    assert catalog.names == {"shop": 1}
    assert catalog.account_of_key(KeyKind.EZKEY, ezkey.hash) is catalog.accounts[1]


def test_a_key_opens_what_its_kind_opens_and_nothing_else() -> None:
    """The scopes never overlap: an ezkey's hash is no token's."""
    catalog = a_catalog(SHOP)

    others = [kind for kind in KeyKind if kind is not KeyKind.EZKEY]
    assert [catalog.account_of_key(kind, a_key("key of shop").hash) for kind in others] == [None] * len(others)
    assert catalog.account_of_key(KeyKind.EZKEY, b"no such hash") is None


def test_a_key_of_a_products_kind_is_the_first_products() -> None:
    """Of whatever account: it opens that one, and stands with it. A key of the account opens the first one, too."""
    keys = (a_key("a"), a_key("b", KeyKind.SITEKEY))
    catalog = a_catalog(OTHER, an_account_created(1, "shop", product=7, keys=keys))
    shop, product = catalog.accounts[1], catalog.products[7]

    assert (dict(shop.keys), dict(product.keys)) == ({KeyKind.EZKEY: keys[0]}, {KeyKind.SITEKEY: keys[1]})
    for key in keys:
        assert catalog.account_of_key(key.kind, key.hash) is shop
        assert catalog.product_of_key(key.kind, key.hash) is product
    assert catalog.product_of_key(KeyKind.SITEKEY_ADMIN, keys[1].hash) is None
    assert catalog.product_of_key(KeyKind.SITEKEY, b"no such hash") is None


def test_a_products_key_is_replaced_and_revoked_as_an_accounts_is() -> None:
    """The others stay; what is gone opens nothing."""
    old, new = a_key("b", KeyKind.SITEKEY), a_key("c", KeyKind.SITEKEY)
    created = an_account_created(1, "shop", keys=(a_key("a"), old, a_key("d", KeyKind.TRACKING_KEY)))
    replaced = a_catalog(created, KeyStored(1, new))
    revoked = a_catalog(created, KeyRevoked(1, KeyKind.SITEKEY))

    assert replaced.products[1].keys[KeyKind.SITEKEY] == new
    assert [replaced.product_of_key(KeyKind.SITEKEY, key.hash) for key in (old, new)] == [None, replaced.products[1]]
    assert list(revoked.products[1].keys) == [KeyKind.TRACKING_KEY]
    assert revoked.product_of_key(KeyKind.SITEKEY, old.hash) is None
    assert list(revoked.accounts[1].keys) == list(replaced.accounts[1].keys) == [KeyKind.EZKEY]


def test_an_account_changed_has_both_switches_as_the_fact_says() -> None:
    """Nothing else of the account moves."""
    before = a_catalog(SHOP).accounts[1]
    after = a_catalog(SHOP, AccountChanged(1, ez=False, email_key=True)).accounts[1]

    assert [switch for switch in Switch if not after.is_on(switch)] == [Switch.EZ]
    assert (after.id, after.name, after.product, after.keys) == (before.id, before.name, before.product, before.keys)


def test_a_key_stored_takes_the_place_of_the_one_of_its_kind() -> None:
    """The old one opens nothing any more."""
    new = a_key("new")
    catalog = a_catalog(SHOP, OTHER, KeyStored(1, new))

    assert catalog.accounts[1].keys == {KeyKind.EZKEY: new}
    assert catalog.account_of_key(KeyKind.EZKEY, new.hash) is catalog.accounts[1]
    assert catalog.account_of_key(KeyKind.EZKEY, a_key("key of shop").hash) is None
    assert catalog.account_of_key(KeyKind.EZKEY, a_key("key of other").hash) is catalog.accounts[2]


def test_a_key_of_another_kind_stands_beside_it() -> None:
    """An account has one key of each kind."""
    catalog = a_catalog(SHOP, KeyStored(1, a_key("token", KeyKind.TOKEN)))

    assert set(catalog.accounts[1].keys) == {KeyKind.EZKEY, KeyKind.TOKEN}


def test_a_key_revoked_opens_nothing() -> None:
    """The account is there without it."""
    catalog = a_catalog(SHOP, OTHER, KeyRevoked(1, KeyKind.EZKEY))

    assert catalog.accounts[1].keys == {}
    assert catalog.account_of_key(KeyKind.EZKEY, a_key("key of shop").hash) is None
    assert len(catalog.keys) == 1


def test_a_stat_created_is_remembered_with_its_kind_and_name() -> None:
    """Before its first post."""
    catalog = a_catalog(SHOP, StatCreated(1, 77, Kind.VALUE, "load"))

    assert catalog.stat(1, 77) == StatRecord(NOON_MS, Kind.VALUE, "load")
    assert catalog.stat(1, 78) == catalog.stat(2, 77) == StatRecord()


def test_a_stat_deleted_is_out_of_sight_up_to_then() -> None:
    """What stood in the log before is hidden, what comes later starts it anew."""
    catalog = a_catalog(SHOP)
    fold(catalog, an_entry(2, StatDeleted(1, 77), ends=(5, 0, 7)))

    assert catalog.stat(1, 77).deleted_ms == NOON_MS
    assert catalog.stat(1, 77).sight == Sight(0, (5, 0, 7))
    assert catalog.stat(1, 78).sight == EVERYTHING


def test_a_deletion_of_an_older_release_hides_by_the_time_of_receipt() -> None:
    """Its entry knows nothing of the log's ends; what it hid is hidden for ever."""
    catalog = a_catalog(SHOP, StatDeleted(1, 77))

    assert catalog.stat(1, 77).sight == Sight(first_id_at(NOON_MS))


def test_the_last_deletion_says_what_is_in_sight() -> None:
    """An older one is in front of it in the log, whatever their clocks said."""
    catalog = a_catalog(SHOP, StatDeleted(1, 77), at_ms=NOON_MS + 3_600_000)
    fold(catalog, an_entry(3, StatDeleted(1, 77), ends=(5,)))
    fold(catalog, an_entry(4, StatDeleted(1, 77), ends=(8,), at_ms=NOON_MS - 1))

    assert catalog.stat(1, 77).sight == Sight(0, (8,))


def test_a_stat_restored_undoes_its_last_deletion() -> None:
    """An earlier deletion stands."""
    catalog = a_catalog(SHOP)
    deletions = [StatDeleted(1, 77), StatDeleted(1, 77), StatRestored(1, 77)]
    for number, fact in enumerate(deletions):
        fold(catalog, an_entry(number + 2, fact, at_ms=NOON_MS + number))

    assert [deletion.at_ms for deletion in catalog.stat(1, 77).deletions] == [NOON_MS]


def test_comments_are_kept_in_order() -> None:
    """With the time they were made."""
    catalog = a_catalog(SHOP, StatCommented(1, 77, "first"), StatCommented(1, 77, "second"))

    assert catalog.stat(1, 77).comments == (Comment(NOON_MS, "first"), Comment(NOON_MS, "second"))


def test_a_generation_activated_moves_the_read_pointer() -> None:
    """It begins with the first."""
    assert a_catalog().generation == 1
    assert a_catalog(GenerationActivated(2)).generation == 2


# Which entries hold.


def test_an_entry_moves_the_catalog_to_its_sequence() -> None:
    """The catalog knows how far it has read and which commands are done."""
    catalog = Catalog()

    assert fold(catalog, an_entry(1, SHOP, commands_offset=41))
    assert (catalog.sequence, catalog.commands_offset) == (1, 41)
    assert catalog.done == {"e": a_command_id(1)}


def test_a_refusal_is_an_entry_too() -> None:
    """Its command is done; nothing else changes."""
    catalog = a_catalog(SHOP)

    assert fold(catalog, an_entry(2, refusal="ACCOUNT_EXISTS"))
    assert catalog.is_done(a_command_id(2))
    assert list(catalog.accounts) == [1]


@pytest.mark.parametrize("sequence", [1, 2, 4, 5])
def test_an_entry_out_of_sequence_is_passed_over(sequence: int) -> None:
    """The first entry for a place holds; one written by a decider that was replaced changes nothing at all."""
    catalog = a_catalog(SHOP, KeyRevoked(1, KeyKind.EZKEY))
    zombies = an_entry(sequence, OTHER, command=a_command_id(99), at_ms=NOON_MS + 1, commands_offset=99)

    assert not fold(catalog, zombies)
    assert catalog == a_catalog(SHOP, KeyRevoked(1, KeyKind.EZKEY))


def test_a_command_is_done_when_it_or_a_later_one_of_its_edge_has_an_entry() -> None:
    """Commands of one edge are decided in their order: by epoch, then offset, then place in the batch."""
    catalog = a_catalog()
    fold(catalog, an_entry(1, command=a_command_id(7, 2, epoch=3)))

    done = [a_command_id(7, 2, epoch=3), a_command_id(7, 1, epoch=3), a_command_id(6, 9, epoch=3)]
    done.append(a_command_id(99, 0, epoch=2))
    open_ = [a_command_id(7, 3, epoch=3), a_command_id(8, 0, epoch=3), a_command_id(1, 0, epoch=4)]
    open_.append(a_command_id(1, 0, edge="f"))

    assert [catalog.is_done(command) for command in done] == [True] * 4
    assert [catalog.is_done(command) for command in open_] == [False] * 4


@pytest.mark.parametrize("later_ms", [0, -5_000], ids=["in one millisecond", "the clock was set back"])
def test_what_is_made_after_its_deletion_is_there_whatever_the_clock_says(later_ms: int) -> None:
    """The order of the log counts; another decider's clock may be behind."""
    catalog = a_catalog(SHOP)
    made = StatCreated(1, 77, Kind.COUNTER, "s")
    for sequence, (fact, at_ms) in enumerate(
        [(made, 10_000), (StatDeleted(1, 77), 10_000), (made, 10_000 + later_ms)], 2
    ):
        assert fold(catalog, an_entry(sequence, fact, at_ms=at_ms))

    assert catalog.stat(1, 77).is_made
    fold(catalog, an_entry(5, StatDeleted(1, 77), at_ms=10_000))
    assert not catalog.stat(1, 77).is_made
    fold(catalog, an_entry(6, StatRestored(1, 77), at_ms=10_000))
    assert catalog.stat(1, 77).is_made


def test_what_the_catalog_knows_of_a_stat_without_the_tables() -> None:
    """Of one that was made by command, under the name that it has now; of a deleted one, or one that posts made, nothing."""
    catalog = a_catalog(SHOP)
    made = StatCreated(1, 77, Kind.VALUE, "load")
    named = StatRenamed(1, 77, Kind.VALUE, "load", "weight", None)
    posted = StatRenamed(1, 78, Kind.COUNTER, "hits", "clicks", None)
    known = []
    for sequence, fact in enumerate([made, named, posted, StatDeleted(1, 77), StatDeleted(1, 78)], 2):
        assert fold(catalog, an_entry(sequence, fact, at_ms=NOON_MS + sequence))
        stat, other = catalog.stat(1, 77), catalog.stat(1, 78)
        known.append((stat.made, stat.is_renamed_to("weight"), other.made, other.is_renamed_to("clicks")))

    assert known == [
        ((Kind.VALUE, "load", NOON_MS + 2), False, None, False),
        ((Kind.VALUE, "weight", NOON_MS + 2), True, None, False),
        ((Kind.VALUE, "weight", NOON_MS + 2), True, None, True),
        (None, False, None, True),
        (None, False, None, False),
    ]


def alike(ezkey: str, email_hash: bytes) -> AccountCreated:
    """An account whose ezkey reads like an e-mail address of this hash."""
    key = StoredKey(KeyKind.EZKEY, ezkey.encode(), None, (email_hash,))
    return an_account_created(1, "shop", keys=(key,))


def test_a_key_is_another_accounts_when_it_has_it_or_one_that_reads_like_it() -> None:
    """Whichever of the two was there first; an account's own is no hindrance."""
    address = StoredKey(KeyKind.EMAIL, b"address", None)
    catalog = a_catalog(alike("a@b", address.hash))

    assert catalog.others_with(address, None)
    assert catalog.others_with(address, 2)
    assert not catalog.others_with(address, 1)
    assert catalog.others_with(StoredKey(KeyKind.EMAIL, b"other", None, (b"a@b",)), 2)
    assert not catalog.others_with(StoredKey(KeyKind.EMAIL, b"other", None, (b"c@d",)), 2)


def test_a_key_that_is_gone_hinders_nobody() -> None:
    """Nor does what read like it."""
    catalog = a_catalog(alike("a@b", b"address"), KeyRevoked(1, KeyKind.EZKEY))

    assert not catalog.others_with(StoredKey(KeyKind.EMAIL, b"address", None, (b"a@b",)), 2)
    assert catalog.twins == {}


def test_an_id_is_not_given_twice_when_an_account_is_gone() -> None:
    """Ids are counted: a length would give the last one out again."""
    catalog = a_catalog(SHOP, OTHER)
    del catalog.accounts[OTHER.account], catalog.products[OTHER.product]

    assert (catalog.last_account, catalog.last_product) == (2, 2)


def test_a_product_created_stands_beside_the_first_with_keys_of_its_own() -> None:
    """And is found by its name; a key of its kinds opens it, and one of the account the first."""
    own, first = a_key("outlet's", KeyKind.SITEKEY), a_key("shop's", KeyKind.SITEKEY)
    catalog = a_catalog(
        an_account_created(1, "shop", keys=(first,)),
        ProductCreated(1, 2, "outlet", UUID, "o.example", "Europe/Lisbon", (own,)),
    )

    outlet = Product(2, 1, UUID, "o.example", {own.kind: own}, "outlet", NOON_MS, "Europe/Lisbon")
    assert catalog.products[2] == outlet
    assert catalog.products_of == {1: {"shop": 1, "outlet": 2}}
    assert catalog.product_of_key(KeyKind.SITEKEY, own.hash) is catalog.products[2]
    assert catalog.product_of_key(KeyKind.SITEKEY, first.hash) is catalog.products[1]
    assert catalog.last_product == 2


def test_a_product_changed_gives_its_old_name_up() -> None:
    """Its keys stay."""
    catalog = a_catalog(SHOP, ProductChanged(1, "sale", "sale.example", "Asia/Tokyo"))

    assert catalog.products_of == {1: {"sale": 1}}
    assert catalog.products[1] == Product(1, 1, UUID, "sale.example", {}, "sale", NOON_MS, "Asia/Tokyo")


def test_a_key_of_another_product_takes_the_place_of_its_kind_there() -> None:
    """Stored and revoked; the first product's stays."""
    old, new, first = (a_key(text, KeyKind.SITEKEY) for text in ("old", "new", "first"))
    shop, outlet = an_account_created(1, "shop", keys=(first,)), ProductCreated(1, 2, "o", UUID, "", None, (old,))
    catalog = a_catalog(shop, outlet, KeyStored(1, new, 2))

    assert catalog.products[2].keys == {KeyKind.SITEKEY: new}
    assert old.hash not in catalog.keys
    revoked = a_catalog(shop, outlet, KeyRevoked(1, KeyKind.SITEKEY, 2))
    assert (revoked.products[1].keys, revoked.products[2].keys) == ({KeyKind.SITEKEY: first}, {})


def test_a_report_scheduled_comes_at_its_hour() -> None:
    """The last word holds."""
    catalog = a_catalog(SHOP, ReportScheduled(1, 4), ReportScheduled(1, 23))

    assert catalog.accounts[1].report_hour == 23


def test_a_stat_renamed_has_its_name_and_its_heir_the_old_one() -> None:
    """It is known by its first name for ever, whatever it was called in between."""
    counter, a = Kind.COUNTER, metric_id(1, "counter", "a")
    catalog = a_catalog(SHOP, StatRenamed(1, a, counter, "a", "b", 99), StatRenamed(1, a, counter, "b", "c", 98))

    record = catalog.stat(1, a)
    assert (record.name, record.renamed, record.known_as) == ("a", "c", "c")
    assert [catalog.metric_of(1, counter, name) for name in "abc"] == [99, 98, a]
    assert catalog.metric_of(1, Kind.VALUE, "c") == metric_id(1, "value", "c")
    assert catalog.metric_of(2, counter, "c") == metric_id(2, "counter", "c")
    assert [(catalog.stat(1, heir).name, catalog.stat(1, heir).is_made) for heir in (99, 98)] == [
        ("a", False),
        ("b", False),
    ]


def test_a_stat_changed_is_shared_since_it_was_and_counts_once() -> None:
    """An entry that says so again changes nothing; one that ends it and one that begins it again do."""
    shared = StatChanged(1, 77, is_public=True, in_email=False, url="u")
    private = StatChanged(1, 77, is_public=False, in_email=True, url="")
    catalog = a_catalog(SHOP, shared, shared)

    assert catalog.stat(1, 77).settings == StatSettings(2, in_email=False, url="u")
    assert catalog.stats_of(1).with_settings == 1
    assert a_catalog(SHOP, shared, private).stat(1, 77).settings == StatSettings(None, in_email=True, url="")
    assert a_catalog(SHOP, shared, private, shared).stat(1, 77).settings.shared == 4


def test_a_subaccount_is_its_partners_until_it_is_closed() -> None:
    """Then it has no key, of no product, and nothing is said of it."""
    sitekey, own = a_key("s", KeyKind.SITEKEY), a_key("own", KeyKind.SITEKEY)
    other = an_account_created(2, "other", keys=(a_key("of other"), sitekey))
    begun = (SHOP, other, ProductCreated(2, 3, "p", UUID, "", None, (own,)), SubaccountCreated(2, 1, b"who"))
    catalog = a_catalog(*begun, SubaccountChanged(2, b"new"))

    assert catalog.subaccounts == {1: {2: None}}
    assert (catalog.accounts[2].partner, catalog.accounts[2].details) == (1, b"new")
    closed = a_catalog(*begun, SubaccountClosed(2))
    assert closed.subaccounts == {1: {}}
    assert (closed.accounts[2].is_closed, closed.accounts[2].details, closed.accounts[2].keys) == (True, None, {})
    assert {holder.account for holder in closed.keys.values()} == {1}
    assert [closed.products[product].keys for product in (2, 3)] == [{}, {}]
