"""The ways in which StatsMix's clients write a time."""

from zoneinfo import ZoneInfo

import pytest

from tilde.dialects.statsmix.times import printed, printed_in, read_time

DENVER = ZoneInfo("America/Denver")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2010-02-22", "2010-02-22T00:00:00Z"),
        ("2012-07-08 12:33:53", "2012-07-08T12:33:53Z"),
        ("2012/09/01 10:00:00", "2012-09-01T10:00:00Z"),
        ("2012-09-01T10:00:00", "2012-09-01T10:00:00Z"),
        ("2012-09-01T10:00:00Z", "2012-09-01T10:00:00Z"),
        ("2012-09-01T10:00:00.123456Z", "2012-09-01T10:00:00Z"),
        ("2012-09-01T10:00:00+02:00", "2012-09-01T08:00:00Z"),
        ("2012-09-01T10:00:00 02:00", "2012-09-01T08:00:00Z"),  # a plus that was not encoded
        ("2012-09-01T10:00:00-0730", "2012-09-01T17:30:00Z"),
        ("2012-09-01T10:00", "2012-09-01T10:00:00Z"),
        ("2012-7-8 1:2:3", "2012-07-08T01:02:03Z"),
        ("2026-11-21GMT09:29:55", "2026-11-21T09:29:55Z"),  # what the PHP library sends unless told otherwise
        ("2012-07-08 12:33:53 UTC", "2012-07-08T12:33:53Z"),  # Ruby's Time, in UTC and not
        ("2012-07-08 12:33:53 -0700", "2012-07-08T19:33:53Z"),
        ("Sun Jul 08 12:33:53 UTC 2012", "2012-07-08T12:33:53Z"),  # Ruby 1.8, Java
        ("Sun Jul 08 12:33:53 -0700 2012", "2012-07-08T19:33:53Z"),
        ("Sun Jul 8 12:33:53 PDT 2012", "2012-07-08T19:33:53Z"),
        ("Sun, 08 Jul 2012 12:33:53 +0000", "2012-07-08T12:33:53Z"),
        ("Sun, 08 Jul 2012 12:33:53 GMT", "2012-07-08T12:33:53Z"),
        ("Sun Jul 08 2012 12:33:53 GMT+0200 (CEST)", "2012-07-08T10:33:53Z"),  # JavaScript
        ("10/5/2012 3:04:05 PM", "2012-10-05T15:04:05Z"),  # C#, American
        ("10/5/2012 12:04:05 AM", "2012-10-05T00:04:05Z"),
        ("10/5/2012 12:04:05 p.m.", "2012-10-05T12:04:05Z"),
        ("25/5/2012 03:04:05", "2012-05-25T03:04:05Z"),  # and British, where it can be nothing else
        ("5.10.2012 15:04:05", "2012-10-05T15:04:05Z"),
        ("10/5/2012", "2012-10-05T00:00:00Z"),
        ("  2010-02-22 \r\n", "2010-02-22T00:00:00Z"),
        ("1970-01-01", "1970-01-01T00:00:00Z"),
        ("2106-02-07 06:28:15", "2106-02-07T06:28:15Z"),
    ],
)
def test_a_time_is_read_as_it_was_written(written, meant):
    ms = read_time(written)

    assert ms is not None
    assert printed(ms) == meant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "2012-02-30",
        "2012-13-32",
        "2012-01-01 25:00:00",
        "2012-01-01 10:61",
        "13/13/2012",
        "10/5/2012 13:04:05 PM",
        "0/5/2012 0:04:05 AM",
        "Sun Foo 08 2012 12:33:53",
        "2012-01-01 10:00:00 CEST",
        "2012-01-01 10:00:00 +1900",
        "2012-01/01",
        "1969-12-31 23:59:59",
        "2106-02-07 06:28:16",
        "0000-01-01",
        "9999-12-31 23:59:59 -0700",
        "1330000000",
        "٢٠١٢-٠١-٠١",
        "2012-01-01 " * 50,
    ],
)
def test_what_is_no_time_or_not_of_1970_to_2106_is_none(written):
    assert read_time(written) is None


def test_a_time_without_an_offset_is_one_of_the_zone():
    assert printed(read_time("2010-03-04", DENVER)) == "2010-03-04T07:00:00Z"
    assert printed(read_time("2010-07-04 12:00:00", DENVER)) == "2010-07-04T18:00:00Z"
    assert printed(read_time("2010-07-04 12:00:00 UTC", DENVER)) == "2010-07-04T12:00:00Z"


def test_v1_prints_the_offset_of_its_zone():
    ms = read_time("2010-03-04T04:13:20Z")

    assert printed_in(ms, DENVER) == "2010-03-03T21:13:20-07:00"
    assert printed_in(ms, ZoneInfo("UTC")) == "2010-03-04T04:13:20+00:00"
