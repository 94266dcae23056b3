"""A recorded run without violations, which tests then spoil: one party's log, its streams and its mutations."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lobby.domain.events import Entry
from lobby.domain.viewer_access import access_level
from tests.lobby.domain.scenes import Scene
from tools.chaos.checks.judge import CheckLimits, Verdict, judge
from tools.chaos.evidence import Evidence, Frame, ObservationKind, Response, SentMutation, StreamSession
from tools.chaos.expected_state.events import expected_entry, expected_position
from tools.chaos.expected_state.histories import Histories, History
from tools.chaos.expected_state.logs import Log, Logs
from tools.chaos.expected_state.party import expected_party
from tools.chaos.json_value import Json
from tools.chaos.violation import Kind

CHECK_LIMITS = CheckLimits(queue_max=4, kick_cooldown_ms=1_500)


class RecordedRun:
    """The log of `scene`, and evidence to which tests add mutations, streams and observations."""

    def __init__(self, scene: Scene) -> None:
        self.evidence = Evidence()
        self.entries = list(scene.log)
        self.party_id = scene.party.id

    @property
    def logs(self) -> Logs:
        return {self.party_id: Log.replay(self.party_id, self.entries)}

    def verdict(self) -> Verdict:
        return judge(self.evidence, Histories([History(self.logs)]), CHECK_LIMITS)

    def violation_kinds(self) -> set[Kind]:
        return {violation.kind for violation in self.verdict().violations}

    def add_mutation(self, operation: str, seq: int, mark: str | None = None, **fields: object) -> SentMutation:
        """A mutation by the actor of entry `seq`, acknowledged with `seq`."""
        actor_id = self.entries[seq - 1].actor_id
        assert actor_id is not None, "the entry has an actor"
        mutation = self.evidence.begin_mutation(actor_id, operation, {"partyId": self.party_id, **fields}, mark)
        self.add_acceptance(mutation, seq)
        return mutation

    def add_acceptance(
        self,
        mutation: SentMutation,
        seq: int,
        *,
        replayed: bool = False,
        after_acceptance: bool = False,
        word: str = "",
    ) -> None:
        """An acceptance of one copy; another `word` stands for another content."""
        content = self.evidence.contents.keep({"seq": seq, "word": word})
        mutation.responses.append(Response(True, content, None, self.party_id, seq, replayed, after_acceptance))

    def add_rejection(self, mutation: SentMutation, code: str = "NOT_READY") -> None:
        mutation.responses.append(Response(False, self.evidence.contents.keep({"code": code}), code))

    def add_stream(self, player_id: str, seqs: Iterable[int], after: int | None) -> StreamSession:
        """One subscription with a cursor `after` that received these entries in this order."""
        stream = self.evidence.begin_stream(player_id, self.party_id, f"{player_id}'s phone")
        stream.resumed_after.append(after)
        for seq in seqs:
            self.add_entry(stream, seq)
        return stream

    def add_entry(self, stream: StreamSession, seq: int, spoil: Callable[[Json], None] = lambda frame: None) -> None:
        """Add an entry to the last subscription of the stream."""
        entry = self.entries[seq - 1]
        frame = expected_entry(entry, access_level(entry.party, stream.player_id))
        spoil(frame)
        self._add(stream, frame["__typename"], seq, frame)

    def add_frame(self, stream: StreamSession, kind: str, seq: int, **fields: object) -> None:
        """Add a frame that is about the stream itself."""
        party = self.entries[seq - 1].party
        frame = {**expected_position(party, access_level(party, stream.player_id)), "__typename": kind, **fields}
        self._add(stream, kind, seq, frame)

    def add_observation(self, player_id: str, seq: int, spoil: Callable[[Json], None] = lambda party: None) -> None:
        """A query that returned the party at `seq`."""
        party = self.entries[seq - 1].party
        answer = expected_party(party, access_level(party, player_id))
        spoil(answer)
        self.evidence.observe(ObservationKind.PARTY, party.id, seq, player_id, answer)

    def _add(self, stream: StreamSession, kind: str, seq: int, frame: Json) -> None:
        stream.frames.append(Frame(len(stream.resumed_after) - 1, kind, seq, self.evidence.contents.keep(frame)))


def conversation() -> RecordedRun:
    """Ann's party, which bob joined; entries 3 to 7 are messages of both."""
    scene = Scene("ann", "bob")
    for number in range(5):
        scene.after(1).says(("ann", "bob")[number % 2], f"word {number}")
    run = RecordedRun(scene)
    run.add_mutation("CreateParty", 1, run.entries[0].party.settings.name)
    run.add_mutation("JoinByCode", 2)
    for number in range(5):
        run.add_mutation("PostMessage", 3 + number, f"word {number}")
    return run


def renumber(entries: Iterable[Entry]) -> list[Entry]:
    """A log of these entries without holes in its numbers."""
    return [
        Entry(seq, entry.at, entry.actor_id, entry.event, entry.party) for seq, entry in enumerate(entries, start=1)
    ]
