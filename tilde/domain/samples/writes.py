"""What a write makes of a sample. Writes are applied in the order of the log, so whoever reads a sample to change it
may be late: what the log says before the write is what is changed.

A sample without a ref that was never changed is not remembered: it is what its event says, and a write that changes it
brings along how it was read (`before`). From then on, and for those with a ref from the first write, it is remembered.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from tilde.domain.samples.sample import sample_id

NUMBER = 1.0  # of a sample that is made without one
_DELETED = 0  # in place of what is remembered


class Held(NamedTuple):
    """A sample as it is, and the point that its number is: the event that wrote that, and when it was received. An
    identity never changes its time, so a sample that moves in time gets another point.

    `taken_back` is the last entry of `catalog` that had taken back points of its stat when it was given that point, 0
    where none had: what was taken back stays so under its identity, so a number that is written later needs another.
    """

    ref: str | None
    number: float
    t_ms: int
    meta: str | None
    created_ms: int
    point: int
    received_ms: int
    taken_back: int = 0

    def remembered(self) -> list[Any]:
        """As JSON; where nothing was taken back, as it was before that was asked."""
        return list(self if self.taken_back else self[:-1])


@dataclass(frozen=True, slots=True)
class Before:
    """A sample as whoever changes it has read it."""

    ref: str | None
    number: float
    t_ms: int
    meta: str | None
    created_ms: int


@dataclass(frozen=True, slots=True)
class SampleWrite:
    """One write. What is None is kept, or as by default where the write makes a sample: 1, the time of receipt, none.
    An empty `meta` or `ref` takes away what was there.

    One that `makes` is about the sample that has its `ref`, if there is one, else it makes one of the id `id`. One that
    does not is about the sample `id`, and changes nothing where that is deleted or unknown.
    """

    product: int
    metric: int
    id: int
    event: int
    """Its own event id, that no other event has: without a ref, that of the sample that it makes as well."""
    received_at: int
    ref: str | None = None
    number: float | None = None
    t_ms: int | None = None
    meta: str | None = None
    makes: bool = True
    deletes: bool = False
    before: Before | None = None


class Change(NamedTuple):
    """What a write does: a sample that was `before`, if there was, is `after`, if it is still there."""

    id: int
    before: Held | None
    after: Held | None

    @property
    def moves(self) -> bool:
        """Whether the sample's point before is gone as such: it was deleted, or is at another time."""
        return self.before is not None and (self.after is None or self.after.t_ms != self.before.t_ms)

    @property
    def leaves_its_point(self) -> bool:
        """Whether the point of what was before is gone: with that, or because the sample has another point."""
        return self.before is not None and (self.after is None or self.after.point != self.before.point)


class SampleMemory(Protocol):
    """What is remembered of samples: values by key, of plain JSON."""

    def get(self, key: str) -> Any:
        """The value of a key; None where nothing was put."""
        ...

    def put(self, key: str, value: Any) -> None: ...


def applied(write: SampleWrite, memory: SampleMemory, taken_back: int = 0) -> Change | None:
    """What the write does; None where that is nothing. Puts into `memory` what has to be known of it later.

    `taken_back` is the last entry of `catalog`, as of the write, that took back points of its stat; 0 where none did.
    """
    if write.makes and not write.deletes:
        return _posted(write, memory, taken_back)
    held = _held(write, memory)
    if held is None:
        return None
    if write.deletes:
        memory.put(_of(write.id), _DELETED)
        return Change(write.id, held, None)
    return _changed(write.id, held, write, memory, taken_back)


def _posted(write: SampleWrite, memory: SampleMemory, taken_back: int) -> Change:
    if not write.ref:
        return Change(write.id, None, _made(write, taken_back))
    id_ = _holder(write.metric, write.ref, memory)
    held = _with_ref(id_, write.ref, memory)
    if held is not None:
        return _changed(id_, held, write, memory, taken_back)
    # Its sample may have been given another ref meanwhile, and keeps its id.
    derived = sample_id(write.metric, write.ref)
    id_ = derived if not memory.get(_of(derived)) else write.event
    _hold(write.metric, write.ref, id_, memory)
    made = _made(write, taken_back)
    memory.put(_of(id_), made.remembered())
    return Change(id_, None, made)


def _made(write: SampleWrite, taken_back: int) -> Held:
    return Held(
        write.ref or None,
        NUMBER if write.number is None else write.number,
        write.received_at if write.t_ms is None else write.t_ms,
        write.meta or None,
        write.received_at,
        write.event,
        write.received_at,
        taken_back,
    )


def _changed(id_: int, held: Held, write: SampleWrite, memory: SampleMemory, taken_back: int) -> Change:
    t_ms = held.t_ms if write.t_ms is None else write.t_ms
    # Points of the stat were taken back since: this one maybe. What says no number brings none back.
    counts_anew = write.number is not None and taken_back > held.taken_back
    stays = t_ms == held.t_ms and not counts_anew
    after = Held(
        _new_ref(id_, held, write, memory),
        held.number if write.number is None else write.number,
        t_ms,
        held.meta if write.meta is None else write.meta or None,
        held.created_ms,
        held.point if stays else write.event,
        held.received_ms if stays else write.received_at,
        held.taken_back if stays else taken_back,
    )
    memory.put(_of(id_), after.remembered())
    return Change(id_, held, after)


def _held(write: SampleWrite, memory: SampleMemory) -> Held | None:
    """The sample of the write's id; as it was read where nothing is remembered of it, for then it is as it was made."""
    kept, before = memory.get(_of(write.id)), write.before
    if kept is None and before is not None:
        created_ms = before.created_ms
        return Held(before.ref, before.number, before.t_ms, before.meta, created_ms, write.id, created_ms)
    return Held(*kept) if kept else None


# A ref's sample has the id that follows from the ref, unless a ref was changed: then it is remembered who has it.


def _new_ref(id_: int, held: Held, write: SampleWrite, memory: SampleMemory) -> str | None:
    """Another ref is taken unless a sample has it: then the old one stays, since refs are unique in a stat."""
    if write.ref is None or write.ref == (held.ref or ""):
        return held.ref
    if not write.ref:
        return None
    if _with_ref(_holder(write.metric, write.ref, memory), write.ref, memory) is not None:
        return held.ref
    _hold(write.metric, write.ref, id_, memory)
    return write.ref


def _with_ref(id_: int, ref: str, memory: SampleMemory) -> Held | None:
    kept = memory.get(_of(id_))
    held = Held(*kept) if kept else None
    return held if held is not None and held.ref == ref else None


def _holder(metric: int, ref: str, memory: SampleMemory) -> int:
    derived = sample_id(metric, ref)
    return int(memory.get(_holder_of(derived)) or derived)


def _hold(metric: int, ref: str, id_: int, memory: SampleMemory) -> None:
    derived = sample_id(metric, ref)
    if id_ != derived or memory.get(_holder_of(derived)) is not None:
        memory.put(_holder_of(derived), id_)


def _of(id_: int) -> str:
    return str(id_)


def _holder_of(derived: int) -> str:
    return f"ref {derived}"
