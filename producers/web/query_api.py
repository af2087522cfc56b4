"""What is not the edge's own goes to the query API, so that users see one port: a streaming pass-through, and its
documentation.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Self
from urllib.parse import quote

import httpx
from fastapi import APIRouter, HTTPException, Request, Response
from starlette.routing import BaseRoute
from starlette.types import Scope

from producers.web.answering import Answering, AnswersNobodyError
from producers.web.asker import asker
from producers.web.holder import require_operator
from producers.web.https_only import HttpsOnly
from producers.web.limited_protocol import IS_USED
from producers.web.long_queries import whole_query
from producers.web.passed_on import AWAY, BUSY, HOP_BY_HOP, NO_ANSWER, PASSED_ON_BYTES_MAX, PassedOn
from producers.web.reached import reached
from producers.web.seats import Limits, NoSeatError, Seats, Who
from producers.web.targets import percent_encoded
from tilde.dialects import known
from tilde.settings import READS_PER_ADDRESS
from tilde.web.bodies import body_of, has_body
from tilde.web.http_clients import open_async_client
from tilde.web.methods import METHODS, methods_at, not_allowed

TIMEOUT_S = 75.0  # the store gives an operator's SQL 60 s; 15 more, so that its own words come through
HEALTH_TIMEOUT_S = 2.0
PING, PING_S = "/health", 3.0  # of the API's process alone; one that takes as long for that answers nobody
STANDING_MAX = 128  # each may hold a whole answer, some 4 MB, in the API's memory
REACHED_BY = ("x-forwarded-proto", "x-forwarded-host")
NOT_SENT = HOP_BY_HOP | {"content-length", *REACHED_BY}  # the client below writes its own, and so do we


class QueryApiAwayError(Exception):
    """The query API cannot be asked now."""

    @classmethod
    def answering(cls, status: int) -> Self:
        """The one of an answer that is none of the query API's, or says that something failed there."""
        return cls(f"the query API answers {status}; try again soon")


class QueryApi:
    """A client of the query API: over a unix socket, TCP, or in this process, as the transport says."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        url: str = "http://query-api",
        reads_per_address: int = READS_PER_ADDRESS,
        public_url: str | None = None,
    ) -> None:
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))  # one user's must not go with another's request
        self._client = open_async_client(transport, base_url=url, timeout=TIMEOUT_S, cookies=no_cookies)
        self._public_url = public_url
        self._seats = Seats(_limits(reads_per_address))
        self._long_seats = Seats(_limits(2 * reads_per_address))
        self._answering = Answering(self._answers)
        self._asking = Seats(_limits(reads_per_address))  # for what the edge itself asks when somebody wants something
        self._client.headers.clear()  # what a user did not send is not sent: with accept-encoding he would get gzip

    async def pass_on(self, request: Request) -> Response:
        """The API's answer to this very request, once it is its turn."""
        path, query = request.scope["path"], whole_query(request.scope)
        raw = request.scope.get("raw_path") or quote(path).encode()
        target = percent_encoded(raw + (b"?" + query if query else b""))
        # White space around a value is allowed, and our parser leaves it there; the client below refuses to send it.
        headers = [(name, value.strip()) for name, value in request.headers.raw if name.decode() not in NOT_SENT]
        # For answers with urls of ours in them.
        headers += [
            (name.encode(), value.encode("latin-1"))
            for name, value in zip(REACHED_BY, reached(request, self._public_url), strict=True)
        ]
        body = await body_of(request, PASSED_ON_BYTES_MAX)
        sent = self._client.build_request(
            request.method, "/", headers=headers, content=body or None, extensions={"target": target}
        )
        who, what = asker(request), _what(request)
        if known.DIALECTS.at(path).slow.have(path):
            return PassedOn(self._client, sent, self._long_seats, who, what)
        return PassedOn(self._client, sent, self._seats, who, what, self._answering)

    async def found(self, path: str, bearer: str, asker: str, query: Mapping[str, str]) -> dict[str, Any] | None:
        """The JSON object at a path; None where there is none (404). Raises QueryApiAwayError."""
        answer = await self.answer("GET", path, bearer, asker=asker, params=query)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if not answer.is_success:
            raise QueryApiAwayError.answering(answer.status_code)
        return _object_in(answer)

    async def found_all(self, path: str, bearer: str, asker: str, asked: Sequence[object]) -> list[Any]:
        """What is found for each of what is asked, None where nothing is. Raises QueryApiAwayError."""
        answer = await self.answer("POST", path, bearer, asker=asker, json=asked)
        found = _json_in(answer) if answer.is_success else None
        if not isinstance(found, list) or len(found) != len(asked):
            raise QueryApiAwayError.answering(answer.status_code)
        return found

    async def is_there(self, path: str, bearer: str, **query: str) -> bool:
        """Whether there is something at a path. Raises QueryApiAwayError."""
        answer = await self.answer("GET", path, bearer, params=query)
        if answer.status_code not in (httpx.codes.OK, httpx.codes.NOT_FOUND):
            raise QueryApiAwayError.answering(answer.status_code)
        return answer.status_code == httpx.codes.OK

    async def answer_json(self, method: str, path: str, bearer: str, **content: Any) -> Any:
        """The JSON of an answer. Raises HTTPException with what it says where it is a refusal, QueryApiAwayError."""
        answer = await self.answer(method, path, bearer, **content)
        told = _json_in(answer)
        if not answer.is_success:
            detail = told.get("detail") if isinstance(told, dict) else None
            raise HTTPException(answer.status_code, detail or AWAY)
        return told

    async def answer(
        self, method: str, path: str, bearer: str, *, asker: str | None = None, **content: Any
    ) -> httpx.Response:
        """An answer of the API to somebody, whatever its status; `asker` is whose turn it is, where the bearer asks for
        others. Raises QueryApiAwayError.
        """
        headers = {b"authorization": f"Bearer {bearer}".encode()}  # an old release took tokens that are not ASCII
        try:
            async with self._answering.required(), self._asking.seated(Who(asker or bearer, ""), _nothing_to_show_out):
                return await self._client.request(method, path, headers=headers, timeout=TIMEOUT_S, **content)
        except NoSeatError:
            raise QueryApiAwayError(BUSY) from None
        except AnswersNobodyError:
            raise QueryApiAwayError(NO_ANSWER) from None
        except httpx.RequestError:
            raise QueryApiAwayError(AWAY) from None

    async def methods_at(self, scope: Scope) -> list[str] | None:
        """The methods that the API knows at a request's path, once it is its turn; None while it is away, or has too
        much to do.
        """
        try:
            async with self._asking.seated(asker(Request(scope)), _nothing_to_show_out):
                answer = await self._client.options(quote(scope["path"]), timeout=HEALTH_TIMEOUT_S)
        except httpx.InvalidURL:  # longer than any path of ours
            return []
        except (NoSeatError, httpx.RequestError):
            return None
        return [method.strip() for method in answer.headers.get("allow", "").split(",") if method.strip()]

    async def _answers(self) -> bool:
        """Whether it says in PING_S that it runs, whatever it has to do: it asks nobody for that. One that is away says
        so to each who asks, and nobody has to wait to hear it.
        """
        try:
            async with asyncio.timeout(PING_S):
                await self._client.get(PING, timeout=TIMEOUT_S)
        except TimeoutError:
            return False
        except httpx.RequestError:
            return True
        return True

    async def json(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
        """Status and content of a small answer. Raises QueryApiAwayError."""
        answer = await self.get(path, headers)
        return answer.status_code, _object_in(answer)

    async def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """A small answer of the API, whatever its status. It waits for no seat: for what is asked once for all.

        Raises QueryApiAwayError.
        """
        try:
            return await self._client.get(path, headers=headers, timeout=HEALTH_TIMEOUT_S)
        except httpx.RequestError:
            raise QueryApiAwayError(AWAY) from None

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()


def _object_in(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object that an answer is. Raises QueryApiAwayError where it is none: then a proxy on the way has
    answered in the API's place.
    """
    content = _json_in(answer)
    if not isinstance(content, dict):
        raise QueryApiAwayError.answering(answer.status_code)
    return content


def _json_in(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise QueryApiAwayError.answering(answer.status_code) from None


def _nothing_to_show_out() -> None:
    """Its answer is small, and taken at once: it never stands."""


def _limits(of_one: int) -> Limits:
    """Four addresses may have all that are theirs at a time. Eight times as many may stand: a phone does mostly."""
    standing = 8 * of_one
    return Limits(
        moving=4 * of_one, moving_of_one=of_one, standing=max(STANDING_MAX, standing), standing_of_one=standing
    )


def _what(request: Request) -> tuple[str, bool]:
    """What he asks for, and whether his connection has been answered before: he does not wait behind a hundred who
    never took one.
    """
    return request.scope["path"], request.scope.get(IS_USED, False)


CheckHolder = Callable[[str], Awaitable[object]]
"""Raises HTTPException unless an `Authorization` header has an account's token."""


async def methods_of(api: QueryApi, own: Sequence[BaseRoute], scope: Scope) -> set[str] | None:
    """The methods of a path: the edge's own and the API's. None while the API is away, and the path may be its."""
    behind = await api.methods_at(scope)
    return None if behind is None else {*methods_at(own, scope), *behind}


class _PassingOn:
    """The calls that the query API answers; `own` are the routes that the edge answers itself."""

    def __init__(
        self, api: QueryApi, own: Sequence[BaseRoute], operator_token: str, holder: CheckHolder, https_only: HttpsOnly
    ) -> None:
        self._api = api
        self._own = own
        self._operator_token = operator_token
        self._holder = holder
        self._https_only = https_only

    async def pass_on(self, request: Request) -> Response:
        """The query API's answer. Who may not use Tilde's own API is told so before his body is read, and who comes by
        http where he should not is sent on.
        """
        path = request.scope["path"]
        dialect = known.DIALECTS.at(path)
        if dialect.https_only.have(path) and (moved := await self._https_only.moved(request, dialect.key_parameters)):
            return moved
        if has_body(request) and dialect.holders.have(path):
            await self._holder(request.headers.get("authorization", ""))
        elif has_body(request) and dialect.operators.have(path):
            require_operator(self._operator_token, request)
        if request.method not in ("GET", "HEAD") and (ours := methods_at(self._own, request.scope)):
            taken = await methods_of(self._api, self._own, request.scope) or ours
            if request.method not in taken:
                return not_allowed(path, taken)
        return await self._api.pass_on(request)


def router(
    api: QueryApi, own: Sequence[BaseRoute], operator_token: str, holder: CheckHolder, https_only: HttpsOnly
) -> APIRouter:
    """Every path that no other route of the edge has. To be included last; `own` are those routes."""
    calls = _PassingOn(api, own, operator_token, holder, https_only)
    routes = APIRouter()
    # No route of FastAPI, which would take a query apart that is not for us.
    routes.add_route("/{path:path}", calls.pass_on, methods=list(METHODS), include_in_schema=False)
    return routes
