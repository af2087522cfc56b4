"""Users of white labels, as the catalog has them: found, and shown to their white label."""

from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.user_records import User, is_user_name
from tilde.keys.keyring import Keyring


class KnownUsers:
    """Finds users. Names are looked up ignoring case."""

    def __init__(self, catalog: Catalog, keyring: Keyring) -> None:
        self._catalog = catalog
        self._keyring = keyring

    def named(self, name: str) -> User | None:
        """The user of a name, whichever white label's he is; None where there is none."""
        user = self._catalog.user_names.get(self._keyring.hash_user_name(name)) if is_user_name(name) else None
        return None if user is None else self._catalog.users[user]

    def of(self, account: int, name_or_email: str) -> User | None:
        """A user of a white label's, by his name, else by his e-mail address: the oldest who has it."""
        named = self.named(name_or_email)
        if named is not None and named.account == account:
            return named
        with_email = self._catalog.user_emails.get(self._keyring.hash_user_email(account, name_or_email), ())
        return self._catalog.users[with_email[0]] if with_email else None

    def name_of(self, user: User) -> str:
        """A user's name, as it was given."""
        return self._keyring.open(user.details.name)
