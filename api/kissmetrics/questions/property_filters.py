"""Filters of one condition, of acts and of metrics: they say what was said of a property with what they filter."""

from api.kissmetrics.questions.fields import FilterError
from tilde.domain.people.asked_values import require_numbers
from tilde.domain.people.question import EVER, Had, Part


def require_property_filter(part: Part, name: str, whose: str) -> Had:
    """What a filter was read as; `whose` are the dates that hold. Raises FilterError, QuestionError."""
    if not isinstance(part, Had) or part.negated:
        raise FilterError(f"{name} is of type property, and says something of it: it cannot be negated, or empty")
    if part.is_first_ever:
        raise FilterError(f"{name} has no first_ever: it asks of each time")
    if part.span != EVER:
        raise FilterError(f"{name} has no dates of its own: those of {whose} hold")
    require_numbers(part)
    return part
