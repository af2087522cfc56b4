"""Tokens that reach several accounts: commands made from plain words, and what is shown of them."""

from collections.abc import Collection, Sequence
from typing import Any

from producers.admin.accounts import Accounts
from producers.admin.errors import NotThereError
from producers.admin.key_making import given_key, warnings_of
from producers.edge.command_desk import CommandDesk
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.token_records import Scope, Token
from tilde.domain.catalog.tokens import CreateToken, NoteExposedToken, RevokeToken
from tilde.domain.texts import trimmed
from tilde.keys.keyring import Keyring, make_key


class Tokens:
    """The commands about them. Each raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk, catalog: Catalog, keyring: Keyring, accounts: Accounts) -> None:
        self._desk = desk
        self._catalog = catalog
        self._keyring = keyring
        self._accounts = accounts

    async def create(
        self, accounts: Sequence[str], scopes: Collection[Scope], name: str, made_by: str, given: str | None
    ) -> dict[str, Any]:
        """Makes one that reaches the accounts of these names; without `given` it is made at random. It is in what is
        returned for the only time. Raises UnknownAccountError, KeyNotMadeError.
        """
        plain = given_key(KeyKind.TOKEN, given) if given else make_key(KeyKind.TOKEN)
        command = CreateToken(
            name=trimmed(name),
            hash=self._keyring.hash(KeyKind.TOKEN, plain),
            accounts=tuple(self._accounts.named(account).id for account in accounts),
            scopes=tuple(scopes),
            made_by=trimmed(made_by),
        )
        entry = await self._desk.ask(command)
        shown = self.show(self._catalog.tokens[entry.reply["token"]]) | {"token": plain}
        return shown | (warnings_of({KeyKind.TOKEN: plain}) if given else {})

    async def revoke(self, token: int) -> None:
        """Ends a token, at once."""
        await self._desk.ask(RevokeToken(token))

    def one(self, token: int) -> Token:
        """What a token of an id reaches. Raises NotThereError."""
        if token not in self._catalog.tokens:
            raise NotThereError(f"no token has the id {token}")
        return self._catalog.tokens[token]

    def all(self) -> list[dict[str, Any]]:
        """All tokens, by id."""
        return [self.show(token) for token in self._catalog.tokens.values()]

    def show(self, token: Token) -> dict[str, Any]:
        """What a token reaches, without the token: that was shown when it was made."""
        exposed_ms = self._catalog.exposed.get(token.hash)
        return {
            "id": token.id,
            "name": token.name,
            "accounts": [self._catalog.accounts[account].name for account in token.accounts],
            "scopes": sorted(token.scopes),
            "made_by": token.made_by,
            "created_at": token.created_ms // 1000,
            "exposed_at": None if exposed_ms is None else exposed_ms // 1000,
        }

    async def note_exposed(self, token: str) -> str | None:
        """Keeps in the log that others could read this token, an account's too; returns whose it is, in words. None
        where that is known already, or it is no token: then it keeps nothing. What the desk raises means that it is not
        kept.
        """
        hash_ = self._keyring.hash(KeyKind.TOKEN, token)
        if hash_ in self._catalog.exposed or self._catalog.reach_of_key(KeyKind.TOKEN, hash_) is None:
            return None
        entry = await self._desk.ask(NoteExposedToken(hash_))
        return self._named(hash_) if entry.facts else None

    def _named(self, hash_: bytes) -> str | None:
        token, account = self._catalog.token_hashes.get(hash_), self._catalog.account_of_key(KeyKind.TOKEN, hash_)
        if token is not None:
            return f"token {token} (`tilde token list`)"
        return None if account is None else f"the access token of the account {account.name!r}"
