"""What the white label API answers where it cannot do what was asked: a number and a text, which are the service's."""

from collections.abc import Mapping
from enum import Enum

from producers.admin.errors import AdminError, UnfitEmailError, UnfitNameError
from producers.edge.command_desk import CommandRefusedError
from tilde.domain.catalog.refusals import Refusal


class Error(Enum):
    """All there are, in the service's own words: clients tell them apart by their numbers."""

    INVALID_API_KEY = 1, "Invalid API key."
    INVALID_USERNAME = 2, "Invalid username."
    INVALID_EMAIL = 3, "Invalid email."
    FOREIGN_USER = 4, "This user account does not belong to your white label account."
    USERNAME_TAKEN = 5, "This username is already registered."
    TOO_MANY_USERS = (
        6,
        "Cannot add new user account, your service has reached the maximum number of users. Please contact us!",
    )
    DATABASE_ERROR = 7, "A database error has occured."
    INVALID_SITE_ID = 8, "Invalid site ID."
    FOREIGN_SITE = 9, "This site ID does not belong to your white label account."
    TOO_MANY_SITES = (
        10,
        "Cannot add new site, your service has reached the maximum number of sites or traffic. Please contact us!",
    )
    INVALID_USER_ID = 11, "Invalid user ID."
    NOT_TOGETHER = 12, "Site ID does not belong to user ID."
    INVALID_DOMAIN = 13, "Invalid domain."
    INVALID_TYPE = 14, "Invalid type. It must be 'user', 'site', or 'goal'."
    TOO_MANY_GOALS = 15, "Maximum goals reached for this site."
    NO_GOAL_NAME = 16, "Goal name left blank."
    NO_GOAL_URL = 17, "Goal URL left blank. This is required unless this is a manual goal."
    INVALID_REVENUE = 18, 'Revenue can only contain numbers and a decimal point. For example, "10" or "10.50".'
    INVALID_COST = 19, 'Cost can only contain numbers and a decimal point. For example, "10" or "10.50".'
    INVALID_GOAL_URL = 20, "Invalid goal URL."
    GOAL_NAME_TAKEN = 21, "This goal has the same name as another goal you have created."
    INVALID_GOAL_ID = 22, "Invalid goal ID. Either it does not exist or it does not belong to this site ID."
    INVALID_FUNNEL = 23, "Invalid funnel."
    INVALID_FUNNEL_TYPE = 24, "Invalid funnel type. It must 'path', 'search', or 'domain'."
    NO_FUNNEL = 25, "When declaring a funnel type, a funnel string must also be declared."
    LAST_ADMIN = (
        26,
        (
            "Every site must have at least one assigned administrative user. This user is currently the only admin of"
            " this site, and hence cannot be removed until another admin has been assigned."
        ),
    )

    @property
    def number(self) -> int:
        """The error's number, the second line of an answer."""
        return self.value[0]

    @property
    def text(self) -> str:
        """What is said of it, the third line."""
        return self.value[1]


class Nok(Exception):
    """The request is answered with an error, and has changed nothing."""

    def __init__(self, error: Error) -> None:
        super().__init__(error.text)
        self.error = error


_OF_REFUSALS = {
    Refusal.UNKNOWN_ACCOUNT: Error.INVALID_API_KEY,
    Refusal.USER_EXISTS: Error.USERNAME_TAKEN,
    Refusal.UNKNOWN_USER: Error.INVALID_USER_ID,
    Refusal.TOO_MANY_USERS: Error.TOO_MANY_USERS,
    Refusal.UNKNOWN_SITE: Error.INVALID_SITE_ID,
    Refusal.TOO_MANY_SITES: Error.TOO_MANY_SITES,
    Refusal.BAD_HOST: Error.INVALID_DOMAIN,
    Refusal.NOT_A_USER_OF_THE_SITE: Error.NOT_TOGETHER,
    Refusal.LAST_ADMIN: Error.LAST_ADMIN,
    Refusal.UNKNOWN_GOAL: Error.INVALID_GOAL_ID,
    Refusal.TOO_MANY_GOALS: Error.TOO_MANY_GOALS,
    Refusal.BAD_GOAL_NAME: Error.NO_GOAL_NAME,
    Refusal.GOAL_EXISTS: Error.GOAL_NAME_TAKEN,
    Refusal.NO_GOAL_URL: Error.NO_GOAL_URL,
    Refusal.BAD_GOAL_URL: Error.INVALID_GOAL_URL,
    Refusal.NO_FUNNEL: Error.NO_FUNNEL,
    Refusal.BAD_FUNNEL: Error.INVALID_FUNNEL,
    Refusal.BAD_REVENUE: Error.INVALID_REVENUE,
    Refusal.BAD_COST: Error.INVALID_COST,
}
"""What is decided against, as its clients know it. For all else they know one error."""
_OF_UNFIT: Mapping[type[AdminError], Error] = {
    UnfitNameError: Error.INVALID_USERNAME,
    UnfitEmailError: Error.INVALID_EMAIL,
}


def error_of(refused: CommandRefusedError | AdminError) -> Error:
    """What an admin command is refused with, as one of these."""
    if isinstance(refused, AdminError):
        return _OF_UNFIT.get(type(refused), Error.DATABASE_ERROR)
    return error_of_refusal(refused.refusal)


def error_of_refusal(refusal: Refusal | None) -> Error:
    """The error for a refusal of the decider's; None is one that only a newer release knows."""
    return Error.DATABASE_ERROR if refusal is None else _OF_REFUSALS.get(refusal, Error.DATABASE_ERROR)
