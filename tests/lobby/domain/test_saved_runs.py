"""Checkpoints, the party that continues a run, and the seats that are held in it."""

from __future__ import annotations

from typing import Any

import pytest

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import CheckpointSaved, GameServerSeen, InviteEnded, MemberJoined, ReservationsChanged
from lobby.domain.invites import invite_to
from lobby.domain.listing import is_listed
from lobby.domain.model import Party
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.rules.decide import decide_creation
from lobby.domain.saved_runs import SavedRun, saved_run_of, without_player
from lobby.domain.values import GameType, PartyState, Visibility
from lobby.domain.viewer_access import can_see
from lobby.struct import replace
from tests.lobby.domain.scenes import Scene, player

ANN, BOB, CID, EVE = map(player, ("ann", "bob", "cid", "eve"))
HALF_AN_HOUR_S = 30 * 60


def saves(scene: Scene, data: str = "state", label: str | None = None, actor: Any = None) -> Scene:
    return scene.does(c.SaveCheckpoint(actor, scene.session.id, data, label))


def run_of(*names: str, bounds: Bounds | None = None, **settings: Any) -> SavedRun:
    """A run of these players that was saved and has ended."""
    scene = Scene(*names, bounds=bounds, **settings)
    scene = saves(scene.running()).completes()
    run = saved_run_of(scene.party, scene.session)
    assert run is not None
    return run


class Continued(Scene):
    """The party that `name` has opened for `run`."""

    def __init__(
        self, run: SavedRun, name: str = "ann", version: str | None = None, bounds: Bounds | None = None
    ) -> None:
        self.run, self.name, self.version = run, name, version
        super().__init__(bounds=bounds)
        self._sessions = 1

    def _create(self, command: c.CreateParty) -> None:
        command_of_run = c.ContinueRun(player(self.name), self.run, self.version)
        decision = decide_creation(command_of_run, "party", "epoch", "BCDFGH", self.at, self.bounds)
        assert isinstance(decision, tuple), decision
        self._append(decision)

    def held(self) -> list[tuple[str, str | None, int | None]]:
        return [(held.player.id, held.character_class, held.team) for held in self.party.reservations]


def rejection_of(run: SavedRun, name: str = "ann", version: str | None = None) -> Rejection:
    decision = decide_creation(c.ContinueRun(player(name), run, version), "p", "e", "BCDFGH", 0, Bounds())
    assert isinstance(decision, Rejection), decision
    return decision


def joined(party: Party, name: str) -> tuple[str | None, int | None]:
    member = party.member(name)
    assert member is not None
    return member.character_class, member.team


class TestSaving:
    def test_the_leader_and_a_game_server_save(self) -> None:
        scene = saves(Scene("ann", "bob").running(), actor=ANN)
        assert [type(event) for event in scene.events] == [CheckpointSaved]
        saves(scene, "later", "the bridge")
        checkpoint = scene.session.checkpoint
        assert checkpoint is not None
        assert (checkpoint.bytes, checkpoint.label, checkpoint.saved_at) == (5, "the bridge", scene.at)

    def test_the_host_saves_with_its_term(self) -> None:
        scene = Scene("ann", "bob", countdown_s=0).starts(force=True)
        scene.does(c.BeginSession(scene.session.id, is_hosted=True))
        saves(scene, actor=ANN).promotes("bob")
        unnamed = c.SaveCheckpoint(BOB, scene.session.id, "x")
        assert scene.rejection(unnamed).code is RejectionCode.NOT_HOST, "the leader is not the host any more"
        assert scene.rejection(replace(unnamed, host_term=1)).code is RejectionCode.NOT_HOST
        scene.does(c.SaveCheckpoint(ANN, scene.session.id, "later", host_term=1))
        old = c.SaveCheckpoint(ANN, scene.session.id, "x", host_term=2)
        assert scene.rejection(old).code is RejectionCode.HOST_CHANGED
        checkpoint = scene.session.checkpoint
        assert checkpoint is not None
        assert checkpoint.bytes == len("later")

    def test_a_leader_does_not_save_for_the_game_server(self) -> None:
        scene = Scene("ann").running()
        saves(scene, actor=ANN).does(c.Heartbeat(scene.session.id))
        assert scene.rejection(c.SaveCheckpoint(ANN, scene.session.id, "x")).code is RejectionCode.NOT_HOST

    def test_a_save_is_a_sign_of_life_of_the_game_server(self) -> None:
        scene = Scene("ann").running()
        scene.does(c.Heartbeat(scene.session.id)).after(30)
        assert [type(event) for event in saves(scene).events] == [CheckpointSaved, GameServerSeen]

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"data": "x" * 65_537}, "data"),
            ({"data": "☃" * 21_846}, "data"),
            ({"data": "\ud800"}, "data"),
            ({"data": "x", "label": ""}, "label"),
            ({"data": "x", "label": "x" * 65}, "label"),
        ],
    )
    def test_a_save_beyond_its_limits_is_refused(self, fields: dict[str, Any], field: str) -> None:
        scene = Scene("ann").running()
        rejection = scene.rejection(c.SaveCheckpoint(ANN, scene.session.id, **fields))
        assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, field)

    def test_only_a_running_session_is_saved(self) -> None:
        scene = Scene("ann", countdown_s=5).starts()
        assert scene.rejection(c.SaveCheckpoint(None, scene.session.id, "x")).code is RejectionCode.SESSION_NOT_ACTIVE
        scene.after(5).begins().completes()
        assert scene.rejection(c.SaveCheckpoint(None, scene.session.id, "x")).code is RejectionCode.SESSION_NOT_ACTIVE

    def test_a_banned_player_has_no_seat_in_the_saved_run(self) -> None:
        scene = saves(Scene("ann", "bob", "cid").running()).kicks("bob", ban=True).leaves("cid").completes()
        run = saved_run_of(scene.party, scene.session)
        assert run is not None
        assert [seat.player.id for seat in run.seats] == ["ann", "cid"]

    def test_a_run_is_dropped_with_its_last_seat(self) -> None:
        run = run_of("ann", "bob")
        left = without_player(run, "ann")
        assert left is not None
        assert [seat.player.id for seat in left.seats] == ["bob"]
        assert without_player(left, "bob") is None


class TestContinuing:
    def test_the_party_has_the_settings_of_the_run_and_holds_seats_for_the_others(self) -> None:
        scene = Scene("ann", "bob", "cid", name="The Crypt", difficulty="Hard", teams=2, unique_classes=True)
        scene.chooses("ann", "Knight").chooses("bob", "Mage")
        saves(scene.running()).completes()
        run = saved_run_of(scene.party, scene.session)
        assert run is not None
        party = Continued(run, "bob")
        assert (party.party.settings.name, party.party.settings.difficulty) == ("The Crypt", "Hard")
        assert party.party.leader_id == "bob"
        assert joined(party.party, "bob") == ("Mage", 2)
        assert party.held() == [("ann", "Knight", 1), ("cid", None, 1)]
        assert party.party.free_seats == 8 - 3
        assert party.party.settings.version == 1

    def test_the_lock_of_the_run_does_not_keep_its_players_out(self) -> None:
        scene = Scene("ann", "bob").running().sets(locked=True)
        saves(scene).completes()
        run = saved_run_of(scene.party, scene.session)
        assert run is not None
        Continued(run).joins("bob")

    def test_the_next_session_has_the_checkpoint_and_the_seed_of_the_run(self) -> None:
        run = replace(run_of("ann", "bob"), seed=42)
        scene = Continued(run).joins("bob")
        scene.does(c.StartSession(ANN, "session-2", force=True, seed=7)).after(5).begins()
        assert (scene.session.checkpoint, scene.session.seed) == (run.checkpoint, 42)
        assert not scene.session.has_saved
        assert scene.party.continues is not None
        scene.completes()
        assert scene.party.continues is None
        assert scene.running().session.checkpoint is None

    def test_a_session_that_continues_saves_its_own(self) -> None:
        scene = saves(Continued(run_of("ann")).running(), "later")
        assert scene.session.has_saved

    def test_who_was_not_in_the_run_finds_none(self) -> None:
        assert rejection_of(run_of("ann", "bob"), "eve").code is RejectionCode.NOT_FOUND

    def test_a_run_is_continued_after_its_end(self) -> None:
        rejection = rejection_of(replace(run_of("ann"), ended_at=None))
        assert (rejection.code, rejection.retryable) == (RejectionCode.INVALID_INPUT, True)

    def test_the_run_needs_its_version_of_the_game(self) -> None:
        run = run_of("ann")
        run = replace(run, settings=replace(run.settings, client_version="1.0"))
        rejection = rejection_of(run, version="1.1")
        assert (rejection.code, rejection.required_version) == (RejectionCode.VERSION_MISMATCH, "1.0")
        for version in (None, "1.0"):
            member = Continued(run, version=version).member("ann")
            assert member.client_version == "1.0"

    def test_of_many_players_the_last_who_entered_get_a_seat(self) -> None:
        scene = Scene("ann", "bob", max_members=2).running()
        saves(scene.leaves("bob").joins("cid")).completes()
        run = saved_run_of(scene.party, scene.session)
        assert run is not None
        assert [seat.player.id for seat in run.seats] == ["ann", "bob", "cid"]
        assert Continued(run).held() == [("cid", None, None)]

    def test_settings_that_the_operator_no_longer_allows_are_refused(self) -> None:
        run = run_of("ann", difficulty="Hard")
        decision = decide_creation(
            c.ContinueRun(ANN, run), "p", "e", "BCDFGH", 0, Bounds(difficulties=("Easy", "Normal"))
        )
        assert isinstance(decision, Rejection)
        assert (decision.code, decision.field) == (RejectionCode.INVALID_INPUT, "session_id")

    def test_a_solo_run_holds_no_seat(self) -> None:
        assert Continued(run_of("ann", game_type=GameType.SOLO)).held() == []


class TestReservations:
    def test_a_seat_that_is_held_is_taken_for_everybody_else(self) -> None:
        scene = Continued(run_of("ann", "bob", max_members=2))
        assert scene.rejection(c.JoinParty(EVE)).code is RejectionCode.PARTY_FULL
        assert not is_listed(scene.party)
        scene.joins("bob")
        assert [type(event) for event in scene.events] == [InviteEnded, MemberJoined]
        assert scene.party.reservations == ()

    def test_the_player_gets_an_invite_which_a_block_hides(self) -> None:
        scene = Continued(run_of("ann", "bob", "cid"))
        assert [(each.inviter, each.invitee) for each in scene.party.pending_invites] == [(ANN, BOB), (ANN, CID)]
        command = c.ContinueRun(ANN, run_of("ann", "bob", "cid"), blocked_by=("cid",))
        entries = decide_creation(command, "party", "epoch", "BCDFGH", 0, Bounds())
        assert isinstance(entries, tuple)
        party = entries[-1].party
        assert [each.is_hidden for each in party.pending_invites] == [False, True]
        assert all(party.invite(f"party.{seq}") is not None for seq in (2, 3))
        assert invite_to(party, "cid") is None

    def test_the_player_gets_class_and_team(self) -> None:
        scene = Scene("ann", "bob", teams=2).chooses("bob", "Mage")
        saves(scene.running()).completes()
        run = saved_run_of(scene.party, scene.session)
        assert run is not None
        assert joined(Continued(run).joins("bob").party, "bob") == ("Mage", 2)
        assert joined(Continued(run).joins("bob", character_class="Knight").party, "bob") == ("Knight", 2)

    def test_a_class_that_is_held_is_taken_where_classes_are_unique(self) -> None:
        scene = Scene("ann", "bob", unique_classes=True).chooses("bob", "Mage")
        saves(scene.running()).completes()
        run = saved_run_of(scene.party, scene.session)
        assert run is not None
        continued = Continued(run)
        assert continued.rejection(c.UpdateMember(ANN, "Mage")).code is RejectionCode.CLASS_TAKEN
        assert continued.rejection(c.JoinParty(EVE, character_class="Mage")).code is RejectionCode.CLASS_TAKEN
        assert joined(continued.joins("bob").party, "bob") == ("Mage", None)

    def test_a_place_in_a_team_that_is_held_is_taken(self) -> None:
        scene = Continued(run_of("ann", "bob", max_members=2, teams=2))
        assert scene.rejection(c.SetTeam(ANN, 2)).code is RejectionCode.TEAM_FULL

    def test_a_player_whose_seat_is_held_passes_private_and_password(self) -> None:
        scene = Continued(run_of("ann", "bob", visibility=Visibility.PRIVATE, password="opensesame"))
        assert can_see(scene.party, "bob")
        assert not can_see(scene.party, "eve")
        assert scene.rejection(c.JoinParty(EVE)).code is RejectionCode.NOT_FOUND
        assert scene.rejection(c.JoinParty(EVE, by_code=True)).code is RejectionCode.WRONG_PASSWORD
        scene.does(c.JoinParty(BOB))

    def test_it_passes_no_lock_no_version_and_no_state(self) -> None:
        run = run_of("ann", "bob", countdown_s=5)
        assert Continued(run).sets(locked=True).rejection(c.JoinParty(BOB)).code is RejectionCode.PARTY_LOCKED
        scene = Continued(run).sets(client_version="1.0")
        assert scene.rejection(c.JoinParty(BOB)).code is RejectionCode.VERSION_MISMATCH
        assert Continued(run).starts().rejection(c.JoinParty(BOB)).code is RejectionCode.PARTY_STARTING
        scene = Continued(run).sets(allow_late_join=False).running()
        assert scene.rejection(c.JoinParty(BOB)).code is RejectionCode.LATE_JOIN_DENIED

    def test_it_ends_at_its_time(self) -> None:
        scene = Continued(run_of("ann", "bob", "cid")).joins("cid").after(HALF_AN_HOUR_S - 1).deadlines()
        assert [type(event) for event in scene.events] == [InviteEnded]
        assert scene.after(1).deadlines().events == [ReservationsChanged(())]
        assert scene.party.free_seats == 8 - 2

    def test_a_server_that_was_down_waits_a_grace_for_the_players(self) -> None:
        scene = Continued(run_of("ann", "bob")).after(HALF_AN_HOUR_S)
        up_since = scene.at
        assert scene.deadlines(up_since).events == []
        assert scene.after(30).deadlines(up_since).events[0] == ReservationsChanged(())

    def test_fewer_seats_end_the_last_ones(self) -> None:
        scene = Continued(run_of("ann", "bob", "cid")).sets(max_members=2)
        assert scene.held() == [("bob", None, None)]
        assert scene.sets(max_members=1).held() == []
        assert scene.rejection(c.UpdateParty(ANN, SettingsPatch(max_members=0))).code is RejectionCode.INVALID_INPUT

    def test_other_teams_move_those_who_are_expected(self) -> None:
        scene = Continued(run_of("ann", "bob", teams=2))
        assert scene.held() == [("bob", None, 2)]
        assert scene.sets(teams=0).held() == [("bob", None, None)]

    def test_a_kick_gives_the_seat_up(self) -> None:
        scene = Continued(run_of("ann", "bob", max_members=2))
        assert scene.rejection(c.KickMember(BOB, "bob")).code is RejectionCode.NOT_MEMBER
        assert scene.kicks("bob").events == [ReservationsChanged(())]
        scene.joins("eve")

    def test_a_ban_is_for_players_who_have_been_in_the_party(self) -> None:
        scene = Continued(run_of("ann", "bob"))
        rejection = scene.rejection(c.KickMember(ANN, "bob", ban=True))
        assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, "ban")

    def test_they_end_with_the_party(self) -> None:
        scene = Continued(run_of("ann", "bob")).leaves("ann")
        assert scene.party.state is PartyState.CLOSED
        assert scene.party.reservations == ()
        assert scene.party.continues is None
