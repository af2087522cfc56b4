"""Time zones by their names: what somebody typed is refused where it is none, what was kept is UTC then."""

import pytest

from tilde.domain.sites.zones import NoZoneError, kept_zone, named


@pytest.mark.parametrize(
    ("text", "key"),
    [("Europe/Berlin", "Europe/Berlin"), (" UTC\n", "UTC"), ("Etc/GMT 10", "Etc/GMT+10"), ("\ufeffGMT 0", "GMT+0")],
)
def test_a_zone_is_what_somebody_typed_without_what_nobody_sees(text, key):
    assert named(text).key == kept_zone(key).key == key


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "Europe", "a\0b", "x" * 10_000),
        *("localtime", "posixrules", "Factory"),  # of the machine, and on another one something else
    ],
)
def test_what_is_no_zone_is_refused_where_it_is_typed_and_utc_where_it_was_kept(text):
    with pytest.raises(NoZoneError):
        named(text)
    assert kept_zone(text).key == "UTC"


def test_where_no_zone_was_set_it_is_utc():
    assert kept_zone(None).key == "UTC"
