"""What is wrong with what was sent, where no rule of the catalog says so."""


class UnfitError(Exception):
    """Something that was sent cannot be: nothing was asked of the catalog."""
