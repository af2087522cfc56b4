"""What an operator may set of StatHat's dialect."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from tilde.dialects.settings import SettingsOfDialect

ErrorStatus = Annotated[Literal[200, 400], BeforeValidator(lambda value: int(value) if str(value).isdigit() else value)]


class StatHatSettings(SettingsOfDialect):
    """Fields of `Settings`."""

    stathat_error_status: ErrorStatus = Field(
        200, description="HTTP status of StatHat refusals: 200 as StatHat, or 400."
    )
    lenient_keys: bool = Field(
        False, description="Answer ok to unknown StatHat keys, as StatHat did, and count nothing. Not advised."
    )
