"""What an account may switch off."""

from enum import StrEnum


class Switch(StrEnum):
    """All are on until somebody says otherwise. A dialect, or a watcher, asks for its own by its name here; to all
    others it is one of many. The values are fields of durable commands and entries (`account_switches.py`), so they
    stay.
    """

    EZ = "ez"  # StatHat's EZ API
    EMAIL_KEY = "email_key"  # an e-mail address in the place of an ezkey
    PIXEL = "pixel"  # StatsMix's pixel, which asks for no key
    MAIL = "mail"  # mail to the account's address


OFF_WITH_SUBACCOUNTS = frozenset({Switch.EMAIL_KEY})
"""What is off where another account made it: whoever is behind the address never asked for it to be a key."""
