"""What people of products did, in full: an oracle that remembers every event, set and alias, and works everything out
anew when it is asked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Used(NamedTuple):
    """What is said of a name of an event or of a property; `total` is 0 of a property."""

    total: int
    first_used_at: int
    last_used_at: int
    first_sent_at: int
    last_sent_at: int


Names = dict[tuple[int, str], Used]
"""By product and name."""
People = dict[tuple[int, int], tuple[int, int]]
"""By product and identity: the person's number, and when the identity was first received."""


@dataclass
class PeopleOracle:
    """`history` has events of topic `activity`, in whatever order."""

    history: list[Mapping[str, Any]] = field(default_factory=list)

    def people(self) -> People:
        """A person is as many identities as aliases join, and his number is the smallest."""
        people = [{identity} for identity in self._received()]
        for event in self.history:
            if event["other"] is not None:
                product = event["product"]
                joined = {(product, event["identity"]), (product, event["other"]["identity"])}
                people = [
                    *(person for person in people if not person & joined),
                    set().union(*(person for person in people if person & joined)),
                ]
        numbers = {identity: min(person)[1] for person in people for identity in person}
        return {key: (numbers[key], min(times)) for key, times in self._received().items()}

    def _received(self) -> dict[tuple[int, int], list[int]]:
        """By identity, when it was."""
        times: dict[tuple[int, int], list[int]] = {}
        for event in self.history:
            for one in (event, event["other"]):
                if one is not None:
                    times.setdefault((event["product"], one["identity"]), []).append(event["received_at"])
        return times

    def events(self) -> Names:
        """An event counts once a person and second."""
        people = self.people()
        done = [event for event in self.history if event["act"] == "event"]
        times = {(event["product"], event["name"]): [] for event in done}  # type: dict[tuple[int, str], list[Any]]
        for event in done:
            times[event["product"], event["name"]].append(event)
        return {
            key: _used(some, len({(people[key[0], one["identity"]][0], one["at"]) for one in some}))
            for key, some in times.items()
        }

    def properties(self) -> Names:
        """Of all acts."""
        times: dict[tuple[int, str], list[Any]] = {}
        for event in self.history:
            for each in event["properties"]:
                times.setdefault((event["product"], each["name"]), []).append(event)
        return {key: _used(some, 0) for key, some in times.items()}

    def indexes(self, *, of_properties: bool = False) -> dict[tuple[int, str], int]:
        """By product and name, from 1, in the order of the history."""
        found: dict[tuple[int, str], int] = {}
        for event in self.history:
            names = [each["name"] for each in event["properties"]] if of_properties else [event["name"]]
            for name in names:
                product = event["product"]
                if name is not None and (product, name) not in found:
                    found[product, name] = 1 + sum(1 for other, _ in found if other == product)
        return found


def _used(events: Iterable[Mapping[str, Any]], total: int) -> Used:
    at = [event["at"] for event in events]
    received_at = [event["received_at"] for event in events]
    return Used(total, min(at), max(at), min(received_at), max(received_at))
