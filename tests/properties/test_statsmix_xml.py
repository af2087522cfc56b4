"""Whatever characters go into an answer of StatsMix, a parser reads it again, and so it does values and times."""

import json
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from tilde.dialects.statsmix.answers import Form, told, told_error, told_list
from tilde.dialects.statsmix.numbers import number_text
from tilde.dialects.statsmix.resources import Metric, Profile, Stat, User
from tilde.dialects.statsmix.times import printed, read_time

UNSAYABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ANY_TEXT = st.text(st.characters(categories=None, exclude_categories=())) | st.text("<>&'\"]\r\n\t\0\ud800\uffff ab")
STAT = Stat(1, None, 2, 3, 1.0, None, 0, 0, 0)


def parsed(body: bytes) -> ET.Element:
    return ET.fromstring(body)


@given(ANY_TEXT, ANY_TEXT)
def test_xml_reads_back_what_went_in_but_for_what_xml_cannot_say(name, url):
    found = parsed(told(Form.XML, Metric(1, name, 2, False, False, url, 0, 0)).body)

    assert (found.findtext("name") or "") == UNSAYABLE.sub("\ufffd", name)
    assert (found.findtext("url") or "") == UNSAYABLE.sub("\ufffd", url)


@given(ANY_TEXT, ANY_TEXT)
def test_xml_of_stats_profiles_and_users_reads_back_too_alone_and_in_lists(one, other):
    """What they have of their writers' texts stands in its own element, and nothing else comes of it."""
    texts: dict[Any, dict[str, str]] = {
        replace(STAT, ref_id=one, meta=other): {"ref_id": one, "meta": other},
        Profile(1, one, "UTC", 0): {"name": one},
        User(1, "key", other, one, one, other, one, 0): {"email": other, "name": one, "plan": other, "url": one},
    }
    for resource, said in texts.items():
        listed = parsed(told_list(Form.XML, type(resource), [resource, resource]).body)
        assert [child.tag for child in listed] == [resource.ONE] * 2
        for found in (parsed(told(Form.XML, resource).body), *listed):
            read = {name: found.findtext(name) or "" for name in said}
            assert read == {name: UNSAYABLE.sub("\ufffd", text) for name, text in said.items()}


@given(ANY_TEXT, ANY_TEXT)
def test_json_reads_back_what_went_in(ref, meta):
    stat = replace(STAT, ref_id=ref, meta=meta)

    found = json.loads(told_list(Form.JSON, Stat, [stat]).body)["stats"]["stat"][0]

    assert (found["ref_id"], found["meta"]) == (ref, meta)


@given(ANY_TEXT)
def test_an_error_is_found_on_one_line(message):
    body = told_error(Form.XML, message).body

    assert parsed(body).findtext("error") is not None
    assert re.search(rb"<error>[^\n]*</error>", body)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_value_reads_back_as_it_was(value):
    stat = replace(STAT, value=value)

    assert float(number_text(value)) == value
    assert float(parsed(told(Form.XML, stat).body).findtext("value") or "") == value
    assert json.loads(told(Form.JSON, stat).body)["stat"]["value"] == value


@given(st.integers(0, 2**32 - 1))
def test_a_time_that_was_printed_is_read_as_it_was(second):
    assert read_time(printed(second * 1000)) == second * 1000
