"""The options of every command that asks a Tilde for something as its operator: which Tilde, and by whose token."""

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial, wraps
from pathlib import Path
from typing import Any, Protocol

from run.cli.operators import Operator, operator
from run.cli.options import Data, Url
from run.cli.secret_options import OperatorToken, OperatorTokenFile, token_of

_OPTIONS = {"data": Data, "url": Url, "operator_token": OperatorToken, "operator_token_file": OperatorTokenFile}
_LAST = "as_json"


class OpenOperator(Protocol):
    """Opens the operator that the options name, as `operator` does: `with open_operator(needs_store=True) as op`."""

    def __call__(self, *, needs_store: bool = False, creates: bool = False) -> AbstractContextManager[Operator]: ...


def operated(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command these options, before its `--json`. In their place it takes an OpenOperator, as its first
    parameter.
    """
    signature = inspect.signature(command)
    _, *own = (parameter.replace(kind=parameter.KEYWORD_ONLY) for parameter in signature.parameters.values())
    shared = [_option(name, option) for name, option in _OPTIONS.items()]
    parameters = [*(each for each in own if each.name != _LAST), *shared, *(each for each in own if each.name == _LAST)]

    @wraps(command)
    def with_options(
        data: Path | None = None,
        url: str | None = None,
        operator_token: str | None = None,
        operator_token_file: str | None = None,
        **given: Any,
    ) -> None:
        command(partial(_opened, data, url, operator_token, operator_token_file), **given)

    with_options.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined] # typer reads it
    with_options.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return with_options


def _option(name: str, option: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=option)


def _opened(
    data: Path | None,
    url: str | None,
    token: str | None,
    token_file: str | None,
    *,
    needs_store: bool = False,
    creates: bool = False,
) -> AbstractContextManager[Operator]:
    """The token is read now: behind the keys of the same command, where all of them come from standard input."""
    return operator(data, url, token_of(token, token_file), needs_store=needs_store, creates=creates)
