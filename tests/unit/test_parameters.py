"""How parameters of old clients are read from their bytes."""

import pytest

from producers.web.json_bodies import MARKS_MAX, NoJsonError, parse_patiently
from tilde.web.parameters import PAIRS_MAX, decoded, parse


@pytest.mark.parametrize(
    ("source", "parameters"),
    [
        (b"", {}),
        (b"a=1&b=2", {"a": "1", "b": "2"}),
        (b"&&a=1&", {"a": "1"}),
        (b"a", {}),
        (b"a=", {}),
        (b"=a", {"": "a"}),
        (b"a==1", {"a": "=1"}),
        (b"a=1=2", {"a": "1=2"}),
        (b"a=1&a=2", {"a": "1"}),
        (b"a=&a=2", {"a": "2"}),
        (b"a=x+y z%20%2b", {"a": "x y z +"}),
        (b"a+b=1&%61=2", {"a b": "1", "a": "2"}),
        (b"a=%&b=%4&c=%zz&d=%%41", {"a": "%", "b": "%4", "c": "%zz", "d": "%A"}),
        (b"a=%00%0d%0a", {"a": "\x00\r\n"}),
        ("a=café&b=東京".encode(), {"a": "café", "b": "東京"}),
        (b"a=caf%C3%A9&b=caf\xe9&c=%E9", {"a": "café", "b": "café", "c": "é"}),
        (b"a=\xed\xa0\x80", {"a": "í\xa0€"}),
        (b"a;b=1;c=2", {"a;b": "1;c=2"}),
        (b'{"ezkey":"E"}', {}),
        (b"\xef\xbb\xbfa=1&\nb=2&%EF%BB%BFc=3", {"a": "1", "b": "2", "c": "3"}),
        (b"\xef\xbb\xbfa=1&a=2", {"a": "1"}),
    ],
)
def test_parameters_are_read_as_they_were_sent(source: bytes, parameters: dict[str, str]) -> None:
    """Encoded, half encoded, un-encoded; the first value of a name counts; an empty one is absent."""
    assert parse(source) == parameters


def test_the_query_goes_before_the_body() -> None:
    """An empty value in it leaves the body's."""
    assert parse(b"a=1&b=", b"a=2&b=3&c=4") == {"a": "1", "b": "3", "c": "4"}


def test_only_so_many_parameters_are_read() -> None:
    """A body of four megabytes has a million of them; each source has its own thousand."""
    many = b"&".join(b"n%d=1" % number for number in range(PAIRS_MAX + 5))

    assert len(parse(many)) == PAIRS_MAX
    assert list(parse(many))[-1] == "n999"
    assert len(parse(many, many.replace(b"n", b"m"))) == 2 * PAIRS_MAX


def test_bytes_that_are_no_utf_8_are_what_a_browser_takes_them_for() -> None:
    """Windows-1252: a euro, curly quotes; the five bytes that stand for nothing there stay what Latin-1 has."""
    assert parse(b"stat=%80 \x93a\x94 \xe9") == {"stat": "€ “a” é"}
    assert parse(b"stat=\x81\x8d\x8f\x90\x9d") == {"stat": "\x81\x8d\x8f\x90\x9d"}
    assert parse_patiently(b'{"stat":"5 \x80"}') == {"stat": "5 €"}


def test_bytes_that_are_no_utf_8_are_windows_1252() -> None:
    """Those that stand for nothing there are what Latin-1 has."""
    every = bytes(range(1, 256))
    undefined = {0x81, 0x8D, 0x8F, 0x90, 0x9D}

    assert decoded(every) == "".join(
        chr(code) if code in undefined else bytes((code,)).decode("cp1252") for code in every
    )


@pytest.mark.parametrize("mark", [b",", b":"])
def test_a_body_of_nothing_but_marks_is_refused_before_it_is_looked_at(mark: bytes) -> None:
    """Each look at one takes the interpreter's lock: four million would keep everybody waiting for half a second."""
    with pytest.raises(NoJsonError):
        parse_patiently(b"[" + mark * 4_000_000 + b"]")


@pytest.mark.parametrize("part", [b",1", b",{}"])
def test_a_body_that_wants_patience_has_an_end_of_marks(part: bytes) -> None:
    """More of them than a thousand items can have are refused; as many as those have are read."""
    body = b'{"data":[NaN%b]}'

    assert len(parse_patiently(body % (part * MARKS_MAX))["data"]) == MARKS_MAX + 1
    with pytest.raises(NoJsonError):
        parse_patiently(body % (part * (MARKS_MAX + 1)))


@pytest.mark.parametrize(
    "items",
    [b"1 2," * 15_000, b"[{}]," * 12_000 + b"x y", b'"",' * 20_000 + b"x y", b"[" * 60_000, b"{}," * 2_001 + b"x y"],
    ids=["no JSON", "nested", "strings", "openings", "items"],
)
def test_a_list_with_too_much_to_look_at_one_by_one_is_refused(items: bytes) -> None:
    """It is looked at on the event loop, before it is known who sends it."""
    with pytest.raises(NoJsonError):
        parse_patiently(b'{"data":[{},' + items + b"]}")


def test_items_are_looked_at_one_by_one_up_to_a_bound() -> None:
    """Twice as many as a batch has."""
    items = parse_patiently(b'{"data":[' + b'{"a":[{}]},' * 1_998 + b'{"a" 1},{}]}')["data"]

    assert (len(items), repr(items[1_998:])) == (2_000, "[nan, {}]")
