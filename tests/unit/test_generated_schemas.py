"""The schemas of `commands` and `catalog` say what the domain's classes say, and a released file stays as it is."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, cast

import pytest
from fastavro import parse_schema, schemaless_reader, schemaless_writer

from tilde.domain.catalog.entries import Action, Decision
from tilde.domain.catalog.generations import ActivateGeneration
from tilde.domain.catalog.keys import KeyKind, StoredKey
from tilde.domain.catalog.nouns import ACTIONS, FACTS
from tilde.domain.catalog.state import Catalog
from tilde.schemas.registry import Schema, latest, schemas
from tools.schemas import (
    FOLDER,
    RELEASED,
    SUBJECTS,
    Subject,
    changed,
    due,
    generated,
    laid_out,
    meaning,
    records_in,
    released_hashes,
    sealed_commands,
    write,
)


@dataclass(frozen=True, slots=True)
class Asked(Action):
    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class RenameStat(Asked):
    metric: int
    names: dict[str, int]
    kinds: tuple[KeyKind, ...]
    key: StoredKey
    why: Annotated[str | None, "As its owner wrote it."] = None
    is_loud: bool = False


@dataclass(frozen=True, slots=True)
class WeighStat(Asked):
    weight: complex


NEXT = f"sealed_commands.v{latest('sealed_commands').version + 1}.avsc"
"""The file of the version that a new action needs."""


def branches_of(sealed_commands: dict[str, Any]) -> list[Any]:
    """The actions that its commands may have."""
    return list(sealed_commands["fields"][-1]["type"]["items"]["fields"][-1]["type"])


def text_of(subject: str, version: int) -> str:
    (schema,) = [each for each in schemas().values() if (each.subject, each.version) == (subject, version)]
    return schema.text


def words(avro: Any) -> dict[tuple[str, str], str]:
    """What the fields mean, by record and field."""
    found = {}
    for record in records_in(avro):
        found |= {(record["name"], field["name"]): field["doc"] for field in record["fields"] if "doc" in field}
    return found


def without_later_fields(avro: Any) -> Any:
    """A schema without the fields that have a default: a field that comes later has to have one."""
    if isinstance(avro, list):
        return [without_later_fields(item) for item in avro if "default" not in item]
    return {key: without_later_fields(item) for key, item in avro.items()} if isinstance(avro, dict) else avro


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the schemas' folder."""
    return Path(shutil.copytree(FOLDER, tmp_path / "avro"))


@pytest.fixture
def with_a_new_action(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more class, listed before all others."""
    monkeypatch.setitem(SUBJECTS, "sealed_commands", Subject(sealed_commands, (RenameStat, *ACTIONS)))


def test_the_newest_schema_of_commands_is_what_the_classes_say() -> None:
    """Fields, types, defaults and texts, in this order."""
    newest = json.loads(latest("sealed_commands").text)

    assert json.dumps(generated("sealed_commands", newest)) == json.dumps(newest)


def test_the_newest_schema_of_the_catalog_is_what_the_classes_say() -> None:
    """Fields, types, defaults, and all texts that it has, in this order."""
    newest = json.loads(latest("entry").text)
    made = generated("entry", newest)

    assert json.dumps(meaning(made)) == json.dumps(meaning(newest))
    assert made["doc"] == newest["doc"]
    assert words(made) == words(newest)


@pytest.mark.parametrize(
    ("subject", "classes"),
    [
        ("sealed_commands", ACTIONS),
        ("entry", FACTS),
    ],
)
def test_the_first_versions_are_what_the_classes_of_their_time_say(subject: str, classes: Sequence[type]) -> None:
    """Without what came later: classes that the first version does not name, and fields that have a default."""
    first = json.loads(text_of(subject, 1))
    named = [record["name"] for record in records_in(first)]
    of_their_time = sorted(
        (each for each in classes if each.__name__ in named), key=lambda cls: named.index(cls.__name__)
    )

    made = without_later_fields(SUBJECTS[subject].make(of_their_time))

    assert json.dumps(meaning(made)) == json.dumps(meaning(first))
    assert words(made).items() >= words(first).items()


def test_nothing_is_due_while_the_classes_say_what_the_newest_versions_say(folder: Path) -> None:
    """If this fails, a class was changed: `make schemas` writes the version that is due, and says what it needs."""
    assert list(write(map(latest, SUBJECTS), folder)) == []
    assert [due(latest(subject), released_hashes()) for subject in SUBJECTS] == [None, None]


def test_a_class_in_another_place_of_the_list_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules and lists may be put in any order."""
    newest = json.loads(latest("sealed_commands").text)
    monkeypatch.setitem(SUBJECTS, "sealed_commands", Subject(sealed_commands, ACTIONS[::-1]))

    assert generated("sealed_commands", newest) == newest


@pytest.mark.usefixtures("with_a_new_action")
def test_a_new_class_becomes_the_last_branch_of_the_next_version(folder: Path) -> None:
    """Beside the released files, of which none changes."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    (said,) = write(map(latest, SUBJECTS), folder)

    assert f"{NEXT} is written" in said
    assert "ids.json" in said
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    made = json.loads(after.pop(NEXT))
    assert after == before
    *released, added = branches_of(made)
    assert released == branches_of(json.loads(latest("sealed_commands").text))
    assert added["name"] == "RenameStat"
    assert added["fields"] == [
        {"name": "metric", "type": "long"},
        {"name": "names", "type": {"type": "map", "values": "long"}},
        {"name": "kinds", "type": {"type": "array", "items": "tilde.KeyKind"}},
        {"name": "key", "type": "tilde.StoredKey"},
        {"name": "why", "type": ["null", "string"], "default": None, "doc": "As its owner wrote it."},
        {"name": "is_loud", "type": "boolean", "default": False},
    ]


@pytest.mark.usefixtures("with_a_new_action")
def test_the_next_version_reads_what_the_newest_one_wrote(tmp_path: Path) -> None:
    """It is Avro, and says more than the newest, never less."""
    newest = latest("sealed_commands")
    _, text = cast("tuple[str, str]", due(newest, released_hashes()))
    command = {"at_ms": 1, "deadline_ms": 2, "action": ("tilde.ActivateGeneration", {"generation": 7})}
    batch = {"edge": "e", "epoch": 1, "offset": 1, "before": -1, "catalog": 0, "events": [command]}
    path = tmp_path / "message"
    with path.open("wb") as file:
        schemaless_writer(file, newest.parsed, batch)

    with path.open("rb") as file:
        back = schemaless_reader(
            file, newest.parsed, parse_schema(json.loads(text), named_schemas={}), return_record_name=True
        )

    assert back == batch


@pytest.mark.usefixtures("with_a_new_action")
def test_a_version_that_is_not_released_yet_is_made_again_in_its_place(folder: Path) -> None:
    """Several commands may come into one version: its hash is written when nothing of it will change any more."""
    released = latest("sealed_commands")
    newest = replace(released, version=released.version + 1)

    (said,) = write([newest], folder)

    assert f"{NEXT} is written" in said
    made = Schema(99, "sealed_commands", newest.version, (folder / NEXT).read_text(), None)
    assert due(made, released_hashes(folder)) is None


@pytest.mark.usefixtures("with_a_new_action")
def test_a_released_file_without_an_id_is_not_written_over(folder: Path) -> None:
    """Its hash says that it is released; that nobody can refer to it is a mistake."""
    file = folder / NEXT
    file.write_text("released")
    with (folder / RELEASED).open("a") as hashes:
        hashes.write(f"{hashlib.sha256(b'released').hexdigest()}  {NEXT}\n")

    with pytest.raises(ValueError, match="no number for it"):
        list(write(map(latest, SUBJECTS), folder))
    assert file.read_text() == "released"


@pytest.mark.parametrize("spoil", [lambda file: file.write_text(file.read_text() + " "), Path.unlink])
@pytest.mark.usefixtures("with_a_new_action")
def test_nothing_is_written_where_a_released_file_was_changed(folder: Path, spoil: Any) -> None:
    """By one space, or taken away."""
    spoil(folder / "entry.v1.avsc")

    assert changed(folder) == ["entry.v1"]
    with pytest.raises(ValueError, match=r"entry\.v1"):
        list(write(map(latest, SUBJECTS), folder))
    assert not (folder / NEXT).exists()


def test_a_class_that_logs_have_must_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, what was written long ago could not be read."""
    classes = [cls for cls in ACTIONS if cls is not ActivateGeneration]
    monkeypatch.setitem(SUBJECTS, "sealed_commands", Subject(sealed_commands, classes))

    with pytest.raises(ValueError, match="ActivateGeneration"):
        generated("sealed_commands", json.loads(latest("sealed_commands").text))


def test_a_type_that_nobody_has_thought_of_is_refused() -> None:
    """Rather than guessed: a schema is for ever."""
    with pytest.raises(TypeError, match="complex"):
        sealed_commands([WeighStat])


def test_a_schema_is_laid_out_in_lines_that_can_be_read() -> None:
    """And is the same JSON."""
    schema = generated("entry", json.loads(latest("entry").text))
    text = laid_out(schema)

    assert json.loads(text) == schema
    assert '\n    {"name": "at_ms", "type": "long", "doc": "When it was decided, unix milliseconds."},\n' in text
