"""What an account may switch off."""

from enum import StrEnum


class Switch(StrEnum):
    """All are on until somebody says otherwise. Each is a dialect's, which asks for it by its name here; to all others
    it is one of many. The values are fields of durable commands and entries (`account_switches.py`), so they stay.
    """

    EZ = "ez"  # StatHat's EZ API
    EMAIL_KEY = "email_key"  # an e-mail address in the place of an ezkey
