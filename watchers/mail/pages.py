"""The HTML of letters. All that is put in is escaped, and text on one line."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tilde.runtime.visible import one_line


def _read(value: object) -> object:
    return one_line(value) if isinstance(value, str) else value


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_read,
)


def html_of(template: str, **content: Any) -> str:
    """A template of the folder `templates`, filled in."""
    return _ENVIRONMENT.get_template(template).render(content)
