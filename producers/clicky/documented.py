"""What Clicky's calls take, as /docs shows it and tries it out. The calls themselves read a parameter from the query
and from a body.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from tilde.domain.hits.hit import HitType

_FORM = "application/x-www-form-urlencoded"
TYPES = (
    *("user", "site", "add_user_to_site", "remove_user_from_site", "move_site_to_user"),
    *("get_user_id", "get_username", "traffic", "traffic_per_user", "goal"),
)
_OF_GOALS = {
    "goal[id]": "goal: the one to change or to delete; a new one without it.",
    "goal[name]": "goal: its name.",
    "goal[url]": "goal: its path, `/thanks`, with `*` for anything in it; a manual one needs none.",
    "goal[funnel_type]": "goal: `path`, `search` or `domain`.",
    "goal[funnel]": "goal: what has to have come before, of that type.",
    "goal[revenue]": "goal: digits with a decimal point.",
    "goal[cost]": "goal: the same.",
    "goal[manual]": "goal: 1 where pages say when it is reached.",
    "goal[more_than_once]": "goal: 1 where a visitor may reach it often.",
}
_WHITE_LABEL = {
    "auth": "The white label's key.",
    "type": "What is asked.",
    "user_id": "user: the one to change or to delete; a new one without it. Of all others: whose, or who.",
    "site_id": "site: the one to change or to delete; a new one without it. Of all others: which.",
    "delete": "user, site, goal: 1 deletes it.",
    "username": "user: 1 to 64 characters, no white space. get_user_id: a name or an e-mail address.",
    "password": "user.",
    "password_remove": "user: 1 takes the password away.",
    "email": "user: his e-mail address.",
    "name": "user: his real name.",
    "logo": "user: an address of http or https.",
    "css": "user: the same.",
    "onsitestats": "user: 1 or 0.",
    "domain": "site: its host name.",
    "nickname": "site: what it is called.",
    "mirrors": "site: other host names, with commas between.",
    "timezone": "site: hours from GMT, -8.",
    "dst": "site: its summer time, `usa`, `eu`, 1 or 0.",
    "admin": "add_user_to_site: 1 makes him an admin.",
    "date": "traffic, traffic_per_user: `yesterday`, `last-7-days`, `2014-07-17,2014-07-23`; seven days at most.",
    **_OF_GOALS,
}
_HIT = {
    "site_id": "Which site.",
    "type": "`pageview` unless it is another.",
    "href": "The page's path, or what was clicked.",
    "title": "The page's title.",
    "ref": "Where the visitor came from.",
    "jsuid": "Which visitor: letters and digits.",
    "mime": "`js`: the answer is a script.",
    "sitekey_admin": "The site's secret key, of its own server.",
    "ip_address": "The visitor's address, where its own server sends it.",
    "ua": "The visitor's user agent, where its own server sends it.",
}


class Taken(NamedTuple):
    """What a call takes: a line about each parameter, which of them it needs, and what its `type` may be."""

    about: Mapping[str, str]
    needs: Collection[str]
    types: Sequence[str] = ()

    def in_query(self) -> dict[str, Any]:
        """The part of an OpenAPI operation that says so of a call without a body."""
        return {
            "parameters": [
                {"name": name, "in": "query", "required": name in self.needs, "schema": self._schema(name)}
                | {"description": about}
                for name, about in self.about.items()
            ]
        }

    def in_form(self) -> dict[str, Any]:
        """The part of an OpenAPI operation that says so of a call with a form."""
        properties = {name: self._schema(name) | {"description": about} for name, about in self.about.items()}
        schema = {"type": "object", "properties": properties, "required": sorted(self.needs)}
        return {"requestBody": {"content": {_FORM: {"schema": schema}}}}

    def _schema(self, name: str) -> dict[str, Any]:
        return {"type": "string"} | ({"enum": [*self.types]} if name == "type" and self.types else {})


WHITE_LABEL_CALL = Taken(_WHITE_LABEL, {"auth", "type"}, TYPES)
SITE_LIST = Taken({"auth": _WHITE_LABEL["auth"]}, {"auth"})
HIT = Taken(_HIT, {"site_id"}, [type_.value for type_ in HitType])
