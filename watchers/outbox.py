"""The commands and letters that follow from looks. Each stands here before it is sent, until it is known to be there.

    look -> [ effects, memory, position ] in one commit -> sent -> struck out

A crash before the commit repeats the look; one behind it sends what is left. A command or a letter that had gone out
and was not struck out is sent again under the same identity.
"""

from collections.abc import Sequence
from typing import NamedTuple

from watchers.causes import Cause
from watchers.contract import Ask, Effect, Send
from watchers.ledger import Ledger

NO_DESTINATION = ""  # of commands; none has this name
PAUSE_MS_MIN = 10_000
PAUSE_MS_MAX = 3_600_000
TRIES_MAX = 80  # 85 minutes until the pauses are an hour, then 71 of them: three days, as mail servers try
DELIVERY_MS_MAX = 60_000  # so long one try may take; then it has failed
DEAD_KEPT_MAX = 1_000
_BEGIN = "UPDATE effect SET tries = tries + 1, due_ms = ? WHERE seq = ?"


class SealedCommands(NamedTuple):
    """The commands of one look, as a batch of `commands`."""

    seq: int
    batch: bytes


class WaitingLetter(NamedTuple):
    """A letter that is being delivered, and how many tries there were, this one too."""

    seq: int
    id: str
    body: bytes
    tries: int


def pause_ms(tries: int) -> int:
    """How long a letter that has failed so many times waits for the next try."""
    return min(PAUSE_MS_MIN << min(tries - 1, 20), PAUSE_MS_MAX)


class Outbox:
    """The effects in a ledger. Times are unix milliseconds. Raises LogError."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def add(self, cause: Cause, effects: Sequence[Effect], now_ms: int) -> None:
        """Puts in what follows from one look, in the transaction that is open."""
        actions = [effect.action for effect in effects if isinstance(effect, Ask)]
        if actions:
            self._insert(cause.letter(0), NO_DESTINATION, cause.sealed(actions, now_ms))
        for nth, effect in enumerate(effects):
            if isinstance(effect, Send):
                self._insert(cause.letter(nth), effect.destination, effect.body)

    def _insert(self, id_: str, destination: str, body: bytes) -> None:
        self._ledger.db.execute("INSERT INTO effect (id, destination, body) VALUES (?, ?, ?)", (id_, destination, body))

    def commands(self, batches_max: int) -> list[SealedCommands]:
        """The oldest commands, in the order that they were asked for."""
        with self._ledger.reading():
            rows = self._ledger.db.execute(
                "SELECT seq, body FROM effect WHERE destination = ? ORDER BY seq LIMIT ?", (NO_DESTINATION, batches_max)
            ).fetchall()
        return [SealedCommands(*row) for row in rows]

    def begin(self, destination: str, now_ms: int, letters_max: int, in_hands: frozenset[int]) -> list[WaitingLetter]:
        """Letters that are due, but for those `in_hands`. A try is written down before it is made: so one that ends
        with this process counts, and a letter that ends the process each time is given up in the end.
        """
        # A letter that is due later than the longest pause is so because the clock was set back.
        with self._ledger.reading():
            rows = self._ledger.db.execute(
                "SELECT seq, id, body, tries FROM effect WHERE dead IS NULL AND destination = ?"
                " AND (due_ms <= ? OR due_ms > ?) ORDER BY due_ms, seq LIMIT ?",
                (destination, now_ms, now_ms + DELIVERY_MS_MAX + PAUSE_MS_MAX, letters_max + len(in_hands)),
            ).fetchall()
        letters = [WaitingLetter(seq, id_, body, tries + 1) for seq, id_, body, tries in rows if seq not in in_hands]
        if letters:
            begun = [(now_ms + DELIVERY_MS_MAX + pause_ms(each.tries), each.seq) for each in letters[:letters_max]]
            with self._ledger.transaction():
                self._ledger.db.executemany(_BEGIN, begun)
        return letters[:letters_max]

    def put_off(self, letter: WaitingLetter, now_ms: int) -> None:
        """Says that a try has failed: the letter is due again after a pause."""
        self._write("UPDATE effect SET due_ms = ? WHERE seq = ?", now_ms + pause_ms(letter.tries), letter.seq)

    def strike_out(self, *seqs: int) -> None:
        """Removes effects that have arrived: commands that stand in the log, letters that a destination has taken."""
        with self._ledger.transaction():
            self._ledger.db.executemany("DELETE FROM effect WHERE seq = ?", [(seq,) for seq in seqs])

    def give_up(self, letter: WaitingLetter, why: str) -> None:
        """A dead letter is tried no more. It is kept for somebody to look at; the newest so many are."""
        with self._ledger.transaction():
            self._ledger.db.execute("UPDATE effect SET dead = ? WHERE seq = ?", (why, letter.seq))
            self._ledger.db.execute(
                "DELETE FROM effect WHERE dead IS NOT NULL AND seq NOT IN"
                " (SELECT seq FROM effect WHERE dead IS NOT NULL ORDER BY seq DESC LIMIT ?)",
                (DEAD_KEPT_MAX,),
            )

    def dead(self) -> list[tuple[str, str]]:
        """The ids of the dead letters, and why they are dead."""
        with self._ledger.reading():
            return self._ledger.db.execute("SELECT id, dead FROM effect WHERE dead IS NOT NULL ORDER BY seq").fetchall()

    def dead_count(self) -> int:
        """How many dead letters are kept."""
        with self._ledger.reading():
            return int(self._ledger.db.execute("SELECT count(*) FROM effect WHERE dead IS NOT NULL").fetchone()[0])

    def waiting(self) -> dict[str, int]:
        """How many letters wait, by destination."""
        with self._ledger.reading():
            rows = self._ledger.db.execute(
                "SELECT destination, count(*) FROM effect WHERE dead IS NULL AND destination != ? GROUP BY destination",
                (NO_DESTINATION,),
            ).fetchall()
        return dict(rows)

    def _write(self, statement: str, *values: object) -> None:
        with self._ledger.transaction():
            self._ledger.db.execute(statement, values)
