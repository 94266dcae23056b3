"""What came of an attack."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from attack.wire import Answer

SLOW_S = 1.0
"""Nothing that a server is asked may take longer."""
TELLTALES = (b"Traceback", b"site-packages", b".py", b"sqlite", b"argon2", b"refreshToken")
"""What no answer to an attacker may have in it."""


@dataclass(slots=True)
class Outcome:
    """`faults`: what should not be, in words; none where the attack came to nothing."""

    sent: int = 0
    came_back: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    faults: list[str] = field(default_factory=list)

    def add(self, answer: Answer, may_be_cut: bool = False) -> None:
        """Count an answer. `may_be_cut`: whether no answer at all, but a closed connection, is one too."""
        self.sent += 1
        self.slowest_s = max(self.slowest_s, answer.took_s)
        self.came_back[f"{answer.status} {answer.code}" if answer.status else "closed"] += 1
        if answer.status >= 500 and answer.status != 503:
            self.fault(f"a {answer.status} ({answer.code})")
        if not answer.status and not may_be_cut:
            self.fault("no answer")
        if answer.took_s > SLOW_S:
            self.fault(f"an answer took longer than {SLOW_S:g} s")
        for telltale in TELLTALES:
            if telltale in answer.body:
                self.fault(f"an answer with {telltale.decode()!r} in it")

    def note(self, what: str, count: int = 1) -> None:
        """Something that came back that is no answer of HTTP."""
        self.sent += count
        self.came_back[what] += count

    def expect(self, *codes: str) -> None:
        """All that came back is one of these, by the last word of each."""
        for told in self.came_back:
            if told.rpartition(" ")[2] not in codes:
                self.fault(f"{told!r}, which is not expected")

    def fault(self, what: str) -> None:
        if what not in self.faults:
            self.faults.append(what)
