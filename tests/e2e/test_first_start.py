"""The first start of a data folder, with somebody who does not wait for its end."""

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from run.roles.first_account import FIRST_ACCOUNT
from testkit.running import RunningTilde
from testkit.waiting import until
from tilde.data_folder import untold_token_path, url_path

pytestmark = pytest.mark.e2e


@pytest.fixture
def tilde(tmp_path: Path) -> Iterator[RunningTilde]:
    """One that has not been started."""
    tilde = RunningTilde(tmp_path / "data")
    yield tilde
    tilde.__exit__(None, None, None)


def accounts_of(tilde: RunningTilde) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(tilde.run("account", "list", "--json"))
    return listed


def test_an_account_that_is_asked_for_meanwhile_is_the_second_one(tilde: RunningTilde) -> None:
    """It takes neither the place nor the numbers of the account that the first start makes, whose keys are told."""
    with ThreadPoolExecutor(1) as starting:
        started = starting.submit(tilde.start)
        until(url_path(tilde.data).exists, 30, lambda: "it does not say where it listens")
        acme = tilde.create_account("acme")
        started.result()
    tilde.wait_greeted()
    main, second = accounts_of(tilde)

    assert (main["id"], main["name"], main["product"]["id"]) == (1, FIRST_ACCOUNT, 1)
    assert (second["id"], second["name"], second["product"]["id"]) == (2, "acme", 2)
    assert acme["product"]["id"] == 2
    assert f"The first account, {FIRST_ACCOUNT}:" in tilde.output()
    assert main["ezkey"] in tilde.output()


def test_whoever_stops_it_learns_the_keys_of_the_account_that_it_makes(tilde: RunningTilde) -> None:
    """They are shown once; stopped before they are, it would have an account that nobody has the token of."""
    with ThreadPoolExecutor(1) as starting:
        started = starting.submit(tilde.start)
        until(lambda: tilde.has_begun and bool(tilde.child("first-account")), 30, lambda: "no account is made")
        os.kill(tilde.pid, signal.SIGTERM)
        with pytest.raises(AssertionError, match="tilde up ended with 0"):
            started.result()
    (main,) = accounts_of(tilde)

    assert main["name"] == FIRST_ACCOUNT
    assert f"The first account, {FIRST_ACCOUNT}:" in tilde.output()
    assert main["ezkey"] in tilde.output()


def test_where_somebody_has_an_account_no_other_is_made(tilde: RunningTilde) -> None:
    """He has made one before the first start; the second start makes none, either."""
    tilde.create_account("acme")
    for _ in range(2):
        tilde.start()
        tilde.wait_printed("with the ezkey of an account")
        names = [one["name"] for one in accounts_of(tilde)]
        tilde.stop()

        assert names == ["acme"]


def test_a_start_that_was_killed_before_it_told_the_keys_leaves_that_to_the_next(tilde: RunningTilde) -> None:
    """The token, too, of which the log has a hash alone. Once told, they are not told again."""
    with ThreadPoolExecutor(1) as starting:
        started = starting.submit(tilde.start)
        until(lambda: tilde.has_begun and bool(tilde.child("edge")), 30, lambda: "no edge is begun")
        tilde.kill()
        with pytest.raises(AssertionError, match="tilde up ended with -9"):
            started.result()

    assert "The first account" not in tilde.output()
    tilde.start()
    tilde.wait_greeted()
    (main,) = accounts_of(tilde)
    token = tilde.output().partition("\n  token ")[2].split()[0]
    read = tilde.client.get("/tilde/v1/products", headers={"authorization": f"Bearer {token}"})
    tilde.stop()

    assert main["ezkey"] in tilde.output()
    assert [one["id"] for one in read.json()] == [1]
    tilde.start()
    tilde.wait_printed("with the ezkey of an account")
    tilde.stop()

    assert tilde.output().count("The first account") == 1
    assert not untold_token_path(tilde.data).exists()


def test_a_start_that_is_killed_while_it_makes_the_account_leaves_it_to_the_next(tilde: RunningTilde) -> None:
    """Whether it has made it by then, or not."""
    with ThreadPoolExecutor(1) as starting:
        started = starting.submit(tilde.start)
        until(untold_token_path(tilde.data).exists, 30, lambda: "no account is begun")
        tilde.kill()
        with pytest.raises(AssertionError, match="tilde up ended with -9"):
            started.result()
    tilde.start()
    tilde.wait_greeted()
    (main,) = accounts_of(tilde)
    token = tilde.output().partition("\n  token ")[2].split()[0]
    read = tilde.client.get("/tilde/v1/products", headers={"authorization": f"Bearer {token}"})

    assert main["name"] == FIRST_ACCOUNT
    assert [one["id"] for one in read.json()] == [1]
