"""What a store keeps of several parties, kept from the events alone, so that the states can be held against it."""

from __future__ import annotations

from lobby.domain import events as e
from lobby.domain.evolve import evolve
from lobby.domain.model import Party
from lobby.domain.values import PartyId, PlayerId, SessionId


class Registry:
    """The claims that no two parties may share, each party's log and its fold. A claim made twice fails the test."""

    def __init__(self) -> None:
        self.parties: dict[PartyId, Party] = {}
        """The states, as `decide` left them."""
        self.folds: dict[PartyId, Party] = {}
        """The same states, folded here."""
        self.logs: dict[PartyId, list[e.Entry]] = {}
        self.seats: dict[PlayerId, PartyId] = {}
        self.codes: dict[str, PartyId] = {}
        """Of live parties."""
        self.live_sessions: dict[PartyId, SessionId] = {}
        self.session_ids: set[SessionId] = set()
        """All that there have ever been."""

    def commit(self, party_id: PartyId, entries: tuple[e.Entry, ...]) -> None:
        """Append `entries`, and take and give back the claims that follow from them."""
        log = self.logs.setdefault(party_id, [])
        for entry in entries:
            assert entry.seq == len(log) + 1, "a hole in the log"
            assert not self._is_closed(party_id), "something came after the end"
            log.append(entry)
            self._claim(party_id, entry.event)
            fold = evolve(self.folds.get(party_id), entry.event, entry.seq, entry.at, entry.actor_id)
            assert fold == entry.party, "the state is not the fold of the log"
            self.folds[party_id] = fold
        self.parties[party_id] = entries[-1].party

    def folded_anew(self, party_id: PartyId) -> Party | None:
        """The party, from nothing but its log."""
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
        elif isinstance(event, e.SettingsChanged):
            self._take_code(party_id, event.join_code)
        elif isinstance(event, e.MemberJoined):
            self._take_seat(party_id, event.player.id)
        elif isinstance(event, e.MemberLeft):
            assert self.seats.pop(event.player.id) == party_id, "left a party that the player was not in"
        elif isinstance(event, e.CountdownStarted):
            self._take_session(party_id, event.session_id)
        elif isinstance(event, e.CountdownCancelled | e.SessionEnded):
            self.live_sessions.pop(party_id)
        elif isinstance(event, e.PartyClosed):
            self._give_code_back(party_id)

    def _take_seat(self, party_id: PartyId, player_id: PlayerId) -> None:
        assert player_id not in self.seats, "a player in two parties"
        self.seats[player_id] = party_id

    def _take_code(self, party_id: PartyId, join_code: str) -> None:
        assert self.codes.get(join_code, party_id) == party_id, "two parties with one code"
        self._give_code_back(party_id)
        self.codes[join_code] = party_id

    def _give_code_back(self, party_id: PartyId) -> None:
        self.codes = {code: owner for code, owner in self.codes.items() if owner != party_id}

    def _take_session(self, party_id: PartyId, session_id: SessionId) -> None:
        assert party_id not in self.live_sessions, "two live sessions in one party"
        assert session_id not in self.session_ids, "a session started twice"
        self.live_sessions[party_id] = session_id
        self.session_ids.add(session_id)
