"""Kinds of variables in paths, under the names that records use (`KINDS`), where Starlette has none or another one."""

from typing import ClassVar

from starlette.convertors import Convertor, IntegerConvertor, register_url_convertor

from tilde.dialects.dialect import KINDS


class _Number(IntegerConvertor):
    """One of more digits than Python reads would be an error of ours: no path has it."""

    regex = "[0-9]{1,4300}"


class _Hex40(Convertor[str]):
    regex: ClassVar[str] = KINDS["hex40"]

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


def know_kinds() -> None:
    """Has routes and lanes know our own kinds of parts of a path, from now on."""
    register_url_convertor("int", _Number())
    register_url_convertor("hex40", _Hex40())
