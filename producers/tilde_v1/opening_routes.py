"""Where a query API on another machine has this edge open what is sealed: `/tilde/v1/opened`. Bearer: what is derived
from the master secret, so whoever has no more than the operator's token opens nothing here.
"""

import hmac
from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from tilde.keys.authorization import bearer_token
from tilde.keys.keyring import Keyring
from tilde.keys.opener import FolderOpener, KeysAwayError
from tilde.keys.opening import BODY_BYTES_MAX, ITEMS_MAX, OpenedAnswer, Question
from tilde.own_paths import OPENED
from tilde.runtime.tasks import in_thread
from tilde.web.bodies import body_of, guarded


def router(opener: FolderOpener, keyring: Keyring, edge: Callable[[], str]) -> APIRouter:
    """The route; `edge` says which one this is."""
    calls = _OpeningCalls(opener, keyring, edge)
    routes = APIRouter(route_class=guarded(partial(_require_master, keyring), BODY_BYTES_MAX))
    routes.add_api_route(OPENED, calls.open, methods=["POST"], include_in_schema=False)
    return routes


def _require_master(keyring: Keyring, request: Request) -> None:
    shown = bearer_token(request.headers.get("authorization", ""))
    if not hmac.compare_digest(shown.encode(), keyring.opening_token.encode()):
        raise HTTPException(401, "this is for a query API with the same master secret", {"www-authenticate": "Bearer"})


class _OpeningCalls:
    """What it does, beside the edge's loop, which others wait for."""

    def __init__(self, opener: FolderOpener, keyring: Keyring, edge: Callable[[], str]) -> None:
        self._opener = opener
        self._keyring = keyring
        self._edge = edge

    async def open(self, request: Request) -> Response:
        """What each says whose key this edge has; it keeps nothing of it."""
        body = await body_of(request, BODY_BYTES_MAX)
        try:
            answer = await in_thread(self._answered, body)
        except ValueError as wrong:
            raise HTTPException(422, str(wrong)) from None
        except KeysAwayError as away:
            raise HTTPException(503, str(away), {"retry-after": "1"}) from None
        return Response(answer, media_type="application/octet-stream")

    def _answered(self, body: bytes) -> bytes:
        question = Question.read(body)
        if len(question.sealed) > ITEMS_MAX:
            raise ValueError(f"a question has at most {ITEMS_MAX} items")
        opened = self._opener.read(question.sealed)
        return OpenedAnswer(self._edge(), opened).sealed(question, self._keyring)
