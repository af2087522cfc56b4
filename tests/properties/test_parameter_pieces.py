"""Parameters that are read as a whole are those that are read piece by piece."""

from urllib.parse import unquote_to_bytes

from hypothesis import given, settings
from hypothesis import strategies as st

from tilde.web import parameters
from tilde.web.parameters import parse, percent_decoded

PIECES = st.sampled_from(
    [
        *(b"a", b"b", b"=", b"=", b"&", b"&", b"+", b"%", b"%2", b"%26", b"%3D", b"%2B", b"%C3%A9", b"%E9"),
        *(b"\xc3\xa9", b"\xe9", b"\xc3", b" ", b"\x00", b"%00", b"\xed\xa0\x80", b";", b"?"),
    ]
)


@given(st.lists(st.lists(PIECES, max_size=14).map(b"".join), min_size=1, max_size=2))
@settings(max_examples=500)
def test_as_a_whole_and_piece_by_piece_is_the_same(sources: list[bytes]) -> None:
    """Whatever stands encoded, un-encoded, or in no encoding at all."""
    expected: parameters.Parameters = {}
    for source in sources:
        parameters._parse_piece_by_piece(source, expected)

    assert parse(*sources) == expected


@given(
    st.lists(st.one_of(PIECES, st.binary(max_size=4), st.sampled_from([b"==", b"=\n", b"=3D", b"\r\n", b" \n", b"_"])))
)
@settings(max_examples=1_000)
def test_escapes_are_decoded_as_the_library_does(pieces: list[bytes]) -> None:
    """By a decoder of another notation, which has rules of its own."""
    raw = b"".join(pieces)
    assert percent_decoded(raw) == unquote_to_bytes(raw)
