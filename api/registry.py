"""The read side of a Confluent schema registry, so that kcat, Kafka Connect and ClickHouse read our topics as they are.

Schemas are no secret and ids are permanent: they stand in a checked-in file.
"""

import re
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api.replies import reply
from tilde.schemas.registry import Schema, schemas
from tilde.schemas.topics import TOPICS

SUFFIX = "-value"
_MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
_GENERATION = re.compile(r"\.g\d+$", re.ASCII)
_ID = re.compile(r"\d{1,10}", re.ASCII)  # 32 bits, in a message
_SUBJECT_NOT_FOUND = (40401, "Subject not found.")
_VERSION_NOT_FOUND = (40402, "Version not found.")
_SCHEMA_NOT_FOUND = (40403, "Schema not found.")


def _answer(value: Any, status: int = 200) -> Response:
    answer = reply(value, status)
    answer.headers["content-type"] = _MEDIA_TYPE
    return answer


def _missing(error: tuple[int, str]) -> Response:
    return _answer({"error_code": error[0], "message": error[1]}, 404)


def _versions(subject: str) -> dict[int, Schema]:
    """The versions of `TOPIC-value`; a topic of a later generation (`points.g2`) has those of its first."""
    topic = TOPICS.get(_GENERATION.sub("", subject.removesuffix(SUFFIX)))
    if topic is None or not subject.endswith(SUFFIX):
        return {}
    return {schema.version: schema for schema in schemas().values() if schema.subject == topic.subject}


def router() -> APIRouter:
    """The routes; they stand at the root, as clients of a registry expect, and under /tilde/registry."""
    routes = APIRouter(tags=["Schema registry"])

    @routes.get("/schemas/ids/{id_}", summary="A schema, by its id")
    async def by_id(id_: str) -> Response:
        schema = schemas().get(int(id_)) if _ID.fullmatch(id_) else None
        return _missing(_SCHEMA_NOT_FOUND) if schema is None else _answer({"schema": schema.text})

    @routes.get("/subjects", summary="All subjects: a topic's name and `-value`")
    async def subjects() -> Response:
        return _answer([name + SUFFIX for name in TOPICS])

    @routes.get("/subjects/{subject}/versions", summary="The versions of a subject")
    async def versions(subject: str) -> Response:
        found = _versions(subject)
        return _answer(sorted(found)) if found else _missing(_SUBJECT_NOT_FOUND)

    @routes.get("/subjects/{subject}/versions/{version}", summary="A version of a subject, or `latest`")
    async def version(subject: str, version: str) -> Response:
        found = _versions(subject)
        if not found:
            return _missing(_SUBJECT_NOT_FOUND)
        wanted = str(max(found)) if version == "latest" else version
        schema = {str(number): schema for number, schema in found.items()}.get(wanted)
        if schema is None:
            return _missing(_VERSION_NOT_FOUND)
        return _answer({"subject": subject, "version": schema.version, "id": schema.id, "schema": schema.text})

    return routes
