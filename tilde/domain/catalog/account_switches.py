"""The switches of accounts: a field of both records for each. One that comes later has a default, None in the command
and True in the fact, and then it has been on in all that was decided before.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, require
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.switches import Switch


@dataclass(frozen=True, slots=True)
class ChangeAccount(Action):
    """Switches of an account; None leaves one as it is."""

    account: int
    ez: bool | None
    email_key: bool | None
    pixel: bool | None = None
    mail: bool | None = None

    @classmethod
    def of(cls, account: int, switches: Mapping[Switch, bool]) -> Self:
        """The command that sets some switches."""
        return cls(account, **{switch.value: switches.get(switch) for switch in Switch})

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.account in catalog.accounts, Refusal.UNKNOWN_ACCOUNT)
        before = catalog.accounts[self.account]
        asked: dict[Switch, bool | None] = {switch: getattr(self, switch.value) for switch in Switch}
        after = {switch.value: before.is_on(switch) if on is None else on for switch, on in asked.items()}
        return Decision((AccountChanged(self.account, **after),), {"account": self.account})


@dataclass(frozen=True, slots=True)
class AccountChanged(Fact):
    CHANGES_KEYS: ClassVar[bool] = True

    account: int
    ez: bool
    email_key: bool
    pixel: bool = True
    mail: bool = True

    @classmethod
    def of(cls, account: int, off: Collection[Switch]) -> Self:
        """The fact that says that these are off, and all others on."""
        return cls(account, **{switch.value: switch not in off for switch in Switch})

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        off = frozenset(switch for switch in Switch if not getattr(self, switch.value))
        catalog.accounts[self.account] = replace(catalog.accounts[self.account], off=off, changed_ms=entry.at_ms)


ACTIONS = (ChangeAccount,)
FACTS = (AccountChanged,)
