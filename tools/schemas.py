"""Makes the schemas of topics `commands` and `catalog` from the domain's classes: `make schemas`.

A released file, whose hash `avro/released.sha256` has, is never changed. Where the classes say what the newest version
does not, the next one is written.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

from tilde.domain.catalog.entries import Action, Command, Entry, Fact
from tilde.domain.catalog.nouns import ACTIONS, FACTS
from tilde.schemas.registry import Schema, latest

FOLDER = Path(__file__).parents[1] / "tilde/schemas/avro"
RELEASED = "released.sha256"  # as `sha256sum` writes and checks it
LINE_MAX = 120

Avro = dict[str, Any]

# From a class to its type

_PLAIN: Mapping[Any, str] = {int: "long", str: "string", bytes: "bytes", bool: "boolean", float: "double"}
_INTS = {"PostedPoint.nth"}  # released so; both are the same bytes, so whatever comes is a long


class _Types:
    """The Avro types of one schema. A record or enumeration is defined where it comes first, and then only named."""

    def __init__(self, base: type, branches: Sequence[type]) -> None:
        self._base, self._branches = base, branches
        self._defined: set[type] = set()

    def of(self, hint: Any) -> Any:
        """What values of this annotation are in Avro. Raises TypeError where nobody has said it yet."""
        if hint is self._base:
            return [self.of(branch) for branch in self._branches]
        if hint in _PLAIN:
            return _PLAIN[hint]
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is tuple and arguments[1:] == (...,):
            return {"type": "array", "items": self.of(arguments[0])}
        if origin is dict and arguments[0] is str:
            return {"type": "map", "values": self.of(arguments[1])}
        if arguments[1:] == (type(None),):
            return ["null", self.of(arguments[0])]
        return self._named(hint)

    def _named(self, cls: Any) -> Any:
        if cls in self._defined:
            return f"tilde.{cls.__name__}"
        if not isinstance(cls, type):
            raise TypeError(f"{cls} has no Avro type here")
        self._defined.add(cls)
        if issubclass(cls, StrEnum):
            return {"type": "enum", "name": cls.__name__, "symbols": [each.value for each in cls]}
        return {"type": "record", "name": cls.__name__, "fields": self.fields(cls)}

    def fields(self, cls: type) -> list[Avro]:
        """The fields of a dataclass or a named tuple; an annotation's text is what its field means."""
        hints = get_type_hints(cls, include_extras=True)
        return [self._field(cls, name, hints[name], default) for name, default in _defaults(cls).items()]

    def _field(self, cls: type, name: str, hint: Any, default: Any) -> Avro:
        doc = {}
        if get_origin(hint) is Annotated:
            hint, doc["doc"] = get_args(hint)
        field = {"name": name, "type": "int" if f"{cls.__name__}.{name}" in _INTS else self.of(hint)}
        if default is not MISSING:
            field["default"] = list(default) if isinstance(default, tuple) else default
        return field | doc


def _defaults(cls: Any) -> dict[str, Any]:
    """The names of the fields, and what each is by default."""
    if is_dataclass(cls):
        return {field.name: field.default for field in fields(cls)}
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return {name: cls._field_defaults.get(name, MISSING) for name in cls._fields}
    raise TypeError(f"{cls.__name__} has no Avro type here")


# The two subjects

_BATCH = {"edge": "string", "epoch": "long", "offset": "long", "before": "long", "catalog": "long"}


def sealed_commands(actions: Sequence[type[Action]]) -> Avro:
    """The schema of a batch of commands that ask for one of these actions each."""
    events = {"type": "array", "items": _Types(Action, actions).of(Command)}
    return _topmost(
        "SealedCommands",
        "Topic commands: one sealed batch of admin commands."
        " A command's id is (edge, epoch, offset, place in the list).",
        [{"name": name, "type": type_} for name, type_ in (_BATCH | {"events": events}).items()],
    )


def entry(facts: Sequence[type[Fact]]) -> Avro:
    """The schema of a catalog entry with any of these facts."""
    return _topmost(
        "Entry",
        "Topic catalog: all that one command did, and what its sender is told. The first entry with a sequence holds.",
        _Types(Fact, facts).fields(Entry),
    )


def _topmost(name: str, doc: str, its_fields: list[Avro]) -> Avro:
    return {"type": "record", "name": name, "namespace": "tilde", "doc": doc, "fields": its_fields}


class Subject(NamedTuple):
    """What is generated, and from which classes."""

    make: Callable[[Any], Avro]
    classes: Sequence[type]


SUBJECTS = {"sealed_commands": Subject(sealed_commands, ACTIONS), "entry": Subject(entry, FACTS)}


def generated(subject: str, newest: Avro) -> Avro:
    """What the classes say today. The branches of the newest version keep their order, whatever module they moved to.

    Raises ValueError where a record of it is gone: logs have it for ever.
    """
    before = [record["name"] for record in records_in(newest)]
    make, classes = SUBJECTS[subject]
    places = {name: place for place, name in enumerate(before)}
    schema = make(sorted(classes, key=lambda cls: places.get(cls.__name__, len(before))))
    gone = set(before) - {record["name"] for record in records_in(schema)}
    if gone:
        raise ValueError(f"{subject}: logs have {', '.join(sorted(gone))} for ever, so the class must stay")
    return schema


def records_in(avro: Any) -> Iterator[Avro]:
    """The records defined inside a type, in the order of their definition."""
    if isinstance(avro, list):
        for item in avro:
            yield from records_in(item)
    elif isinstance(avro, dict):
        if avro.get("type") == "record":
            yield avro
        for inner in ("type", "items", "values", "fields"):
            yield from records_in(avro.get(inner))


def meaning(avro: Any) -> Any:
    """A schema without its texts: other words are no reason for a new version."""
    if isinstance(avro, list):
        return [meaning(item) for item in avro]
    return {key: meaning(inner) for key, inner in avro.items() if key != "doc"} if isinstance(avro, dict) else avro


# Files


def due(newest: Schema, released: Container[str]) -> tuple[str, str] | None:
    """The stem and the text of the file that has to be written; None where the newest version says it all.

    It is the next version where the newest one is released, and the newest one itself as long as it is not.
    """
    old = json.loads(newest.text)
    schema = generated(newest.subject, old)
    stem = f"{newest.subject}.v{newest.version}"
    if stem in released:
        stem = f"{newest.subject}.v{newest.version + 1}"
        return None if meaning(schema) == meaning(old) else (stem, laid_out(schema) + "\n")
    return None if schema == old else (stem, laid_out(schema) + "\n")


def laid_out(avro: Any, indent: int = 0) -> str:
    """As JSON: on one line what fits, else item by item."""
    line = json.dumps(avro, ensure_ascii=False)
    if not isinstance(avro, list | dict) or indent + len(line) < LINE_MAX:
        return line
    inner = indent + 2
    if isinstance(avro, list):
        items, (begin, end) = [laid_out(item, inner) for item in avro], "[]"
    else:
        items, (begin, end) = [f"{json.dumps(key)}: {laid_out(item, inner)}" for key, item in avro.items()], "{}"
    return begin + ",".join(f"\n{' ' * inner}{item}" for item in items) + f"\n{' ' * indent}{end}"


def released_hashes(folder: Path = FOLDER) -> dict[str, str]:
    """The hashes of the released files, by stem."""
    lines = (line.split() for line in (folder / RELEASED).read_text().splitlines())
    return {name.removesuffix(".avsc"): hash_ for hash_, name in lines}


def changed(folder: Path = FOLDER) -> list[str]:
    """The released files that are not what they were when they were released."""
    return [stem for stem, hash_ in released_hashes(folder).items() if _hash(folder / f"{stem}.avsc") != hash_]


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def write(newest: Iterable[Schema], folder: Path = FOLDER) -> Iterator[str]:
    """Writes the files that are due, and says what each needs. Raises ValueError where a released one was changed."""
    wrong = changed(folder)
    if wrong:
        raise ValueError(
            f"released, and not what it was: {', '.join(wrong)}. Bring it back; what is new comes after it"
        )
    released = released_hashes(folder)
    for stem, text in filter(None, [due(schema, released) for schema in newest]):
        if stem in released:
            raise ValueError(f"{stem} is released, and ids.json has no number for it")
        (folder / f"{stem}.avsc").write_text(text)
        yield (
            f"{stem}.avsc is written. It needs a number in ids.json and examples/{stem}.json; and when nothing of it"
            f" will change any more, its hash: sha256sum {stem}.avsc >> {RELEASED}"
        )


def main() -> None:
    """Writes what is due, and says so."""
    try:
        for line in write(map(latest, SUBJECTS)):
            sys.stdout.write(f"{line}\n")
    except ValueError as cause:
        sys.exit(str(cause))


if __name__ == "__main__":
    main()
