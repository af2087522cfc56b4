"""What former releases left, as they made it: today's reads tell what those told, count on, and a replay changes nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from testkit import dialect_deeds
from testkit.former_releases import ENVIRONMENT, OPERATOR, unpack
from testkit.kafka_broker import KafkaBroker
from testkit.kafka_copy import write
from testkit.roles import TildeOnKafka
from testkit.running import RunningTilde
from testkit.settling import settle_folder, settle_kafka
from testkit.taking_on import TakenOn, rebuilt

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

# What the release's own numbers (tests/e2e/releases/*.json) and those that were posted since make.
TOTALS = {
    "page view": 1 - 2.5 + 100,
    "by address": 1 + 2 + 4,
    "made by its owner": 1 + 7 + 10,
    "a value of its owner's": 1.5 + 10,
    "only": 9 + 100,  # of `~only,pieces`
    "both at once": 4 + 50,  # renamed: what came to its old name since is another stat's
    "never posted to": 0,
    "deleted for good": 3,  # since it was
    "deleted twice": 100,
    "bulk 2": 1000,  # since it was deleted by today's release
    **dict.fromkeys(("deleted and posted to", "restored", "deleted by the operator")),
}
# Then an account was told as unchanged since it was made.
UPDATED = [
    "/core/accounts: [1].data[0].updated_at: '2026-11-29T17:49:36Z' and not '2026-11-29T17:49:32Z'",
]
# Then no stat was told as shared, by StatHat's calls.
SHARED = [
    "/x/token-of-the-shop/statlist?offset=7: [1][23].public: True and not False",
]
OF_DIALECTS = {
    "visited": 3,
    "bought": 4 + 1,  # Bob and Cid are one by now, and did it in one second
    "upsold": 1,
    "came back": 2,
    "orders": 2.5 + 40 + 50 + 60,
    "page views": 18 + 4,
    "people": 10,  # Ann; Bob, who is Cid; Dora, who was erased; seven others
}


@pytest.mark.parametrize("release", ["spine", "dialects"])
def test_a_data_folder(release: str, tmp_path: Path) -> None:
    with RunningTilde(unpack(f"{release}.folder", tmp_path / "data"), ENVIRONMENT) as tilde:
        tilde.client.headers.update(OPERATOR)
        it = TakenOn(release, tilde.client, lambda: settle_folder(tilde.client, tilde.data))

        is_taken_on(it, lambda: tilde.run("replay"))


@pytest.mark.kafka
@pytest.mark.parametrize("release", ["spine", "dialects"])
def test_a_kafka(release: str, tmp_path: Path) -> None:
    """Its topics are written to a broker, message by message; then `tilde migrate`, and all roles, in their folders."""
    folder = unpack(f"{release}.kafka", tmp_path / "roles")
    with KafkaBroker() as broker:
        write(broker.bootstrap, folder)
        with TildeOnKafka(folder, broker, workers=1) as tilde:
            settle = lambda: settle_kafka(tilde.client, broker.bootstrap)  # noqa: E731
            it = TakenOn(release, tilde.client, settle, on_kafka=True)

            is_taken_on(it, lambda: tilde.tilde("replay", "--url", tilde.url, "--data", str(tmp_path / "replay")))


def is_taken_on(it: TakenOn, replay: Callable[[], str]) -> None:
    """That what was told is told, what is sent besides is counted, and a replay makes the same of all."""
    it.settle()
    unlike = SHARED + (UPDATED if it.on_kafka else [])
    assert it.unlike_told() == (unlike if it.release == "dialects" else [])

    it.go_on()
    before = it.contents(1)
    assert it.totals() == TOTALS | ({"page view": 98.5 + 100} if it.release == "dialects" else {})
    assert it.release == "spine" or dialect_deeds.totals(before) == OF_DIALECTS

    assert "generation 2 is the one that is read now" in replay()
    after = it.contents(2)
    assert it.totals() == TOTALS | ({"page view": 98.5 + 100} if it.release == "dialects" else {})
    found = {name: (gone, [_shown(row) for row in new]) for name, (gone, new) in rebuilt(before, after).items()}
    # Two events of one second had one price in the tables of that release. A replay brings the other one back.
    lost = {"property_values": ([], [("price", "bought", 19.5)])}
    assert found == (lost if it.release == "dialects" else {})


def _shown(row: dict[str, object]) -> tuple[object, ...]:
    return row["property"], row["event"], row["number"]
