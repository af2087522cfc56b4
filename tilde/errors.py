"""The failures that are not a sender's fault, and what a process does about each.

Rejection (a dialect's)   the sender's fault: told in its dialect, counted by reason
LogError, StoreError      passing: tried again, or answered 503
KeysAwayError             passing, too: answered 503, or a query about people fails, and says so
TildeError                this process cannot go on: it ends with the message, its supervisor starts it again
  SettingsError           the operator's to mend
  KeyFileError            of the keyring: the master secret is missing, or another one
  TooMuchPoisonError      a bad release or a broken log: stop before all of it is in the dead letters
  CorruptError, HoleError of the log and the position: the log is not what it was, and somebody has to look
anything else             a bug: the process ends, with a traceback
"""


class TildeError(Exception):
    """The process cannot go on; the message is for the operator."""


class SettingsError(TildeError):
    """A setting is missing or cannot be."""


class TooMuchPoisonError(TildeError):
    """Message after message cannot be decoded."""
