"""The answers of Tilde's own API as models, which its documentation shows. Routes write the JSON without them: that is
faster.
"""

from typing import Any

from pydantic import BaseModel, Field


class StatReply(BaseModel):
    """A stat."""

    id: str = Field(description="What stands for the stat in paths: nine characters.")
    uuid: str = Field(description="The same for ever, for programs that want a UUID.")
    name: str
    kind: str = Field(description="`counter` (summed) or `value` (averaged).")
    key: str = Field(description="Its own key: clients name it by that where they post to one stat.")
    embed_key: str = Field(description="Stands for the stat in embedded charts, which are not there yet.")
    created_at: int = Field(description="Unix time of its first point in sight, or of its creation.")
    data_received_at: int = Field(description="Unix time of receipt of its newest point; 0 where it has none.")


class TrashedReply(BaseModel):
    """A stat in the trash."""

    id: str
    name: str | None = Field(description="Null where it was deleted before anything was posted to it.")
    kind: str | None
    deleted_at: int = Field(description="Unix time; it may be restored for 48 hours.")


class CommentReply(BaseModel):
    """A remark about a stat."""

    at: int
    text: str


class StatDetailReply(StatReply):
    """A stat with its settings and comments."""

    sharing: str = Field(description="`public` where everybody may see it who has its `public_id`, else `none`.")
    public_id: str | None = Field(description="Stands for it in public urls; another one each time it is shared.")
    include_in_email: bool = Field(description="Whether it stands in the account's daily report.")
    url: str | None = Field(description="Where its owner says it is shown; Tilde only keeps it.")
    comments: list[CommentReply]


class PointReply(BaseModel):
    """A bucket."""

    time: int = Field(description="Unix time of its start.")
    start: str = Field(description="The same in local time, with the offset.")
    value: float | None = Field(description="Sum of a counter, average of a value; null where a value has no data.")
    overflow: bool = Field(
        False, description="True, and there only then: the sum is beyond all 64-bit floats, and `value` is null."
    )
    count: int = Field(description="How many points fell into it.")


class RangeReply(BaseModel):
    """A range of time."""

    from_: int = Field(alias="from")
    to: int


class PeriodReply(RangeReply):
    """A range of time and its buckets; the first and the last are cut to the range."""

    points: list[PointReply]


class SegmentReply(BaseModel):
    """What the meta of some samples says under a key, and a series of these."""

    value: Any = Field(description="JSON, as it was sent; null where nothing was said, or the number is no sample.")
    points: list[PointReply]


class SeriesReply(RangeReply):
    """A stat over time; with `by`, in segments in place of `points`."""

    id: str
    name: str
    kind: str
    bucket: str
    tz: str
    points: list[PointReply] | None = Field(None, description="There without `by`.")
    by: str | None = Field(None, description="The key that the segments are apart by; there with `by` only.")
    segments: list[SegmentReply] | None = Field(
        None, description="Those with the most points first, a hundred at most, the one of null last."
    )
    left_out: int | None = Field(None, description="How many segments there are besides.")
    previous: PeriodReply | None = Field(
        None,
        description="With compare=previous, the period before: as many whole days or months of the calendar where it is"
        " made of those, else of the same length.",
    )


class LastReply(BaseModel):
    """The point received last."""

    time: int
    received_at: int
    value: float


class FoundStat(BaseModel):
    """A stat in sight."""

    id: str
    kind: str
    name: str


class FoundReply(BaseModel):
    """Stats in sight, by id. There may be more behind `after`; none where it is null."""

    stats: list[FoundStat]
    after: str | None


class PostedReply(BaseModel):
    """A single point, as it was posted."""

    id: str = Field(description="Of the post, and which of the stats behind a `~` it is.")
    time: int
    time_ms: int = Field(description="The same in milliseconds.")
    received_at: int
    received_ms: int
    value: float


class TotalsReply(BaseModel):
    """Over a range. Null where there is no data."""

    from_: int = Field(alias="from")
    to: int
    count: int
    total: float | None = Field(
        description="Sum of all points, which says little of a value; null where it is beyond all 64-bit floats."
    )
    overflow: bool = Field(False, description="True, and there only then: `total` is null because it is beyond floats.")
    mean: float | None
    min: float | None
    max: float | None
