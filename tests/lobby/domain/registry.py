"""The facts that a store must keep about several parties, computed from the events alone, to compare the states with."""

from __future__ import annotations

from lobby.domain import events as e
from lobby.domain.evolve import evolve
from lobby.domain.model import Party
from lobby.domain.saved_runs import SavedRun, saved_run_of
from lobby.domain.values import LeaveReason, PartyId, PlayerId, ReservationReason, SessionId


class Registry:
    """The logs of all parties, and their claims: seats, join codes and session ids. A claim of two parties fails the test."""

    def __init__(self) -> None:
        self.parties: dict[PartyId, Party] = {}
        """The states that `decide` has returned."""
        self.replayed: dict[PartyId, Party] = {}
        """The same states, computed from the events."""
        self.logs: dict[PartyId, list[e.Entry]] = {}
        self.seats: dict[PlayerId, PartyId] = {}
        self.codes: dict[str, PartyId] = {}
        """The join codes of open parties."""
        self.live_sessions: dict[PartyId, SessionId] = {}
        self.session_ids: set[SessionId] = set()
        """The ids of all sessions, also of those that have ended."""
        self.continuations: dict[SessionId, PartyId] = {}
        """The live parties that were opened for saved runs."""
        self.runs: dict[SessionId, SavedRun] = {}
        """Runs that have ended, as a store would keep them."""

    def commit(self, party_id: PartyId, entries: tuple[e.Entry, ...]) -> None:
        """Append `entries`, and claim and release what they say."""
        log = self.logs.setdefault(party_id, [])
        for entry in entries:
            assert entry.seq == len(log) + 1, "the log has a gap"
            assert not self._is_closed(party_id), "an entry follows PartyClosed"
            log.append(entry)
            self._claim(party_id, entry.event)
            before = self.replayed.get(party_id)
            fold = evolve(self.replayed.get(party_id), entry.event, entry.seq, entry.at, entry.actor_id)
            assert fold == entry.party, "the state differs from the log"
            self._claim_waiting(party_id, before, fold)
            self.replayed[party_id] = fold
        self.parties[party_id] = party = entries[-1].party
        ended = party.last_session
        run = saved_run_of(party, ended) if ended is not None and ended.id not in self.runs else None
        if run is not None:
            self.runs[run.session_id] = run

    def replay(self, party_id: PartyId) -> Party | None:
        """The party, computed from its whole log."""
        party = None
        for entry in self.logs[party_id]:
            party = evolve(party, entry.event, entry.seq, entry.at, entry.actor_id)
        return party

    def _is_closed(self, party_id: PartyId) -> bool:
        return bool(self.logs[party_id]) and isinstance(self.logs[party_id][-1].event, e.PartyClosed)

    def _claim(self, party_id: PartyId, event: e.Event) -> None:
        if isinstance(event, e.PartyCreated):
            self._take_code(party_id, event.join_code)
            if event.creator is not None:
                self._take_seat(party_id, event.creator.id)
            if event.continues is not None:
                self._take_run(party_id, event.continues.checkpoint.session_id)
        elif isinstance(event, e.SettingsChanged):
            self._take_code(party_id, event.join_code)
        elif isinstance(event, e.MemberJoined):
            if event.player.id not in _waiting(self.replayed.get(party_id)):
                self._take_seat(party_id, event.player.id)
        elif isinstance(event, e.MemberLeft):
            self._leave_seat(party_id, event)
        elif isinstance(event, e.CountdownStarted):
            self._take_session(party_id, event.session_id)
        elif isinstance(event, e.CountdownCancelled | e.SessionEnded):
            self.live_sessions.pop(party_id)
            if isinstance(event, e.SessionEnded):
                self._give_run_back(party_id)
        elif isinstance(event, e.PartyClosed):
            self._give_code_back(party_id)
            self._give_run_back(party_id)

    def _take_seat(self, party_id: PartyId, player_id: PlayerId) -> None:
        assert player_id not in self.seats, "a player is in two parties"
        self.seats[player_id] = party_id

    def _leave_seat(self, party_id: PartyId, event: e.MemberLeft) -> None:
        """A former member who is banned has no seat to leave, and may have one in another party."""
        party = self.replayed.get(party_id)
        if event.reason is LeaveReason.BANNED and party is not None and party.member(event.player.id) is None:
            return
        assert self.seats.pop(event.player.id) == party_id, "a player left a party of which they were no member"

    def _claim_waiting(self, party_id: PartyId, before: Party | None, after: Party) -> None:
        """Players who begin to wait take the same claim as a seat, and those who stop give it back."""
        old, new = _waiting(before), _waiting(after)
        for player_id in new - old:
            self._take_seat(party_id, player_id)
        for player_id in old - new:
            if after.member(player_id) is None:
                assert self.seats.pop(player_id) == party_id, "a player stopped to wait for another party"

    def _take_run(self, party_id: PartyId, session_id: SessionId) -> None:
        assert session_id not in self.continuations, "two live parties continue one run"
        self.continuations[session_id] = party_id

    def _give_run_back(self, party_id: PartyId) -> None:
        self.continuations = {run: owner for run, owner in self.continuations.items() if owner != party_id}

    def _take_code(self, party_id: PartyId, join_code: str) -> None:
        assert self.codes.get(join_code, party_id) == party_id, "two parties have one join code"
        self._give_code_back(party_id)
        self.codes[join_code] = party_id

    def _give_code_back(self, party_id: PartyId) -> None:
        self.codes = {code: owner for code, owner in self.codes.items() if owner != party_id}

    def _take_session(self, party_id: PartyId, session_id: SessionId) -> None:
        assert party_id not in self.live_sessions, "a party has two sessions"
        assert session_id not in self.session_ids, "a session id was used twice"
        self.live_sessions[party_id] = session_id
        self.session_ids.add(session_id)


def _waiting(party: Party | None) -> set[PlayerId]:
    """The players who wait for a seat, and those for whom one is held because they waited."""
    if party is None:
        return set()
    held = {held.player.id for held in party.reservations if held.reason is ReservationReason.WAITLIST}
    return {waiting.player.id for waiting in party.waiting} | held
