"""Several parties and players, every command, valid or not, in any order, at any time: what must hold holds after every step.

`TEST_DEPTH=deep` looks much further, for minutes.
"""

from __future__ import annotations

import os

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from lobby.domain import commands as c
from lobby.domain.deadlines import next_deadline
from lobby.domain.model import Endpoint
from lobby.domain.values import SessionStatus
from tests.domain import invariants
from tests.domain.scenes import player
from tests.domain.several import SeveralParties, counts_down, has_company, misses_somebody, runs, waits
from tests.domain.wishes import (
    ATTRIBUTES,
    CLASS,
    FIRST,
    LIVE_PARTIES_MAX,
    MOMENTS_MS,
    NAME,
    PASSWORDS,
    PICK,
    PLAYERS,
    SELDOM,
    SETTINGS,
    SINCE,
    SIX_HOURS_MS,
)

DEEP = os.environ.get("TEST_DEPTH") == "deep"


class Lobbies(SeveralParties):
    """Each rule is one thing that somebody asks for, or that happens by itself."""

    # -- coming and going

    @initialize(patch=FIRST, others=st.integers(0, 3))
    def the_first_party(self, patch: c.SettingsPatch, others: int) -> None:
        self.creates(c.CreateParty(player("ann"), patch))
        for name in PLAYERS[1 : 1 + others]:
            self.joins(self.party(0), c.JoinParty(player(name), by_code=True, password=patch.password))

    @precondition(lambda self: len(self.live()) < LIVE_PARTIES_MAX)
    @rule(name=st.sampled_from((*PLAYERS, None)), patch=SETTINGS, character_class=CLASS, attributes=ATTRIBUTES)
    def create(
        self, name: str | None, patch: c.SettingsPatch, character_class: str | None, attributes: c.AttributeChanges
    ) -> None:
        self.creates(c.CreateParty(player(name) if name else None, patch, attributes, character_class))

    @rule(
        pick=PICK,
        name=NAME,
        by_code=st.booleans(),
        password=st.sampled_from((None, *PASSWORDS)),
        character_class=CLASS,
        leave_current=st.booleans(),
    )
    def join(
        self,
        pick: int,
        name: str,
        by_code: bool,
        password: str | None,
        character_class: str | None,
        leave_current: bool,
    ) -> None:
        party = self.party(pick)
        elsewhere = self.registry.seats.get(name) not in (None, party.id) and not leave_current
        self.joins(party, c.JoinParty(player(name), by_code, password, character_class, elsewhere))

    @rule(pick=PICK, name=NAME)
    def come_back(self, pick: int, name: str) -> None:
        """With all that a player may need to get in."""
        password = "opensesame" if self.made % 2 else "shutsesame"
        elsewhere = self.registry.seats.get(name) not in (None, self.party(pick).id)
        self.joins(self.party(pick), c.JoinParty(player(name), True, password, None, elsewhere))

    @rule(pick=PICK, who=PICK, since=SINCE)
    def leave(self, pick: int, who: int, since: int | None) -> None:
        party = self.party(pick, counts_down)
        self.does(party, c.LeaveParty(self.member(party, who)), since)

    @rule(pick=PICK, who=PICK, since=SINCE, really=SELDOM)
    def disband(self, pick: int, who: int, since: int | None, really: bool) -> None:
        party = self.party(pick)
        self.does(party, c.DisbandParty(self.leader(party, who if really else 10)), since)

    # -- leading

    @rule(pick=PICK, who=PICK, whom=PICK, ban=st.booleans(), since=SINCE)
    def kick(self, pick: int, who: int, whom: int, ban: bool, since: int | None) -> None:
        party = self.party(pick, has_company)
        self.does(party, c.KickMember(self.leader(party, who), self.member(party, whom).id, ban), since)

    @rule(pick=PICK, who=PICK, whom=PICK)
    def promote(self, pick: int, who: int, whom: int) -> None:
        party = self.party(pick, has_company)
        self.does(party, c.PromoteMember(self.leader(party, who), self.member(party, whom).id))

    @rule(pick=PICK, who=PICK)
    def claim(self, pick: int, who: int) -> None:
        party = self.party(pick, lambda party: party.others_ready_since is not None)
        self.does(party, c.ClaimLeadership(self.member(party, who)))

    @rule(pick=PICK, who=PICK)
    def rotate_code(self, pick: int, who: int) -> None:
        party = self.party(pick)
        self.does(party, c.RotateJoinCode(self.leader(party, who), self.fresh("code")))

    @rule(pick=PICK, who=PICK, patch=SETTINGS, attributes=ATTRIBUTES, since=SINCE)
    def update(
        self, pick: int, who: int, patch: c.SettingsPatch, attributes: c.AttributeChanges, since: int | None
    ) -> None:
        party = self.party(pick)
        self.does(party, c.UpdateParty(self.leader(party, who), patch, attributes), since)

    # -- one's own

    @rule(pick=PICK, who=PICK, character_class=CLASS, attributes=ATTRIBUTES)
    def update_member(self, pick: int, who: int, character_class: str | None, attributes: c.AttributeChanges) -> None:
        party = self.party(pick)
        self.does(party, c.UpdateMember(self.member(party, who), character_class, attributes))

    @rule(pick=PICK, who=PICK, ready=st.booleans(), behind=SELDOM)
    def set_ready(self, pick: int, who: int, ready: bool, behind: bool) -> None:
        party = self.party(pick)
        self.does(party, c.SetReady(self.member(party, who), ready, party.settings.version - behind))

    @rule(pick=PICK)
    def everyone_gets_ready(self, pick: int) -> None:
        party = self.party(pick)
        for member in party.members:
            party = self.does(party, c.SetReady(member.player, True, party.settings.version))

    @rule(pick=PICK, who=PICK, text=st.sampled_from(("hello", "", "\0")))
    def post(self, pick: int, who: int, text: str) -> None:
        party = self.party(pick)
        self.does(party, c.PostMessage(self.member(party, who), text))

    # -- sessions

    @rule(pick=PICK, who=PICK, force=st.booleans(), since=SINCE)
    def start(self, pick: int, who: int, force: bool, since: int | None) -> None:
        party = self.party(pick, waits)
        self.does(party, c.StartSession(self.leader(party, who), self.fresh("session"), force), since)

    @rule(pick=PICK)
    def start_and_begin(self, pick: int) -> None:
        party = self.party(pick, waits)
        party = self.does(party, c.StartSession(self.leader(party, 0), self.fresh("session"), force=True))
        self.at = max(self.at, party.starts_at or 0)
        self.does(party, c.BeginSession(self.session(party, 0)))

    @precondition(lambda self: self.some(counts_down))
    @rule(pick=PICK, who=PICK)
    def cancel(self, pick: int, who: int) -> None:
        party = self.party(pick, counts_down)
        self.does(party, c.CancelStart(self.leader(party, who)))

    @precondition(lambda self: self.some(counts_down))
    @rule(pick=PICK, which=PICK)
    def begin(self, pick: int, which: int) -> None:
        party = self.party(pick, counts_down)
        self.does(party, c.BeginSession(self.session(party, which)))

    @precondition(lambda self: self.some(runs))
    @rule(pick=PICK, who=PICK, which=PICK)
    def join_session(self, pick: int, who: int, which: int) -> None:
        party = self.party(pick, runs)
        self.does(party, c.JoinSession(self.member(party, who), self.session(party, which)))

    @precondition(lambda self: self.some(runs))
    @rule(pick=PICK, who=PICK, which=PICK)
    def leave_session(self, pick: int, who: int, which: int) -> None:
        party = self.party(pick, runs)
        self.does(party, c.LeaveSession(self.member(party, who), self.session(party, which)))

    @precondition(lambda self: self.some(runs))
    @rule(pick=PICK, who=PICK, which=PICK, floor=st.sampled_from((None, 1, 2, 0)), attributes=ATTRIBUTES)
    def update_session(
        self, pick: int, who: int, which: int, floor: int | None, attributes: c.AttributeChanges
    ) -> None:
        party = self.party(pick, runs)
        actor, session_id = self.leader(party, who), self.session(party, which)
        endpoint = Endpoint("udp", address="play.example", port=floor) if floor is not None else None
        self.does(party, c.UpdateSession(actor, session_id, floor, endpoint, attributes))

    @precondition(lambda self: self.some(runs))
    @rule(pick=PICK, who=PICK, which=PICK, outcome=st.sampled_from((None, "victory", "")))
    def complete(self, pick: int, who: int, which: int, outcome: str | None) -> None:
        party = self.party(pick, runs)
        self.does(party, c.CompleteSession(self.leader(party, who), self.session(party, which), outcome))

    @precondition(lambda self: self.some(runs))
    @rule(pick=PICK, which=PICK)
    def the_game_server_falls_silent(self, pick: int, which: int) -> None:
        party = self.party(pick, runs)
        self.does(party, c.CompleteSession(None, self.session(party, which), status=SessionStatus.ABANDONED))

    @precondition(lambda self: self.some(runs))
    @rule(pick=PICK, who=PICK, which=PICK, what=st.integers(0, 3), lives_ms=st.sampled_from((0, 1, 60_000)))
    def the_game_server_speaks(self, pick: int, who: int, which: int, what: int, lives_ms: int) -> None:
        party = self.party(pick, runs)
        session_id, player_id = self.session(party, which), self.member(party, who).id
        spent = c.SpendTicket(session_id, f"ticket-{pick % 3}", player_id, session_id, self.at + lives_ms)
        reports = (
            c.Heartbeat(session_id),
            spent,
            c.ReportPlayers(session_id, entered=(player_id,)),
            c.ReportPlayers(session_id, left=(player_id,)),
        )
        self.does(party, reports[what])

    # -- time, and who is there

    @rule(pick=PICK, who=PICK)
    def disconnect(self, pick: int, who: int) -> None:
        party = self.party(pick, lambda party: party.has_connected_member)
        self.does(party, c.SetPresence(self.member(party, who).id, connected=False))

    @rule(pick=PICK)
    def the_leader_disconnects(self, pick: int) -> None:
        party = self.party(pick, has_company)
        self.does(party, c.SetPresence(self.leader(party, 0).id, connected=False))

    @precondition(lambda self: self.some(misses_somebody))
    @rule(pick=PICK)
    def reconnect(self, pick: int) -> None:
        party = self.party(pick, misses_somebody)
        gone = [member.player.id for member in party.members if member.remove_at is not None]
        self.does(party, c.SetPresence(gone[pick % len(gone)] if gone else "ann", connected=True))

    @rule(moment_ms=MOMENTS_MS, idle=SELDOM)
    def time_goes_by(self, moment_ms: int, idle: bool) -> None:
        self.at += SIX_HOURS_MS if idle else moment_ms

    @rule(pick=PICK, early_ms=st.sampled_from((0, 0, 1)))
    def a_deadline_comes(self, pick: int, early_ms: int) -> None:
        deadline = next_deadline(self.party(pick), self.bounds, self.at)
        self.at = max(self.at, (deadline or 0) - early_ms)

    @rule(pick=PICK)
    def the_server_meets_deadlines(self, pick: int) -> None:
        party = self.party(pick, self.is_due)
        for _ in range(invariants.MEETINGS_MAX):
            before, party = party, self.does(party, c.MeetDeadlines(self.up_since))
            if party == before:
                return
        raise AssertionError("the deadlines of one instant never end")

    @rule()
    def the_server_restarts(self) -> None:
        self.up_since = self.at

    # -- what holds after every step

    @invariant()
    def every_party_is_sound(self) -> None:
        for party in self.moved():
            invariants.check_seats(party, self.bounds)
            invariants.check_leader(party)
            invariants.check_settings(party, self.bounds)
            invariants.check_state(party)
            invariants.check_session(party)
            invariants.check_countdown(party)
            invariants.check_listed(party, self.at, self.bounds)
            invariants.check_deadlines(party, self.at, self.bounds)

    @invariant()
    def the_states_say_what_the_events_said(self) -> None:
        registry, parties = self.registry, self.registry.parties.values()
        assert registry.seats == {m.player.id: party.id for party in parties for m in party.members}
        assert registry.codes == {party.join_code: party.id for party in parties if not party.is_closed}
        assert registry.live_sessions == {party.id: party.session.id for party in parties if party.session}

    def teardown(self) -> None:
        for party_id, party in self.registry.parties.items():
            assert self.registry.folded_anew(party_id) == party
            invariants.check_ends(party, self.at, self.bounds)


TestLobbies = Lobbies.TestCase
TestLobbies.settings = settings(
    max_examples=3000 if DEEP else 120,
    stateful_step_count=100 if DEEP else 60,
    deadline=None,
)
