"""A stat as v2 shows it, field by field as written: every `track` is answered with one, and a list has fifty. Through
the table of fields that all else is shown by, an answer costs more than what it answers.
"""

import json
from functools import lru_cache

from tilde.dialects.statsmix.numbers import json_number, number_text
from tilde.dialects.statsmix.resources import Stat
from tilde.dialects.statsmix.times import printed
from tilde.dialects.statsmix.xml import text


def _printed(t_ms: int) -> str:
    return _printed_s(t_ms // 1000)


@lru_cache(maxsize=1_000)  # to print one costs more than all else of an answer
def _printed_s(seconds: int) -> str:
    return printed(seconds * 1000)


def stat_xml(stat: Stat) -> str:
    """A stat as an element of XML, a line for each field."""
    return (
        f"<stat>\n<id>{stat.id}</id>\n<ref_id>{_xml(stat.ref_id)}</ref_id>\n"
        f"<profile_id>{stat.profile_id}</profile_id>\n<metric_id>{stat.metric_id}</metric_id>\n"
        f"<value>{number_text(stat.value)}</value>\n<meta>{_xml(stat.meta)}</meta>\n"
        f"<generated_at>{_printed(stat.generated_ms)}</generated_at>\n"
        f"<created_at>{_printed(stat.created_ms)}</created_at>\n"
        f"<updated_at>{_printed(stat.updated_ms)}</updated_at>\n</stat>"
    )


def stat_json(stat: Stat) -> str:
    """A stat as an object of JSON."""
    return (
        f'{{"id":{stat.id},"ref_id":{_json(stat.ref_id)},"profile_id":{stat.profile_id},"metric_id":{stat.metric_id},'
        f'"value":{json_number(stat.value)!r},"meta":{_json(stat.meta)},'
        f'"generated_at":"{_printed(stat.generated_ms)}","created_at":"{_printed(stat.created_ms)}",'
        f'"updated_at":"{_printed(stat.updated_ms)}"}}'
    )


def _xml(value: str | None) -> str:
    return "" if value is None else text(value)


def _json(value: str | None) -> str:
    return "null" if value is None else json.dumps(value)
