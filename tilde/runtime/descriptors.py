"""Descriptors: one for each connection and each open file. A server that has used all of them up can neither write its
log nor answer, so some are kept back, and connections wait instead.
"""

import contextlib
import os
import resource

from tilde.runtime.telling import tell

RESERVE = 256  # for the log's files, 100 connections to the query API, and a round of accepting
RESERVE_SHARE = 3  # of a small limit no more than this part is kept back
FEW = 512  # an embedded store opens some 100, and the rest are the connections of users
AGAIN_S = 5.0  # without a shortage, before it is told that it is over: it comes and goes while connections wait


def raise_limit() -> None:
    """Takes as many as the machine allows this process: soft limits are low for programs that use `select`."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # a hard limit above the kernel's: then it stays as it was
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def tell_where_few(role: str) -> None:
    """Says so where the machine allows this process so few that it will soon stand still."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FEW:
        tell(
            role,
            f"only {hard} files and connections may be open at once: some {FEW} are the least to work with"
            " (to have more: ulimit -Hn, LimitNOFILE=)",
        )


class Descriptors:
    """The descriptors of this process. `trouble`: what is to be told while they are short; None where they are not."""

    def __init__(self, role: str) -> None:
        self.trouble: str | None = None
        self._role = role
        self._any = os.open(os.devnull, os.O_RDONLY)
        self._short_at_s = 0.0

    def are_short(self) -> bool:
        """Whether only the reserve is left. The kernel gives out the lowest number that is free, so one number says
        it: two calls, 1 us.
        """
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        try:
            lowest_free = os.dup(self._any)
        except OSError:
            return True
        os.close(lowest_free)
        return lowest_free >= limit - min(RESERVE, limit // RESERVE_SHARE)

    def look(self, now_s: float) -> bool:
        """As `are_short`; tells that they are, and when they have not been for a while."""
        is_short = self.are_short()
        if is_short:
            self._short_at_s = now_s
            if self.trouble is None:
                limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
                self.trouble = f"nearly all of {limit} descriptors are in use: new connections wait until others end"
                tell(self._role, f"{self.trouble}, open ones go on (to have more: ulimit -Hn, LimitNOFILE=)")
        elif self.trouble is not None and now_s - self._short_at_s > AGAIN_S:
            self.trouble = None
            tell(self._role, "there are descriptors again: connections are taken")
        return is_short

    def close(self) -> None:
        """Gives the descriptor back that it held."""
        os.close(self._any)
