"""What all bodies of the operator's calls have in common."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Body(BaseModel):
    """JSON of these members and no others, in texts that are some."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _is_text(cls, body: Any) -> Any:
        try:
            json.dumps(body, ensure_ascii=False, default=repr).encode()
        except UnicodeEncodeError:
            raise ValueError("has half a surrogate pair, which is no text") from None
        return body


GivenKey = Annotated[str, Field(min_length=1, max_length=256)]
"""A key that somebody gives. An empty one is a variable that was not set, and no wish to have one made."""
