"""All that the players bring back from a run."""

from __future__ import annotations

from dataclasses import dataclass, field

from chaos.evidence.acts import Act
from chaos.evidence.contents import Contents
from chaos.evidence.sights import Sight, SightKind
from chaos.evidence.stays import Stay
from chaos.json_value import Json

FAULTS_MAX = 1_000
"""More of the same say no more."""


@dataclass(slots=True)
class Evidence:
    """Only added to while the run lasts; judged when it is over."""

    contents: Contents = field(default_factory=Contents)
    acts: list[Act] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    sights: set[Sight] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    """What no server should ever answer or do."""
    heads: dict[str, int] = field(default_factory=dict)
    """By party that was live when all was calm: the seq that every open stay must have reached."""

    @property
    def done_unheard(self) -> int:
        """Acts that were done when their answer was lost: the first acceptance that came was a replay."""
        return sum(act.accepted.replayed for act in self.acts if act.accepted is not None)

    def begin_act(self, actor_id: str, operation: str, given: Json, mark: str | None) -> Act:
        act = Act(len(self.acts) + 1, actor_id, operation, given, mark)
        self.acts.append(act)
        return act

    def begin_stay(self, player_id: str, party_id: str, device: str) -> Stay:
        stay = Stay(player_id, party_id, device)
        self.stays.append(stay)
        return stay

    def note_party(self, viewer_id: str, party: Json) -> None:
        """A party as some answer showed it."""
        self.note(SightKind.PARTY, party["id"], party["version"], viewer_id, party)

    def note(self, kind: SightKind, party_id: str, seq: int, viewer_id: str, value: Json) -> None:
        self.sights.add(Sight(kind, party_id, seq, viewer_id, self.contents.keep(value)))

    def fault(self, what: str) -> None:
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(what)

    def party_ids(self) -> set[str]:
        """Every party that anybody has met."""
        met = {answer.party_id for act in self.acts for answer in act.answers if answer.party_id is not None}
        return met | {stay.party_id for stay in self.stays} | {sight.party_id for sight in self.sights}
