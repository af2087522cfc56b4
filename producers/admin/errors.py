"""Why an admin command cannot be carried out, before the catalog is asked. The message is for whoever sent it; what the
catalog itself refuses is a CommandRefusedError.
"""


class AdminError(Exception):
    """An admin command cannot be carried out; the classes below say why."""


class NotThereError(AdminError):
    """What a command is about: nobody has that name or id, or nobody of his who asks."""


class UnknownAccountError(NotThereError):
    """No account has that name."""


class UnknownProductError(NotThereError):
    """No product has that id, or not one of his who asks."""


class UnfitError(AdminError):
    """Something that was sent cannot be: nothing was asked of the catalog."""


class UnfitNameError(UnfitError):
    """A user cannot have this name."""


class UnfitEmailError(UnfitError):
    """What was given as an e-mail address is none."""


class KeyNotMadeError(UnfitError):
    """A key that cannot be: one of somebody's own has to be given, in its place, as what its clients can send."""


class GenerationLagsError(AdminError):
    """The generation is not built, or is behind the one that is read."""
