"""The verdict of a run: what was wrong, and whether the machine was fast enough to say so."""

from __future__ import annotations

from dataclasses import dataclass

from tools.chaos.violation import Violation


class Late(Violation):
    """Something that has not happened, or not yet."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a run."""

    violations: list[Violation]
    """They do not depend on the speed of the machine."""
    late: list[Violation]
    too_slow: list[str]
    """Why the machine was too slow to say anything about `late`; empty if it was not."""

    @property
    def counted(self) -> list[Violation]:
        """The violations that the server has to answer for."""
        return self.violations if self.too_slow else [*self.violations, *self.late]

    @property
    def is_known(self) -> bool:
        """False: something came late, on a machine that was too slow, and nothing else was wrong. So the run says nothing."""
        return bool(self.counted) or not self.late
