"""A body of JSON that had to be mended: what was right in it is what it is without what was wrong."""

import orjson
import pytest

from producers.web.json_bodies import is_no_value, parse_patiently

RIGHT = [
    *("0", "-0", "1", "-1", "1790000000", "15551234567", "18446744073709551615", "-9223372036854775808"),
    *("18446744073709551616", "-9223372036854775809", "100000000000000000000000", "1.0", "1790000000.5", "1e3", "-0.0"),
    *("true", "false", "null", '"a"', '"\\u00e9\\ud83d\\ude00"', "[]", "{}", '{"a":[1,2.5,{"b":null}]}'),
]


@pytest.mark.parametrize("right", RIGHT)
@pytest.mark.parametrize("wrong", ["NaN", "-Infinity", "1e999", '"\\ud800"', "undefined", "1,5 000"])
def test_what_is_right_is_read_alike_beside_what_is_wrong(right: str, wrong: str) -> None:
    """A whole number stays one, and `false` is a value."""
    alone = orjson.loads(right)
    beside = parse_patiently(f'{{"right":{right},"wrong":{wrong}}}'.encode())["right"]

    assert (beside, repr(beside)) == (alone, repr(alone))
    assert repr(parse_patiently(f"[{right}]".encode())) == repr([alone])


@pytest.mark.parametrize("wrong", ["NaN", "Infinity", "-Infinity", "undefined", "", "1,5", "None"])
def test_what_is_no_value_is_nothing_that_json_can_say(wrong: str) -> None:
    said = parse_patiently(b'{"a":%b,"b":1}' % wrong.encode())

    assert is_no_value(said["a"])
    assert said["b"] == 1
