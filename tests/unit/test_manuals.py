"""What the command line says of dialects stands in their records, and is about what there is."""

from tilde.dialects.known import DIALECTS
from tilde.domain.catalog.keys import ACCOUNT_KEYS, BROUGHT_KEY, KeyKind
from tilde.domain.catalog.switches import Switch

MANUALS = [dialect.manual for dialect in DIALECTS.records]


def test_each_kind_of_key_that_clients_may_have_already_is_told_of_once() -> None:
    """But for the access token, which opens what several dialects read."""
    told = [kind for manual in MANUALS for kind in manual.keys]

    assert sorted(told) == sorted({*ACCOUNT_KEYS, BROUGHT_KEY} - {KeyKind.TOKEN})


def test_each_switch_is_told_of_once() -> None:
    """But for that of mail, which is no dialect's."""
    told = [switch for manual in MANUALS for switch in manual.switches]

    assert sorted(told) == sorted(set(Switch) - {Switch.MAIL})


def test_one_dialect_says_what_a_saved_report_asks_unless_that_is_said() -> None:
    """Whoever reads its question: two would say two."""
    assert [each.report_type for each in DIALECTS.records if each.report_type] == [DIALECTS.report_type]
