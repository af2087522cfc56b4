"""Event ids: what they are made of, and that no start, stop or clock makes one come twice."""

import pytest

from tilde.domain.log.identity import (
    CLOCK_END_MS,
    EPOCH_MS,
    EVENT_ID_MAX,
    SHIFT,
    EventIds,
    IdsExhaustedError,
    first_id_at,
    is_plausible,
)

MIDNIGHT_MS = 1_798_761_600_000  # 2027-01-01T00:00:00Z, a year after the epoch of ids


def test_an_id_is_milliseconds_edge_and_counter() -> None:
    """40 bits of milliseconds since 2026, 5 bits edge number, 8 bits counter."""
    ids = EventIds(edge_number=19)

    assert ids.next(MIDNIGHT_MS) == 0b11101010111101100010010110000000000 << 13 | 19 << 8 | 0
    assert ids.next(MIDNIGHT_MS) == 0b11101010111101100010010110000000000 << 13 | 19 << 8 | 1
    assert ids.next(MIDNIGHT_MS + 1) == 0b11101010111101100010010110000000001 << 13 | 19 << 8 | 0


def test_ids_stay_below_2_to_the_53_until_2060() -> None:
    """JavaScript holds every id exactly."""
    in_2060_ms = 2_866_737_227_775

    assert first_id_at(in_2060_ms) < 2**53
    assert EventIds(31).next(in_2060_ms) < 2**53


@pytest.mark.parametrize("shown_ms", [CLOCK_END_MS - 1, EPOCH_MS + (1 << 40) - 1])
def test_no_id_is_above_53_bits_whatever_a_clock_has_shown(shown_ms: int) -> None:
    """What cannot be given out is an error, and no id that nobody can read."""
    ids = EventIds(31)
    ids.next(shown_ms)

    with pytest.raises(IdsExhaustedError):
        ids.next(EPOCH_MS + (1 << 40))
    assert ids.last < 2**53


def test_an_edge_whose_clock_stood_at_the_last_that_is_believed_has_ids_for_ever() -> None:
    """Right again, it borrows from the year that no clock is believed: eight million millions of them."""
    last = EventIds(0).next(CLOCK_END_MS - 1)

    assert EventIds(0, after=last).next(MIDNIGHT_MS) == last + (1 << SHIFT)
    assert (EVENT_ID_MAX - last >> SHIFT) * 256 > 8e12


@pytest.mark.parametrize(
    ("now_ms", "may_be"),
    [(0, False), (EPOCH_MS - 1, False), (EPOCH_MS, True), (CLOCK_END_MS - 1, True), (CLOCK_END_MS, False)],
)
def test_a_clock_before_2026_or_from_late_2059_on_is_plainly_wrong(now_ms: int, may_be: bool) -> None:
    """In between none is: a jump may be the correction."""
    assert is_plausible(now_ms) is may_be


def test_a_millisecond_with_too_many_events_borrows_the_next() -> None:
    """The 257th event of a millisecond has the next millisecond in its id; none comes twice."""
    ids = EventIds(0)

    given = [ids.next(MIDNIGHT_MS) for _ in range(1000)]

    assert given == sorted(set(given))
    assert [(one >> SHIFT) + EPOCH_MS - MIDNIGHT_MS for one in (given[0], given[255], given[256], given[999])] == [
        0,
        0,
        1,
        3,
    ]


def test_borrowed_milliseconds_are_not_given_out_again_when_they_come() -> None:
    """The clock catches up with what was borrowed, and ids go on behind it."""
    ids = EventIds(0)
    given = [ids.next(MIDNIGHT_MS) for _ in range(600)]

    given += [ids.next(MIDNIGHT_MS + ms) for ms in (1, 2, 3)]

    assert given == sorted(set(given))
    assert (given[-1] >> SHIFT) + EPOCH_MS == MIDNIGHT_MS + 3


@pytest.mark.parametrize("back_ms", [1, 3_600_000, MIDNIGHT_MS])
def test_a_clock_that_goes_back_repeats_nothing(back_ms: int) -> None:
    """Ids stay with the latest millisecond they have seen, whatever the clock says, even a time before 2026."""
    ids = EventIds(0)
    last = ids.next(MIDNIGHT_MS)

    given = [ids.next(MIDNIGHT_MS - back_ms) for _ in range(300)]

    assert [last, *given] == sorted({last, *given})


def test_a_restart_goes_on_behind_the_last_durable_id() -> None:
    """In the very same millisecond: how many ids it gave out is not known any more, so it counts as full."""
    before = EventIds(7)
    last = [before.next(MIDNIGHT_MS) for _ in range(3)][-1]

    after = EventIds(7, after=last)

    assert after.next(MIDNIGHT_MS) == (MIDNIGHT_MS + 1 - EPOCH_MS) << 13 | 7 << 8
    assert EventIds(7, after=last).next(MIDNIGHT_MS + 5) == (MIDNIGHT_MS + 5 - EPOCH_MS) << 13 | 7 << 8


def test_edges_never_give_out_the_same_id() -> None:
    """All 32 of them, in the same millisecond."""
    given = [ids.next(MIDNIGHT_MS) for number in range(32) for ids in [EventIds(number)] for _ in range(256)]

    assert len(set(given)) == 32 * 256


@pytest.mark.parametrize("number", [-1, 32])
def test_an_edge_number_has_five_bits(number: int) -> None:
    """A number that is none is a mistake of ours, noticed at the start."""
    with pytest.raises(ValueError, match="0 to 31"):
        EventIds(number)


def test_a_lease_changes_the_number_of_what_comes() -> None:
    """An edge starts with what it remembers and gets its number with the first answer."""
    ids = EventIds(0)
    ids.lease(4)

    assert ids.next(MIDNIGHT_MS) >> 8 & 31 == 4


def test_the_first_id_of_a_time_is_below_every_id_of_it() -> None:
    """What an older release deleted shows what was received from then on, and nothing before."""
    before = EventIds(31).next(MIDNIGHT_MS - 1)
    at = EventIds(0).next(MIDNIGHT_MS)

    assert before < first_id_at(MIDNIGHT_MS) <= at
    assert first_id_at(0) == 0
