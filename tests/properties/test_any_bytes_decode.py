"""Any bytes at all are a message or poison: a consumer is never stopped by what a decoder raises."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from testkit.builders import a_post, a_sealed_batch, an_account_created, an_entry, an_entry_message
from testkit.rows import a_marker, a_metric, a_point
from tilde.schemas.codec import PoisonError, decode, header
from tilde.schemas.registry import schemas

MESSAGES = {
    "sealed_stats": a_sealed_batch([a_post(1), a_post(2, "größe", 2.5, t=5)], offset=7, before=3),
    "entry": an_entry_message(an_entry(1, an_account_created(), reply={"account": 1})),
    "point": a_point(),
    "metric": a_metric(),
    "marker": a_marker(3),
}
SCHEMAS = sorted(schemas().values(), key=lambda schema: schema.id)


def read(message: bytes, subject: str) -> None:
    with contextlib.suppress(PoisonError):
        assert isinstance(decode(message, subject), dict)


@given(st.sampled_from(SCHEMAS), st.binary(max_size=200))
def test_any_bytes_behind_a_header(schema, body: bytes) -> None:
    """Of every schema."""
    read(header(schema) + body, schema.subject)


@given(
    st.sampled_from(sorted(MESSAGES)),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4),
    st.integers(0, 20),
)
def test_a_message_with_some_bytes_changed_or_cut_off(subject: str, changes: list[tuple[int, int]], cut: int) -> None:
    """As a bad disk or a bad release would leave it."""
    message = bytearray(MESSAGES[subject])
    for at, byte in changes:
        message[5 + at % (len(message) - 5)] = byte

    read(bytes(message[: len(message) - cut]), subject)
