"""Answers as StatsMix's clients read them: v1's one document, and v2's in XML or JSON, a list always being a list.

told(Form.JSON, stat)              {"stat":{"id":..}}
told_list(Form.JSON, Stat, stats)  {"stats":{"stat":[..]}}
told_error(Form.XML, "no name")    <errors><error>no name</error></errors>, behind the prolog
"""

import json
from collections.abc import Iterable
from datetime import tzinfo
from enum import StrEnum

from tilde.dialects.dialect import Told
from tilde.dialects.statsmix.numbers import is_whole, number_text
from tilde.dialects.statsmix.resources import Metric, Profile, Resource, Stat, User
from tilde.dialects.statsmix.stats import stat_json, stat_xml
from tilde.dialects.statsmix.times import printed, printed_in
from tilde.dialects.statsmix.xml import document, element, parent

Shown = str | int | None


class Form(StrEnum):
    """The form of an answer; its value is the end of a path, and what `format` says."""

    XML = "xml"
    JSON = "json"


MEDIA_TYPES = {Form.XML: "application/xml; charset=utf-8", Form.JSON: "application/json; charset=utf-8"}


def form_of(path_form: Form | None, said: str | None) -> Form:
    """The one that an answer has: by the path's end, else by `format`, else XML, for whatever else was said."""
    if path_form is not None:
        return path_form
    return Form.JSON if said is not None and said.strip().lower() == Form.JSON else Form.XML


def form_in(version: int, end: Form | None, named: str | None = None) -> Form:
    """The form of answers in a version: v1 has no other than XML, whatever its path ends in."""
    return Form.XML if version == 1 else form_of(end, named)


def split_form(last: str) -> tuple[str, Form | None]:
    """The last part of a path, without the form at its end: `6271.xml` is 6271 in XML."""
    for form in Form:
        if last.endswith(f".{form}"):
            return last.removesuffix(f".{form}"), form
    return last, None


def told(form: Form, resource: Resource) -> Told:
    """The answer that shows one of something, as v2 does."""
    if isinstance(resource, Stat):
        return Told(stat_body(form, resource), MEDIA_TYPES[form])
    if form is Form.XML:
        return _as_xml(_xml(resource))
    if isinstance(resource, User):  # the Ruby gem looks for this in whatever form it asked for, and fails without
        return _as_json({resource.ONE: {**_fields(resource), "api_key_xml": element("api_key", resource.api_key)}})
    return Told(f'{{"{resource.ONE}":{_json(resource)}}}'.encode(), MEDIA_TYPES[Form.JSON])


def stat_body(form: Form, stat: Stat) -> bytes:
    """The body of `told` of a stat: all that differs between the answers to posts."""
    if form is Form.XML:
        return document(stat_xml(stat))
    return f'{{"{stat.ONE}":{stat_json(stat)}}}'.encode()


def told_list(form: Form, kind: type[Resource], resources: Iterable[Resource]) -> Told:
    """The answer that shows some of a kind, one, or none."""
    if form is Form.XML:
        return _as_xml(parent(kind.MANY, map(_xml, resources)))
    listed = ",".join(map(_json, resources))
    return Told(f'{{"{kind.MANY}":{{"{kind.ONE}":[{listed}]}}}}'.encode(), MEDIA_TYPES[Form.JSON])


def told_v1(stat: Stat, zone: tzinfo) -> Told:
    """A stat as v1 shows it, its times in a zone: the ten elements of StatsMix's document, in its order."""
    none = '<{0} type="integer" nil="true"></{0}>'.format
    lines = [
        element("created-at", printed_in(stat.created_ms, zone), ' type="datetime"'),
        element("generated-at", printed_in(stat.generated_ms, zone), ' type="datetime"'),
        element("id", str(stat.id), ' type="integer"'),
        element("metric-id", str(stat.metric_id), ' type="integer"'),
        element("profile-id", str(stat.profile_id), ' type="integer"'),
        none("service-id"),
        none("service-type-id"),
        none("stat-type-id"),
        element("updated-at", printed_in(stat.updated_ms, zone), ' type="datetime"'),
        element("value", number_text(stat.value), f' type="{"integer" if is_whole(stat.value) else "decimal"}"'),
    ]
    return _as_xml(parent(stat.ONE, lines))


def told_error(form: Form, message: str) -> Told:
    """The answer that says what went wrong, on one line."""
    message = " ".join(message.split())
    if form is Form.JSON:
        return _as_json({"errors": {"error": message}})
    return _as_xml(f"<errors>{element('error', message)}</errors>")


def _as_json(content: object) -> Told:
    return Told(_dumped(content).encode(), MEDIA_TYPES[Form.JSON])


def _dumped(content: object) -> str:
    return json.dumps(content, separators=(",", ":"))


def _as_xml(root: str) -> Told:
    return Told(document(root), MEDIA_TYPES[Form.XML])


def _xml(resource: Resource) -> str:
    if isinstance(resource, Stat):
        return stat_xml(resource)
    return parent(resource.ONE, [element(field, _text(value)) for field, value in _fields(resource).items()])


def _json(resource: Resource) -> str:
    return stat_json(resource) if isinstance(resource, Stat) else _dumped(_fields(resource))


def _text(value: Shown) -> str:
    return "" if value is None else str(value)


def _fields(resource: Metric | Profile | User) -> dict[str, Shown]:
    """What v2 shows of something, in its order; of a stat that is in `stats.py`."""
    match resource:
        case Metric():
            return {
                "id": resource.id,
                "name": resource.name,
                "profile_id": resource.profile_id,
                "include_in_email": int(resource.in_email),
                "sharing": "public" if resource.is_public else "none",
                "url": resource.url,
                "created_at": printed(resource.created_ms),
                "updated_at": printed(resource.updated_ms),
            }
        case Profile():
            return {
                "id": resource.id,
                "name": resource.name,
                "time_zone": resource.time_zone,
                "created_at": printed(resource.created_ms),
            }
    return {
        "id": resource.id,
        "api_key": resource.api_key,
        "email": resource.email,
        "name": resource.name,
        "company": resource.company,
        "plan": resource.plan,
        "url": resource.url,
        "created_at": printed(resource.created_ms),
    }
