"""A stat as v2 shows it, field by field as written: every `track` is answered with one, and a list has fifty. Through
the table of fields that all else is shown by, an answer costs more than what it answers.
"""

import json
from functools import lru_cache

from tilde.dialects.statsmix.numbers import json_number, number_text
from tilde.dialects.statsmix.resources import Stat
from tilde.dialects.statsmix.times import printed
from tilde.dialects.statsmix.xml import text


@lru_cache(maxsize=1_000)
def _printed_s(seconds: int) -> str:
    return printed(seconds * 1000)


def stat_xml(stat: Stat) -> str:
    """The element, a line for each field."""
    created = _printed_s(stat.created_ms // 1000)
    generated = created if stat.generated_ms == stat.created_ms else _printed_s(stat.generated_ms // 1000)
    updated = created if stat.updated_ms == stat.created_ms else _printed_s(stat.updated_ms // 1000)
    return (
        f"<stat>\n<id>{stat.id}</id>\n<ref_id>{_xml(stat.ref_id)}</ref_id>\n"
        f"<profile_id>{stat.profile_id}</profile_id>\n<metric_id>{stat.metric_id}</metric_id>\n"
        f"<value>{number_text(stat.value)}</value>\n<meta>{_xml(stat.meta)}</meta>\n"
        f"<generated_at>{generated}</generated_at>\n<created_at>{created}</created_at>\n"
        f"<updated_at>{updated}</updated_at>\n</stat>"
    )


def stat_json(stat: Stat) -> str:
    """The object."""
    return (
        f'{{"id":{stat.id},"ref_id":{_json(stat.ref_id)},"profile_id":{stat.profile_id},"metric_id":{stat.metric_id},'
        f'"value":{json_number(stat.value)!r},"meta":{_json(stat.meta)},'
        f'"generated_at":"{_printed_s(stat.generated_ms // 1000)}",'
        f'"created_at":"{_printed_s(stat.created_ms // 1000)}",'
        f'"updated_at":"{_printed_s(stat.updated_ms // 1000)}"}}'
    )


def _xml(value: str | None) -> str:
    return "" if value is None else text(value)


def _json(value: str | None) -> str:
    return "null" if value is None else json.dumps(value)
