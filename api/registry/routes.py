"""A Confluent schema registry that is only read, so that its clients, kcat, Kafka Connect and ClickHouse read our
topics as they are. Its answers and errors are that API's own.

Schemas are no secret and ids are permanent: they stand in a checked-in file.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from tilde.schemas.matching import NoSchemaError, matching
from tilde.schemas.registry import Schema, schemas
from tilde.schemas.topics import TOPICS
from tilde.web.documented import told_as

SUFFIX = "-value"
SCHEMA_CHARACTERS_MAX = 100_000  # ours have at most 6,000
COMPATIBILITY = "FULL_TRANSITIVE"  # docs/decisions/0003: old readers read new messages, new ones read all old
MODE = "READONLY"
_MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
_DEFAULT_CONTEXT = ":.:"
_GENERATION = re.compile(r"\.g\d+$", re.ASCII)
_NUMBER = re.compile(r"\d{1,10}", re.ASCII)  # 32 bits, in a message
_LATEST = "latest", "-1"
Prefix = Annotated[str, Query(alias="subjectPrefix")]
LatestOnly = Annotated[bool, Query(alias="latestOnly")]

_SENT = {"type": "object", "required": ["schema"], "properties": {"schema": {"type": "string"}}}
_LOOKED_UP = {"requestBody": {"content": {"application/json": {"schema": _SENT}}}}

_WRITES = (
    ("/config", ["PUT", "DELETE"]),
    ("/config/{subject}", ["PUT", "DELETE"]),
    ("/mode", ["PUT"]),
    ("/mode/{subject}", ["PUT", "DELETE"]),
    ("/subjects/{subject}", ["DELETE"]),
    ("/subjects/{subject}/versions/{version}", ["DELETE"]),
)


class _RefusedError(Exception):
    """What the answer is instead: the API's error code begins with its HTTP status."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code

    def answer(self) -> Response:
        return _answer({"error_code": self.code, "message": str(self)}, self.code // 100)


def _answer(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type=_MEDIA_TYPE)


def _text(schema: Schema) -> Response:
    return Response(schema.text, media_type=_MEDIA_TYPE)


def _topic_subjects() -> dict[str, str]:
    """By subject of the API, `TOPIC-value`, the one of our files."""
    return {f"{topic.name}{SUFFIX}": topic.subject for topic in TOPICS.values()}


def _ours(subject: str) -> str | None:
    """Which of our subjects is meant, by any of the three ways in which clients name one: TopicNameStrategy
    (`points-value`; a later generation's `points.g2-value` has the schemas of its first), RecordNameStrategy
    (`tilde.Point`), TopicRecordNameStrategy (`points-tilde.Point`).
    """
    subject = subject.removeprefix(_DEFAULT_CONTEXT)
    topic, _, rest = subject.partition("-")
    by_topic = _topic_subjects().get(f"{_GENERATION.sub('', topic)}{SUFFIX}")
    if rest == SUFFIX.removeprefix("-"):
        return by_topic
    by_record = next((schema.subject for schema in schemas().values() if schema.name in (subject, rest)), None)
    return by_record if not rest or by_record == by_topic else None


def _versions(subject: str) -> dict[int, Schema]:
    ours = _ours(subject)
    if ours is None:
        raise _RefusedError(40401, f"Subject '{subject}' not found.")
    return {schema.version: schema for schema in schemas().values() if schema.subject == ours}


def _version(subject: str, version: str) -> Schema:
    found = _versions(subject)
    if version in _LATEST:
        return found[max(found)]
    if not _NUMBER.fullmatch(version) or not int(version):
        raise _RefusedError(
            42202,
            f"The specified version '{version}' is not a valid version id. Allowed values are between [1, 2^31-1] and"
            ' the string "latest"',
        )
    if int(version) not in found:
        raise _RefusedError(40402, f"Version {version} not found.")
    return found[int(version)]


def _by_id(id_: str) -> Schema:
    schema = schemas().get(int(id_)) if _NUMBER.fullmatch(id_) else None
    if schema is None:
        raise _RefusedError(40403, f"Schema {id_[:10]} not found")
    return schema


def _subjects_of(schema: Schema) -> list[str]:
    """Under which it stands: its topic's, or its own name where it has none."""
    return [name for name, ours in _topic_subjects().items() if ours == schema.subject] or [schema.name]


def _whole(subject: str, schema: Schema) -> dict[str, Any]:
    return {"subject": subject, "version": schema.version, "id": schema.id, "schema": schema.text}


def _all(prefix: str, *, only_latest: bool) -> list[dict[str, Any]]:
    return [
        _whole(subject, schema)
        for subject in _topic_subjects()
        if subject.startswith(prefix)
        for schema in _newest(_versions(subject).values(), only_latest=only_latest)
    ]


def _newest(versions: Iterable[Schema], *, only_latest: bool) -> list[Schema]:
    ordered = sorted(versions, key=lambda schema: schema.version)
    return ordered[-1:] if only_latest else ordered


async def _looked_up(subject: str, request: Request) -> Schema | None:
    """The version of a subject that a request's schema is; None where it is none of them."""
    try:
        sent = orjson.loads(await request.body())
        text = sent["schema"] if isinstance(sent, Mapping) else None
    except (orjson.JSONDecodeError, KeyError):
        text = None
    if not isinstance(text, str) or len(text) > SCHEMA_CHARACTERS_MAX:
        raise _RefusedError(42201, "Invalid schema: the body is no JSON object with a text `schema`")
    versions = _versions(subject).values()
    if sent.get("schemaType") not in (None, "AVRO"):
        return None
    try:
        return matching(text, versions)
    except NoSchemaError as error:
        raise _RefusedError(42201, f"Invalid schema: {str(error)[:200]}") from None


def exception_handlers() -> dict[type[Exception], Callable[[Request, Any], Awaitable[Response]]]:
    """How what the routes raise is told."""

    async def answer_refused(_: Request, refused: _RefusedError) -> Response:
        return refused.answer()

    return {_RefusedError: answer_refused}


def router() -> APIRouter:
    """The routes; they stand at the root, as clients of a registry expect, and under /tilde/registry."""
    refused = told_as(_MEDIA_TYPE, "application/json", status="4XX")  # what is wrong in a query is told in our own form
    routes = APIRouter(
        tags=["Schema registry"], default_response_class=Response, responses=refused | told_as(_MEDIA_TYPE)
    )
    get, post = routes.add_api_route, partial(routes.add_api_route, methods=["POST"])
    version = "/subjects/{subject}/versions/{version}"
    get("/schemas", _Schemas.everything, summary="All schemas, under their subjects")
    get("/schemas/types", _Schemas.types, summary="The kinds of schemas: Avro")
    get("/schemas/ids/{id_}", _Schemas.by_id, summary="A schema, by its id")
    get("/schemas/ids/{id_}/schema", _Schemas.text_by_id, summary="The same, by itself")
    get("/schemas/ids/{id_}/subjects", _Schemas.subjects_of, summary="The subjects that a schema stands under")
    get("/schemas/ids/{id_}/versions", _Schemas.versions_of, summary="The same, with its version there")
    get("/subjects", _Subjects.subjects, summary="All subjects: a topic's name and `-value`")
    post("/subjects/{subject}", _Subjects.look_up, summary="The id and version of a schema", openapi_extra=_LOOKED_UP)
    get("/subjects/{subject}/versions", _Subjects.versions, summary="The versions of a subject")
    post("/subjects/{subject}/versions", _Subjects.register, include_in_schema=False)
    get(version, _Subjects.version, summary="A version of a subject, or `latest`")
    get(f"{version}/schema", _Subjects.text_of, summary="The same, by itself")
    get("/contexts", _Settings.contexts, summary="The one context")
    get("/config", _Settings.config, summary="How schemas may change")
    get("/config/{subject}", _Settings.config_of, summary="The same, of a subject")
    get("/mode", _Settings.mode, summary="That nothing can be registered here")
    get("/mode/{subject}", _Settings.mode_of, summary="The same, of a subject")
    for path, methods in _WRITES:
        routes.add_api_route(path, _refuse, methods=methods, include_in_schema=False)
    return routes


class _Schemas:
    """What the routes of schemas do, whatever subject they stand under."""

    @staticmethod
    async def everything(subject_prefix: Prefix = "", *, latest_only: LatestOnly = False) -> Response:
        return _answer(_all(subject_prefix, only_latest=latest_only))

    @staticmethod
    async def types() -> Response:
        return _answer(["AVRO"])

    @staticmethod
    async def by_id(id_: str) -> Response:
        return _answer({"schema": _by_id(id_).text})

    @staticmethod
    async def text_by_id(id_: str) -> Response:
        return _text(_by_id(id_))

    @staticmethod
    async def subjects_of(id_: str) -> Response:
        return _answer(_subjects_of(_by_id(id_)))

    @staticmethod
    async def versions_of(id_: str) -> Response:
        schema = _by_id(id_)
        return _answer([{"subject": subject, "version": schema.version} for subject in _subjects_of(schema)])


class _Subjects:
    """What the routes of subjects and their versions do."""

    @staticmethod
    async def subjects(subject_prefix: Prefix = "") -> Response:
        return _answer([name for name in _topic_subjects() if name.startswith(subject_prefix)])

    @staticmethod
    async def look_up(subject: str, request: Request) -> Response:
        schema = await _looked_up(subject, request)
        if schema is None:
            raise _RefusedError(40403, "Schema not found")
        return _answer(_whole(subject, schema))

    @staticmethod
    async def versions(subject: str) -> Response:
        return _answer(sorted(_versions(subject)))

    @staticmethod
    async def register(subject: str, request: Request) -> Response:
        """What is there already has its id, as serializers ask that register by themselves; nothing is added."""
        schema = await _looked_up(subject, request)
        if schema is None:
            raise _read_only()
        return _answer({"id": schema.id})

    @staticmethod
    async def version(subject: str, version: str) -> Response:
        return _answer(_whole(subject, _version(subject, version)))

    @staticmethod
    async def text_of(subject: str, version: str) -> Response:
        return _text(_version(subject, version))


class _Settings:
    """What the routes of the registry's own settings do: they say that it is only read."""

    @staticmethod
    async def contexts() -> Response:
        return _answer(["."])

    @staticmethod
    async def config() -> Response:
        return _answer({"compatibilityLevel": COMPATIBILITY})

    @staticmethod
    async def config_of(subject: str) -> Response:
        _versions(subject)
        return _answer({"compatibilityLevel": COMPATIBILITY})

    @staticmethod
    async def mode() -> Response:
        return _answer({"mode": MODE})

    @staticmethod
    async def mode_of(subject: str) -> Response:
        _versions(subject)
        return _answer({"mode": MODE})


def _read_only() -> _RefusedError:
    return _RefusedError(42205, "Tilde's schemas are part of its release: this registry is in read-only mode")


async def _refuse() -> Response:
    raise _read_only()
