"""Options for keys that clients have already. What a kind of key is to its users their dialect says, in its record."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from run.cli.operated import OptionGroup
from run.cli.secret_options import file_option, secret, secret_option
from tilde.dialects.known import DIALECTS
from tilde.domain.catalog.keys import ACCOUNT_KEYS, BROUGHT_KEY, KeyKind
from tilde.errors import TildeError

_MEANINGS = {KeyKind.TOKEN.value: "The access token that its clients have already."} | {
    kind: meaning for dialect in DIALECTS.records for kind, meaning in dialect.manual.keys.items()
}


def option_of(kind: KeyKind) -> str:
    """What the option is called, without its dashes."""
    return kind.value.replace("_", "-")


def _group(kinds: Sequence[KeyKind]) -> OptionGroup:
    options: dict[str, Any] = {}
    for kind in kinds:
        options[kind.value] = Annotated[str | None, secret_option(option_of(kind), _MEANINGS[kind])]
        options[f"{kind.value}_file"] = Annotated[str | None, file_option(option_of(kind))]
    return OptionGroup(options, lambda said: partial(_given, kinds, said))


def _given(kinds: Sequence[KeyKind], said: Mapping[str, str | None]) -> dict[str, str]:
    keys = {kind: secret(option_of(kind), said[kind.value], said[f"{kind.value}_file"]) for kind in kinds}
    if empty := [kind for kind, key in keys.items() if key == ""]:
        raise TildeError(f"--{option_of(empty[0])} is empty: give a key, or leave it out")
    return {kind.value: key for kind, key in keys.items() if key is not None}


ReadKeys = Callable[[], dict[str, str]]
"""Reads those that were given, from standard input too, one behind the other. Raises TildeError for an empty one: it is
a variable that was not set.
"""
KeysOfAccount = Annotated[ReadKeys, _group((*ACCOUNT_KEYS, BROUGHT_KEY))]
KeysOfProduct = Annotated[ReadKeys, _group((BROUGHT_KEY,))]
