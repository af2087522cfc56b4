"""Whom to ask about an account: a name, a phone number, a country. Those are a person's, so they stand here sealed."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Annotated

from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, require
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.state import Catalog

CONTACT_MAX = 16_000


@dataclass(frozen=True, slots=True)
class Contact:
    """A person; an empty field is nothing that anybody has said."""

    name: str = ""
    phone: str = ""
    country: str = ""


def contact_json(contact: Contact) -> str:
    """As `contact_of` reads it."""
    return json.dumps(asdict(contact), ensure_ascii=False)


def contact_of(text: str) -> Contact:
    """What `contact_json` made."""
    return Contact(**json.loads(text))


@dataclass(frozen=True, slots=True)
class ChangeContact(Action):
    account: int
    contact: Annotated[bytes | None, "The person of contact, sealed; null: none from now on."]

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.account in catalog.accounts, Refusal.UNKNOWN_ACCOUNT)
        require(not catalog.accounts[self.account].is_closed, Refusal.UNKNOWN_ACCOUNT)
        require(len(self.contact or b"") <= CONTACT_MAX, Refusal.BAD_DETAILS)
        return Decision((ContactChanged(self.account, self.contact),), {"account": self.account})


@dataclass(frozen=True, slots=True)
class ContactChanged(Fact):
    account: int
    contact: bytes | None

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        before = catalog.accounts[self.account]
        catalog.accounts[self.account] = replace(before, contact=self.contact, changed_ms=entry.at_ms)


ACTIONS = (ChangeContact,)
FACTS = (ContactChanged,)
