"""StatHat's real clients, unmodified, at a Tilde: each is content by its own idea, and counted exactly."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.clients.runners import CLIENTS, Client, Post
from tilde.runtime.clock import SystemClock

pytestmark = [pytest.mark.clients, pytest.mark.e2e]

T = 1363118126
COUNTS = (3, 5, 7)
VALUES = (0.375, 23.094, -0.0625)


def posts_of(client: Client, account: dict[str, Any], key: str, kind: Any) -> list[Post]:
    """All the ways in which a client can post a counter or a value: by name, with a time, by stat key."""
    now, then, classic = COUNTS if kind == "counter" else VALUES
    names = f"{client} {kind}~all,café" if "unicode" in client.takes else f"{client} {kind}~all,web 1"
    posts = [Post(kind, now, ezkey=account["ezkey"], stat=names)]
    if "t" in client.takes:
        posts.append(Post(kind, then, ezkey=account["ezkey"], stat=names, t=T))
    if "classic" in client.takes:
        posts.append(Post(kind, classic, ukey=account["ukey"], key=key, t=T))
    return posts


@pytest.mark.parametrize(
    ("client", "kind"),
    [
        pytest.param(client, kind, id=f"{client}-{kind}")
        for client in CLIENTS
        for kind in ("counter", "value")
        if kind in client.takes
    ],
)
def test_a_real_client_is_content_and_counted_exactly(client: Client, kind: Any, tilde_up: Any) -> None:
    """What it calls success is what it sees, and each of its posts is one point, under each of its names."""
    skip_where_missing(client)
    classic = f"{client} classic {kind}"
    posts = posts_of(client, tilde_up.account, stat_key(tilde_up, classic, kind), kind)
    clock = SystemClock()

    first_s = clock.now_ms() // 1000
    saw = client.post(tilde_up.url, posts)
    last_s = clock.now_ms() // 1000

    assert saw == [client.content] * len(posts)
    tilde_up.wait_counted()
    for name in ("all", "café" if "unicode" in client.takes else "web 1"):
        points = tilde_up.points(f"{client} {kind} {name}", kind)
        assert at(points, range(first_s, last_s + 1)) == [posts[0].number]
        assert at(points, [T]) == [post.number for post in posts if post.t and not post.key]
        assert len(points) == len([post for post in posts if not post.key])
    assert tilde_up.points(classic, kind) == [(T, post.number) for post in posts if post.key]


def test_npm_stathat_is_answered_where_it_cuts_its_own_body(tilde_up: Any) -> None:
    """Its Content-Length counts UTF-16 units: with a name beyond ASCII the last digit of t is left over."""
    (client,) = (client for client in CLIENTS if client.name == "npm-stathat")
    skip_where_missing(client)
    ezkey, stat = tilde_up.account["ezkey"], "npm-stathat cuts café"
    posts = [Post("counter", number, ezkey=ezkey, stat=stat, t=T) for number in COUNTS]

    saw = client.post(tilde_up.url, posts)

    assert saw == [client.content] * len(posts)
    tilde_up.wait_counted()
    assert sorted(tilde_up.points(stat, "counter")) == [(T // 10, number) for number in COUNTS]


def skip_where_missing(client: Client) -> None:
    """Says in plain words what to install."""
    why = client.missing()
    if why:
        pytest.skip(why)


def stat_key(tilde_up: Any, name: str, kind: str) -> str:
    """The classic key of a new stat."""
    account = tilde_up.account["name"]
    made = tilde_up.run("stat", "create", name, "--account", account, f"--{kind}", "--json")
    return str(json.loads(made)["key"])


def at(points: Sequence[tuple[int, float]], seconds: Sequence[int]) -> list[float]:
    """The numbers of the points that lie in some seconds."""
    return [number for t, number in points if t in seconds]
