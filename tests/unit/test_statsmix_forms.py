"""The answers of StatsMix, as its documentation shows them and its clients take them apart."""

import json
import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from api.statsmix.shared_metric import Day, told_shared
from tilde.dialects.statsmix.answers import Form, form_of, split_form, told, told_error, told_list, told_v1
from tilde.dialects.statsmix.numbers import number_text
from tilde.dialects.statsmix.resources import Metric, Profile, Stat, User
from tilde.dialects.statsmix.times import read_time

STAT = Stat(
    id=6271,
    ref_id=None,
    profile_id=18,
    metric_id=12,
    value=1.0,
    meta=None,
    generated_ms=read_time("2010-03-04T07:00:00Z"),
    created_ms=read_time("2010-03-04T04:13:20Z"),
    updated_ms=read_time("2010-03-04T04:13:20Z"),
)
METRIC = Metric(12, "Orders & more", 18, True, False, "http://x/?a=1&b=2", STAT.created_ms, STAT.updated_ms)
SEED = b"""<?xml version="1.0" encoding="UTF-8"?>
<stat>
<created-at type="datetime">2010-03-03T21:13:20-07:00</created-at>
<generated-at type="datetime">2010-03-04T00:00:00-07:00</generated-at>
<id type="integer">6271</id>
<metric-id type="integer">12</metric-id>
<profile-id type="integer">18</profile-id>
<service-id type="integer" nil="true"></service-id>
<service-type-id type="integer" nil="true"></service-type-id>
<stat-type-id type="integer" nil="true"></stat-type-id>
<updated-at type="datetime">2010-03-03T21:13:20-07:00</updated-at>
<value type="integer">1</value>
</stat>
"""


def test_v1_shows_a_stat_byte_for_byte_as_the_documentation_does():
    body, media_type = told_v1(STAT, ZoneInfo("America/Denver"))

    assert body == SEED
    assert media_type == "application/xml; charset=utf-8"


def test_v1_says_of_a_value_that_is_not_whole_that_it_is_decimal():
    body, _ = told_v1(replace(STAT, value=1.50), ZoneInfo("UTC"))

    assert b'<value type="decimal">1.5</value>' in body
    assert b'<created-at type="datetime">2010-03-04T04:13:20+00:00</created-at>' in body


def test_v2_shows_a_stat_in_json():
    body, media_type = told(Form.JSON, replace(STAT, ref_id="order 7", meta='{"a":"ü"}'))

    assert media_type == "application/json; charset=utf-8"
    assert json.loads(body) == {
        "stat": {
            "id": 6271,
            "ref_id": "order 7",
            "profile_id": 18,
            "metric_id": 12,
            "value": 1,
            "meta": '{"a":"ü"}',
            "generated_at": "2010-03-04T07:00:00Z",
            "created_at": "2010-03-04T04:13:20Z",
            "updated_at": "2010-03-04T04:13:20Z",
        }
    }


def test_v2_shows_a_stat_in_xml_with_names_that_php_reads_as_properties():
    body, _ = told(Form.XML, STAT)

    assert body.decode().splitlines() == [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<stat>",
        "<id>6271</id>",
        "<ref_id></ref_id>",
        "<profile_id>18</profile_id>",
        "<metric_id>12</metric_id>",
        "<value>1</value>",
        "<meta></meta>",
        "<generated_at>2010-03-04T07:00:00Z</generated_at>",
        "<created_at>2010-03-04T04:13:20Z</created_at>",
        "<updated_at>2010-03-04T04:13:20Z</updated_at>",
        "</stat>",
    ]


@pytest.mark.parametrize("metrics", [[], [METRIC], [METRIC, METRIC]])
def test_a_list_is_a_list_whatever_is_in_it(metrics):
    listed = json.loads(told_list(Form.JSON, Metric, metrics).body)

    assert [each["name"] for each in listed["metrics"]["metric"]] == ["Orders & more"] * len(metrics)


def test_a_metric_is_told_as_it_is_set():
    body, _ = told(Form.XML, METRIC)

    assert b"<name>Orders &amp; more</name>" in body
    assert b"<include_in_email>0</include_in_email>\n<sharing>public</sharing>" in body
    assert json.loads(told(Form.JSON, replace(METRIC, is_public=False, in_email=True)).body)["metric"] == {
        "id": 12,
        "name": "Orders & more",
        "profile_id": 18,
        "include_in_email": 1,
        "sharing": "none",
        "url": "http://x/?a=1&b=2",
        "created_at": "2010-03-04T04:13:20Z",
        "updated_at": "2010-03-04T04:13:20Z",
    }


def test_a_profile_has_its_zone():
    assert json.loads(told(Form.JSON, Profile(18, "Shop", "Europe/Lisbon", STAT.created_ms)).body) == {
        "profile": {"id": 18, "name": "Shop", "time_zone": "Europe/Lisbon", "created_at": "2010-03-04T04:13:20Z"}
    }


@pytest.mark.parametrize("form", Form)
def test_the_ruby_gem_finds_a_users_key(form):
    """By this pattern, in JSON as well."""
    body, _ = told(form, User(3, "0123456789abcdef0123", "a@b.example", "A", "", "basic", "", STAT.created_ms))

    assert re.search("<api_key>[0-9a-zA-Z]*</api_key>", body.decode())[0] == "<api_key>0123456789abcdef0123</api_key>"


def test_an_error_stands_on_one_line_for_the_ruby_gem():
    body, _ = told_error(Form.XML, "name <b>\nis needed")

    assert re.search("<error>(.*)</error>", body.decode())[1] == "name &lt;b&gt; is needed"
    assert body == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<errors><error>name &lt;b&gt; is needed</error></errors>\n'
    )
    assert told_error(Form.JSON, "no name").body == b'{"errors":{"error":"no name"}}'


@pytest.mark.parametrize(
    ("path_form", "said", "form"),
    [
        (None, None, Form.XML),
        (None, "json", Form.JSON),
        (None, " JSON\n", Form.JSON),
        (None, "yaml", Form.XML),
        (Form.XML, "json", Form.XML),
        (Form.JSON, None, Form.JSON),
    ],
)
def test_the_form_is_the_paths_then_the_parameters_then_xml(path_form, said, form):
    assert form_of(path_form, said) is form


@pytest.mark.parametrize(
    ("last", "split"),
    [
        ("6271.xml", ("6271", Form.XML)),
        ("6271.json", ("6271", Form.JSON)),
        ("a.b.c", ("a.b.c", None)),
        ("6271", ("6271", None)),
    ],
)
def test_only_a_form_is_cut_from_a_path(last, split):
    assert split_form(last) == split


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (0.0, "0"), (-0.0, "0"), (1.5, "1.5"), (12345678901.25, "12345678901.25"), (1e21, "1" + "0" * 21)],
)
def test_a_value_is_printed_without_an_exponent_or_trailing_zeros(value, text):
    assert number_text(value) == text


@pytest.mark.parametrize(
    ("value", "page", "program"),
    [
        (64.6 / 3, "21.53", "21.53333333333333"),
        (1 / 700, "0.00143", "0.0014285714285714286"),
        (12.0, "12", "12"),
        (-2.5, "-2.5", "-2.5"),
        (1e-9 / 3, "0.000000000333", "0.00000000033333333333333337"),
        (None, "", ""),
    ],
)
def test_a_page_has_as_many_digits_as_are_read_and_programs_get_all(
    value: float | None, page: str, program: str
) -> None:
    days = [Day("2012-07-08", value)]

    assert f"<td>{page}</td>" in told_shared("html", "orders", "orders", days).body.decode()
    assert f"2012-07-08,{program}\r\n" in told_shared("csv", "orders", "orders", days).body.decode()


def bars_of(*values: float | None) -> list[tuple[float, float]]:
    """Where each bar of the page's chart begins, from the top, and how high it is."""
    days = [Day("2012-07-08", value) for value in values]
    page = told_shared("html", "orders", "orders", days).body.decode()
    return [(float(y), float(height)) for y, height in re.findall(r'y="([^"]+)" width="[^"]+" height="([^"]+)"', page)]


def test_a_chart_has_days_below_nothing_and_days_of_any_size() -> None:
    assert bars_of(3.0, -1.0, None) == [(0.0, 120.0), (120.0, 40.0), (120.0, 0.0)]
    assert bars_of(-3.0) == [(0.0, 160.0)]
    assert bars_of(1.7e308, -1.7e308) == [(0.0, 80.0), (80.0, 80.0)]
    assert bars_of(0.0, None) == [(0.0, 0.0), (0.0, 0.0)]
