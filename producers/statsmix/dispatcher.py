"""Reads calls of StatsMix that change something, finds out whose they are, and has them carried out."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fastapi import Request, Response

from producers.admin.errors import AdminError
from producers.edge.command_desk import CommandRefusedError
from producers.statsmix.intake import Intake
from producers.statsmix.reasons import Rejection
from producers.statsmix.refusals import AWAY, UNAVAILABLE, reason_away, rejection_of, status_of, text_of
from producers.statsmix.requests import SentFields, key_of, parameters_of
from producers.web.reached import reached
from tilde.dialects.dialect import Told
from tilde.dialects.statsmix.answers import Form, form_in, split_form, told_error
from tilde.dialects.statsmix.record import HEADERS, STATUS_HEADER
from tilde.domain.catalog.state import Account
from tilde.domain.texts import trimmed
from tilde.web.parameters import sent

PASSING: Mapping[str, str] = {"retry-after": "5"}
NOTHING_ELSE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose sender is known. `origin` is where users reach us: `http://stats.example`."""

    account: Account
    fields: SentFields
    form: Form
    origin: str


Carry = Callable[[Call], Awaitable[Told]]
"""Carries a call out. Raises Rejection, LogError, QueryApiAwayError, TimeoutError,
CommandRefusedError, AdminError."""


class Dispatcher:
    """Reads a call, finds out whose it is, has it carried out, and answers in the form that it names."""

    def __init__(self, intake: Intake, public_url: str | None = None) -> None:
        self._intake = intake
        self._public_url = public_url

    async def answer(self, request: Request, carry: Carry, version: int = 2) -> Response:
        """The answer of a call, or the one that says why it is refused."""
        _, end = split_form(trimmed(request.scope["path"]))
        form = form_in(version, end)
        try:
            fields = await parameters_of(request)
            form = form_in(version, end, sent(fields, "format"))
            account = await self._intake.account_of(key_of(request, fields))
            return reply(await carry(Call(account, fields, form, reached(request, self._public_url).url)))
        except Rejection as rejection:
            return self._refused(form, version, rejection)
        except (CommandRefusedError, AdminError) as error:
            return self._refused(form, version, rejection_of(error))
        except AWAY as error:
            return self._refused(form, version, Rejection(reason_away(error)))

    def _refused(self, form: Form, version: int, rejection: Rejection) -> Response:
        self._intake.tally.refused[rejection.reason] += 1
        status = status_of(rejection.reason, version)
        headers = PASSING if status == UNAVAILABLE else NOTHING_ELSE
        return reply(told_error(form, text_of(rejection)), status, headers)


def reply(answer: Told, status: int = 200, headers: Mapping[str, str] = NOTHING_ELSE) -> Response:
    """An answer as StatsMix's clients expect it."""
    return Response(answer.body, status, {**HEADERS, STATUS_HEADER: str(status), **headers}, answer.media_type)
