"""Tokens that reach several accounts: who made which, when, for what, and that it ended; and that a token, of whichever
kind, once came by a way on which others could read it.
"""

from dataclasses import dataclass
from typing import Annotated

from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, require
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.token_records import Scope, Token
from tilde.domain.texts import is_title

TOKENS_MAX = 10_000  # 1 kB each, in every process
TOKEN_ACCOUNTS_MAX = 1_000
TOKEN_NAME_MAX = 255


@dataclass(frozen=True, slots=True)
class CreateToken(Action):
    name: Annotated[str, "What its owner calls it; empty: nothing."]
    hash: Annotated[bytes, "Keyed hash of the token."]
    accounts: tuple[int, ...]
    scopes: tuple[Scope, ...]
    made_by: Annotated[str, "Who has it made, as he says; empty: nobody said."]

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(_is_label(self.name) and _is_label(self.made_by), Refusal.BAD_LABEL)
        accounts = tuple(sorted(set(self.accounts)))
        require(0 < len(accounts) <= TOKEN_ACCOUNTS_MAX, Refusal.BAD_REACH)
        for account in accounts:
            require(account in catalog.accounts, Refusal.UNKNOWN_ACCOUNT)
            require(not catalog.accounts[account].is_closed, Refusal.UNKNOWN_ACCOUNT)
        require(self.scopes, Refusal.NO_SCOPE)
        is_taken = self.hash in catalog.keys or self.hash in catalog.token_hashes
        require(not is_taken, Refusal.TOKEN_TAKEN)
        require(len(catalog.tokens) < TOKENS_MAX, Refusal.TOO_MANY_TOKENS)
        token = catalog.last_token + 1
        scopes = tuple(sorted(set(self.scopes)))
        created = TokenCreated(token, self.name, self.hash, accounts, scopes, self.made_by)
        return Decision((created,), {"token": token})


def _is_label(text: str) -> bool:
    return not text or (len(text) <= TOKEN_NAME_MAX and is_title(text))


@dataclass(frozen=True, slots=True)
class RevokeToken(Action):
    token: int

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.token in catalog.tokens, Refusal.UNKNOWN_TOKEN)
        return Decision((TokenRevoked(self.token),), {"token": self.token})


@dataclass(frozen=True, slots=True)
class NoteExposedToken(Action):
    """Says that a token came unencrypted. What is known of one already is not said again."""

    hash: Annotated[bytes, "Keyed hash of the token."]

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        if self.hash in catalog.exposed:
            return Decision((), {})
        token = catalog.token_hashes.get(self.hash)
        account = catalog.account_of_key(KeyKind.TOKEN, self.hash)
        require(token is not None or account is not None, Refusal.UNKNOWN_TOKEN)
        exposed = TokenExposed(self.hash, token, None if account is None else account.id)
        return Decision((exposed,), {})


@dataclass(frozen=True, slots=True)
class TokenCreated(Fact):
    token: Annotated[int, "Counted, and given once."]
    name: str
    hash: bytes
    accounts: tuple[int, ...]
    scopes: tuple[Scope, ...]
    made_by: str

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        catalog.tokens[self.token] = Token(
            self.token, self.name, self.hash, self.accounts, frozenset(self.scopes), self.made_by, entry.at_ms
        )
        catalog.token_hashes[self.hash] = self.token
        catalog.last_token = max(catalog.last_token, self.token)


@dataclass(frozen=True, slots=True)
class TokenRevoked(Fact):
    token: int

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        revoked = catalog.tokens.pop(self.token)
        del catalog.token_hashes[revoked.hash]
        catalog.exposed.pop(revoked.hash, None)


@dataclass(frozen=True, slots=True)
class TokenExposed(Fact):
    """Others may know a token, since it came by http where https is to be used."""

    hash: bytes
    token: Annotated[int | None, "One that reaches several accounts; null: it is an account's."]
    account: int | None

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        catalog.exposed[self.hash] = entry.at_ms


ACTIONS = (CreateToken, RevokeToken, NoteExposedToken)
FACTS = (TokenCreated, TokenRevoked, TokenExposed)
