"""Calls as an OpenAPI document describes them, made by schemathesis: with data that fits, and with data that does not."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
CALLS = int(os.environ.get("TILDE_CALLS", "4"))
"""Of each operation, so many that fit, and so many that do not."""
ALWAYS_THE_SAME = settings(
    max_examples=CALLS,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
URL = "http://tilde"

Known = Mapping[str, Sequence[str]]
"""By the name of a parameter, what somebody may say there who has keys, and knows what there is."""


def operations(document: dict[str, Any]) -> dict[str, APIOperation]:
    """All of a document, by method and path."""
    found = [result.ok() for result in schemathesis.openapi.from_dict(document).get_all_operations()]
    return {operation.label: operation for operation in found}


def modes(operation: APIOperation) -> list[GenerationMode]:
    """Whether its data can be wrong, or always fits. Any text is a variable of a path, and where one is a part of a
    name, as in `/{site_id}.js`, another path is meant by what is no such variable.
    """
    raw, whole = operation.definition.raw, operation.path.split("/")
    can_be_wrong = "requestBody" in raw or any(
        each["in"] != "path" or (each["schema"].get("type") != "string" and f"{{{each['name']}}}" in whole)
        for each in raw.get("parameters", ())
    )
    return [GenerationMode.POSITIVE, GenerationMode.NEGATIVE] if can_be_wrong else [GenerationMode.POSITIVE]


def calls(operation: APIOperation, mode: GenerationMode, known: Known) -> list[Case]:
    """Of one operation, always the same; two of three are somebody's who knows what there is."""
    found: list[Case] = []

    @ALWAYS_THE_SAME
    @given(
        operation.as_strategy(generation_mode=mode),
        st.sampled_from([True, True, False]),
        st.fixed_dictionaries({name: st.sampled_from(values) for name, values in known.items()}),
    )
    def draw(case: Case, knows: bool, says: dict[str, str]) -> None:
        if knows:
            _say(case, says)
        found.append(case)

    draw()
    return found


def _say(case: Case, says: Mapping[str, str]) -> None:
    """Puts in what is known, where the operation has such a parameter."""
    parts = {"path": case.path_parameters, "query": case.query, "header": case.headers}
    for each in case.operation.definition.raw.get("parameters", ()):
        if each["name"] in says:
            parts[each["in"]][each["name"]] = says[each["name"]]
    if isinstance(case.body, dict):
        case.body.update({name: says[name] for name in case.body.keys() & says.keys()})


@dataclass(frozen=True)
class Caller:
    """Asks an application. `credentials` are by the name of a security scheme: a header `Authorization`."""

    http: httpx.AsyncClient
    credentials: Mapping[str, str]

    async def ask(self, case: Case) -> httpx.Response:
        """What it answers."""
        said = case.as_transport_kwargs(URL)
        taken = ("method", "url", "headers", "files", "data", "params", "auth", "cookies", "json")
        wire = requests.Request(**{name: said[name] for name in taken if name in said}).prepare()
        headers = {**wire.headers, **self._credential(case.operation)}
        return await self.http.request(wire.method, wire.url, headers=headers, content=wire.body)

    def _credential(self, operation: APIOperation) -> dict[str, str]:
        for scheme in _schemes(operation):
            return {"authorization": self.credentials[scheme]}
        return {}

    async def check(self, case: Case) -> int:
        """Its status. Raises FailureGroup where the document does not say it so, or it is a failure of ours."""
        answer = await self.ask(case)
        case.validate_response(answer, checks=CHECKS)
        return answer.status_code


def _schemes(operation: APIOperation) -> Iterator[str]:
    for needed in operation.definition.raw.get("security", ()):
        yield from needed
