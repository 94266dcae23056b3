"""Invites: who may send one, what it opens, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import InviteEnded, MemberJoined, MemberLeft, PartyClosed, PlayerInvited
from lobby.domain.evolve import ENDED_INVITES_MAX
from lobby.domain.invites import invite_to, party_of_invite, without_secrets
from lobby.domain.rejections import NOT_FOUND, RejectionCode
from lobby.domain.rules.invites import NO_INVITE
from lobby.domain.rules.presence_and_deadlines import next_deadline
from lobby.domain.values import InviteState, LeaveReason, PartyState, Visibility
from lobby.domain.viewer_access import can_see
from tests.lobby.domain.scenes import START, Scene, player

ANN, BOB, CID, DEE, EVE = map(player, ("ann", "bob", "cid", "dee", "eve"))
INVITE_ONLY = Visibility.INVITE_ONLY
FIVE_MINUTES_S = 300


def states(scene: Scene) -> list[tuple[str, InviteState]]:
    return [(invite.invitee.id, invite.state) for invite in scene.party.invites]


def accepting(scene: Scene, name: str = "eve", **fields: Any) -> c.JoinParty:
    return c.JoinParty(player(name), invite_id=scene.invite_id(name), **fields)


class TestInviting:
    def test_an_invite_says_who_invites_whom_and_until_when(self) -> None:
        scene = Scene("ann", "bob").invites("bob", "eve")
        (event,) = scene.events
        assert isinstance(event, PlayerInvited)
        invite = event.invite
        assert (invite.inviter, invite.invitee, invite.state) == (BOB, EVE, InviteState.PENDING)
        assert (invite.created_at, invite.expires_at) == (START, START + FIVE_MINUTES_S * 1000)
        assert party_of_invite(invite.id) == scene.party.id == invite.party_id
        assert scene.party.invite(invite.id) == invite

    def test_only_the_leader_invites_to_a_party_by_invite_only(self) -> None:
        scene = Scene("ann", "bob", visibility=INVITE_ONLY)
        assert scene.rejection(c.InvitePlayer(BOB, EVE)).code is RejectionCode.NOT_LEADER
        assert states(scene.invites("ann", "eve")) == [("eve", InviteState.PENDING)]

    def test_strangers_do_not_invite(self) -> None:
        assert Scene("ann").rejection(c.InvitePlayer(DEE, EVE)).code is RejectionCode.NOT_MEMBER
        for hidden in (Visibility.PRIVATE, INVITE_ONLY):
            assert Scene("ann", visibility=hidden).rejection(c.InvitePlayer(DEE, EVE)) == NOT_FOUND

    def test_a_player_has_one_pending_invite_to_a_party(self) -> None:
        scene = Scene("ann", "bob").invites("ann", "eve")
        assert scene.does(c.InvitePlayer(BOB, EVE)).events == []
        assert scene.party.pending_invites[0].inviter == ANN

    @pytest.mark.parametrize("name", ["ann", "bob"])
    def test_members_are_not_invited(self, name: str) -> None:
        rejection = Scene("ann", "bob").rejection(c.InvitePlayer(ANN, player(name)))
        assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, "player_id")

    def test_banned_players_are_not_invited(self) -> None:
        rejection = Scene("ann", "bob").kicks("bob", ban=True).rejection(c.InvitePlayer(ANN, BOB))
        assert (rejection.code, rejection.field) == (RejectionCode.BANNED, "player_id")

    @pytest.mark.parametrize("player_id", ["", " eve", "x" * 81, "a\u0000b"])
    def test_a_text_that_is_no_id_is_refused(self, player_id: str) -> None:
        rejection = Scene("ann").rejection(c.InvitePlayer(ANN, player(player_id)))
        assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, "player_id")

    def test_a_party_has_so_many_pending_invites_and_no_more(self) -> None:
        scene = Scene("ann", bounds=Bounds(invites_max=2)).invites("ann", "bob", "cid")
        rejection = scene.rejection(c.InvitePlayer(ANN, DEE))
        assert (rejection.code, rejection.retryable) == (RejectionCode.INVALID_INPUT, True)
        scene.does(c.DeclineInvite(BOB, scene.invite_id("bob"))).invites("ann", "dee")

    def test_an_invite_can_be_sent_while_the_party_is_full_starts_or_runs(self) -> None:
        scene = Scene("ann", max_members=1).invites("ann", "bob").starts().invites("ann", "cid")
        assert len(scene.after(5).begins().invites("ann", "dee").party.pending_invites) == 3


class TestAccepting:
    def test_it_seats_the_player_and_ends_the_invite_in_one_step(self) -> None:
        scene = Scene("ann").invites("ann", "eve").accepts("eve", character_class="Mage")
        assert [type(event) for event in scene.events] == [InviteEnded, MemberJoined]
        assert scene.member("eve").character_class == "Mage"
        assert states(scene) == [("eve", InviteState.ACCEPTED)]

    @pytest.mark.parametrize("visibility", [Visibility.PRIVATE, INVITE_ONLY])
    def test_it_passes_visibility_and_password(self, visibility: Visibility) -> None:
        scene = Scene("ann", visibility=visibility, password="opensesame").invites("ann", "eve")
        assert scene.accepts("eve").names == ["ann", "eve"]

    def test_it_passes_no_lock_no_state_no_version_and_no_full_party_and_then_stays(self) -> None:
        locked = Scene("ann", locked=True)
        starting = Scene("ann").starts()
        running = Scene("ann", allow_late_join=False).running()
        versioned = Scene("ann", client_version="1.0")
        full = Scene("ann", max_members=1)
        expected = (
            (locked, RejectionCode.PARTY_LOCKED),
            (starting, RejectionCode.PARTY_STARTING),
            (running, RejectionCode.LATE_JOIN_DENIED),
            (versioned, RejectionCode.VERSION_MISMATCH),
            (full, RejectionCode.PARTY_FULL),
        )
        for scene, code in expected:
            scene.invites("ann", "eve")
            assert scene.rejection(accepting(scene)).code is code
            assert states(scene) == [("eve", InviteState.PENDING)]

    def test_it_passes_no_kick_cooldown(self) -> None:
        scene = Scene("ann", "bob").kicks("bob").invites("ann", "bob")
        assert scene.rejection(accepting(scene, "bob")).code is RejectionCode.KICK_COOLDOWN
        assert scene.after(60).accepts("bob").names == ["ann", "bob"]

    def test_it_leaves_no_other_party_unasked_and_stays(self) -> None:
        scene = Scene("ann").invites("ann", "eve")
        assert scene.rejection(accepting(scene, is_in_other_party=True)).code is RejectionCode.ALREADY_IN_PARTY
        assert states(scene) == [("eve", InviteState.PENDING)]

    def test_only_the_invitee_accepts(self) -> None:
        scene = Scene("ann").invites("ann", "eve")
        for name, invite_id in (("dee", scene.invite_id("eve")), ("eve", "party.99"), ("eve", "")):
            assert scene.rejection(c.JoinParty(player(name), invite_id=invite_id)) == NO_INVITE

    def test_a_block_of_the_leader_makes_the_invite_unknown(self) -> None:
        scene = Scene("ann", "bob").invites("bob", "eve")
        assert scene.rejection(accepting(scene, is_blocked=True)) == NOT_FOUND

    def test_accepting_again_changes_nothing(self) -> None:
        scene = Scene("ann").invites("ann", "eve")
        command = accepting(scene)
        assert scene.does(command).does(command).events == []

    def test_a_player_who_joins_in_another_way_has_accepted(self) -> None:
        scene = Scene("ann").invites("ann", "eve").joins("eve")
        assert states(scene) == [("eve", InviteState.ACCEPTED)]


class TestInviteOnly:
    def test_it_is_joined_neither_by_id_nor_by_code(self) -> None:
        scene = Scene("ann", visibility=INVITE_ONLY)
        assert scene.rejection(c.JoinParty(EVE)) == NOT_FOUND
        assert scene.rejection(c.JoinParty(EVE, by_code=True)).code is RejectionCode.NOT_INVITED
        assert scene.disbands().rejection(c.JoinParty(EVE, by_code=True)).code is RejectionCode.PARTY_CLOSED

    def test_the_external_key_stands_in_for_an_invite(self) -> None:
        scene = Scene("ann", visibility=INVITE_ONLY, password="opensesame")
        assert scene.rejection(c.JoinParty(EVE, by_external_key=True)).code is RejectionCode.WRONG_PASSWORD
        scene.does(c.JoinParty(EVE, by_external_key=True, password="opensesame"))

    def test_a_pending_invite_lets_a_player_see_it(self) -> None:
        scene = Scene("ann", visibility=INVITE_ONLY).invites("ann", "eve")
        assert [can_see(scene.party, name) for name in ("eve", "dee", None)] == [True, False, False]
        scene.does(c.DeclineInvite(EVE, scene.invite_id("eve")))
        assert not can_see(scene.party, "eve")


class TestHiddenInvites:
    """The invitee blocks the inviter."""

    def test_it_looks_like_any_other_to_the_party(self) -> None:
        hidden = Scene("ann").invites("ann", "eve", is_unwanted=True)
        assert states(hidden) == [("eve", InviteState.PENDING)]
        assert hidden.does(c.InvitePlayer(ANN, EVE)).events == []
        expired = hidden.after(FIVE_MINUTES_S).deadlines()
        assert states(expired) == [("eve", InviteState.EXPIRED)]

    def test_the_invitee_learns_nothing_of_it(self) -> None:
        scene = Scene("ann", visibility=INVITE_ONLY).invites("ann", "eve", is_unwanted=True)
        assert invite_to(scene.party, "eve") is None
        assert not can_see(scene.party, "eve")
        assert scene.rejection(accepting(scene)) == NO_INVITE
        assert scene.rejection(c.DeclineInvite(EVE, scene.invite_id("eve"))) == NO_INVITE
        assert scene.rejection(c.JoinParty(EVE)) == NOT_FOUND

    def test_what_players_can_hash_does_not_tell(self) -> None:
        open_invite = Scene("ann").invites("ann", "eve").events[0]
        hidden_invite = Scene("ann").invites("ann", "eve", is_unwanted=True).events[0]
        assert without_secrets(hidden_invite) == without_secrets(open_invite) == open_invite != hidden_invite


class TestEnding:
    def test_the_invitee_declines(self) -> None:
        scene = Scene("ann").invites("ann", "eve")
        command = c.DeclineInvite(EVE, scene.invite_id("eve"))
        assert states(scene.does(command)) == [("eve", InviteState.DECLINED)]
        assert scene.does(command).events == []
        assert scene.rejection(c.JoinParty(EVE, invite_id=command.invite_id)).code is RejectionCode.INVITE_GONE
        assert scene.rejection(c.RevokeInvite(ANN, command.invite_id)).code is RejectionCode.INVITE_GONE

    @pytest.mark.parametrize("name", ["ann", "bob"])
    def test_inviter_and_leader_take_it_back(self, name: str) -> None:
        scene = Scene("ann", "bob", "cid").invites("bob", "eve")
        invite_id = scene.invite_id("eve")
        assert scene.rejection(c.RevokeInvite(CID, invite_id)).code is RejectionCode.NOT_LEADER
        for stranger in (EVE, DEE):
            assert scene.rejection(c.RevokeInvite(stranger, invite_id)) == NO_INVITE
        assert states(scene.does(c.RevokeInvite(player(name), invite_id))) == [("eve", InviteState.REVOKED)]
        assert scene.does(c.RevokeInvite(player(name), invite_id)).events == []
        assert scene.rejection(c.JoinParty(EVE, invite_id=invite_id)).code is RejectionCode.INVITE_GONE
        assert scene.rejection(c.DeclineInvite(EVE, invite_id)).code is RejectionCode.INVITE_GONE

    @pytest.mark.parametrize("reason", [LeaveReason.LEFT, LeaveReason.JOINED_ANOTHER])
    def test_the_leaving_of_the_inviter_revokes_in_the_same_step(self, reason: LeaveReason) -> None:
        scene = Scene("ann", "bob").invites("ann", "dee").invites("bob", "eve").leaves("bob", reason)
        assert [type(event) for event in scene.events] == [MemberLeft, InviteEnded]
        assert states(scene) == [("dee", InviteState.PENDING), ("eve", InviteState.REVOKED)]

    @pytest.mark.parametrize("ban", [False, True])
    def test_a_kick_or_ban_of_the_inviter_revokes_in_the_same_step(self, ban: bool) -> None:
        scene = Scene("ann", "bob").invites("bob", "eve").kicks("bob", ban=ban)
        assert [type(event) for event in scene.events] == [MemberLeft, InviteEnded]
        assert states(scene) == [("eve", InviteState.REVOKED)]

    def test_a_time_out_of_the_inviter_revokes(self) -> None:
        scene = Scene("ann", "bob").invites("bob", "eve").disconnects("bob").after(30).deadlines()
        assert states(scene) == [("eve", InviteState.REVOKED)]

    def test_a_ban_of_a_former_member_revokes_the_invite_of_that_player(self) -> None:
        scene = Scene("ann", "bob").leaves("bob").invites("ann", "bob").kicks("bob", ban=True)
        assert states(scene) == [("bob", InviteState.REVOKED)]

    def test_the_close_of_the_party_revokes_in_the_same_step(self) -> None:
        for scene in (Scene("ann").invites("ann", "dee", "eve"), Scene("ann", "bob").invites("ann", "dee", "eve")):
            scene.disbands()
            assert scene.party.state is PartyState.CLOSED
            assert isinstance(scene.events[-1], PartyClosed)
            assert [state for _, state in states(scene)] == [InviteState.REVOKED] * 2
        last_left = Scene("ann").invites("ann", "eve").leaves("ann")
        assert [type(event) for event in last_left.events] == [MemberLeft, InviteEnded, PartyClosed]

    def test_it_ends_at_its_time(self) -> None:
        scene = Scene("ann").invites("ann", "eve")
        assert next_deadline(scene.party, scene.bounds) == START + FIVE_MINUTES_S * 1000
        assert scene.after(FIVE_MINUTES_S - 1).deadlines().events == []
        assert scene.after(1).deadlines().events != []
        assert states(scene) == [("eve", InviteState.EXPIRED)]

    def test_a_server_that_was_down_waits_a_grace_for_the_players(self) -> None:
        scene = Scene("ann").invites("ann", "eve").after(FIVE_MINUTES_S)
        up_since = scene.at
        assert scene.deadlines(up_since).events == []
        assert states(scene.after(30).deadlines(up_since)) == [("eve", InviteState.EXPIRED)]

    def test_a_party_remembers_the_invites_that_ended_last(self) -> None:
        scene = Scene("ann")
        for number in range(ENDED_INVITES_MAX + 3):
            scene.invites("ann", f"p{number}").does(c.RevokeInvite(ANN, scene.invite_id(f"p{number}")))
        scene.invites("ann", "eve")
        assert [name for name, _ in states(scene)] == ["eve", *(f"p{n}" for n in range(3, ENDED_INVITES_MAX + 3))]
