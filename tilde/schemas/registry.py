"""The schemas by their permanent ids: what `avro/ids.json` says, never reassigned, so years of log need no live
registry.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from fastavro import parse_schema

_FOLDER = files("tilde.schemas") / "avro"


@dataclass(frozen=True, slots=True)
class Schema:
    """One version of one event's schema. `subject` is its file's stem, as `point`; `text` the JSON as checked in."""

    id: int
    subject: str
    version: int
    text: str
    parsed: Any

    @property
    def name(self) -> str:
        """The record's full name, as `tilde.Point`."""
        return str(self.parsed["name"])


@cache
def schemas() -> dict[int, Schema]:
    """All schemas by id."""
    ids: dict[str, str] = json.loads((_FOLDER / "ids.json").read_text("utf-8"))
    return {int(id_): _load(int(id_), stem) for id_, stem in ids.items()}


def _load(id_: int, stem: str) -> Schema:
    subject, _, version = stem.rpartition(".v")
    text = (_FOLDER / f"{stem}.avsc").read_text("utf-8")
    # Each schema stands alone (Kind is named in several), so each is parsed with names of its own.
    return Schema(id_, subject, int(version), text, parse_schema(json.loads(text), named_schemas={}))


@cache
def latest(subject: str) -> Schema:
    """The newest version of a subject; raises KeyError where there is none."""
    versions = [schema for schema in schemas().values() if schema.subject == subject]
    if not versions:
        raise KeyError(subject)
    return max(versions, key=lambda schema: schema.version)
