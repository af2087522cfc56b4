"""What an operator may set of StatsMix's dialect."""

from typing import Annotated

from pydantic import Field

from tilde.dialects.settings import SettingsOfDialect
from tilde.runtime.urls import PORT_MAX


class StatsMixSettings(SettingsOfDialect):
    """Fields of `Settings`."""

    statsmix_udp: Annotated[int, Field(ge=1, le=PORT_MAX)] | None = Field(
        None,
        description="UDP port for StatsMix's datagrams, 8125 as its Ruby gem has it; none are taken unless it is set.",
    )
