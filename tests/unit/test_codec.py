"""Messages in the Confluent wire format, and everything that is none: it is poison, whatever it holds."""

import pytest

from testkit.builders import a_post, a_sealed_batch, an_account_created, an_entry, an_entry_message
from testkit.rows import a_marker, a_metric, a_point
from tilde.schemas.codec import PoisonError, decode, encoder, schema_of

BATCH = a_sealed_batch([a_post(1), a_post(2, "größe", 2.5, t=5)], offset=7, before=3)
ENTRY = an_entry_message(an_entry(1, an_account_created()))


def test_a_message_is_a_zero_byte_the_schemas_id_and_the_body() -> None:
    """kcat, Kafka Connect and ClickHouse read it; the bytes stand in logs for ever."""
    assert encoder("marker")({"topic": "stats", "next_offset": 3}) == b"\0\0\0\0\x07\x0astats\x06"


def test_a_batch_comes_back_as_it_was() -> None:
    """Every field of it."""
    assert decode(BATCH, "sealed_stats") == {
        "edge": "e",
        "epoch": 1,
        "offset": 7,
        "before": 3,
        "catalog": 0,
        "events": [a_post(1), a_post(2, "größe", 2.5, t=5)],
        "spreads": True,
    }


def test_an_encoder_may_be_used_again_and_again() -> None:
    """Its buffer keeps nothing of the record before, however long that was."""
    encode = encoder("marker")

    long = {"topic": "t" * 1000, "next_offset": 1}

    assert encode(long) == encoder("marker")(long)
    assert encode({"topic": "", "next_offset": 0}) == b"\0\0\0\0\x07\x00\x00"


POISON = {
    "nothing": b"",
    "less than a header": b"\0\0\0\0",
    "a header alone": BATCH[:5],
    "text": b"hello, this is no message",
    "a magic byte of another format": b"\x01" + BATCH[1:],
    "an id nobody gave out": b"\0\x7f\xff\xff\xff" + BATCH[5:],
    "id 0": b"\0\0\0\0\0" + BATCH[5:],
    "another subject": a_point(),
    "half a message": BATCH[: len(BATCH) // 2],
    "one byte too few": BATCH[:-1],
    "one byte too many": BATCH + b"\0",
    "two messages": BATCH + BATCH,
    "a string of a negative length": BATCH[:5] + b"\x01" + BATCH[6:],
    "a string of a petabyte": BATCH[:5] + b"\xff\xff\xff\xff\xff\xff\xff\x0f" + BATCH[6:],
    "a number without an end": BATCH[:5] + b"\xff" * 100,
    "a string that is no UTF-8": BATCH.replace(b"signups", b"\xff\xfe\xfd\xfc\xfb\xfa\xf9"),
    "zeros": b"\0" * 100,
    "ones": b"\xff" * 100,
}


@pytest.mark.parametrize("message", POISON.values(), ids=list(POISON))
def test_what_is_no_message_is_poison(message: bytes) -> None:
    """One error for all of it, so that a consumer can bury it and go on."""
    with pytest.raises(PoisonError):
        decode(message, "sealed_stats")


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        ("sealed_stats", BATCH),
        ("entry", ENTRY),
        ("point", a_point()),
        ("metric", a_metric()),
        ("marker", a_marker(3)),
    ],
)
def test_a_message_cut_anywhere_is_poison(subject: str, message: bytes) -> None:
    """No beginning of a message is a message."""
    for length in range(len(message)):
        with pytest.raises(PoisonError):
            decode(message[:length], subject)


def test_poison_says_what_is_wrong() -> None:
    """The reason stands in the dead letter."""
    with pytest.raises(PoisonError, match="not in the Confluent wire format"):
        decode(b"hello", "sealed_stats")
    with pytest.raises(PoisonError, match="no schema has the id 99"):
        decode(b"\0\0\0\0\x63abc", "sealed_stats")
    with pytest.raises(PoisonError, match="a point where a sealed_stats belongs"):
        decode(a_point(), "sealed_stats")
    with pytest.raises(PoisonError, match="bytes left over after a sealed_stats"):
        decode(BATCH + b"\0", "sealed_stats")


def test_a_message_knows_its_schema() -> None:
    """By the id in it, whatever topic it stands in."""
    assert (schema_of(BATCH).subject, schema_of(ENTRY).subject) == ("sealed_stats", "entry")
