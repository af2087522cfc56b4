"""How the one decider answers a command: with one entry, or a refusal. Pure: keys and UUIDs came with the command. What
an action changes is said by itself, in the module of its noun.
"""

from tilde.domain.catalog.entries import Command, Entry
from tilde.domain.catalog.refusals import Refusal, Refused, require
from tilde.domain.catalog.state import Catalog, CommandId
from tilde.domain.log.identity import is_plausible


def decide(catalog: Catalog, command: Command, id_: CommandId, commands_offset: int, now_ms: int) -> Entry:
    """The entry that answers a command, to stand behind all that `catalog` has folded. Changes nothing itself."""
    sequence, action = catalog.sequence + 1, command.action
    try:
        require(is_plausible(now_ms) or not action.NEEDS_CLOCK, Refusal.CLOCK_IS_WRONG)
        require(now_ms <= command.deadline_ms, Refusal.DEADLINE_PASSED)
        decision = action.decide(catalog, now_ms)
    except Refused as refused:
        return Entry(sequence, id_, commands_offset, now_ms, (), refused.refusal.name, {})
    return Entry(sequence, id_, commands_offset, now_ms, decision.facts, None, decision.reply)
