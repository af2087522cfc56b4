"""The HTML of letters. All that is put in is escaped."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=True, undefined=StrictUndefined
)


def html_of(template: str, **content: Any) -> str:
    """A template of the folder `templates`, filled in."""
    return _ENVIRONMENT.get_template(template).render(content)
