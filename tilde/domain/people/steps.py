"""Steps of people: something that was done once, or one of several such things.

Did("purchased")    Group(Join.ANY, (Did("purchased"), Had("plan")))
"""

from tilde.domain.people.question import ONCE, Did, Group, Join, Part, QuestionError, leaves, require_answerable

STEPS_MAX = 20


def require_steps(steps: Group) -> None:
    """Raises QuestionError for a step that has no place in an order, or in which nothing is done; and where there are
    too many, or they are too large. `steps` are joined by THEN.
    """
    if len(steps.parts) > STEPS_MAX:
        raise QuestionError(f"there are at most {STEPS_MAX} steps")
    require_answerable(steps)
    for step in steps.parts:
        _require_step(step)


def _require_step(step: Part) -> None:
    if isinstance(step, Group) and (step.join is not Join.ANY or not step.parts):
        raise QuestionError("a step is an event, a property, or one of several of these")
    for part in step.parts if isinstance(step, Group) else ():
        _require_step(part)
    if any(isinstance(leaf, Did) and leaf.times != ONCE for leaf in leaves(step)):
        raise QuestionError("a step is done once: it has no frequency")
