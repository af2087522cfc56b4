"""Calls one PyPI client: python python_clients.py PACKAGE KEY < calls.json > what-its-caller-saw.json

Both packages are the module `KISSmetrics`, so each runs in an environment of its own; their hosts are arguments.
"""

import importlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

Call = dict[str, Any]
HOST = urlsplit(os.environ["TILDE_URL"]).netloc


def through_py_kissmetrics(key: str, calls: list[Call]) -> list[Any]:
    """`py-KISSmetrics`: its caller has the response."""
    client = importlib.import_module("KISSmetrics").Client(key, trk_host=HOST)
    saw = []
    for call in calls:
        if call["act"] == "alias":
            response = client.alias(call["person"], call["other"])
        elif call["act"] == "set":
            response = client.set(call["person"], call["properties"], call["t"])
        else:
            response = client.record(call["person"], call["name"], call["properties"], call["t"])
        saw.append([response.status, response.headers["content-type"], len(response.data)])
    return saw


def through_kissmetrics(key: str, calls: list[Call]) -> list[Any]:
    """`KISSmetrics`: its caller sees nothing, and a file has what went wrong."""
    told: list[str] = []
    client = importlib.import_module("KISSmetrics").KM(key, HOST)
    client.logm = told.append
    for call in calls:
        said = dict(call["properties"]) | ({} if call["t"] is None else {"_t": call["t"]})
        client.identify(call["person"])
        if call["act"] == "alias":
            client.alias(call["person"], call["other"])
        elif call["act"] == "set":
            client.set(said)
        else:
            client.record(call["name"], said)
    return told or [None] * len(calls)


CLIENTS: dict[str, Callable[[str, list[Call]], list[Any]]] = {
    "py-KISSmetrics": through_py_kissmetrics,
    "KISSmetrics": through_kissmetrics,
}

if __name__ == "__main__":
    _, package, tracking_key = sys.argv
    json.dump(CLIENTS[package](tracking_key, json.load(sys.stdin)), sys.stdout)
