"""Mail as its owner gets it: a post, a letter, its link; and none for what was there before."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from testkit.mailbox import has_begun, letters
from testkit.running import RunningTilde
from testkit.waiting import PATIENCE_S, until
from tilde.data_folder import letters_folder, watchers_path
from tilde.own_paths import LINKS_BELOW
from tilde.runtime.clock import SystemClock

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def tilde(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTilde]:
    with RunningTilde(tmp_path_factory.mktemp("mailed")) as running:
        yield running


def wait(condition: Callable[[], bool]) -> None:
    until(condition, PATIENCE_S, lambda: "the watchers did not get there")


def subjects(tilde: RunningTilde, to: str) -> list[str]:
    return [letter["Subject"] for letter in letters(tilde.data) if letter["To"] == to]


def post(tilde: RunningTilde, address: str, stat: str) -> None:
    assert tilde.client.post("/ez", data={"ezkey": address, "stat": stat, "count": 3}).json()["msg"] == "ok"


def told(tilde: RunningTilde, name: str) -> str:
    """An account that posts for the first time, and has its letter: so all that was posted before it was looked at."""
    address = f"{name}@example.com"
    tilde.make_account(name, email=address)
    post(tilde, address, f"stat of {name}")
    wait(lambda: subjects(tilde, address) == [f"New stat: stat of {name}"])
    return address


def statlist(tilde: RunningTilde, token: str) -> list[str]:
    return [stat["name"] for stat in tilde.client.get(f"/x/{token}/statlist").json()]


def test_the_link_in_a_letter_destroys_the_stat(tilde: RunningTilde) -> None:
    account = tilde.make_account("shop", email="jo@example.com")
    post(tilde, "jo@example.com", "signups")
    wait(lambda: bool(subjects(tilde, "jo@example.com")))
    (letter,) = letters(tilde.data)
    plain = letter.get_body(("plain",))
    assert plain is not None
    link = re.findall(f"destroy it: http://[^/]+({LINKS_BELOW}\\S+)", plain.get_content())[0]
    asked, before = tilde.client.get(link), statlist(tilde, account["token"])
    done = tilde.client.post(link)

    assert (asked.status_code, before) == (200, ["signups"])
    assert done.status_code == 200
    assert statlist(tilde, account["token"]) == []
    assert tilde.client.post(link).status_code == 410


def test_a_report_that_is_tried_links_to_the_tilde_that_runs(tilde: RunningTilde) -> None:
    """Also where it was told its port by an option, which the command does not know."""
    account = tilde.make_account("tried", email="tried@example.com")
    post(tilde, "tried@example.com", "tries")
    (stat,) = tilde.client.get(f"/x/{account['token']}/statlist").json()
    tilde.run("stat", "set", stat["id"], "--account", "tried", "--report")
    today = datetime.fromtimestamp(SystemClock().now_ms() / 1000, UTC).date()
    printed = tilde.run("report", "--dry-run", "--account", "tried", "--day", str(today))
    (report,) = [letter for letter in letters(tilde.data) if letter["Subject"].startswith("Daily report")]

    assert str(today) in printed
    assert report["To"] == "tried@example.com"
    assert report["List-Unsubscribe"].startswith(f"<{tilde.url}{LINKS_BELOW}")


def test_a_replay_writes_to_nobody(tilde: RunningTilde) -> None:
    known = told(tilde, "before")
    tilde.run("replay")
    post(tilde, known, "stat of before")
    told(tilde, "after")

    assert subjects(tilde, known) == ["New stat: stat of before"]


def test_a_first_start_over_an_old_folder_writes_of_nothing_that_is_there(tilde: RunningTilde) -> None:
    """As after an update from a release without mail."""
    known = told(tilde, "old")
    tilde.stop()
    for path in (*letters_folder(tilde.data).iterdir(), *tilde.data.glob(f"{watchers_path(tilde.data).name}*")):
        path.unlink()
    tilde.start()
    wait(lambda: has_begun(tilde.data))
    post(tilde, known, "stat of old")
    told(tilde, "new")

    assert subjects(tilde, known) == []
    assert len(letters(tilde.data)) == 1
