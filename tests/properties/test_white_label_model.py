"""The white label API against a simple model of it: whatever is asked, in whatever order, both answer alike.

500 requests here. More of them: `.venv/bin/python -m tests.properties.test_white_label_model 10000`
"""

import asyncio
import json
import re
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from testkit.asking import ask
from testkit.white_label import KEYS, PATH, WhiteLabels, white_labels
from testkit.white_label_model import Model, Sent

STEPS = 500
STEPS_EACH = 50  # of one beginning; a step is one request
FIRST_SITE = 4  # the accounts have a product each
LIMITS: Any = {"max_users": 3, "max_sites": 3, "max_goals": 2}

AUTH = st.sampled_from([*KEYS.values()] * 5 + ["nobody's", ""])
KEY = st.sampled_from(sorted(KEYS.values()))
OF_ACCESS = st.sampled_from(["add_user_to_site", "add_user_to_site", "remove_user_from_site", "move_site_to_user"])
USER = st.integers(1, 8).map(str)
SITE = st.integers(FIRST_SITE, FIRST_SITE + 6).map(str)
NAMES = st.sampled_from(["billy", "Billy", "anna", "ANNA", "eve", "a b", ""])
EMAILS = st.sampled_from(["a@x.com", "A@X.COM", "b@x.com", "no address", ""])
DOMAINS = st.sampled_from(["a.com", "b.com", "nodot", ""])
TEXTS = st.sampled_from(["x", "y", ""])
FLAG = st.sampled_from(["1", "0", ""])
URLS = st.sampled_from(["/a", "/b", "bad", ""])
FIELDS = {
    "user": {"user_id": USER, "username": NAMES, "email": EMAILS, "delete": FLAG},
    "site": {"user_id": USER, "site_id": SITE, "domain": DOMAINS, "nickname": TEXTS, "delete": FLAG},
    "add_user_to_site": {"user_id": USER, "site_id": SITE, "admin": FLAG},
    "remove_user_from_site": {"user_id": USER, "site_id": SITE},
    "move_site_to_user": {"user_id": USER, "site_id": SITE},
    "get_user_id": {"username": NAMES | EMAILS},
    "get_username": {"user_id": USER},
    "goal": {
        "site_id": SITE,
        "goal[id]": st.integers(1, 6).map(str),
        "delete": FLAG,
        "goal[name]": TEXTS,
        "goal[url]": URLS,
        "goal[manual]": FLAG,
    },
    "nothing": {},
}


class WhiteLabelMachine(RuleBasedStateMachine):
    """Sends each request to an edge and to the model. There is something to be changed from the beginning."""

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.stack = AsyncExitStack()
        self.api: WhiteLabels = self.runner.run(self._opened())
        self.model = Model(frozenset(KEYS.values()), FIRST_SITE, **LIMITS)
        for number, key in enumerate(KEYS.values()):
            self.asked({"auth": key, "type": "user", "username": f"first of {number}".replace(" ", "-")})
            self.asked({"auth": key, "type": "user", "username": f"second-{number}", "email": "b@x.com"})
            first = str(2 * number + 1)
            self.asked({"auth": key, "type": "site", "user_id": first, "domain": "a.com"})

    async def _opened(self) -> WhiteLabels:
        api = await self.stack.enter_async_context(white_labels(Path(self.folder.name)))
        for name in KEYS:
            await api.configure(name, **LIMITS)
        return api

    def teardown(self) -> None:
        if hasattr(self, "runner"):
            self.runner.run(self.stack.aclose())
            self.runner.close()
            self.folder.cleanup()

    def asked(self, sent: Sent) -> None:
        reply = self.runner.run(self._ask(sent))
        expected = self.model.answer(sent)
        assert re.fullmatch("".join(f"{line}\n" for line in expected), reply), (sent, expected, reply)

    async def _ask(self, sent: Sent) -> str:
        query = "&".join(f"{name}={value.replace(' ', '+')}" for name, value in sent.items())
        return (await ask(self.api.app, "GET", f"{PATH}?{query}")).body.decode()

    @rule(key=KEY, name=NAMES, email=EMAILS)
    def make_user(self, key: str, name: str, email: str) -> None:
        self.asked({"auth": key, "type": "user", "username": name, "email": email})

    @rule(data=st.data(), key=KEY, domain=DOMAINS)
    def make_site(self, data: st.DataObject, key: str, domain: str) -> None:
        self.asked({"auth": key, "type": "site", "user_id": self.own_user(data, key), "domain": domain})

    @rule(data=st.data(), key=KEY, type_=st.sampled_from(sorted(FIELDS)))
    def do_with_what_there_is(self, data: st.DataObject, key: str, type_: str) -> None:
        """Its users and sites are the white label's own."""
        sent = {name: data.draw(values, label=name) for name, values in FIELDS[type_].items()}
        sent["user_id"] = self.own_user(data, key)
        sent["site_id"] = self.own_site(data, key)
        self.asked({"auth": key, "type": type_, **sent})

    @rule(data=st.data(), key=KEY, type_=OF_ACCESS, is_admin=FLAG)
    def change_access(self, data: st.DataObject, key: str, type_: str, is_admin: str) -> None:
        user, site = self.own_user(data, key), self.own_site(data, key)
        self.asked({"auth": key, "type": type_, "user_id": user, "site_id": site, "admin": is_admin})

    @rule(data=st.data(), key=KEY, type_=st.sampled_from(sorted(FIELDS)))
    def do_with_what_somebody_has(self, data: st.DataObject, key: str, type_: str) -> None:
        """Maybe another white label."""
        sent = {name: data.draw(values, label=name) for name, values in FIELDS[type_].items()}
        for name, known in (("user_id", self.model.users), ("site_id", self.model.sites)):
            if name in sent and known:
                sent[name] = str(data.draw(st.sampled_from(sorted(known)), label=name))
        self.asked({"auth": key, "type": type_, **sent})

    def own_user(self, data: st.DataObject, key: str) -> str:
        own = [user for user, known in self.model.users.items() if known.account == key]
        return str(data.draw(st.sampled_from(own or [99]), label="user"))

    def own_site(self, data: st.DataObject, key: str) -> str:
        own = [site for site, known in self.model.sites.items() if known.account == key]
        return str(data.draw(st.sampled_from(own or [99]), label="site"))

    @rule(auth=AUTH, data=st.data())
    def do_anything(self, auth: str, data: st.DataObject) -> None:
        type_ = data.draw(st.sampled_from(sorted(FIELDS)))
        fields = FIELDS[type_]
        names = data.draw(st.lists(st.sampled_from(sorted(fields)), unique=True)) if fields else []
        self.asked({"auth": auth, "type": type_, **{name: data.draw(fields[name], label=name) for name in names}})

    @invariant()
    def both_list_the_same_sites(self) -> None:
        if not hasattr(self, "model"):
            return
        for key in KEYS.values():
            reply = self.runner.run(ask(self.api.app, "GET", f"{PATH}sites?auth={key.replace(' ', '+')}"))
            sites = json.loads(reply.body)["response"]["site"]
            assert [(site["site_id"], site["hostname"], site["nickname"]) for site in sites] == self.model.listed(key)


def run(steps: int, *, derandomize: bool) -> None:
    """So many requests, from new beginnings."""
    check = settings(
        derandomize=derandomize,
        max_examples=steps // STEPS_EACH,
        stateful_step_count=STEPS_EACH,
        phases=[Phase.generate],  # a shorter way to a fault would take minutes
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(WhiteLabelMachine, settings=check)


def test_the_api_answers_as_a_simple_model_of_it_does() -> None:
    """The same requests each time: what is new is found by command."""
    run(STEPS, derandomize=True)


if __name__ == "__main__":
    run(int(sys.argv[1]), derandomize=False)
