"""Makes the generated parts of docs/ again, from the code they describe: `make docs`, or `python -m tools.docs`.

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`; the text around it is written by hand.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, cast

import orjson
import typer.main
from pydantic import SecretStr
from rich.text import Text

from api.parts import Parts
from api.reads.operator_sql.functions import TABLE_FUNCTIONS
from api.reads.operator_sql.guard import SCHEMA_TABLES, SYSTEM_TABLES
from api.wiring import build_app as query_app
from producers.edge.edge import Edge
from producers.web.docs_page import merged
from producers.wiring import build_app
from run.cli.main import app as command_line
from tilde.keys.keyring import MASTER_BYTES, Keyring
from tilde.schemas.registry import Schema, latest
from tilde.schemas.topics import CATALOG, DERIVED, RAW, TOPICS, Topic
from tilde.settings import Settings
from tools import reference
from tools.schemas import records_in

DOCS = Path(__file__).parents[1] / "docs"
BEGIN = "<!-- generated: {} -->\n"
END = "<!-- end -->"
_IDENTITY = re.compile(r"Identity: ([\w, ]+)[.;]")

Rows = Iterable[Iterable[str]]


def table(heads: Iterable[str], rows: Rows) -> str:
    """A Markdown table."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def code(text: object) -> str:
    """As code, where there is any."""
    return f"`{text}`" if text not in ("", None) else ""


# Topics and schemas


def topics() -> str:
    """Every topic, by name."""
    heads = "topic", "partitions", "kept", "written by", "a message is"
    return table(heads, map(_topic_row, TOPICS.values()))


def _topic_row(topic: Topic) -> list[str]:
    schema = latest(topic.subject)
    writers = {**dict.fromkeys(RAW, "edge"), CATALOG: "decider", **dict.fromkeys(DERIVED, "processors")}
    anchor = f"[{schema.name.removeprefix('tilde.')}](#{_title(schema)})"
    return [code(topic.name), str(topic.partitions), topic.lifetime.value, writers[topic], anchor]


def _title(schema: Schema) -> str:
    return schema.name.removeprefix("tilde.").lower()


def schemas() -> str:
    """The newest version of every subject, field by field."""
    subjects = dict.fromkeys([*(topic.subject for topic in TOPICS.values()), "marker"])
    return "\n".join(_schema(latest(subject)) for subject in subjects)


def _schema(schema: Schema) -> str:
    record = json.loads(schema.text)
    file = f"tilde/schemas/avro/{schema.subject}.v{schema.version}.avsc"
    about = f"{_about(schema, record['doc'])} Schema id {schema.id}, file `{file}`."
    parts = [f"### {record['name']}\n\n{about}\n\n{_field_table(record)}"]
    seen = list(records_in(record["fields"]))
    parts += [f"`{inner['name']}`:\n\n{_field_table(inner)}" for inner in seen if _has_words(inner)]
    parts.append("\n".join(f"* {_field_line(inner)}" for inner in seen if not _has_words(inner)))
    return "\n".join(part.rstrip("\n") + "\n" for part in parts if part)


def _about(schema: Schema, doc: str) -> str:
    """What its file says, with the identity that its rows have by now: the file is frozen, and a table's key is not."""
    keys = reference.sorting_keys()
    named = _IDENTITY.search(doc)
    found = [keys[topic.name] for topic in TOPICS.values() if topic.subject == schema.subject and topic.name in keys]
    if named is None or not found or set(named[1].split(", ")) == set(found[0].split(", ")):
        return doc
    return f"{doc.replace(named[1], found[0])} The file, which is frozen, still names {named[1]}."


def _has_words(record: Mapping[str, Any]) -> bool:
    return any("doc" in field for field in record["fields"])


def _field_table(record: Mapping[str, Any]) -> str:
    rows = [[code(field["name"]), _type(field["type"]), field.get("doc", "")] for field in record["fields"]]
    return table(("field", "type", "meaning"), rows)


def _field_line(record: Mapping[str, Any]) -> str:
    fields = ", ".join(f"{code(field['name'])} {_type(field['type'])}" for field in record["fields"])
    return f"`{record['name']}`: {fields}"


def _type(avro: Any) -> str:
    """An Avro type in words."""
    if isinstance(avro, str):
        return avro.removeprefix("tilde.")
    if isinstance(avro, list):
        return " or ".join(map(_type, avro))
    words: dict[str, Callable[[], str]] = {
        "array": lambda: f"list of {_type(avro['items'])}",
        "map": lambda: f"map of {_type(avro['values'])}",
        "enum": lambda: "one of " + ", ".join(avro["symbols"]),
        "record": lambda: str(avro["name"]),
    }
    return words[avro["type"]]() if avro["type"] in words else f"{avro['type']}, {avro['logicalType']}"


# Settings


def settings() -> str:
    """Every setting."""
    schema = Settings.model_json_schema()
    fields = [(name, schema["properties"][name]) for name in Settings.names()]
    rows = [
        [
            code(f"TILDE_{name.upper()}"),
            code(name),
            code(_default(field)),
            _allowed(field, schema),
            field["description"],
        ]
        for name, field in fields
    ]
    return table(("variable", "in the file", "default", "may be", "meaning"), rows)


def _default(field: Mapping[str, Any]) -> str:
    default = field.get("default")
    return str(default).lower() if isinstance(default, bool) else "" if default is None else str(default)


def _allowed(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    kinds = [kind for kind in field.get("anyOf", [field]) if kind.get("type") != "null"]
    (kind,) = [schema["$defs"][each["$ref"].rpartition("/")[2]] if "$ref" in each else each for each in kinds]
    if "enum" in kind:
        return ", ".join(map(code, kind["enum"]))
    if kind["type"] == "integer":
        return f"{kind['minimum']} to {kind['maximum']}" if "maximum" in kind else f"{kind['minimum']} or more"
    words = {"path": "a path", "password": "a secret", "": "a text"}
    return "true or false" if kind["type"] == "boolean" else words[kind.get("format", "")]


# The command line

SHARED = {
    "data": "--data",
    "config": "--config",
    "url": "--url",
    "operator_token": "--operator-token",
    "as_json": "--json",
}
"""Options that many commands have (`run.cli.options`): named at each, described once."""


def commands() -> str:
    """Every command, as `--help` has it."""
    return "\n".join(_commands(typer.main.get_command(command_line), "tilde"))


def shared_options() -> str:
    """What many commands share, from the first command that has it."""
    found = {
        parameter.name: parameter
        for command in _leaves(typer.main.get_command(command_line))
        for parameter in command.params
    }
    return table(("option", "meaning", "default"), [_parameter_row(found[name]) for name in SHARED])


def _leaves(command: Any) -> Iterator[Any]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield command
    for each in (inner or {}).values():
        yield from _leaves(each)


def _commands(command: Any, path: str) -> Iterator[str]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield _command(command, path)
        return
    if path != "tilde":
        yield f"## {path}\n\n{_plain(command.help)}\n"
    for name in sorted(inner):
        if not inner[name].hidden:
            yield from _commands(inner[name], f"{path} {name}")


def _command(command: Any, path: str) -> str:
    arguments = [_argument(parameter) for parameter in command.params if parameter.param_type_name == "argument"]
    own = [parameter for parameter in command.params if parameter.name not in SHARED and not parameter.hidden]
    shared = [code(SHARED[parameter.name]) for parameter in command.params if parameter.name in SHARED]
    text = f"{'#' * len(path.split())} {path}\n\n{_plain(command.help)}\n\n"
    text += f"```\n{' '.join([path, *arguments, '[OPTIONS]'])}\n```\n"
    if own:
        text += "\n" + table(("argument or option", "meaning", "default"), map(_parameter_row, own))
    return text + (f"\nShared: {', '.join(shared)}.\n" if shared else "")


def _argument(argument: Any) -> str:
    return str(argument.name.upper() if argument.required else f"[{argument.name.upper()}]")


def _parameter_row(parameter: Any) -> list[str]:
    is_argument = parameter.param_type_name == "argument"
    names = [parameter.name.upper()] if is_argument else [*parameter.opts, *parameter.secondary_opts]
    meaning = _plain(parameter.help or "")
    annotation = parameter.type_descriptor.annotation
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        meaning += " One of " + ", ".join(code(choice.value) for choice in annotation) + "."
    if parameter.envvar:
        meaning += f" Or the variable `{parameter.envvar}`."
    is_shown = parameter.show_default and parameter.default not in (None, "", False, True)
    return [", ".join(map(code, names)), meaning, code(parameter.default) if is_shown else ""]


def _plain(markup: str) -> str:
    return " ".join(Text.from_markup(markup or "").plain.split())


# HTTP


class _Nothing:
    """Stands in for the open parts of an edge and a query API where only their routes are looked at."""

    def __getattr__(self, name: str) -> "_Nothing":
        return self

    def __call__(self, *_: object, **__: object) -> "_Nothing":
        return self


def http() -> str:
    """Every route that the OpenAPI document has."""
    return calls(openapi()["paths"])


def calls(paths: Mapping[str, Mapping[str, Any]]) -> str:
    """The operations of an OpenAPI document, a table for each tag: of several tags of one the last. Raises ValueError
    where one has none.
    """
    groups: dict[str, list[list[str]]] = {}
    for path, operations in sorted(paths.items()):
        for method, operation in operations.items():
            groups.setdefault(_tag(method, path, operation), []).append(_route_row(method, path, operation))
    heads = "call", "parameters", "what it does"
    return "\n".join(f"### {tag}\n\n{table(heads, groups[tag])}" for tag in sorted(groups))


def _tag(method: str, path: str, operation: Mapping[str, Any]) -> str:
    tags: list[str] = operation.get("tags", [])
    if not tags:
        raise ValueError(
            f"{method.upper()} {path} has no tag, which says in which table of docs/http.md it stands: give its routes"
            ' one where they are made, APIRouter(tags=["NAME"]), or leave it out with include_in_schema=False'
        )
    return tags[-1]


def _route_row(method: str, path: str, operation: Mapping[str, Any]) -> list[str]:
    form = operation.get("requestBody", {}).get("content", {}).get("application/x-www-form-urlencoded", {})
    parameters = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
    parameters += form.get("schema", {}).get("properties", {})
    summary, description = operation.get("summary", ""), operation.get("description", "")
    is_made_up = summary.istitle()  # of the function's name, where nobody wrote one
    about = ". ".join(filter(None, ["" if is_made_up and description else summary, description]))
    return [code(f"{method.upper()} {path}"), ", ".join(map(code, parameters)), " ".join(about.split())]


def openapi() -> dict[str, Any]:
    """The document that a running Tilde serves as /openapi.json."""
    return merged(*openapi_documents())


def openapi_documents() -> tuple[dict[str, Any], dict[str, Any]]:
    """The edge's, and the query API's. They are made once, and each who asks has his own."""
    edge, api = map(orjson.loads, _made_documents())
    return edge, api


@cache
def _made_documents() -> tuple[bytes, bytes]:
    nothing: Any = _Nothing()
    token, keyring = "none", Keyring(bytes(MASTER_BYTES))
    edge = build_app(Settings(operator_token=SecretStr(token)), cast("Edge", nothing), keyring, nothing)
    api = query_app(Parts(nothing, nothing, nothing, nothing, keyring, nothing, token, nothing))
    return orjson.dumps(edge.openapi()), orjson.dumps(api.openapi())


# SQL


def open_to_sql() -> str:
    """What a statement may read beside our own tables."""
    opened = {
        "tables of `system`": SYSTEM_TABLES,
        "tables of `information_schema`": SCHEMA_TABLES,
        "table functions": TABLE_FUNCTIONS,
    }
    return table(("what", "which"), [[what, ", ".join(map(code, sorted(names)))] for what, names in opened.items()])


PARTS: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "topics.md": {"topics": topics, "schemas": schemas},
    "settings.md": {"settings": settings},
    "cli.md": {"shared": shared_options, "commands": commands},
    "http.md": {"routes": http},
    "sql.md": {"open": open_to_sql, "tables": reference.tables},
}
"""By page: its generated parts."""


def renewed(page: str, text: str) -> str:
    """The page with its generated parts made again. Raises ValueError where a marker is missing."""
    for name, make in PARTS[page].items():
        before, begin, rest = text.partition(BEGIN.format(name))
        _, end, after = rest.partition(END)
        if not begin or not end:
            raise ValueError(f"docs/{page} lacks the markers of its part {name!r}")
        text = f"{before}{begin}\n{make()}\n{end}{after}"
    return text


def main() -> None:
    """Writes what has changed, and says so."""
    for page in PARTS:
        path = DOCS / page
        old = path.read_text()
        new = renewed(page, old)
        if new != old:
            path.write_text(new)
            sys.stdout.write(f"docs/{page} made again\n")


if __name__ == "__main__":
    main()
