"""The base of the state machine: several parties, and the work of the command handler around `decide`."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis.stateful import RuleBasedStateMachine

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import Entry
from lobby.domain.model import Party, Player
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.rules import Decision
from lobby.domain.rules.decide import decide, decide_creation
from lobby.domain.rules.presence_and_deadlines import next_deadline
from lobby.domain.saved_runs import SavedRun
from lobby.domain.values import Instant, LeaveReason, PartyId, PartyState, SessionId
from tests.lobby.domain import invariants
from tests.lobby.domain.registry import Registry
from tests.lobby.domain.scenes import START, player, with_password_work
from tests.lobby.domain.strategies import PLAYERS


class PartiesMachine(RuleBasedStateMachine):
    """Looks up seats, does the password work and commits the entries. It checks every decision.

    A rule of the machine picks parties and members by numbers from 0 to 11. Of these, 10 and 11 pick somebody who should be
    rejected.
    """

    def __init__(self) -> None:
        super().__init__()
        self.at = START
        self.up_since = START
        self.bounds = Bounds(members_max=4, bans_max=2, invites_max=3, waiting_max=3)
        self.registry = Registry()
        self.ids_made = 0
        self._checked: dict[PartyId, tuple[int, Instant]] = {}

    # -- commands

    def does(self, party: Party, command: c.Command, since: int | None = None) -> Party:
        """The party after `command`. `since` is the `if_version`, relative to the version of the party."""
        if_version = None if since is None else party.version + since
        decision = self.decide(party, command, if_version)
        if isinstance(decision, Rejection):
            assert since != 0 or decision.code is not RejectionCode.VERSION_CONFLICT
        if isinstance(decision, tuple) and decision:
            self.commits(party.id, decision)
        return self.registry.parties[party.id]

    def meets_deadlines(self, party: Party) -> None:
        """Do all that is due in the party."""
        party = self.registry.parties[party.id]
        for _ in range(invariants.MEET_DEADLINES_MAX):
            before, party = party, self.does(party, c.MeetDeadlines(self.up_since))
            if party == before:
                return
        raise AssertionError("the deadlines of one instant never end")

    def creates(self, command: c.CreateParty | c.ContinueRun) -> None:
        party_id, code = self.new_id("party"), self.new_id("code")

        def create(ready: c.Command) -> Decision:
            assert isinstance(ready, c.CreateParty | c.ContinueRun)
            return decide_creation(ready, party_id, "epoch", code, self.at, self.bounds)

        decision = self.decide_twice(command, create)
        if isinstance(decision, tuple):
            self.moves(command.actor, party_id, decision)

    def joins(self, party: Party, command: c.JoinParty) -> None:
        decision = self.decide(party, command)
        if party.member(command.actor.id) is not None:
            assert decision == (), "a member joined again: success without an event"
        elif isinstance(decision, tuple) and not decision:
            assert command.wait, "a join changed nothing"
            assert party.waiting_player(command.actor.id) is not None
        elif isinstance(decision, tuple):
            assert not command.is_in_other_party
            self.moves(command.actor, party.id, decision)

    def moves(self, actor: Player | None, party_id: str, entries: tuple[Entry, ...]) -> None:
        """Commit `entries` of the party `party_id`; the actor leaves the current party in the same step."""
        seat = self.registry.seats.get(actor.id) if actor else None
        if seat is not None and actor is not None:
            if seat == party_id:  # the player takes a seat in the party that it waits for
                self.commits(party_id, entries)
                return
            is_member = self.registry.parties[seat].member(actor.id) is not None
            leave = c.LeaveParty(actor, LeaveReason.JOINED_ANOTHER) if is_member else c.StopWaiting(actor)
            left = self.decide(self.registry.parties[seat], leave)
            assert isinstance(left, tuple), "a member can always leave, and a player who waits can always stop"
            assert left, "leaving changes the party"
            self.commits(seat, left)
        self.commits(party_id, entries)

    def accepts(self, party: Party, name: str, leave_current: bool) -> None:
        """The player joins with an invite: the pending one, or else one that has ended or is of somebody else."""
        invite = party.pending_invite(name) or next(iter(party.invites), None)
        elsewhere = self.registry.seats.get(name) not in (None, party.id) and not leave_current
        command = c.JoinParty(
            player(name),
            is_in_other_party=elsewhere,
            client_version=party.settings.client_version,
            invite_id=invite.id if invite is not None else f"{party.id}.1",
        )
        self.joins(party, command)
        may = invite is not None and invite.is_pending and not invite.is_hidden and invite.invitee.id == name
        joined = self.registry.parties[party.id].member(name) is not None and party.member(name) is None
        assert may or not joined, "a player joined without an invite"

    def commits(self, party_id: str, entries: tuple[Entry, ...]) -> None:
        invariants.check_step(self.registry.parties.get(party_id), entries)
        self.registry.commit(party_id, entries)

    def decide(self, party: Party, command: c.Command, if_version: int | None = None) -> Decision:
        return self.decide_twice(command, lambda ready: decide(party, ready, self.at, self.bounds, if_version))

    def decide_twice(self, command: c.Command, rule: Callable[[c.Command], Decision]) -> Decision:
        """The decision of `rule`, which must be the same the second time."""
        decision = with_password_work(command, rule)
        assert with_password_work(command, rule) == decision, "the decision depends on more than its input"
        if isinstance(decision, Rejection):
            assert decision.retryable or decision.retry_after_ms is None
            assert (decision.retry_after_ms or 0) >= 0
        return decision

    def changed_parties(self) -> list[Party]:
        """The parties whose version or time has changed since the last call."""
        stamps = {party.id: (party.version, self.at) for party in self.registry.parties.values()}
        changed_parties = [
            self.registry.parties[key] for key, stamp in stamps.items() if self._checked.get(key) != stamp
        ]
        self._checked = stamps
        return changed_parties

    def continues(self, actor: Player, run: SavedRun) -> None:
        """Open a party for the run, or join the party that continues it, as the server does."""
        party_id = self.registry.continuations.get(run.session_id)
        if party_id is None:
            self.creates(c.ContinueRun(actor, run))
            return
        party = self.registry.parties[party_id]
        if party.reservation(actor.id) is not None or party.member(actor.id) is not None:
            elsewhere = self.is_member_elsewhere(actor.id, party_id)
            version = party.settings.client_version
            self.joins(party, c.JoinParty(actor, is_in_other_party=elsewhere, client_version=version))

    # -- picking parties and players

    def is_member_elsewhere(self, name: str, party_id: PartyId) -> bool:
        """True if the player is a member of another party. A player who waits for a seat there is not."""
        seat = self.registry.seats.get(name)
        return seat not in (None, party_id) and self.registry.parties[seat or ""].member(name) is not None

    def live(self) -> list[Party]:
        return [party for party in self.registry.parties.values() if not party.is_closed]

    def party(self, pick: int, fits: Callable[[Party], bool] = lambda party: True) -> Party:
        """An open party that `fits`. 10: any open party. 11: any party, since commands to closed ones are tested too."""
        if not self.live():
            self.creates(c.CreateParty(player(PLAYERS[0])))
        if pick == 11:
            parties = list(self.registry.parties.values())
            return parties[self.ids_made % len(parties)]
        fitting = [party for party in self.live() if pick < 10 and fits(party)] or self.live()
        return fitting[pick % len(fitting)]

    def member(self, party: Party, pick: int) -> Player:
        """A member. 11, or if the party is empty: any player."""
        if pick > 10 or not party.members:
            return player(PLAYERS[(pick + self.ids_made) % len(PLAYERS)])
        return party.members[pick % len(party.members)].player

    def waiting(self, party: Party, name: str) -> Player:
        """A player on the waiting list; if nobody waits, the player by this name."""
        ids = sorted(waiting.player.id for waiting in party.waiting)
        return player(ids[PLAYERS.index(name) % len(ids)] if ids else name)

    def leader(self, party: Party, pick: int) -> Player:
        """The leader. 10: a member. 11: any player."""
        return self.member(party, pick) if pick > 9 or party.leader is None else party.leader.player

    def host(self, party: Party, pick: int) -> tuple[Player, int]:
        """The host, or the player who is asked to host, with the term. 10: a member. 11: any player."""
        session = party.session
        if session is None or (session.host is None and session.migration is None):
            return self.member(party, pick), 1
        if session.host is not None:
            return session.host.player if pick < 10 else self.member(party, pick), session.host.term
        assert session.migration is not None
        candidate = session.migration.candidate if pick < 10 else None
        return candidate or self.member(party, pick), session.migration.term

    def session(self, party: Party, pick: int) -> SessionId:
        """The id of the latest session. 11: that of an older session, or an unknown id."""
        latest = party.latest_session
        if latest is not None and pick < 11:
            return latest.id
        return party.last_session.id if party.last_session else "unknown"

    def is_due(self, party: Party) -> bool:
        deadline = next_deadline(party, self.bounds)
        return deadline is not None and deadline <= self.at

    def some(self, fits: Callable[[Party], bool]) -> bool:
        return any(fits(party) for party in self.live())

    def new_id(self, kind: str) -> str:
        self.ids_made += 1
        return f"{kind}-{self.ids_made}"


def has_teams(party: Party) -> bool:
    return party.settings.teams > 0 and party.state is not PartyState.STARTING


def is_waiting(party: Party) -> bool:
    return party.state is PartyState.WAITING and bool(party.members)


def is_starting(party: Party) -> bool:
    return party.state is PartyState.STARTING


def is_running(party: Party) -> bool:
    return party.state is PartyState.IN_PROGRESS


def is_hosted(party: Party) -> bool:
    return party.session is not None and (party.session.host is not None or party.session.migration is not None)


def has_waiting(party: Party) -> bool:
    return len(party.waiting) > 0


def has_reservations(party: Party) -> bool:
    return len(party.reservations) > 0


def has_invites(party: Party) -> bool:
    return len(party.pending_invites) > 0


def has_two_members(party: Party) -> bool:
    return len(party.members) > 1


def has_disconnected_member(party: Party) -> bool:
    return any(member.remove_at is not None for member in party.members)
