"""SQL over what a product's people did, where that changes: another product's, who was erased, whatever history; what is
asked of a shop as it stands is in `test_sql_statements.py`.
"""

import os
from itertools import groupby
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from api.kissmetrics.records.records import RecordsSql
from api.reads.people.opened import Opened
from api.reads.people.people import People
from api.reads.people.searched_texts import NO_KEYS
from api.reads.tables import Tables
from testkit.activity import OTHER_KEY
from testkit.edges import KEYRING
from testkit.people_histories import ACTIVITY, ALIASES, a_history
from testkit.people_shop import DAY, HOLDER, Shop
from testkit.query_place import QueryPlace
from testkit.running import commands_of_children
from testkit.waiting import until_it_holds
from tilde.domain.people.acts import AskedActs
from tilde.domain.people.question import EVER, Had
from tilde.store import sql_process

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

HISTORIES = int(os.environ.get("TILDE_HISTORIES", "3"))  # each statement has a process of its own
ANN = "ann@example.com"


async def test_another_products_rows_are_never_read(shop: Shop) -> None:
    """Not by what people of both are called, either."""
    for name in ("Purchased", "Secret"):
        await shop.tables.track("/e", _k=OTHER_KEY, _p=ANN, _n=name, _d="1", _t=str(DAY), plan="Lead", amount="7777")
    await shop.tables.fill()
    union = " UNION ALL ".join(
        f"SELECT count(*) FROM records WHERE {condition}"
        for condition in (
            "1 = 1",
            "is_event('secret')",
            "property_value('amount') = 7777",
            "property_value('plan') = 'Lead'",
        )
    )

    assert sorted(await shop.sql(union)) == [[0], [0], [0], [6]]
    assert "Lead" not in str(await shop.sql("SELECT *, property_value('plan') FROM records"))


async def test_of_who_was_erased_nothing_is_told(shop: Shop) -> None:
    """His text is nobody's, though somebody else has the same; and in an answer that was there before it goes, too."""
    await shop.tables.track("/s", _p="dan", _d="1", _t=str(DAY + 9), plan="Silver")
    await shop.tables.fill()
    of_each = "SELECT person_id, property_value('plan') FROM records WHERE has_property('plan') AND is_set() ORDER BY timestamp_ms"
    path = await shop.ask("sql", {"sql": of_each})
    before = (await shop.complete(path))["data"]
    await shop.erase("cid")
    after = (await shop.get(path))["data"]

    assert [list(row.values()) for row in before] == [["cid", "Silver"], ["dan", "Silver"]]
    assert [list(row.values()) for row in after] == [[None, None], ["dan", "Silver"]]
    assert await shop.sql(of_each.replace("person_id,", "")) == [[None], ["Silver"]]
    of_plans = "SELECT count(*) FROM records WHERE property_value('plan')"
    of_him = "SELECT count(*) FROM records WHERE"
    counts = f"{of_plans} = 'Silver' UNION ALL {of_plans} LIKE 'Sil%' UNION ALL {of_him} person = 'cid'"
    assert sorted(await shop.sql(f"{counts} UNION ALL {of_him} orig_person_id = 'cid'")) == [[0], [0], [1], [1]]


async def test_who_comes_back_after_he_was_erased_has_no_name(shop: Shop) -> None:
    """What he did before would have it, too. Who was not erased has his own."""
    await shop.erase("cid")
    await shop.tables.track("/e", _p="cid", _n="Back", _d="1", _t=str(DAY + 99))
    await shop.tables.fill()

    names = await shop.sql("SELECT DISTINCT person_id, orig_person_id FROM records ORDER BY 1, 2")
    assert [None, None] in names
    assert "cid" not in str(names)
    assert [ANN, ANN] in names
    assert await shop.sql("SELECT person_id FROM records WHERE event_name = 'back'") == [[None]]


async def test_without_the_keys_texts_are_compared_and_not_told(place: QueryPlace, shop: Shop) -> None:
    keyless = Shop(place, shop.tables)
    found = "SELECT person_id, property_value('plan'), event_name FROM records WHERE property_value('plan') = 'Gold'"
    assert await keyless.sql(found) == [[None, None, "purchased"]]
    said = await keyless.complete(await keyless.ask("sql", {"sql": found.replace("= 'Gold'", "LIKE 'G%'")}))
    assert said["error"] == NO_KEYS
    await place.jobs.close()


async def test_a_statement_that_is_cancelled_runs_no_more_and_leaves_its_place(shop: Shop) -> None:
    """Its process has ended when that is answered. There is one place, so the next one would wait for it."""
    endless = "".join(f" JOIN records r{nth} ON r0.year = r{nth}.year" for nth in range(1, 20))  # 7 ** 20 rows
    path = await shop.ask("sql", {"sql": f"SELECT count(*) FROM records r0{endless}"})
    await until_it_holds(statements)
    gone = await shop.place.http.delete(path, headers=HOLDER)

    assert gone.json() == {"id": path.rpartition("/")[2], "cancelled": True}
    assert statements() == []
    assert await shop.sql("SELECT count(*) FROM records") == [[6]]
    assert (await shop.get(path))["cancelled"] is True


def statements() -> list[str]:
    """The processes in which some run."""
    return [command for command in commands_of_children(os.getpid()) if sql_process.__name__ in command]


@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(ACTIVITY, ALIASES)
async def test_records_are_counted_as_an_oracle_counts_them(
    place: QueryPlace, done: list[Any], aliases: list[tuple[int, int]]
) -> None:
    """By person and event, and with a property."""
    product, oracle = await a_history(place, done, aliases)
    tables = Tables(place.store, lambda: 1)
    opened = Opened(KEYRING.keyed_hash, None)
    sql = RecordsSql(tables, People(tables), opened, place.follower)
    counts = "SELECT person, coalesce(event_name, ''), count(*), count_if(has_property('p')) FROM records GROUP BY 1, 2 ORDER BY 1, 2"
    found = await sql.found(product, sql.read(counts, {}), EVER)

    acts, with_p = oracle.acts(AskedActs()), set(oracle.acts(AskedActs(where=Had("p"))))
    by_person = sorted(acts, key=lambda act: act[1:])
    wanted = []
    for (person, event), some in groupby(by_person, key=lambda act: act[1:]):
        of_them = list(some)
        wanted.append([person, event, len(of_them), len(with_p & set(of_them))])
    assert found == wanted
