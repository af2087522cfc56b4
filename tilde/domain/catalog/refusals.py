"""Why a command changes nothing: one closed list, whose names are durable."""

from enum import StrEnum

from tilde.domain.sites.hosts import HOST_MAX


class Refusal(StrEnum):
    """Why a command changed nothing; the value is what its sender reads."""

    DEADLINE_PASSED = (
        "the command came too late to be carried out, or the clock of its edge is behind the one that decides; nothing"
        " was changed"
    )
    CLOCK_IS_WRONG = "the clock of the machine that decides is plainly wrong; nothing is changed before it is right"
    EPOCH_USED = "this edge's epoch was used before; its folder was restored from a backup"
    NO_EDGE_NUMBER = "all 32 edge numbers are taken"
    BAD_ACCOUNT_NAME = "an account name has 1 to 64 printable characters, none of them /, and is not . or .."
    ACCOUNT_EXISTS = "an account of that name exists"
    KEY_TAKEN = "another account has that key"
    KEY_KNOWN = "the account has that key already"
    UNKNOWN_ACCOUNT = "no account of that name"
    UNKNOWN_PRODUCT = "no such product"
    NO_SUCH_KEY = "the account has no key of that kind"
    BAD_STAT_NAME = "a stat name has 1 to 255 characters, none of them ~ or a control character, and is not blank"
    STAT_EXISTS = "a stat of that name and kind was created already"
    STAT_NOT_IN_TRASH = "the stat is not in the trash of this account, or has been there for more than 48 hours"
    BAD_COMMENT = "a comment has 1 to 2,000 characters, is not blank, and has no NUL in it"
    TOO_MANY_COMMENTS = "a stat has at most 1,000 comments"
    BAD_LIST = "one command deletes 1 to 1,000 stats, or 1 to 2,000 points of one"
    COMMENTS_TOO_LONG = "the comments of a product have at most 4,000,000 characters together"
    TOO_MANY_STATS_MADE = "at most 100,000 stats of a product are created by hand; a post creates its stat without"
    BAD_PRODUCT_NAME = "a product name has 1 to 255 printable characters, and no blank at its ends"
    PRODUCT_EXISTS = "the account has a product of that name"
    TOO_MANY_PRODUCTS = "an account has at most 1,000 products"
    BAD_ENVIRONMENT = "an environment is one line of at most 64 characters"
    BAD_TIMEZONE = "a time zone is an IANA name, such as Europe/Lisbon"
    BAD_DOMAIN = f"a domain has at most {HOST_MAX} characters"
    UNKNOWN_STAT = "stat not found"
    STAT_NAME_TAKEN = "another stat of that kind has that name"
    TOO_MANY_NAMES = "at most 20,000 names of stats of a product are given by hand"
    BAD_STAT_URL = "a stat's url has at most 2,000 printable characters"
    TOO_MANY_SETTINGS = "at most 100,000 stats of a product have settings"
    BAD_REPORT_HOUR = "a report's hour is one from 0 to 23"
    BAD_DETAILS = "what is said of an account has at most 16,000 bytes"
    UNKNOWN_SUBACCOUNT = "the account made no such account"
    TOO_MANY_SUBACCOUNTS = "an account makes at most 10,000 others, and those make none"
    LINK_USED = "this link was used already: it works once"
    BAD_USER = "a user's texts have at most 2,000 bytes each"
    USER_EXISTS = "a user of that name exists"
    UNKNOWN_USER = "the white label has no such user"
    TOO_MANY_USERS = "the white label has as many users as it may"
    UNKNOWN_SITE = "the white label has no such site"
    TOO_MANY_SITES = "the white label has as many sites as it may"
    BAD_HOST = "a domain is a host name, such as shop.example; a site has at most 100 mirrors"
    BAD_NICKNAME = "a nickname has at most 255 printable characters"
    BAD_CLOCK = "a clock is -12 to 14 hours east of UTC, and its summer time usa, eu, 1 or 0"
    IS_A_SITE = "it is a site of a white label: its domain and its clock are changed there"
    NOT_A_USER_OF_THE_SITE = "the user has no access to that site"
    LAST_ADMIN = "every site has at least one admin, and this is the only one"
    TOO_MANY_SITE_USERS = "a site has at most 250 users"
    UNKNOWN_GOAL = "the site has no such goal"
    TOO_MANY_GOALS = "the site has as many goals as it may"
    BAD_GOAL_NAME = "a goal's name has 1 to 255 printable characters, and no blank at its ends"
    GOAL_EXISTS = "the site has a goal of that name"
    NO_GOAL_URL = "a goal has a URL, unless it is a manual one"
    BAD_GOAL_URL = "a goal's URL is a path of the site, such as /thanks, or has a host, such as http://other.example/x"
    NO_FUNNEL = "a funnel has a text, whatever its type"
    BAD_FUNNEL = "a funnel is a path, the words of a search, or a host name, as its type says"
    BAD_REVENUE = "a goal's revenue is a number, and not below 0"
    BAD_COST = "a goal's cost is a number, and not below 0"
    TOO_MANY_CHANGES = "it was changed as often as it may be: 10,000 times a site, 1,000 a goal"
    DOMAIN_TAKEN = "another white label has that domain"
    BAD_JS_NAME = (
        "the tracker's variable is a name of JavaScript that means nothing else there, of at most 40 characters"
    )
    BAD_LIMIT = "a limit has at most 200,000 users, sites or goals, and 1,000,000,000,000 page views a day"
    BAD_ERASURE = "an erasure names 1 to 1,000 hashes, and continues one that is there"
    BAD_LABEL = "what is said of a token has at most 255 printable characters, and no blank at its ends"
    BAD_REACH = "a token reaches 1 to 1,000 accounts"
    NO_SCOPE = "a token is for something"
    TOKEN_TAKEN = "somebody has that token"  # noqa: S105 - what is said of one
    TOO_MANY_TOKENS = "there are at most 10,000 tokens besides those of accounts"
    UNKNOWN_TOKEN = "no such token"  # noqa: S105
    BAD_ACTIVITY_NAME = "an event or a property has a name of 1 to 255 characters, none of them a control character"
    BAD_DISPLAY_NAME = "what something is shown as has at most 255 printable characters, and no blank at its ends"
    BAD_DESCRIPTION = "a description has at most 1,000 characters, no control characters among them"
    BAD_COLOR = "a color has at most 32 printable characters"
    BAD_SORT_INDEX = "a sort index is a whole number from -1,000,000 to 1,000,000"
    TOO_MANY_DEFINITIONS = "something is said of at most 5,000 events of a product, as many properties and metrics"
    NO_DEFINITION = "nothing is said of it"
    BAD_REPORT_UUID = "a report has a UUID of its own"
    BAD_REPORT_NAME = "a report's name has 1 to 255 printable characters, and no blank at its ends"
    BAD_REPORT_TYPE = "a report's type has 1 to 64 characters: small letters, digits and _"
    REPORT_TOO_LONG = "a report's question has at most 15,900 bytes"
    TOO_MANY_REPORTS = "a product has at most 500 reports"
    UNKNOWN_REPORT = "no such report"
    BAD_METRIC_UUID = "a metric has a UUID of its own"
    BAD_METRIC_TITLE = "a metric's title has 1 to 255 printable characters, and no blank at its ends"
    BAD_METRIC = "a metric counts an event, or two, or a property's numbers, as its kind says"
    METRIC_TOO_LONG = "a metric's filter has at most 3,900 bytes"
    TOO_MANY_METRICS = "a product keeps at most 500 metrics"
    UNKNOWN_METRIC = "no such metric"
    GENERATION_IS_NOT_NEXT = "the read pointer only moves to the next generation"


class Refused(Exception):
    """Raised by a rule; nothing is changed."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


def require(condition: object, refusal: Refusal) -> None:
    """Refuses unless the condition holds."""
    if not condition:
        raise Refused(refusal)
