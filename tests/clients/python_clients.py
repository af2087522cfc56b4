"""Posts through one PyPI client: python python_clients.py MODULE < posts.json > what-its-caller-saw.json

Runs in a virtual environment of its own (runners.py makes it). The clients' hosts are class attributes, which
are set to TILDE_URL. Two were written for older surroundings: these are put back around them, their own code
is as published.
"""

import importlib
import json
import os
import queue
import sys
from collections.abc import Callable
from typing import Any

Post = dict[str, Any]


def through_stathat(posts: list[Post]) -> list[Any]:
    """Kenneth Reitz's `stathat`: True when the reply is any 2xx."""
    stathat = _stathat()
    return [_call(stathat.StatHat(post["ezkey"]), post) for post in posts]


def through_stathatasync(posts: list[Post]) -> list[Any]:
    """`stathat-async`: the same from a thread; a caller sees nothing, only that the queue gets empty."""
    _stathat()
    sys.modules["Queue"] = queue  # Python 2's name of it
    stathatasync = importlib.import_module("stathatasync")
    saw = []
    for post in posts:
        client = stathatasync.StatHat(post["ezkey"])
        saw.append(_call(client, post))
        client.queue.join()
    return saw


def through_flask(posts: list[Post]) -> list[Any]:
    """`flask-stathat`: one JSON batch when a web request ends; a caller sees its own page."""
    flask = importlib.import_module("flask")
    extension = importlib.import_module("flask_stathat")
    extension.StatHat.url = os.environ["TILDE_URL"] + "/ez"
    app = flask.Flask("shop")
    app.config["STATHAT_EZ_KEY"] = posts[0]["ezkey"]
    stats = extension.StatHat(app)

    def page() -> str:
        for post in posts:
            _call(stats, post)
        return "the page"

    app.add_url_rule("/", view_func=page)
    return [app.test_client().get("/").text] * len(posts)


def _call(client: Any, post: Post) -> Any:
    method = client.count if post["kind"] == "counter" else client.value
    return method(post["stat"], post["number"])


def _stathat() -> Any:
    requests = importlib.import_module("requests")
    session_post = requests.Session.post

    def post(self: Any, url: str, data: Any = None, prefetch: bool = True) -> Any:
        """Takes `prefetch`, which requests had before version 1."""
        return session_post(self, url, data=data)

    requests.Session.post = post
    stathat = importlib.import_module("stathat")
    stathat.StatHat.STATHAT_URL = os.environ["TILDE_URL"]
    return stathat


CLIENTS: dict[str, Callable[[list[Post]], list[Any]]] = {
    "stathat": through_stathat,
    "stathatasync": through_stathatasync,
    "flask_stathat": through_flask,
}

if __name__ == "__main__":
    json.dump(CLIENTS[sys.argv[1]](json.load(sys.stdin)), sys.stdout)
