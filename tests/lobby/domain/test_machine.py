"""A state machine over several parties and players: every command, valid or not, in any order and at any time.

The invariants are checked after every step. `TEST_DEPTH=deep` runs many more steps and takes minutes.
"""

from __future__ import annotations

import os

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from lobby.domain import commands as c
from lobby.domain.model import AttributeChanges
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rules.presence_and_deadlines import next_deadline
from lobby.domain.rules.waiting import has_seat_to_offer
from tests.lobby.domain import invariants
from tests.lobby.domain.machine import (
    has_disconnected_member,
    has_invites,
    has_teams,
    has_two_members,
    has_waiting,
    is_starting,
)
from tests.lobby.domain.machine_sessions import SessionsMachine
from tests.lobby.domain.scenes import player
from tests.lobby.domain.strategies import (
    ATTRIBUTES,
    CLASS,
    FIRST_SETTINGS,
    IF_VERSION_OFFSETS,
    LIVE_PARTIES_MAX,
    NAME,
    PASSWORDS,
    PICK,
    PLAYERS,
    RARELY,
    SETTINGS,
    SIX_HOURS_MS,
    VERSION,
    WAITS_MS,
)

DEEP = os.environ.get("TEST_DEPTH") == "deep"


class Lobbies(SessionsMachine):
    """Each rule executes one command, or lets something happen outside: time passes, the server restarts."""

    # -- joining and leaving

    @initialize(patch=FIRST_SETTINGS, others=st.integers(0, 3))
    def the_first_party(self, patch: SettingsPatch, others: int) -> None:
        self.creates(c.CreateParty(player("ann"), patch))
        for name in PLAYERS[1 : 1 + others]:
            self.joins(self.party(0), c.JoinParty(player(name), by_code=True, password=patch.password))

    @precondition(lambda self: len(self.live()) < LIVE_PARTIES_MAX)
    @rule(
        name=st.sampled_from((*PLAYERS, None)),
        patch=SETTINGS,
        character_class=CLASS,
        attributes=ATTRIBUTES,
        version=VERSION,
    )
    def create(
        self,
        name: str | None,
        patch: SettingsPatch,
        character_class: str | None,
        attributes: AttributeChanges,
        version: str | None,
    ) -> None:
        creator = player(name) if name else None
        self.creates(c.CreateParty(creator, patch, attributes, character_class, client_version=version))

    @rule(
        pick=PICK,
        name=NAME,
        by_code=st.booleans(),
        password=st.sampled_from((None, *PASSWORDS)),
        character_class=CLASS,
        leave_current=st.booleans(),
        version=VERSION,
    )
    def join(
        self,
        pick: int,
        name: str,
        by_code: bool,
        password: str | None,
        character_class: str | None,
        leave_current: bool,
        version: str | None,
    ) -> None:
        party = self.party(pick)
        elsewhere = self.is_member_elsewhere(name, party.id) and not leave_current
        joining = c.JoinParty(player(name), by_code, password, character_class, elsewhere, client_version=version)
        self.joins(party, joining)

    @rule(pick=PICK, name=NAME, leave_current=st.booleans(), connected=st.lists(NAME, unique=True).map(tuple))
    def wait_for_a_seat(self, pick: int, name: str, leave_current: bool, connected: tuple[str, ...]) -> None:
        party = self.party(pick, lambda party: party.free_seats == 0)
        password = "opensesame" if self.ids_made % 2 else "shutsesame"
        elsewhere = self.is_member_elsewhere(name, party.id) and not leave_current
        version = party.settings.client_version
        joining = c.JoinParty(
            player(name), True, password, None, elsewhere, client_version=version, wait=True, connected=connected
        )
        self.joins(party, joining)

    @rule(pick=PICK, name=NAME, since=IF_VERSION_OFFSETS)
    def stop_waiting(self, pick: int, name: str, since: int | None) -> None:
        party = self.party(pick, has_waiting)
        self.does(party, c.StopWaiting(self.waiting(party, name)), since)

    @precondition(lambda self: self.some(has_waiting))
    @rule(pick=PICK, connected=st.lists(NAME, unique=True).map(tuple))
    def the_server_offers_seats(self, pick: int, connected: tuple[str, ...]) -> None:
        party = self.party(pick, has_seat_to_offer)
        after = self.does(party, c.OfferSeats(connected))
        new = [held.player.id for held in after.reservations if party.reservation(held.player.id) is None]
        assert len(new) <= party.free_seats
        line = [waiting.player.id for waiting in party.waiting if waiting.player.id in connected]
        assert [name for name in line if name in new] == new, "a seat is held out of turn"

    @rule(pick=PICK, who=PICK, name=NAME)
    def kick_from_the_waiting_list(self, pick: int, who: int, name: str) -> None:
        party = self.party(pick, has_waiting)
        self.does(party, c.KickMember(self.leader(party, who), self.waiting(party, name).id))

    @rule(pick=PICK, name=NAME)
    def return_with_all_rights(self, pick: int, name: str) -> None:
        """Join with the code, the version that the party needs, and a password that is often right."""
        password = "opensesame" if self.ids_made % 2 else "shutsesame"
        party = self.party(pick)
        elsewhere, version = self.is_member_elsewhere(name, party.id), party.settings.client_version
        self.joins(party, c.JoinParty(player(name), True, password, None, elsewhere, client_version=version))

    @rule(pick=PICK, who=PICK, since=IF_VERSION_OFFSETS)
    def leave(self, pick: int, who: int, since: int | None) -> None:
        party = self.party(pick, is_starting)
        self.does(party, c.LeaveParty(self.member(party, who)), since)

    @rule(pick=PICK, who=PICK, since=IF_VERSION_OFFSETS, really=RARELY)
    def disband(self, pick: int, who: int, since: int | None, really: bool) -> None:
        party = self.party(pick)
        self.does(party, c.DisbandParty(self.leader(party, who if really else 10)), since)

    # -- commands of the leader

    @rule(pick=PICK, who=PICK, whom=PICK, ban=st.booleans(), since=IF_VERSION_OFFSETS)
    def kick(self, pick: int, who: int, whom: int, ban: bool, since: int | None) -> None:
        party = self.party(pick, has_two_members)
        self.does(party, c.KickMember(self.leader(party, who), self.member(party, whom).id, ban), since)

    @rule(pick=PICK, who=PICK, whom=PICK)
    def promote(self, pick: int, who: int, whom: int) -> None:
        party = self.party(pick, has_two_members)
        self.does(party, c.PromoteMember(self.leader(party, who), self.member(party, whom).id))

    @rule(pick=PICK, who=PICK)
    def claim(self, pick: int, who: int) -> None:
        party = self.party(pick, lambda party: party.others_ready_since is not None)
        self.does(party, c.ClaimLeadership(self.member(party, who)))

    @rule(pick=PICK, who=PICK)
    def rotate_code(self, pick: int, who: int) -> None:
        party = self.party(pick)
        self.does(party, c.RotateJoinCode(self.leader(party, who), self.new_id("code")))

    @rule(pick=PICK, who=PICK, patch=SETTINGS, attributes=ATTRIBUTES, since=IF_VERSION_OFFSETS)
    def update(
        self, pick: int, who: int, patch: SettingsPatch, attributes: AttributeChanges, since: int | None
    ) -> None:
        party = self.party(pick)
        self.does(party, c.UpdateParty(self.leader(party, who), patch, attributes), since)

    # -- commands of members

    @rule(pick=PICK, who=PICK, character_class=CLASS, attributes=ATTRIBUTES, version=VERSION)
    def update_member(
        self, pick: int, who: int, character_class: str | None, attributes: AttributeChanges, version: str | None
    ) -> None:
        party = self.party(pick)
        self.does(party, c.UpdateMember(self.member(party, who), character_class, attributes, version))

    @rule(pick=PICK)
    def everyone_updates_the_game(self, pick: int) -> None:
        party = self.party(pick)
        for member in party.members:
            party = self.does(party, c.UpdateMember(member.player, client_version=party.settings.client_version or ""))

    @rule(pick=PICK, who=PICK, whom=PICK, team=st.integers(1, 5), own=st.booleans())
    def set_team(self, pick: int, who: int, whom: int, team: int, own: bool) -> None:
        party = self.party(pick, has_teams)
        actor = self.member(party, who) if own else self.leader(party, who)
        player_id = None if own else self.member(party, whom).id
        ready = {member.player.id for member in party.members if party.is_ready(member)}
        after = self.does(party, c.SetTeam(actor, team, player_id))
        unready = ready - {member.player.id for member in after.members if after.is_ready(member)}
        assert unready <= {actor.id}, "a move made somebody else un-ready"

    @rule(pick=PICK, who=PICK, random_bits=st.integers(0, 1_000))
    def shuffle(self, pick: int, who: int, random_bits: int) -> None:
        party = self.party(pick, has_teams)
        self.does(party, c.ShuffleTeams(self.leader(party, who), random_bits))

    @rule(pick=PICK, who=PICK, whom=PICK, muted=st.booleans())
    def mute(self, pick: int, who: int, whom: int, muted: bool) -> None:
        party = self.party(pick)
        after = self.does(party, c.MuteMember(self.leader(party, who), self.member(party, whom).id, muted))
        assert after.leader is None or not after.leader.muted, "the leader is muted"

    @rule(pick=PICK, who=PICK, ready=st.booleans(), behind=RARELY)
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

    # -- invites

    @rule(pick=PICK, who=PICK, name=NAME, is_unwanted=RARELY, since=IF_VERSION_OFFSETS)
    def invite(self, pick: int, who: int, name: str, is_unwanted: bool, since: int | None) -> None:
        party = self.party(pick)
        inviter = self.leader(party, who) if who % 2 else self.member(party, who)
        self.does(party, c.InvitePlayer(inviter, player(name), is_unwanted), since)

    @precondition(lambda self: self.some(has_invites))
    @rule(pick=PICK, name=NAME, invited=PICK, leave_current=st.booleans())
    def accept(self, pick: int, name: str, invited: int, leave_current: bool) -> None:
        party = self.party(pick, has_invites)
        names = [invite.invitee.id for invite in party.pending_invites]
        self.accepts(party, names[invited % len(names)] if names and invited < 10 else name, leave_current)

    @precondition(lambda self: self.some(has_invites))
    @rule(pick=PICK, who=PICK, name=NAME, number=PICK, is_declined=st.booleans())
    def end_an_invite(self, pick: int, who: int, name: str, number: int, is_declined: bool) -> None:
        party = self.party(pick, has_invites)
        if not party.invites:
            return
        invite = party.invites[number % len(party.invites)]
        invitee = invite.invitee if who < 10 else player(name)
        ending = (
            c.DeclineInvite(invitee, invite.id) if is_declined else c.RevokeInvite(self.member(party, who), invite.id)
        )
        self.does(party, ending)

    # -- time and presence

    @rule(pick=PICK, who=PICK)
    def disconnect(self, pick: int, who: int) -> None:
        party = self.party(pick, lambda party: party.has_connected_member)
        self.does(party, c.SetPresence(self.member(party, who).id, connected=False))

    @rule(pick=PICK)
    def the_leader_disconnects(self, pick: int) -> None:
        party = self.party(pick, has_two_members)
        self.does(party, c.SetPresence(self.leader(party, 0).id, connected=False))

    @precondition(lambda self: self.some(has_disconnected_member))
    @rule(pick=PICK)
    def reconnect(self, pick: int) -> None:
        party = self.party(pick, has_disconnected_member)
        gone = [member.player.id for member in party.members if member.remove_at is not None]
        self.does(party, c.SetPresence(gone[pick % len(gone)] if gone else "ann", connected=True))

    @rule(wait_ms=WAITS_MS, idle=RARELY)
    def time_goes_by(self, wait_ms: int, idle: bool) -> None:
        self.at += SIX_HOURS_MS if idle else wait_ms

    @rule(pick=PICK, early_ms=st.sampled_from((0, 0, 1)))
    def a_deadline_comes(self, pick: int, early_ms: int) -> None:
        deadline = next_deadline(self.party(pick), self.bounds, self.at)
        self.at = max(self.at, (deadline or 0) - early_ms)

    @rule(pick=PICK)
    def the_server_meets_deadlines(self, pick: int) -> None:
        self.meets_deadlines(self.party(pick, self.is_due))

    @rule()
    def the_server_restarts(self) -> None:
        self.up_since = self.at

    # -- invariants

    @invariant()
    def every_party_keeps_the_invariants(self) -> None:
        for party in self.changed_parties():
            invariants.check_seats(party, self.bounds)
            invariants.check_teams(party)
            invariants.check_reservations(party, self.bounds)
            invariants.check_waiting(party, self.bounds)
            invariants.check_continuation(party)
            invariants.check_invites(party, self.bounds)
            invariants.check_leader(party)
            invariants.check_settings(party, self.bounds)
            invariants.check_state(party)
            invariants.check_session(party)
            invariants.check_host(party)
            invariants.check_candidate(party)
            invariants.check_countdown(party)
            invariants.check_listed(party, self.at, self.bounds)
            invariants.check_deadlines(party, self.at, self.bounds)

    @invariant()
    def the_states_agree_with_the_events(self) -> None:
        registry, parties = self.registry, self.registry.parties.values()
        assert registry.seats == {player_id: party.id for party in parties for player_id in party.claimed_players}
        continued = {p.continues.checkpoint.session_id: p.id for p in parties if p.continues is not None}
        assert registry.continuations == continued
        assert registry.codes == {party.join_code: party.id for party in parties if not party.is_closed}
        assert registry.live_sessions == {party.id: party.session.id for party in parties if party.session}

    def teardown(self) -> None:
        for party_id, party in self.registry.parties.items():
            assert self.registry.replay(party_id) == party
            invariants.check_ends(party, self.at, self.bounds)


TestLobbies = Lobbies.TestCase
TestLobbies.settings = settings(
    max_examples=3000 if DEEP else 120,
    stateful_step_count=100 if DEEP else 60,
    deadline=None,
)
