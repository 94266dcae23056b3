"""Several parties over one registry, with what the service does around `decide`."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis.stateful import RuleBasedStateMachine

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.deadlines import next_deadline
from lobby.domain.events import Entry
from lobby.domain.model import Party, Player
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.rules.decide import decide, found
from lobby.domain.rules.outcome import Decision
from lobby.domain.values import Instant, LeaveReason, PartyId, PartyState, SessionId
from tests.domain import invariants
from tests.domain.registry import Registry
from tests.domain.scenes import START, player, worked
from tests.domain.wishes import PLAYERS


class SeveralParties(RuleBasedStateMachine):
    """Looks up seats, does the password work and commits, and checks each decision on the way."""

    def __init__(self) -> None:
        super().__init__()
        self.at = START
        self.up_since = START
        self.bounds = Bounds(members_max=4, bans_max=2)
        self.registry = Registry()
        self.made = 0
        self._checked: dict[PartyId, tuple[int, Instant]] = {}

    # -- asking

    def does(self, party: Party, command: c.Command, since: int | None = None) -> Party:
        """The party after `command`. `since`: its `if_version`, counted from the party's own."""
        if_version = None if since is None else party.version + since
        decision = self.decided(party, command, if_version)
        if isinstance(decision, Rejection):
            assert since != 0 or decision.code is not RejectionCode.VERSION_CONFLICT
        if isinstance(decision, tuple) and decision:
            self.commits(party.id, decision)
        return self.registry.parties[party.id]

    def creates(self, command: c.CreateParty) -> None:
        party_id, code = self.fresh("party"), self.fresh("code")

        def founded(ready: c.Command) -> Decision:
            assert isinstance(ready, c.CreateParty)
            return found(ready, party_id, "epoch", code, self.at, self.bounds)

        decision = self.same(command, founded)
        if isinstance(decision, tuple):
            self.moves(command.actor, party_id, decision)

    def joins(self, party: Party, command: c.JoinParty) -> None:
        decision = self.decided(party, command)
        if party.member(command.actor.id) is not None:
            assert decision == (), "already a member: success, no event"
        elif isinstance(decision, tuple):
            assert not command.elsewhere
            self.moves(command.actor, party.id, decision)

    def moves(self, actor: Player | None, party_id: str, entries: tuple[Entry, ...]) -> None:
        """Into the party `party_id`, and out of the one that the actor is in, as one step."""
        seat = self.registry.seats.get(actor.id) if actor else None
        if seat is not None and actor is not None:
            left = self.decided(self.registry.parties[seat], c.LeaveParty(actor, LeaveReason.JOINED_ANOTHER))
            assert isinstance(left, tuple), "a member may always leave"
            self.commits(seat, left)
        self.commits(party_id, entries)

    def commits(self, party_id: str, entries: tuple[Entry, ...]) -> None:
        invariants.check_step(self.registry.parties.get(party_id), entries)
        self.registry.commit(party_id, entries)

    def decided(self, party: Party, command: c.Command, if_version: int | None = None) -> Decision:
        return self.same(command, lambda ready: decide(party, ready, self.at, self.bounds, if_version))

    def same(self, command: c.Command, rule: Callable[[c.Command], Decision]) -> Decision:
        """The decision of `rule`, which is the same when asked again."""
        decision = worked(command, rule)
        assert worked(command, rule) == decision, "deciding depends on more than its input"
        if isinstance(decision, Rejection):
            assert decision.retryable or decision.retry_after_ms is None
            assert (decision.retry_after_ms or 0) >= 0
        return decision

    def moved(self) -> list[Party]:
        """The parties that are another, or at another time, than when last asked here."""
        stamps = {party.id: (party.version, self.at) for party in self.registry.parties.values()}
        moved = [self.registry.parties[key] for key, stamp in stamps.items() if self._checked.get(key) != stamp]
        self._checked = stamps
        return moved

    # -- whom, and by whom

    def live(self) -> list[Party]:
        return [party for party in self.registry.parties.values() if not party.is_closed]

    def party(self, pick: int, fits: Callable[[Party], bool] = lambda party: True) -> Party:
        """A live one that `fits`; but 10: any live one, and 11: any, since closed ones are asked things too."""
        if not self.live():
            self.creates(c.CreateParty(player(PLAYERS[0])))
        if pick == 11:
            parties = list(self.registry.parties.values())
            return parties[self.made % len(parties)]
        fitting = [party for party in self.live() if pick < 10 and fits(party)] or self.live()
        return fitting[pick % len(fitting)]

    def member(self, party: Party, pick: int) -> Player:
        """A member; but 11, or where there is none: anybody."""
        if pick > 10 or not party.members:
            return player(PLAYERS[(pick + self.made) % len(PLAYERS)])
        return party.members[pick % len(party.members)].player

    def leader(self, party: Party, pick: int) -> Player:
        """The leader; but 10: a member, 11: anybody."""
        return self.member(party, pick) if pick > 9 or party.leader is None else party.leader.player

    def session(self, party: Party, pick: int) -> SessionId:
        """The one shown; but 11: the one before it, or none at all."""
        shown = party.shown_session
        if shown is not None and pick < 11:
            return shown.id
        return party.last_session.id if party.last_session else "unknown"

    def is_due(self, party: Party) -> bool:
        deadline = next_deadline(party, self.bounds)
        return deadline is not None and deadline <= self.at

    def some(self, fits: Callable[[Party], bool]) -> bool:
        return any(fits(party) for party in self.live())

    def fresh(self, kind: str) -> str:
        self.made += 1
        return f"{kind}-{self.made}"


def waits(party: Party) -> bool:
    return party.state is PartyState.WAITING and bool(party.members)


def counts_down(party: Party) -> bool:
    return party.state is PartyState.STARTING


def runs(party: Party) -> bool:
    return party.state is PartyState.IN_PROGRESS


def has_company(party: Party) -> bool:
    return len(party.members) > 1


def misses_somebody(party: Party) -> bool:
    return any(member.remove_at is not None for member in party.members)
