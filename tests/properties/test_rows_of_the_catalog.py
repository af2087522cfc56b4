"""Rows of users, sites, access and changes are what the catalog says, whatever is decided, and whoever decides twice."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.contract import Message, no_outputs
from streams.processors.changes import ChangesProcessor
from streams.processors.resellers import ResellersProcessor
from streams.state import State
from testkit.builders import NOON_MS, UUID, a_command_id
from testkit.resellers import some_user_details, with_email
from tilde.domain.catalog.access import GrantAccess, MoveSite, RevokeAccess
from tilde.domain.catalog.accounts import CreateAccount
from tilde.domain.catalog.entries import Action, Command, Entry, decide, fold
from tilde.domain.catalog.sites import ChangeSite, CreateSite, DeleteSite
from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.users import ChangeUser, CreateUser, DeleteUser
from tilde.schemas.codec import decode, encoder
from tilde.schemas.records import entry_record
from tilde.schemas.topics import ACCESS, CATALOG, CHANGES, SITES, TOPICS, USERS

Rows = dict[str, list[dict[str, Any]]]
NUMBERS = st.integers(1, 4)
SITE_IDS = st.integers(2, 6)
NAMES = st.sampled_from(["a", "b", "c", "d"])
HOSTS = st.sampled_from(["a.test", "b.test", "c.test"])
USERS_SAID = st.builds(some_user_details, NAMES) | st.builds(
    lambda name: some_user_details(name, **with_email(name)), NAMES
)
ONE = st.just(1)
ACTIONS: st.SearchStrategy[Action] = st.one_of(
    st.builds(CreateUser, ONE, USERS_SAID),
    st.builds(CreateUser, ONE, USERS_SAID),
    st.builds(ChangeUser, ONE, NUMBERS, has_onsite_stats=st.booleans(), password=st.sampled_from([None, b"", b"x"])),
    st.builds(DeleteUser, ONE, NUMBERS),
    *[st.builds(CreateSite, ONE, NUMBERS, st.just(UUID), HOSTS, st.just(()), NAMES, st.none(), st.none(), st.just(()))]
    * 3,
    st.builds(
        ChangeSite, ONE, SITE_IDS, st.none() | HOSTS, st.just(("m.test",)), st.none() | NAMES, st.none(), st.none()
    ),
    st.builds(DeleteSite, ONE, SITE_IDS, st.none() | NUMBERS),
    st.builds(GrantAccess, ONE, NUMBERS, SITE_IDS, st.booleans()),
    st.builds(RevokeAccess, ONE, NUMBERS, SITE_IDS),
    st.builds(MoveSite, ONE, NUMBERS, SITE_IDS),
)
BEGUN = [
    CreateAccount("shop", (), UUID, ""),
    *[CreateUser(1, some_user_details(name)) for name in "xyz"],
    *[CreateSite(1, user, UUID, f"s{user}.test", (), "", None, None, ()) for user in (1, 2, 1)],
    GrantAccess(1, 2, 2, False),
]
_encode = encoder(CATALOG.subject)


def decided(actions: list[Action]) -> tuple[list[Entry], Catalog]:
    """What the one decider answers, behind three users and as many sites."""
    catalog, entries = Catalog(), []
    for number, action in enumerate([*BEGUN, *actions]):
        command = Command(NOON_MS, NOON_MS + number, action)
        entries.append(decide(catalog, command, a_command_id(number), number, NOON_MS + number))
        assert fold(catalog, entries[-1])
    return entries, catalog


def rows_of(log: list[Entry], again_from: int) -> Rows:
    """What the processors make of a log; the process ends once, and goes on from what was saved."""
    rows: Rows = {topic.name: [] for topic in (USERS, SITES, ACCESS, CHANGES)}
    for processor in (ResellersProcessor(), ChangesProcessor()):
        state = State()
        for offset, entry in enumerate(log):
            if offset == again_from:
                state = State(state.drain())
            outputs = no_outputs()
            content = decode(_encode(entry_record(entry)), CATALOG.subject)
            processor.fold(Message(0, offset, content, entry.sequence), outputs, state)
            for topic, given_rows in outputs.items():
                rows[topic] += [decode(row, TOPICS[topic].subject) for row in given_rows]
    return rows


def standing(rows: list[dict[str, Any]], *identity: str) -> dict[Any, dict[str, Any]]:
    """As tables have them: of each identity the highest version, where that deletes nothing."""
    last: dict[Any, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["version"]):
        last[tuple(row[name] for name in identity)] = row
    return {key: row for key, row in last.items() if not row["is_deleted"]}


@settings(max_examples=60)
@given(st.lists(ACTIONS, max_size=25), st.integers(0, 30), st.data())
def test_tables_show_the_catalog(actions: list[Action], again_from: int, data: st.DataObject) -> None:
    entries, catalog = decided(actions)
    others, _ = decided(data.draw(st.lists(ACTIONS, max_size=len(entries)), label="a zombie's commands"))
    log: list[Entry] = []
    for entry in entries:
        late = [other for other in (*entries, *others) if other.sequence <= entry.sequence]
        log += [entry, *data.draw(st.lists(st.sampled_from(late), max_size=1))]
    rows = rows_of(log, again_from)

    users = standing(rows[USERS.name], "user_id")
    assert {key[0]: (row["account"], row["has_email"], row["has_password"], row["has_onsite_stats"]) for key, row in users.items()} == {
        user.id: (user.account, user.details.email is not None, user.details.password is not None, user.details.has_onsite_stats)
        for user in catalog.users.values()
    }  # fmt: skip
    sites = standing(rows[SITES.name], "site")
    there = [site for site in map(catalog.site, catalog.sites) if site is not None]
    assert {key[0]: (row["domain"], tuple(row["mirrors"]), row["nickname"], row["clock_offset_s"], row["clock_rule"]) for key, row in sites.items()} == {
        site.id: (site.domain, site.mirrors, site.nickname, site.clock.offset_s, site.clock.rule) for site in there
    }  # fmt: skip
    access = standing(rows[ACCESS.name], "site", "user_id")
    counting = {key: bool(row["is_admin"]) for key, row in access.items() if (key[0],) in sites and (key[1],) in users}
    assert counting == {(site, user): is_admin for site, of in catalog.access.items() for user, is_admin in of.items()}
    changes = standing(rows[CHANGES.name], "sequence")
    assert [(row["refusal"] or None, row["kinds"]) for row in changes.values()] == [
        (entry.refusal, [type(fact).__name__ for fact in entry.facts]) for entry in entries
    ]
    assert "sealed" not in "".join(row["facts"] for row in changes.values())
