"""The options of every command that asks a Tilde for something as its operator: which Tilde, and by whose token."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from run.cli.operators import Operator, operator
from run.cli.options import Data, Url
from run.cli.secret_options import OperatorToken, OperatorTokenFile, token_of
from tilde.settings import Settings, load_settings

_OPTIONS = {"data": Data, "url": Url, "operator_token": OperatorToken, "operator_token_file": OperatorTokenFile}
_LAST = ("as_json", "config")


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """Options that a command takes as one parameter: their types by their names, and what is made of what they have."""

    options: Mapping[str, Any]
    make: Callable[[dict[str, Any]], Any]


class OpenOperator:
    """Opens the operator that the options name: `with open_operator(needs_store=True) as op`."""

    def __init__(self, data: Path | None, url: str | None, token: str | None, token_file: str | None) -> None:
        self._data = data
        self._url = url
        self._token = token
        self._token_file = token_file

    def __call__(
        self, *, settings: Settings | None = None, needs_store: bool = False, creates: bool = False
    ) -> AbstractContextManager[Operator]:
        """As `operator` does. The token is read now: behind the keys of the same command, where all of them come from
        standard input.
        """
        token = token_of(self._token, self._token_file)
        return operator(self._data, self._url, token, settings=settings, needs_store=needs_store, creates=creates)

    def settings(self, config: Path | None) -> Settings:
        """The settings of a file, and of the folder that the options name."""
        return load_settings(config, data=self._data)


def operated(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command these options, before its last ones. In their place it takes an OpenOperator, as its first
    parameter. One whose type is a dataclass stands for the options that are its fields, as several commands have them,
    and one that is annotated with an OptionGroup for that group's.
    """
    signature = inspect.signature(command)
    _, *taken = signature.parameters.values()
    groups = {each.name: group for each in taken if (group := _group_of(each)) is not None}
    own = [option for parameter in taken for option in _options_of(parameter)]
    shared = [_option(name, option) for name, option in _OPTIONS.items()]
    first, last = ([each for each in own if (each.name in _LAST) is is_last] for is_last in (False, True))
    parameters = [*first, *shared, *last]

    @wraps(command)
    def with_options(
        data: Path | None = None,
        url: str | None = None,
        operator_token: str | None = None,
        operator_token_file: str | None = None,
        **given: Any,
    ) -> None:
        for name, group in groups.items():
            given[name] = group.make({option: given.pop(option) for option in group.options})
        command(OpenOperator(data, url, operator_token, operator_token_file), **given)

    with_options.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined] # typer reads it
    with_options.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return with_options


def _options_of(parameter: inspect.Parameter) -> Iterator[inspect.Parameter]:
    """Itself, or the options of the group that it is."""
    group = _group_of(parameter)
    if group is None:
        yield parameter.replace(kind=parameter.KEYWORD_ONLY)
        return
    for name, option in group.options.items():
        yield _option(name, option)


def _group_of(parameter: inspect.Parameter) -> OptionGroup | None:
    said: Any = parameter.annotation
    if not is_dataclass(said):
        return next((one for one in getattr(said, "__metadata__", ()) if isinstance(one, OptionGroup)), None)
    options = {each.name: each.type for each in fields(said)}
    return OptionGroup(options, lambda given: parameter.annotation(**given))


def _option(name: str, option: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=option)
