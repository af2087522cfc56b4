"""Calls as an OpenAPI document describes them, made by schemathesis: with data that fits, and with data that does not.

What is drawn follows from TILDE_SEED (0), and from the constants of the modules that are loaded, so a call that fails
is told as TILDE_CALL, with which a test makes this one call alone.
"""

import base64
import os
import pickle
import shlex
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Self

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core import NOT_SET
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
CALLS = int(os.environ.get("TILDE_CALLS", "4"))
"""Of each operation, so many that fit, and so many that do not."""
SEED = int(os.environ.get("TILDE_SEED", "0"))
ALONE = os.environ.get("TILDE_CALL")
"""The one call that is made, in place of what would be drawn."""
AS_MANY = settings(
    max_examples=CALLS,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
URL = "http://tilde"
PARTS = ("method", "path_parameters", "query", "headers", "cookies", "body", "media_type", "multipart_content_types")

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


class CallError(AssertionError):
    """A call is not answered as its document says. Its last lines tell the call, and how to make it again."""


@dataclass(frozen=True)
class Call:
    """One call as it was drawn, and which of what is known is said in it, by name; nothing, where nobody knows it."""

    operation: APIOperation
    drawn: Mapping[str, Any]
    says: Mapping[str, int]

    @classmethod
    def of(cls, case: Case, says: Mapping[str, int]) -> Self:
        drawn = {name: getattr(case, name) for name in PARTS}
        return cls(case.operation, {name: part for name, part in drawn.items() if part is not NOT_SET}, says)

    @classmethod
    def told(cls, operation: APIOperation, told: str) -> Self:
        """One that `told` tells."""
        return cls(operation, *pickle.loads(base64.b64decode(told)))

    def tells(self) -> str:
        """The same wherever it is made: what is known there may be other values."""
        plain = {name: dict(part) if isinstance(part, Mapping) else part for name, part in self.drawn.items()}
        return base64.b64encode(pickle.dumps((plain, dict(self.says)))).decode()

    def case(self, known: Known) -> Case:
        """With what is known put in, where the operation has such a parameter."""
        case = self.operation.Case(**deepcopy(self.drawn))
        says = {name: known[name][place] for name, place in self.says.items()}
        parts = {"path": case.path_parameters, "query": case.query, "header": case.headers}
        for each in self.operation.definition.raw.get("parameters", ()):
            if each["name"] in says:
                parts[each["in"]][each["name"]] = says[each["name"]]
        if isinstance(case.body, dict):
            case.body.update({name: says[name] for name in case.body.keys() & says.keys()})
        return case

    def again(self) -> str:
        """How to make it alone."""
        test = os.environ.get("PYTEST_CURRENT_TEST", "tests/fuzz/test_documented_calls.py").rpartition(" (")[0]
        return f"TILDE_CALL={self.tells()} .venv/bin/python -m pytest {shlex.quote(test)}"


def calls(operation: APIOperation, mode: GenerationMode, known: Known) -> list[Call]:
    """Of one operation; two of three are somebody's who knows what there is."""
    if ALONE is not None:
        return [Call.told(operation, ALONE)]
    found: list[Call] = []

    @seed(SEED)
    @AS_MANY
    @given(
        operation.as_strategy(generation_mode=mode),
        st.sampled_from([True, True, False]),
        st.fixed_dictionaries({name: st.integers(0, len(values) - 1) for name, values in known.items()}),
    )
    def draw(case: Case, knows: bool, says: dict[str, int]) -> None:
        found.append(Call.of(case, says if knows else {}))

    draw()
    return found


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
        headers: Any = {**wire.headers, **self._credential(case.operation)}
        content: Any = wire.body
        return await self.http.request(wire.method, wire.url, headers=headers, content=content)

    def _credential(self, operation: APIOperation) -> dict[str, str]:
        for scheme in _schemes(operation):
            return {"authorization": self.credentials[scheme]}
        return {}

    async def check(self, call: Call, known: Known) -> int:
        """Its status. Raises CallError where the document does not say it so, or it is a failure of ours."""
        case = call.case(known)
        try:
            answer = await self.ask(case)
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as failures:
            raise CallError(f"{failures}\n\nThis one call again:\n{call.again()}") from None
        except Exception as error:
            instead = f"{error!r} in place of an answer to\n{case.as_curl_command()}"
            raise CallError(f"{instead}\n\nThis one call again:\n{call.again()}") from error
        return answer.status_code


def _schemes(operation: APIOperation) -> Iterator[str]:
    for needed in operation.definition.raw.get("security", ()):
        yield from needed
