"""Answers questions about people as slowly and simply as they read, for tests to compare with."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tilde.domain.people.acts import AskedActs
from tilde.domain.people.question import Bound, Compared, Did, Group, Had, Join, Part, Span, Times, Values, leaves
from tilde.domain.people.segment import Segment, Which

NEVER = 2**40


class Done(NamedTuple):
    """An event that a person did, or with `event` empty, properties that were set; `said` are its properties."""

    person: int
    at: int
    event: str
    said: dict[str, float | int]  # a float is a number, an int the keyed hash of a text


class AskedPeople:
    """People and all that they did, each event once a second."""

    def __init__(self, everybody: Iterable[int], done: Iterable[Done]) -> None:
        self.everybody = frozenset(everybody)
        self.done = list(done)

    def answer(self, question: Part) -> set[int]:
        """The persons of whom it holds."""
        return {person for person in self.everybody if self._holds(person, question)}

    def acts(self, asked: AskedActs) -> list[tuple[int, int, str]]:
        """Second, person and event of each act, the latest first. A property that was said with one of a person's
        identities was said with the act.
        """
        found = {
            (done.at, done.person, done.event)
            for done in self.done
            if asked.span.since <= done.at < asked.span.until
            and (not asked.events or done.event in asked.events)
            and asked.person in {None, done.person}
            and (asked.where is None or has(done, asked.where))
        }
        return sorted(found, key=lambda act: (-act[0], act[1], act[2]))

    def said_by_act(self) -> dict[tuple[int, int, str], dict[str, float | int]]:
        """By second, person and event of each act, what was said with it: of a property what came last."""
        told: dict[tuple[int, int, str], dict[str, float | int]] = {}
        for done in self.done:
            told.setdefault((done.at, done.person, done.event), {}).update(done.said)
        return told

    def seconds(self, person: int, step: Part) -> list[int]:
        """When he did something, or one of several things; in order."""
        return sorted({at for leaf in leaves(step) for at in self._seconds(person, leaf)})

    def said(self, person: int, property_: str, span: Span) -> list[tuple[int, float | int]]:
        """When which value of a property was said of him; in order, and in one second as it came."""
        done = [each for each in self.done if each.person == person and span.since <= each.at < span.until]
        return sorted(
            ((each.at, each.said[property_]) for each in done if property_ in each.said), key=lambda said: said[0]
        )

    def value(self, person: int, segment: Segment) -> tuple[int, float | int] | None:
        """When the value that counts was said, and which it is: of those of one second the one that came last."""
        said = self.said(person, segment.property, segment.span)
        if not said:
            return None
        at = said[0][0] if segment.which is Which.FIRST else said[-1][0]
        return at, [value for second, value in said if second == at][-1]

    def _holds(self, person: int, part: Part) -> bool:
        if not isinstance(part, Group):
            return self._is_so(person, part) is not part.negated
        if part.join is Join.THEN:
            return (self._reached(person, part, 0) < NEVER) is not part.negated
        each = [self._holds(person, one) for one in part.parts]
        return (all(each) if part.join is Join.ALL else any(each)) is not part.negated

    def _is_so(self, person: int, part: Did | Had) -> bool:
        count = len(set(self._seconds(person, part)))
        times = part.times if isinstance(part, Did) else Times(Bound.AT_LEAST, 1)
        match times.bound:
            case Bound.AT_LEAST:
                return count >= times.count
            case Bound.AT_MOST:
                return count <= times.count
            case Bound.EXACTLY:
                return count == times.count

    def _reached(self, person: int, part: Part, after: int) -> int:
        """The first second, later than `after`, by which it has been done; NEVER."""
        if isinstance(part, Group):
            if part.join is Join.ANY:
                return min((self._reached(person, one, after) for one in part.parts), default=NEVER)
            for one in part.parts:
                after = self._reached(person, one, after)
            return after
        wanted = part.times.count if isinstance(part, Did) else 1
        later = sorted({at for at in self._seconds(person, part) if at > after})
        if wanted < 1:
            return after
        return later[wanted - 1] if len(later) >= wanted else NEVER

    def _seconds(self, person: int, part: Did | Had) -> Iterator[int]:
        about = [done for done in self.done if done.person == person and _is_about(done, part)]
        first = min((done.at for done in about), default=NEVER)
        for done in about:
            if part.span.since <= done.at < part.span.until and (done.at == first or not part.is_first_ever):
                if isinstance(part, Had):
                    if has(done, part):
                        yield done.at
                elif (part.where is None or has(done, part.where)) and self._holds_meanwhile(done, part.meanwhile):
                    yield done.at

    def _holds_meanwhile(self, done: Done, wanted: Had | None) -> bool:
        """Whether what was last said of a property by then is what is wanted."""
        if wanted is None:
            return True
        said = self.said(done.person, wanted.property, Span(until=done.at + 1))
        return bool(said and _is_wanted(said[-1][1], wanted)) is not wanted.negated


def _is_about(done: Done, part: Did | Had) -> bool:
    return part.property in done.said if isinstance(part, Had) else done.event == part.event


def has(done: Done, wanted: Had) -> bool:
    """Whether it says of the property what is wanted."""
    return wanted.property in done.said and _is_wanted(done.said[wanted.property], wanted)


def _is_wanted(value: float, wanted: Had) -> bool:
    return wanted.values is None or _is_one(value, wanted.values)


def _is_one(value: float, values: Values | Compared) -> bool:
    assert isinstance(values, Values)
    if isinstance(value, int):
        return value in values.texts
    if values.low is None and values.high is None:
        return False
    return (values.low is None or values.low <= value) and (values.high is None or value <= values.high)
