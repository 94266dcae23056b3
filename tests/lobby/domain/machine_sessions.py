"""The commands about sessions of the state machine: starts, runs, hosts and game servers."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from lobby.domain import commands as c
from lobby.domain.model import AttributeChanges, Endpoint
from lobby.domain.values import SessionStatus
from tests.lobby.domain.machine import (
    PartiesMachine,
    has_reservations,
    has_two_members,
    is_hosted,
    is_running,
    is_starting,
    is_waiting,
)
from tests.lobby.domain.scenes import player
from tests.lobby.domain.strategies import ATTRIBUTES, IF_VERSION_OFFSETS, NAME, PICK, RARELY


class SessionsMachine(PartiesMachine):
    """Rules of the machine about sessions. They are a separate class only to keep the file short."""

    @rule(pick=PICK, who=PICK, force=st.booleans(), since=IF_VERSION_OFFSETS)
    def start(self, pick: int, who: int, force: bool, since: int | None) -> None:
        party = self.party(pick, is_waiting)
        session_id = self.new_id("session")
        self.does(party, c.StartSession(self.leader(party, who), session_id, force, self.ids_made), since)

    @rule(pick=PICK)
    def start_and_begin(self, pick: int) -> None:
        party = self.party(pick, is_waiting)
        party = self.does(party, c.StartSession(self.leader(party, 0), self.new_id("session"), force=True))
        self.at = max(self.at, party.starts_at or 0)
        self.does(party, c.BeginSession(self.session(party, 0), is_hosted=pick < 9))

    @precondition(lambda self: self.some(is_starting))
    @rule(pick=PICK, who=PICK)
    def cancel(self, pick: int, who: int) -> None:
        party = self.party(pick, is_starting)
        self.does(party, c.CancelStart(self.leader(party, who)))

    @precondition(lambda self: self.some(is_starting))
    @rule(pick=PICK, which=PICK)
    def begin(self, pick: int, which: int) -> None:
        party = self.party(pick, is_starting)
        self.does(party, c.BeginSession(self.session(party, which), is_hosted=pick < 5))

    @precondition(lambda self: self.some(is_running))
    @rule(pick=PICK, who=PICK, which=PICK)
    def join_session(self, pick: int, who: int, which: int) -> None:
        party = self.party(pick, is_running)
        self.does(party, c.JoinSession(self.member(party, who), self.session(party, which)))

    @precondition(lambda self: self.some(is_running))
    @rule(pick=PICK, who=PICK, which=PICK)
    def mark_loaded(self, pick: int, who: int, which: int) -> None:
        party = self.party(pick, is_running)
        self.does(party, c.MarkLoaded(self.member(party, who), self.session(party, which)))

    @precondition(lambda self: self.some(is_running))
    @rule(pick=PICK)
    def everyone_loads(self, pick: int) -> None:
        party = self.party(pick, is_running)
        for member in party.members:
            party = self.does(party, c.MarkLoaded(member.player, self.session(party, 0)))

    @precondition(lambda self: self.some(is_running))
    @rule(pick=PICK, who=PICK, which=PICK)
    def leave_session(self, pick: int, who: int, which: int) -> None:
        party = self.party(pick, is_running)
        self.does(party, c.LeaveSession(self.member(party, who), self.session(party, which)))

    @precondition(lambda self: self.some(is_running))
    @rule(pick=PICK, who=PICK, which=PICK, floor=st.sampled_from((None, 1, 2, 0)), attributes=ATTRIBUTES)
    def update_session(self, pick: int, who: int, which: int, floor: int | None, attributes: AttributeChanges) -> None:
        party = self.party(pick, is_running)
        actor, session_id = self.leader(party, who), self.session(party, which)
        endpoint = Endpoint("udp", address="play.example", port=floor) if floor is not None else None
        self.does(party, c.UpdateSession(actor, session_id, floor, endpoint, attributes))

    @precondition(lambda self: self.some(is_running))
    @rule(pick=PICK, who=PICK, which=PICK, outcome=st.sampled_from((None, "victory", "")))
    def complete(self, pick: int, who: int, which: int, outcome: str | None) -> None:
        party = self.party(pick, is_running)
        self.does(party, c.CompleteSession(self.leader(party, who), self.session(party, which), outcome))

    @precondition(lambda self: self.some(is_running))
    @rule(pick=PICK, which=PICK)
    def the_game_server_abandons(self, pick: int, which: int) -> None:
        party = self.party(pick, is_running)
        self.does(party, c.CompleteSession(None, self.session(party, which), status=SessionStatus.ABANDONED))

    @precondition(lambda self: self.some(is_running))
    @rule(pick=PICK, who=PICK, which=PICK, what=st.integers(0, 3), lives_ms=st.sampled_from((0, 1, 60_000)))
    def the_game_server_reports(self, pick: int, who: int, which: int, what: int, lives_ms: int) -> None:
        party = self.party(pick, is_running)
        session_id, player_id = self.session(party, which), self.member(party, who).id
        spent = c.SpendTicket(session_id, f"ticket-{pick % 3}", player_id, session_id, self.at + lives_ms)
        reports = (
            c.Heartbeat(session_id),
            spent,
            c.ReportPlayers(session_id, entered=(player_id,)),
            c.ReportPlayers(session_id, left=(player_id,)),
        )
        self.does(party, reports[what])

    @precondition(lambda self: self.some(is_hosted))
    @rule(
        pick=PICK, who=PICK, behind=st.sampled_from((0, 0, 0, 0, 1, -1, None)), port=st.sampled_from((7777, 7778, None))
    )
    def the_host_reports(self, pick: int, who: int, behind: int | None, port: int | None) -> None:
        """Report the endpoint or the floor. Only the host and the candidate may do that, with the right term."""
        party = self.party(pick, is_hosted)
        actor, term = self.host(party, who)
        endpoint = Endpoint("udp", "host.example", port) if port is not None else None
        host_term = term - behind if behind is not None else None
        self.does(party, c.UpdateSession(actor, self.session(party, 0), 2, endpoint, host_term=host_term))

    @precondition(lambda self: self.some(is_hosted))
    @rule(pick=PICK, who=PICK, whom=PICK, what=st.integers(0, 3), behind=st.sampled_from((0, 0, 0, 1)), ends=RARELY)
    def the_host_runs_the_game(self, pick: int, who: int, whom: int, what: int, behind: int, ends: bool) -> None:
        party = self.party(pick, is_hosted)
        session_id, player_id = self.session(party, 0), self.member(party, whom).id
        actor, term = self.host(party, who)
        term -= behind
        ticket = (f"ticket-{pick % 3}", player_id, session_id, self.at + 60_000)
        reports = (
            c.SpendTicket(session_id, *ticket, actor, term, ticket_host_term=term),
            c.ReportPlayers(session_id, (player_id,), (), actor, term),
            c.ReportPlayers(session_id, (), (player_id,), actor, term),
            c.CompleteSession(actor, session_id, host_term=term) if ends else c.YieldHost(actor, session_id),
        )
        self.does(party, reports[what])

    @precondition(lambda self: self.some(is_hosted))
    @rule(pick=PICK, wait_ms=st.sampled_from((0, 10_000, 10_000)))
    def the_host_disconnects(self, pick: int, wait_ms: int) -> None:
        """Disconnect the host for so long that it is lost, if another player is connected."""
        party = self.party(pick, is_hosted)
        self.does(party, c.SetPresence(self.host(party, 0)[0].id, connected=False))
        self.at += wait_ms
        self.meets_deadlines(party)

    @precondition(lambda self: self.some(is_waiting))
    @rule(pick=PICK, how=st.integers(0, 3))
    def a_host_is_lost(self, pick: int, how: int) -> None:
        """A session begins with all members, and then its host is gone, in one of four ways."""
        party = self.party(pick, lambda party: is_waiting(party) and has_two_members(party))
        party = self.does(party, c.StartSession(self.leader(party, 0), self.new_id("session"), force=True))
        self.at = max(self.at, party.starts_at or 0)
        party = self.does(party, c.BeginSession(self.session(party, 0), is_hosted=True))
        host, session_id = self.host(party, 0)[0], self.session(party, 0)
        goes = (
            c.YieldHost(host, session_id),
            c.LeaveSession(host, session_id),
            c.LeaveParty(host),
            c.SetPresence(host.id, connected=False),
        )
        self.does(party, goes[how])
        self.at += 10_000 if how == 3 else 0
        self.meets_deadlines(party)

    @precondition(lambda self: self.some(is_hosted))
    @rule(pick=PICK)
    def the_game_server_takes_the_session(self, pick: int) -> None:
        party = self.party(pick, is_hosted)
        self.does(party, c.UpdateSession(None, self.session(party, 0), endpoint=Endpoint("udp", "game.example", 1)))

    # -- saved runs

    @precondition(lambda self: self.some(is_running))
    @rule(pick=PICK, who=PICK, by_server=st.booleans(), label=st.sampled_from((None, "the bridge", "")))
    def save_checkpoint(self, pick: int, who: int, by_server: bool, label: str | None) -> None:
        party = self.party(pick, is_running)
        actor = None if by_server else self.leader(party, who)
        self.does(party, c.SaveCheckpoint(actor, self.session(party, pick), f"state at {self.at}", label))

    @precondition(lambda self: self.some(is_waiting))
    @rule(pick=PICK)
    def play_save_and_end_a_run(self, pick: int) -> None:
        self.start_and_begin(pick)
        party = self.party(pick, is_running)
        self.does(party, c.SaveCheckpoint(None, self.session(party, pick), "state"))
        self.does(self.registry.parties[party.id], c.CompleteSession(None, self.session(party, pick)))

    @precondition(lambda self: len(self.registry.runs) > 0)
    @rule(pick=PICK, who=PICK, name=NAME)
    def continue_a_run(self, pick: int, who: int, name: str) -> None:
        """The caller mostly was in the run."""
        runs = list(self.registry.runs.values())
        run = runs[-1 - pick % len(runs)]
        was_in = bool(run.seats) and who < 10
        self.continues(run.seats[who % len(run.seats)].player if was_in else player(name), run)

    @precondition(lambda self: self.some(has_reservations))
    @rule(pick=PICK, who=PICK, ban=RARELY)
    def kick_a_reserved_player(self, pick: int, who: int, ban: bool) -> None:
        party = self.party(pick, has_reservations)
        if party.reservations:
            held = party.reservations[who % len(party.reservations)]
            self.does(party, c.KickMember(self.leader(party, who), held.player.id, ban))
