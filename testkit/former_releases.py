"""What former releases made, and what they told of it: kept in tests/e2e/releases, made by make.py there.

spine.json           the reads that a release was asked, and what it told
spine.folder.tar.xz  its data folder
spine.kafka.tar.xz   its topics, message by message, and the folders of its roles
"""

import json
import tarfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from testkit.roles import OPERATOR_TOKEN

KEPT = Path(__file__).parents[1] / "tests" / "e2e" / "releases"
ENVIRONMENT = {"TILDE_KEY": "5a" * 32, "TILDE_OPERATOR_TOKEN": OPERATOR_TOKEN}
"""The secrets of a Tilde in a folder. One on Kafka has the same (`roles.py`)."""
HOST = {"host": "stats.example"}  # stands in links
OPERATOR = {"authorization": f"Bearer {OPERATOR_TOKEN}"}


@dataclass(frozen=True)
class Ask:
    """One read: a path with its query, asked by POST where there is a body, by who has a token, or an operator."""

    path: str
    token: str = ""
    body: Any = None

    def of(self, client: httpx.Client) -> Any:
        """What is told: its status with its JSON, with its lines where it has a JSON in each, or with its text."""
        headers = HOST | ({"authorization": f"Bearer {self.token}"} if self.token else OPERATOR)
        method = "GET" if self.body is None else "POST"
        answer = client.request(method, self.path, headers=headers, json=self.body)
        return [answer.status_code, _content(answer)]


def _content(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        pass
    try:
        return list(map(json.loads, answer.text.splitlines()))
    except ValueError:
        return answer.text


def sql(query: str) -> Ask:
    """A statement, whose rows are asked for."""
    return Ask("/tilde/v1/sql", body={"query": query, "format": "json"})


def as_told(asked: Ask, told: Any) -> dict[str, Any]:
    """One of the lines that a release's file has."""
    return {name: value for name, value in asdict(asked).items() if value} | {"told": told}


def asked_of(release: str, *, on_kafka: bool) -> list[tuple[Ask, Any]]:
    """Everything that a release was asked of its folder, or on Kafka, with what it told."""
    lines = json.loads((KEPT / f"{release}.{'kafka' if on_kafka else 'folder'}.json").read_text())["asked"]
    return [(Ask(line["path"], line.get("token", ""), line.get("body")), line["told"]) for line in lines]


def unpack(archive: str, folder: Path) -> Path:
    """The files of an archive, such as `spine.folder`, in a folder."""
    with tarfile.open(KEPT / f"{archive}.tar.xz") as files:
        files.extractall(folder, filter="data")
    return folder


def differs(told: Any, now: Any, at: str = "") -> str:
    """Where what is told now is not what was told; empty where all of that is. New members of objects are none, nor are
    links behind those that there were.
    """
    match told, now:
        case Mapping(), Mapping():
            missing = [f"{at}: has no {name}" for name in told if name not in now]
            return next(iter(missing), "") or _first(differs(told[name], now[name], f"{at}.{name}") for name in told)
        case list(), list():
            if at.endswith(".links"):  # a later release knows more relations
                now = now[: len(told)]
            if len(told) != len(now):
                return f"{at}: {len(now)} and not {len(told)}: {now} and not {told}"
            return _first(differs(*pair, f"{at}[{nth}]") for nth, pair in enumerate(zip(told, now, strict=True)))
    return "" if (told, type(told)) == (now, type(now)) else f"{at}: {now!r} and not {told!r}"


def _first(found: Any) -> str:
    return next(filter(None, found), "")
