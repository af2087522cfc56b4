"""A setting is one dialect's alone: where two have the same name, nothing starts."""

import pytest
from pydantic import Field

from tilde.dialects.settings import SettingsOfDialect
from tilde.settings import Settings


class OfOne(SettingsOfDialect):
    lenient: bool = Field(False, description="Take what is wrong.")
    udp: int = Field(1, description="A port.")


class OfAnother(SettingsOfDialect):
    strict: bool = Field(False, description="Take nothing that is wrong.")


class OfAThird(SettingsOfDialect):
    udp: int = Field(2, description="Another port.")


def test_settings_of_two_dialects_stand_beside_each_other() -> None:
    class Both(OfOne, OfAnother):
        pass

    assert set(Both.model_fields) == {"lenient", "udp", "strict"}


def test_two_dialects_with_one_setting_are_refused() -> None:
    """When their class is made: an operator would set one of them, and another dialect would do otherwise."""
    with pytest.raises(TypeError) as refused:

        class Both(OfOne, OfAnother, OfAThird):
            pass

    assert str(refused.value) == "OfOne and OfAThird have the same setting, udp: one would hide the other"


def test_a_general_setting_hides_none_of_a_dialects() -> None:
    with pytest.raises(TypeError) as refused:

        class All(OfOne):
            lenient: bool = True

    assert str(refused.value) == "All and OfOne have the same setting, lenient: one would hide the other"


def test_all_settings_of_ours_are_held_to_it() -> None:
    assert issubclass(Settings, SettingsOfDialect)
