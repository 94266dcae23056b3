"""A run that went well, for tests to spoil: one party's log, who watched it, and who did what."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chaos.checks.judge import Terms, Verdict, judge
from chaos.checks.violation import Kind
from chaos.evidence.acts import Act, Answer
from chaos.evidence.evidence import Evidence
from chaos.evidence.sights import SightKind
from chaos.evidence.stays import Seen, Stay
from chaos.json_value import Json
from chaos.truth.logs import Log, Logs
from chaos.truth.shown_event import shown_entry, shown_place
from chaos.truth.shown_party import shown_party
from lobby.domain.events import Entry
from lobby.domain.standing import standing
from tests.domain.scenes import Scene

TERMS = Terms(queue_max=4, kick_cooldown_ms=1_500)


class Played:
    """`scene` as a run of its own. Acts are told of with `did`, watchers come with `watched`."""

    def __init__(self, scene: Scene) -> None:
        self.evidence = Evidence()
        self.entries = list(scene.log)
        self.party_id = scene.party.id

    @property
    def logs(self) -> Logs:
        return {self.party_id: Log.folded(self.party_id, self.entries)}

    def verdict(self) -> Verdict:
        return judge(self.evidence, self.logs, TERMS)

    def kinds(self) -> set[Kind]:
        """What is found to be wrong."""
        return {violation.kind for violation in self.verdict().violations}

    def did(self, operation: str, seq: int, mark: str | None = None, **given: object) -> Act:
        """The one who is named in entry `seq` did this, and was answered with `seq`."""
        actor_id = self.entries[seq - 1].actor_id
        assert actor_id is not None, "somebody did it"
        act = self.evidence.begin_act(actor_id, operation, {"partyId": self.party_id, **given}, mark)
        self.answered(act, seq)
        return act

    def answered(
        self, act: Act, seq: int, *, replayed: bool = False, after_acceptance: bool = False, word: str = ""
    ) -> None:
        """An acceptance; those with another `word` said something else."""
        content = self.evidence.contents.keep({"seq": seq, "word": word})
        act.answers.append(Answer(True, content, None, self.party_id, seq, replayed, after_acceptance))

    def refused(self, act: Act, code: str = "NOT_READY") -> None:
        act.answers.append(Answer(False, self.evidence.contents.keep({"code": code}), code))

    def watched(self, player_id: str, seqs: Iterable[int], after: int | None) -> Stay:
        """The entries with these numbers, in this order, by one subscription with a cursor `after`."""
        stay = self.evidence.begin_stay(player_id, self.party_id, f"{player_id}'s phone")
        stay.asked_after.append(after)
        for seq in seqs:
            self.shown(stay, seq)
        return stay

    def shown(self, stay: Stay, seq: int, spoil: Callable[[Json], None] = lambda frame: None) -> None:
        """One more entry."""
        entry = self.entries[seq - 1]
        frame = shown_entry(entry, standing(entry.party, stay.player_id))
        spoil(frame)
        self._see(stay, frame["__typename"], seq, frame)

    def framed(self, stay: Stay, kind: str, seq: int, **own: object) -> None:
        """One more frame about the stream itself."""
        party = self.entries[seq - 1].party
        frame = {**shown_place(party, standing(party, stay.player_id)), "__typename": kind, **own}
        self._see(stay, kind, seq, frame)

    def looked(self, player_id: str, seq: int, spoil: Callable[[Json], None] = lambda party: None) -> None:
        """A query showed the party as of `seq`."""
        party = self.entries[seq - 1].party
        shown = shown_party(party, standing(party, player_id))
        spoil(shown)
        self.evidence.note(SightKind.PARTY, party.id, seq, player_id, shown)

    def _see(self, stay: Stay, kind: str, seq: int, frame: Json) -> None:
        stay.seen.append(Seen(len(stay.asked_after) - 1, kind, seq, self.evidence.contents.keep(frame)))


def talk() -> Played:
    """Ann's party, which bob joined; five messages follow, entries 3 to 7."""
    scene = Scene("ann", "bob")
    for number in range(5):
        scene.after(1).says(("ann", "bob")[number % 2], f"word {number}")
    played = Played(scene)
    created = played.entries[0].party.settings.name
    played.did("CreateParty", 1, created)
    played.did("JoinByCode", 2)
    for number in range(5):
        played.did("PostMessage", 3 + number, f"word {number}")
    return played


def renumbered(entries: Iterable[Entry]) -> list[Entry]:
    """A log of these entries, with no holes in its numbers."""
    return [
        Entry(seq, entry.at, entry.actor_id, entry.event, entry.party) for seq, entry in enumerate(entries, start=1)
    ]
