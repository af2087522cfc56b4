"""Paths as clients write them, and the plain form that they are served as."""

from urllib.parse import unquote

import pytest

from tilde.web.plain_paths import with_plain_path


@pytest.mark.parametrize(
    ("raw", "plain", "path"),
    [
        (b"/ez", b"/ez", "/ez"),
        (b"//ez", b"/ez", "/ez"),
        (b"/ez/", b"/ez", "/ez"),
        (b"///x//TOKEN///statlist//", b"/x/TOKEN/statlist", "/x/TOKEN/statlist"),
        (b"/x/T%2F%2Fx%2F/statlist/", b"/x/T%2F%2Fx%2F/statlist", "/x/T//x//statlist"),
        (b"/x/T%2F", b"/x/T%2F", "/x/T/"),
        (b"/%2Fez", b"/%2Fez", "//ez"),
        (b"//caf%C3%A9", b"/caf%C3%A9", "/caf\u00e9"),
        (b"/caf%E9/%C3%A9/%80//", b"/caf%E9/%C3%A9/%80", "/caf\u00e9/\u00e9/\u20ac"),
        (b"/%EF%BF%BD/caf%E9", b"/%EF%BF%BD/caf%E9", "/\ufffd/caf\u00e9"),
        (b"/", b"/", "/"),
        (b"//", b"/", "/"),
    ],
)
def test_slashes_are_single_and_none_stands_at_the_end(raw: bytes, plain: bytes, path: str) -> None:
    """One that is encoded belongs to a token or a name, and stays. What is no UTF-8 is read as parameters are."""
    scope = with_plain_path({"type": "http", "path": unquote(raw.decode()), "raw_path": raw})

    assert (scope["raw_path"], scope["path"]) == (plain, path)


def test_a_run_of_line_ends_is_looked_at_once() -> None:
    """In the middle of a part it belongs to it. Were it looked at from each of its places, this would take minutes."""
    raw = b"/a" + b"%0A" * 20_000 + b"x"

    assert with_plain_path({"type": "http", "path": "", "raw_path": raw})["raw_path"] == raw
