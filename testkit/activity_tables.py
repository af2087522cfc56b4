"""What people did, from the request to the tables: an edge in memory, both processors of its activity, a real store."""

from http import HTTPStatus
from pathlib import Path

from streams.contract import Message, no_outputs
from streams.processors.activity import ActivityProcessor
from streams.processors.people import PeopleProcessor
from streams.state import State
from testkit.activity import ActivityEdge, an_activity_edge, track
from testkit.query_place import QueryPlace
from testkit.sealed import sealed_activity
from tilde.schemas.cut_activity import cut_activity
from tilde.schemas.topics import EVENTS, OCCURRENCES, PEOPLE, PROPERTIES, PROPERTY_VALUES

_TABLES = (OCCURRENCES, PROPERTY_VALUES, PEOPLE, EVENTS, PROPERTIES)


class ActivityTables:
    """Tracks, and has what was tracked in the tables of a place."""

    def __init__(self, place: QueryPlace, edge: ActivityEdge) -> None:
        self.edge = edge
        self._place = place
        self._processors = (ActivityProcessor(), PeopleProcessor())
        self._state = State()
        self._offset = 0
        self._folded = 0

    @classmethod
    async def open(cls, place: QueryPlace, folder: Path) -> "ActivityTables":
        """With people whose keys are in the folder."""
        return cls(place, await an_activity_edge(folder))

    async def track(self, path: str, **query: str) -> None:
        """One request."""
        reply = await track(self.edge, path, query)
        assert reply.status == HTTPStatus.OK

    async def fill(self) -> None:
        """Puts what was tracked since the last time into the tables."""
        bodies = [event for _, event in self.edge.writer.events][self._folded :]
        self._folded += len(bodies)
        self.edge.keyholders.keep()
        content = cut_activity(sealed_activity("e", 1, self._offset, -1, 0, bodies))
        outputs = no_outputs()
        for processor in self._processors:
            processor.fold(Message(1, self._offset, content, 0), outputs, self._state)
        self._offset += 1
        for topic in _TABLES:
            if outputs[topic.name]:
                await self._place.insert_rows(topic, outputs[topic.name])
