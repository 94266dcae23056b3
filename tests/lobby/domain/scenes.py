"""Scenes from the life of one party: who is in it, what they do, and what the log says then.

A scene has its own clock, and goes on with each call: `Scene("ann", "bob").ready("bob").starts().after(5).begins()`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import Entry, Event
from lobby.domain.model import Endpoint, Member, Party, Player, Session
from lobby.domain.rejections import Rejection
from lobby.domain.rules.decide import decide, found
from lobby.domain.rules.outcome import Decision, PasswordToHash, PasswordToVerify, PasswordWork
from lobby.domain.values import Instant, LeaveReason, PlayerId, SessionStatus
from lobby.value import changed

START: Instant = 1_800_000_000_000
SECOND_MS = 1000
SWEEPS_MAX = 32
"""Calls of MeetDeadlines that may follow one another at one instant; eight members and three matters need fewer."""


def player(name: str) -> Player:
    return Player(name, name.capitalize())


def hashed(password: str) -> str:
    """What the scene's stand-in for argon2 makes of a password."""
    return f"hash of {password}"


class Scene:
    """A party led by the first of `names`, which the others have joined. Without names nobody has joined yet."""

    def __init__(self, *names: str, bounds: Bounds | None = None, **settings: Any) -> None:
        self.at = START
        self.bounds = bounds or Bounds()
        self.log: list[Entry] = []
        self.entries: tuple[Entry, ...] = ()
        """What came of the last step."""
        self._sessions = 0
        leader = player(names[0]) if names else None
        self._made(c.CreateParty(leader, c.SettingsPatch(**settings)))
        self.joins(*names[1:], password=settings.get("password"))

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
        session = self.party.shown_session
        assert session is not None, "no session has been started yet"
        return session

    def member(self, name: str) -> Member:
        member = self.party.member(name)
        assert member is not None, f"{name} is no member"
        return member

    def is_ready(self, name: str) -> bool:
        return self.party.is_ready(self.member(name))

    def after(self, seconds: float) -> Self:
        """Time goes by, and nothing else does."""
        self.at += round(seconds * SECOND_MS)
        return self

    def does(self, command: c.Command, if_version: int | None = None) -> Self:
        """`command` is carried out; the scene fails if it is refused."""
        decision = self.answer(command, if_version)
        assert isinstance(decision, tuple), decision
        return self._goes_on(decision)

    def refusal(self, command: c.Command, if_version: int | None = None) -> Rejection:
        """The no that `command` gets; the scene fails if it gets none."""
        decision = self.answer(command, if_version)
        assert isinstance(decision, Rejection), decision
        return decision

    def answer(self, command: c.Command, if_version: int | None = None) -> Decision:
        return worked(command, lambda ready: decide(self.party, ready, self.at, self.bounds, if_version))

    def joins(self, *names: str, **wishes: Any) -> Self:
        for name in names:
            self.does(c.JoinParty(player(name), by_code=True, **wishes))
        return self

    def leaves(self, name: str, reason: LeaveReason = LeaveReason.LEFT) -> Self:
        return self.does(c.LeaveParty(player(name), reason))

    def kicks(self, name: str, ban: bool = False) -> Self:
        return self.does(c.KickMember(self._leader(), name, ban))

    def promotes(self, name: str) -> Self:
        return self.does(c.PromoteMember(self._leader(), name))

    def disbands(self) -> Self:
        return self.does(c.DisbandParty(self._leader()))

    def sets(self, **settings: Any) -> Self:
        return self.does(c.UpdateParty(self._leader(), c.SettingsPatch(**settings)))

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

    def begins(self, endpoint: Endpoint | None = None) -> Self:
        return self.does(c.BeginSession(self.session.id, endpoint))

    def running(self) -> Self:
        """Forced and waited for: a session is in progress."""
        return self.starts(force=True).after(self.party.settings.countdown_s).begins()

    def completes(self, status: SessionStatus = SessionStatus.COMPLETE, outcome: str | None = None) -> Self:
        return self.does(c.CompleteSession(None, self.session.id, outcome, status))

    def deadlines(self, up_since: Instant = 0) -> Self:
        """All that is due now happens, one matter after the other."""
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

    def _made(self, command: c.CreateParty) -> None:
        def rule(ready: c.Command) -> Decision:
            assert isinstance(ready, c.CreateParty)
            return found(ready, "party", "epoch", "BCDFGH", self.at, self.bounds)

        decision = worked(command, rule)
        assert isinstance(decision, tuple), decision
        self._goes_on(decision)

    def _goes_on(self, entries: tuple[Entry, ...]) -> Self:
        self.entries = entries
        self.log += entries
        return self


def worked(command: c.Command, rule: Callable[[c.Command], Decision]) -> Decision:
    """The decision of `rule` once the password work is done that it asks for."""
    decision = rule(command)
    if not isinstance(decision, PasswordWork):
        return decision
    if isinstance(decision, PasswordToHash):
        assert isinstance(command, c.CreateParty | c.UpdateParty)
        return rule(changed(command, password_hash=hashed(decision.password)))
    return rule(_proved(command, decision))


def _proved(command: c.Command, work: PasswordToVerify) -> c.JoinParty:
    assert isinstance(command, c.JoinParty)
    proof = c.PasswordProof(work.against, hashed(work.password) == work.against, attempts_left=4)
    return changed(command, proof=proof)
