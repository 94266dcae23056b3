"""Measures whether the machine was fast enough for a verdict.

A run has times: a match is to be answered within seconds, and at the end everything has to have come to its end. If servers and
players get too little of the machine, such things come late, and that says nothing about the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

LOOK_EVERY_S = 0.1
LATE_SHARE_MAX = 0.3
"""The players were late by this share of the time: they have too little of the machine."""
LATE_MAX_S = 4.0
"""No player did anything for so long."""
SLOW_ANSWER_S = 2.0
SLOW_SHARE_MAX = 0.05
"""So many answers took longer than `SLOW_ANSWER_S`. While a server is killed and starts, nobody waits for an answer: there is no
connection."""
WAITED_SHARE_MAX = 0.6
"""A server was ready to run, and waited for a core, for this share of the time."""


class Pace:
    """Measures how late everything is, from `watch` on."""

    def __init__(self) -> None:
        self.answers = 0
        self.slow_answers = 0
        self._watched_s = 0.0
        self._late_s = 0.0
        self._latest_s = 0.0
        self._waits_s: dict[int, float] = {}
        """By process: the time for which it waited for a core."""
        self._lives_s: dict[int, float] = {}
        """By process: the time for which it was watched."""

    def note_answer(self, took_s: float) -> None:
        """A request was answered after this time, or given up."""
        self.answers += 1
        self.slow_answers += took_s > SLOW_ANSWER_S

    async def watch(self, pids: Callable[[], Iterable[int]]) -> None:
        """Measure until cancelled. `pids`: the processes of the servers that run now."""
        loop = asyncio.get_running_loop()
        first: dict[int, tuple[float, float]] = {}
        while True:
            began_at = loop.time()
            await asyncio.sleep(LOOK_EVERY_S)
            now = loop.time()
            late_s = now - began_at - LOOK_EVERY_S
            self._watched_s += now - began_at
            self._late_s += late_s
            self._latest_s = max(self._latest_s, late_s)
            for pid in pids():
                waited_s = _waited_s(pid)
                if waited_s is not None:
                    since, before_s = first.setdefault(pid, (began_at, waited_s))
                    self._lives_s[pid], self._waits_s[pid] = now - since, waited_s - before_s

    @property
    def late_share(self) -> float:
        return self._late_s / self._watched_s if self._watched_s else 0.0

    @property
    def slow_share(self) -> float:
        return self.slow_answers / self.answers if self.answers else 0.0

    @property
    def waited_share(self) -> float:
        """Of the time of all servers. 0 where the system does not say."""
        return sum(self._waits_s.values()) / sum(self._lives_s.values()) if self._lives_s else 0.0

    def too_slow(self) -> list[str]:
        """The reasons why what came late says nothing. None of them: the machine was fast enough."""
        checks = (
            (self.late_share > LATE_SHARE_MAX, f"the players were late for {self.late_share:.0%} of the time"),
            (self._latest_s > LATE_MAX_S, f"no player did anything for {self._latest_s:.1f} s"),
            (self.slow_share > SLOW_SHARE_MAX, f"{self.slow_share:.0%} of the answers took over {SLOW_ANSWER_S:g} s"),
            (
                self.waited_share > WAITED_SHARE_MAX,
                f"servers waited for a core for {self.waited_share:.0%} of the time",
            ),
        )
        return [reason for is_so, reason in checks if is_so]

    def __str__(self) -> str:
        return (
            f"players late for {self.late_share:.1%} of the time, at most {self._latest_s:.2f} s; {self.slow_share:.2%} of "
            f"{self.answers} answers over {SLOW_ANSWER_S:g} s; servers waited for a core for {self.waited_share:.1%}"
        )


def _waited_s(pid: int) -> float | None:
    """How long the threads of a process were ready to run and did not run. None: the system does not say, or it has ended."""
    total_ns = 0
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            total_ns += int((thread / "schedstat").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return total_ns / 1e9
