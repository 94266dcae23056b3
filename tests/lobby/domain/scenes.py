"""Scenes: a small language for tests of the rules, in which players act on one party one after the other.

A scene has its own clock. Each call sends commands and returns the scene:
`Scene("ann", "bob").ready("bob").starts().after(5).begins()`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import Entry, Event
from lobby.domain.model import Endpoint, Member, Party, Player, Session
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.passwords import PasswordProof, PasswordToHash, PasswordToVerify, PasswordWork
from lobby.domain.rejections import Rejection
from lobby.domain.rules import Decision
from lobby.domain.rules.decide import decide, decide_creation
from lobby.domain.values import Instant, InviteId, LeaveReason, PlayerId, SessionStatus
from lobby.struct import replace

START: Instant = 1_800_000_000_000
SECOND_MS = 1000
SWEEPS_MAX = 32
"""This many MeetDeadlines commands do all that is due at one instant."""


def player(name: str) -> Player:
    return Player(name, name.capitalize())


def hash_password(password: str) -> str:
    """The hash of a password by the scene, which does not use argon2."""
    return f"hash of {password}"


class Scene:
    """A party that the first of `names` leads and the others have joined. Without names it has no members yet."""

    def __init__(self, *names: str, bounds: Bounds | None = None, **settings: Any) -> None:
        self.at = START
        self.bounds = bounds or Bounds()
        self.log: list[Entry] = []
        self.entries: tuple[Entry, ...] = ()
        """The entries of the last step."""
        self._sessions = 0
        leader = player(names[0]) if names else None
        self._create(c.CreateParty(leader, SettingsPatch(**settings)))
        self.joins(*names[1:], password=settings.get("password"), by_external_key=True)

    @property
    def party(self) -> Party:
        return self.log[-1].party

    @property
    def events(self) -> list[Event]:
        return [entry.event for entry in self.entries]

    @property
    def names(self) -> list[PlayerId]:
        return [member.player.id for member in self.party.members]

    @property
    def session(self) -> Session:
        session = self.party.latest_session
        assert session is not None, "no session has been started yet"
        return session

    def member(self, name: str) -> Member:
        member = self.party.member(name)
        assert member is not None, f"{name} is not a member"
        return member

    def is_ready(self, name: str) -> bool:
        return self.party.is_ready(self.member(name))

    def after(self, seconds: float) -> Self:
        """Let time go by."""
        self.at += round(seconds * SECOND_MS)
        return self

    def does(self, command: c.Command, if_version: int | None = None) -> Self:
        """Send `command`; the test fails if it is rejected."""
        decision = self.answer(command, if_version)
        assert isinstance(decision, tuple), decision
        return self._append(decision)

    def rejection(self, command: c.Command, if_version: int | None = None) -> Rejection:
        """The rejection of `command`; the test fails if it is accepted."""
        decision = self.answer(command, if_version)
        assert isinstance(decision, Rejection), decision
        return decision

    def answer(self, command: c.Command, if_version: int | None = None) -> Decision:
        return with_password_work(command, lambda ready: decide(self.party, ready, self.at, self.bounds, if_version))

    def joins(self, *names: str, **fields: Any) -> Self:
        for name in names:
            self.does(c.JoinParty(player(name), by_code=True, **fields))
        return self

    def invites(self, inviter: str, *names: str, is_unwanted: bool = False) -> Self:
        for name in names:
            self.does(c.InvitePlayer(player(inviter), player(name), is_unwanted))
        return self

    def accepts(self, name: str, **fields: Any) -> Self:
        return self.does(c.JoinParty(player(name), invite_id=self.invite_id(name), **fields))

    def invite_id(self, name: str) -> InviteId:
        """The id of the pending invite of this player."""
        invite = self.party.pending_invite(name)
        assert invite is not None, f"{name} has no pending invite"
        return invite.id

    def leaves(self, name: str, reason: LeaveReason = LeaveReason.LEFT) -> Self:
        return self.does(c.LeaveParty(player(name), reason))

    def kicks(self, name: str, ban: bool = False) -> Self:
        return self.does(c.KickMember(self._leader(), name, ban))

    def promotes(self, name: str) -> Self:
        return self.does(c.PromoteMember(self._leader(), name))

    def disbands(self) -> Self:
        return self.does(c.DisbandParty(self._leader()))

    def sets(self, **settings: Any) -> Self:
        return self.does(c.UpdateParty(self._leader(), SettingsPatch(**settings)))

    def chooses(self, name: str, character_class: str) -> Self:
        return self.does(c.UpdateMember(player(name), character_class))

    def ready(self, *names: str, ready: bool = True) -> Self:
        for name in names:
            self.does(c.SetReady(player(name), ready, self.party.settings.version))
        return self

    def says(self, name: str, text: str) -> Self:
        return self.does(c.PostMessage(player(name), text))

    def disconnects(self, *names: str) -> Self:
        for name in names:
            self.does(c.SetPresence(name, connected=False))
        return self

    def returns(self, name: str) -> Self:
        return self.does(c.SetPresence(name, connected=True))

    def starts(self, force: bool = False) -> Self:
        self._sessions += 1
        return self.does(c.StartSession(self._leader(), f"session-{self._sessions}", force))

    def cancels(self) -> Self:
        return self.does(c.CancelStart(self._leader()))

    def begins(self, endpoint: Endpoint | None = None, is_hosted: bool = False) -> Self:
        return self.does(c.BeginSession(self.session.id, endpoint, is_hosted=is_hosted))

    def running(self, is_hosted: bool = False) -> Self:
        """Start a session by force, and wait until it is in progress. `is_hosted`: the leader hosts it."""
        return self.starts(force=True).after(self.party.settings.countdown_s).begins(is_hosted=is_hosted)

    def completes(self, status: SessionStatus = SessionStatus.COMPLETE, outcome: str | None = None) -> Self:
        return self.does(c.CompleteSession(None, self.session.id, outcome, status))

    def deadlines(self, up_since: Instant = 0) -> Self:
        """Do all that is due now."""
        met: tuple[Entry, ...] = ()
        for _ in range(SWEEPS_MAX):
            self.does(c.MeetDeadlines(up_since))
            if not self.entries:
                self.entries = met
                return self
            met += self.entries
        raise AssertionError("the deadlines of one instant never end")

    def _leader(self) -> Player:
        leader = self.party.leader
        assert leader is not None, "nobody leads"
        return leader.player

    def _create(self, command: c.CreateParty) -> None:
        def rule(ready: c.Command) -> Decision:
            assert isinstance(ready, c.CreateParty)
            return decide_creation(ready, "party", "epoch", "BCDFGH", self.at, self.bounds)

        decision = with_password_work(command, rule)
        assert isinstance(decision, tuple), decision
        self._append(decision)

    def _append(self, entries: tuple[Entry, ...]) -> Self:
        self.entries = entries
        self.log += entries
        return self


def with_password_work(command: c.Command, rule: Callable[[c.Command], Decision]) -> Decision:
    """The decision of `rule`, with the password work done if it asks for that."""
    decision = rule(command)
    if not isinstance(decision, PasswordWork):
        return decision
    if isinstance(decision, PasswordToHash):
        assert isinstance(command, c.CreateParty | c.UpdateParty)
        return rule(replace(command, password_hash=hash_password(decision.password)))
    return rule(_with_proof(command, decision))


def _with_proof(command: c.Command, work: PasswordToVerify) -> c.JoinParty:
    assert isinstance(command, c.JoinParty)
    proof = PasswordProof(work.password_hash, hash_password(work.password) == work.password_hash, attempts_left=4)
    return replace(command, proof=proof)
