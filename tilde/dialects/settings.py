"""What an operator may set of dialects: each setting is the one dialect's that has it."""

from inspect import get_annotations
from typing import Any

from pydantic import BaseModel


class SettingsOfDialect(BaseModel):
    """Fields of `Settings`. One of the same name in two parts would hide the other one, and nobody would be told."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Raises TypeError where two of the classes that this one is made of have the same field."""
        super().__pydantic_init_subclass__(**kwargs)
        for field in cls.model_fields:
            having = [part.__name__ for part in cls.__mro__ if field in get_annotations(part)]
            if len(having) > 1:
                raise TypeError(f"{' and '.join(having)} have the same setting, {field}: one would hide the other")
