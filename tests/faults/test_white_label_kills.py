"""`tilde up` under SIGKILL while clients make and delete users and sites: what was answered holds, what was not is whole
or not there, and no id is given twice.

TILDE_FAULTS says how many faults (8), TILDE_SEED which ones (1).
"""

import http.client
import json
import os
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest

from testkit.running import RunningTilde
from testkit.waiting import until
from tests.faults.test_kill_loop_embedded import Harm

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(0)]

FAULTS = int(os.environ.get("TILDE_FAULTS", "8"))
SEED = int(os.environ.get("TILDE_SEED", "1"))
CLIENTS = 2
BETWEEN = 12  # answers between two faults, so that each has something to destroy
DELETED_EVERY = 3
TIMEOUT_S = 30
PAUSE_S = 0.02
LAST_ADMIN, UNKNOWN_NAME, MAYBE = "26", "2", "7"


@dataclass
class Account:
    """One user and his site, as far as they were answered. `is_deleted` is None where nobody knows."""

    name: str
    user: int | None = None
    site: list[str] = field(default_factory=list)
    is_deleted: bool | None = False


@dataclass
class Client(threading.Thread):
    """Makes one after the other, each with a site, and deletes some."""

    tilde: RunningTilde
    key: str
    number: int
    made: list[Account] = field(default_factory=list)
    answers: int = 0
    unanswered: int = 0
    has_to_stop: bool = False

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def run(self) -> None:
        pause = threading.Event()
        while not self.has_to_stop:
            account = Account(f"u{self.number}-{len(self.made)}")
            self.made.append(account)
            user = self.ask(type="user", username=account.name)
            if user is not None:
                account.user = int(user[0])
                account.site = self.ask(type="site", user_id=user[0], domain=f"{account.name}.com") or []
                if len(self.made) % DELETED_EVERY == 0:
                    account.is_deleted = None if self.ask(type="user", user_id=user[0], delete="1") is None else True
            pause.wait(PAUSE_S)

    def ask(self, **parameters: str) -> list[str] | None:
        """The lines behind OK; None where nobody knows what became of it."""
        try:
            ok, *lines = asked(self.tilde, self.key, **parameters)
        except (OSError, http.client.HTTPException, ValueError):
            ok, lines = "NOK", [MAYBE]
        if ok == "OK":
            self.answers += 1
            return lines
        assert lines[0] == MAYBE, lines
        self.unanswered += 1
        return None

    # dataclasses compare, threads are found by what they are
    __hash__ = threading.Thread.__hash__
    __eq__ = object.__eq__


def asked(tilde: RunningTilde, key: str, **parameters: str) -> list[str]:
    return got(tilde, "/api/whitelabel/", key, **parameters).split("\n")[:-1]


def got(tilde: RunningTilde, path: str, key: str, **parameters: str) -> str:
    connection = http.client.HTTPConnection(tilde.host, tilde.port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", f"{path}?{urlencode({'auth': key, **parameters})}")
        answer = connection.getresponse()
        body = answer.read().decode()
    finally:
        connection.close()
    if not body:
        raise ValueError("no answer")
    return body


def decides(tilde: RunningTilde, key: str) -> bool:
    """Whether commands are answered again: one more user is made, or was by the try before."""
    try:
        return asked(tilde, key, type="user", username="one-more")[1] != MAYBE
    except (OSError, http.client.HTTPException, ValueError):
        return False


def wrong_with(tilde: RunningTilde, key: str, made: list[Account]) -> list[str]:
    """What does not fit what was answered; nothing, if every promise was kept."""
    listed: list[dict[str, Any]] = json.loads(got(tilde, "/api/whitelabel/sites", key))["response"]["site"]
    sites = {site["hostname"].removesuffix(".com"): site for site in listed}
    wrong = [f"two sites of {name}" for name, times in Counter(s["hostname"] for s in listed).items() if times > 1]
    wrong += [f"a site that nobody asked for: {name}" for name in set(sites) - {account.name for account in made}]
    for account in made:
        status, found, *_ = asked(tilde, key, type="get_user_id", username=account.name)
        is_there, site = status == "OK", sites.get(account.name)
        if is_there and asked(tilde, key, type="get_username", user_id=found) != ["OK", account.name]:
            wrong.append(f"{account.name} is half made")
        if account.user is not None and account.is_deleted is False and found != str(account.user):
            wrong.append(f"{account.name} was acknowledged as {account.user}, and is {status} {found}")
        if account.is_deleted is True and (is_there or site is not None):
            wrong.append(f"{account.name} was deleted, and there is {found}, {site}")
        if site is not None and not is_there:
            wrong.append(f"the site of {account.name} has nobody")
        if account.site and account.is_deleted is False:
            shown = site and [site["site_id"], site["sitekey"], site["server"], site["sitekey_admin"]]
            if shown != account.site:
                wrong.append(f"the site of {account.name} was acknowledged as {account.site}, and is {shown}")
        if site is not None and is_there:
            kept = asked(tilde, key, type="remove_user_from_site", user_id=found, site_id=site["site_id"])
            if kept[:2] != ["NOK", LAST_ADMIN] or len(site["sitekey"]) != 13 or len(site["sitekey_admin"]) != 39:
                wrong.append(f"the site of {account.name} is half made: {kept}, {site}")
    ids = [account.user for account in made if account.user is not None]
    ids_of_sites = [account.site[0] for account in made if account.site]
    if len(set(ids)) != len(ids) or len(set(ids_of_sites)) != len(ids_of_sites):
        wrong.append("an id was given twice")
    return wrong


def test_commands_under_kills_leave_nobody_half_made(tmp_path):
    with RunningTilde(tmp_path / "data") as tilde:
        key = tilde.make_account("killed")["white_label_key"]
        clients = [Client(tilde, key, number) for number in range(CLIENTS)]
        harm = Harm(tilde, SEED)
        for client in clients:
            client.start()
        for _ in range(FAULTS):
            enough = sum(client.answers for client in clients) + BETWEEN
            until(lambda n=enough: sum(c.answers for c in clients) >= n, 120, lambda: tilde.output()[-2000:])
            harm.do()
        for client in clients:
            client.has_to_stop = True
        for client in clients:
            client.join(120)
        made = [account for client in clients for account in client.made]
        until(lambda: decides(tilde, key), 60, lambda: tilde.output()[-2000:])
        print(
            f"{dict(harm.done)}: {sum(c.answers for c in clients)} answered, {sum(c.unanswered for c in clients)} not"
        )

        assert any(account.is_deleted for account in made)
        assert wrong_with(tilde, key, made) == []

        # The control: the same arithmetic over what was not so.
        last = next(account for account in reversed(made) if account.site and account.is_deleted is False)
        last.user, last.site[1] = -1, "another sitekey"
        assert len(wrong_with(tilde, key, made)) == 2
        last.is_deleted = True
        assert len(wrong_with(tilde, key, made)) == 1
