"""The schemas are contracts for ever: every file has its id, its example, and readers for what was written before."""

import json
from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO
from typing import Any

import pytest
from fastavro import schemaless_reader, schemaless_writer

from tilde.schemas.codec import HEADER_BYTES, decode, header
from tilde.schemas.registry import Schema, latest, schemas
from tilde.schemas.topics import OUTPUTS, RAW, TOPICS, Lifetime
from tools.schemas import RELEASED, changed

AVRO = files("tilde.schemas") / "avro"
EXAMPLES = files("tilde.schemas") / "examples"

# What was ever given out. Lines are added here, in `avro/ids.json`, never changed: years of log have these numbers in them.
IDS_FOR_EVER = {
    "1": "sealed_stats.v1",
    "2": "sealed_commands.v1",
    "3": "entry.v1",
    "4": "point.v1",
    "5": "metric.v1",
    "6": "dead_letter.v1",
    "7": "marker.v1",
    "8": "point.v2",
    "9": "entry.v2",
    "10": "sealed_commands.v2",
    "11": "progress.v1",
    "12": "sealed_stats.v2",
    "13": "sealed_sample_writes.v1",
    "14": "sample.v1",
    "15": "sealed_commands.v3",
    "16": "entry.v3",
    "17": "sealed_commands.v4",
    "18": "entry.v4",
    "19": "sealed_commands.v5",
    "20": "entry.v5",
    "21": "sealed_hits.v1",
    "22": "action.v1",
    "23": "traffic.v1",
    "24": "user.v1",
    "25": "site.v1",
    "26": "access.v1",
    "27": "change.v1",
    "28": "sealed_commands.v6",
    "29": "entry.v6",
    "30": "sealed_activity.v1",
    "31": "occurrence.v1",
    "32": "property_value.v1",
    "33": "person.v1",
    "34": "event.v1",
    "35": "property.v1",
    "36": "sealed_commands.v7",
    "37": "entry.v7",
    "38": "sealed_commands.v8",
    "39": "entry.v8",
    "40": "sealed_commands.v9",
    "41": "entry.v9",
    "42": "sealed_commands.v10",
    "43": "entry.v10",
}


def examples() -> Iterator[Any]:
    for schema in schemas().values():
        stem = f"{schema.subject}.v{schema.version}"
        for number, example in enumerate(json.loads((EXAMPLES / f"{stem}.json").read_text())):
            yield pytest.param(schema, example, id=f"{stem}-{number}")


def record_of(schema: Any, value: Any, named: dict[str, Any]) -> Any:
    """What Avro's JSON stands for; fastavro's own reader forgets which branch of a union it was."""
    schema = named.get(schema, schema) if isinstance(schema, str) else schema
    if isinstance(schema, list):
        if value is None:
            return None
        ((branch, inner),) = value.items()
        names = {each if isinstance(each, str) else each.get("name", each["type"]): each for each in schema}
        is_record = branch in named and named[branch]["type"] == "record"
        inner = record_of(names[branch], inner, named)
        return (branch, inner) if is_record else inner
    kind = schema if isinstance(schema, str) else schema["type"]
    if kind == "record":
        assert list(value) == [field["name"] for field in schema["fields"]]
        return {field["name"]: record_of(field["type"], value[field["name"]], named) for field in schema["fields"]}
    if kind == "array":
        return [record_of(schema["items"], item, named) for item in value]
    return value.encode("latin-1") if kind == "bytes" else value


def encoded(schema: Schema, example: Any) -> bytes:
    """An example as a message of this very version."""
    return encoded_record(schema, record_of(schema.parsed, example, schema.parsed["__named_schemas"]))


def encoded_record(schema: Schema, record: Any) -> bytes:
    buffer = BytesIO(header(schema))
    buffer.seek(0, 2)
    schemaless_writer(buffer, schema.parsed, record, strict=True)
    return buffer.getvalue()


def fields(schema: Schema) -> list[str]:
    """The names of a schema's own fields, as its file has them."""
    return [field["name"] for field in json.loads(schema.text)["fields"]]


def test_ids_are_never_reassigned() -> None:
    """An id means one version of one schema, for ever; new ones are added behind."""
    ids = json.loads((AVRO / "ids.json").read_text())

    assert ids == IDS_FOR_EVER, "add a new id in both places; never change one"


def test_every_schema_file_has_an_id_and_every_id_its_file() -> None:
    """A schema that nobody can refer to is a mistake."""
    names = {path.name for path in AVRO.iterdir()} - {"ids.json", RELEASED}

    assert names == {f"{stem}.avsc" for stem in IDS_FOR_EVER.values()}


def test_a_released_file_is_never_changed() -> None:
    """Years of log were written with it. Its hash says what it was: `sha256sum -c released.sha256`."""
    assert changed() == []


def test_every_schema_with_an_id_has_its_hash() -> None:
    """What has a number may stand in somebody's log. No two lines are about one file."""
    stems = [line.split()[1].removesuffix(".avsc") for line in (AVRO / RELEASED).read_text().splitlines()]

    assert sorted(stems) == sorted(IDS_FOR_EVER.values())


def test_every_schema_has_examples() -> None:
    """Of every version, also of those that are not written any more."""
    assert {path.name for path in EXAMPLES.iterdir()} == {f"{stem}.json" for stem in IDS_FOR_EVER.values()}


def test_versions_of_a_subject_count_from_one() -> None:
    """The newest is the one that is written."""
    for schema in schemas().values():
        versions = sorted(other.version for other in schemas().values() if other.subject == schema.subject)
        assert versions == list(range(1, len(versions) + 1))
        assert latest(schema.subject).version == versions[-1]


def test_an_unknown_subject_has_no_schema() -> None:
    """Asked for by a mistake of ours."""
    with pytest.raises(KeyError, match="no_such"):
        latest("no_such")


@pytest.mark.parametrize(("schema", "example"), examples())
def test_an_example_is_encoded_and_reads_back_the_same(schema: Schema, example: Any) -> None:
    """With its own version: nothing is lost or added on the way."""
    message = encoded(schema, example)

    body = BytesIO(message[HEADER_BYTES:])
    assert encoded_record(schema, schemaless_reader(body, schema.parsed, None, return_record_name=True)) == message
    assert body.read() == b""


@pytest.mark.parametrize(("schema", "example"), examples())
def test_the_newest_version_reads_every_example(schema: Schema, example: Any) -> None:
    """Also those of older versions: the log is read from its beginning at every replay."""
    record = decode(encoded(schema, example), schema.subject)

    assert set(fields(latest(schema.subject))) <= set(record)


def test_the_examples_have_every_branch_of_every_union() -> None:
    """Each command and each fact that may stand in a log is shown once."""
    (commands,) = json.loads((EXAMPLES / f"sealed_commands.v{latest('sealed_commands').version}.json").read_text())
    shown = {name for command in commands["events"] for name in command["action"]}
    entries = json.loads((EXAMPLES / f"entry.v{latest('entry').version}.json").read_text())
    shown |= {name for entry in entries for fact in entry["facts"] for name in fact}

    assert shown == {f"tilde.{name}" for name in _branches("sealed_commands") | _branches("entry")}


def _branches(subject: str) -> set[str]:
    by_name = {field["name"]: field["type"] for field in json.loads(latest(subject).text)["fields"]}
    if subject == "entry":
        return {branch["name"] for branch in by_name["facts"]["items"]}
    (action,) = [field for field in by_name["events"]["items"]["fields"] if field["name"] == "action"]
    return {branch["name"] for branch in action["type"]}


def test_every_topic_has_a_schema_and_output_rows_their_identity_columns() -> None:
    """A row's version and deletion mark are there from the first schema on."""
    for topic in TOPICS.values():
        assert latest(topic.subject).name.startswith("tilde.")
    for topic in OUTPUTS:
        assert {"version", "is_deleted"} <= set(fields(latest(topic.subject)))
        assert topic.lifetime is Lifetime.RETENTION


def test_raw_topics_and_the_catalog_are_kept_for_ever() -> None:
    """They are the truth: all else can be made again from them."""
    assert [topic.lifetime for topic in (*RAW, TOPICS["catalog"])] == [Lifetime.FOR_EVER] * 6
    assert all(topic.is_raw for topic in RAW)
    assert [topic.name for topic in TOPICS.values() if topic.is_raw] == [
        "stats",
        "sample_writes",
        "hits",
        "activity",
        "commands",
    ]


def test_a_sealed_batch_says_whose_it_is_and_what_came_before() -> None:
    """The header that a position is compared with stands in all raw topics, in this order; what is said of all events
    of a batch stands behind them.
    """
    for topic in RAW:
        assert fields(latest(topic.subject))[:6] == ["edge", "epoch", "offset", "before", "catalog", "events"]
    assert fields(latest("sealed_stats"))[6:] == ["spreads"]
