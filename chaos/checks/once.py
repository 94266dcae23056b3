"""Every acknowledged mutation is in the log exactly once, and nothing else is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from chaos.checks.claims import Claim, fits, is_acknowledged_by, is_so_already
from chaos.checks.violation import Kind, Violation
from chaos.evidence.acts import Act, Answer
from chaos.truth.deeds import Deed
from chaos.truth.logs import Logs


class Accounting:
    """Holds what players were told against what the log says, deed by deed."""

    def __init__(self, logs: Logs, deeds: Sequence[Deed]) -> None:
        self.claims: list[Claim] = []
        self.violations: list[Violation] = []
        self.doubtful = 0
        """Claims of acts that were refused, as far as the player knows."""
        self.unchanged = 0
        """Acts that were accepted and had nothing to change."""
        self._logs = logs
        self._unclaimed: dict[str, list[Deed]] = defaultdict(list)
        for deed in deeds:
            if deed.what != "moved":
                self._unclaimed[deed.actor_id].append(deed)

    def settle(self, acts: Sequence[Act]) -> None:
        """First those with an acknowledgement claim what is theirs; of the rest, those that may have gone through."""
        for act in acts:
            if act.accepted is not None:
                self._claim_acknowledged(act, act.accepted)
        for act in acts:
            if act.is_in_doubt:
                self._claim_doubtful(act)
        self.violations += [_unaccounted(deed, acts) for deed in self._left_over()]

    def _claim_acknowledged(self, act: Act, answer: Answer) -> None:
        fitting = [deed for deed in self._unclaimed[act.actor_id] if fits(act, deed)]
        mine = next((deed for deed in fitting if is_acknowledged_by(deed, answer)), None)
        if mine is not None:
            self._claim(act, mine)
        elif self._had_nothing_to_change(act, answer):
            self.unchanged += 1
        else:
            where = f"entry {answer.seq} of party {answer.party_id}"
            self.violations.append(Violation(Kind.LOST, f"{act} was acknowledged as {where} and is not there"))

    def _had_nothing_to_change(self, act: Act, answer: Answer) -> bool:
        log = self._logs.get(answer.party_id or "")
        party = log.party_at(answer.seq) if log is not None else None
        return party is not None and is_so_already(act, party)

    def _claim_doubtful(self, act: Act) -> None:
        """Refused as far as the player knows; one of the copies that were never answered may have come later."""
        mine = next((deed for deed in self._unclaimed[act.actor_id] if fits(act, deed)), None)
        if mine is not None:
            self._claim(act, mine)
            self.doubtful += 1

    def _claim(self, act: Act, deed: Deed) -> None:
        self._unclaimed[act.actor_id].remove(deed)
        self.claims.append(Claim(act, deed))

    def _left_over(self) -> Iterator[Deed]:
        for left in self._unclaimed.values():
            yield from left


def _unaccounted(deed: Deed, acts: Sequence[Act]) -> Violation:
    similar = next((act for act in acts if fits(act, deed)), None)
    if similar is None:
        return Violation(Kind.DOUBLED, f"{deed}, which nobody asked for")
    return Violation(Kind.DOUBLED, f"{deed}, once more than {similar} asked for it")
