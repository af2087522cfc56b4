"""Failures in words for whoever caused them: what pydantic found wrong."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

_MUST_BE: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "bool_parsing": lambda _: "true or false",
    "bool_type": lambda _: "true or false",
    "int_parsing": lambda _: "a whole number",
    "int_parsing_size": lambda _: "a smaller number",
    "int_from_float": lambda _: "a whole number",
    "int_type": lambda _: "a whole number",
    "float_parsing": lambda _: "a number",
    "finite_number": lambda _: "a finite number",
    "string_type": lambda _: "a text",
    "string_unicode": lambda _: "a text, and half a surrogate pair is none",
    "dict_type": lambda _: "a JSON object",
    "model_attributes_type": lambda _: "a JSON object",
    "model_type": lambda _: "a JSON object",
    "list_type": lambda _: "a list",
    "too_long": lambda context: f"a list of at most {context['max_length']:,}",
    "json_invalid": lambda _: "JSON (Content-Type: application/json)",
    "enum": lambda context: str(context["expected"]),
    "literal_error": lambda context: str(context["expected"]),
    "greater_than_equal": lambda context: f"at least {context['ge']}",
    "less_than_equal": lambda context: f"at most {context['le']}",
    "string_too_long": lambda context: f"at most {context['max_length']} characters long",
    "string_too_short": lambda context: _at_least(context["min_length"]),
}


def _at_least(length: int) -> str:
    return f"at least {length} characters long" if length > 1 else "some text: it is empty"


_OF_A_NAME = "[key]"  # pydantic's mark behind the name of a member, where that is wrong and not what it holds


def predicate(problem: Mapping[str, Any]) -> str:
    """What to say behind the name of what is wrong: `must be true or false`. One entry of a ValidationError's list.

    It never has what was sent, which may be a key.
    """
    kind, context = problem["type"], problem.get("ctx", {})
    if kind in _MUST_BE:
        return f"must be {_MUST_BE[kind](context)}"
    if kind == "value_error":
        return str(context["error"])
    return {"missing": "is missing", "extra_forbidden": "is not known"}.get(kind, str(problem["msg"]))


def _place(problem: Mapping[str, Any]) -> str:
    """Where something stands: `body.name`. What is no JSON is so as a whole, from whichever character on."""
    if problem["type"] == "json_invalid":
        return "the body"
    return ".".join(str(step) for step in problem["loc"] if step != _OF_A_NAME) or "the body"


def complaint(problems: Sequence[Mapping[str, Any]]) -> str:
    """What is wrong and where, in one line: all entries of a ValidationError's list."""
    told = "; ".join(f"{_place(problem)} {predicate(problem)}" for problem in problems)
    return told.encode("utf-8", "replace").decode()
