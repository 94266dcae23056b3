"""What players did, read off a log: which entry each command left there, and what it was about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chaos.truth.logs import Log
from lobby.domain import events as e
from lobby.domain.events import Entry
from lobby.domain.model import Attributes, Party
from lobby.domain.values import LeaveReason, SessionStatus

MARK = "mark"
"""The attribute that carries an act's mark."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One command of a player's that changed a party."""

    party_id: str
    seq: int
    """Of the entry that says what was done."""
    last_seq: int
    """Of the last entry that came at the same time: what follows from it by itself is among them."""
    at: int
    actor_id: str
    what: str
    mark: str | None = None
    target_id: str | None = None

    def __str__(self) -> str:
        return f"entry {self.seq} of party {self.party_id}: {self.what} by {self.actor_id}"


def deeds(log: Log) -> list[Deed]:
    """In the order of the log. What a deed only brings with it (leaving a session on leaving the party) is no deed."""
    return [deed for before, entry in log.steps() if (deed := _deed(log, before, entry)) is not None]


def _deed(log: Log, before: Party | None, entry: Entry) -> Deed | None:
    actor_id = entry.actor_id
    if actor_id is None or _is_part_of_leaving(log, entry) or _is_part_of_disbanding(log, entry):
        return None
    named = _named(before, entry, actor_id)
    if named is None or _is_part_of_joining(log, entry, named[0]):
        return None
    what, mark, target_id = named
    return Deed(log.party_id, entry.seq, _last_seq(log, entry), entry.at, actor_id, what, mark, target_id)


def _named(before: Party | None, entry: Entry, actor_id: str) -> tuple[str, str | None, str | None] | None:
    """What was done, its mark, and to whom. None: the entry is a part of another deed."""
    match entry.event:
        case e.PartyCreated() as event:
            return "create", mark_of(event.attributes) or event.settings.name, None
        case e.SettingsChanged() as event:
            return (
                ("rotate", None, None) if "joinCode" in event.changed else ("update", mark_of(event.attributes), None)
            )
        case e.MemberJoined():
            return "join", None, None
        case e.MemberLeft() as event:
            return _leaving(event)
        case e.MemberUpdated() as event:
            return _member(before, event)
        case e.LeaderChanged() as event:
            return ("claim", None, None) if event.leader.id == actor_id else ("promote", None, event.leader.id)
        case e.CountdownStarted():
            return "start", None, None
        case e.CountdownCancelled():
            return "cancel", None, None
        case e.SessionUpdated() as event:
            return _session(before, event)
        case e.SessionEnded() as event:
            return ("complete", event.outcome, None) if event.status is SessionStatus.COMPLETE else ("exit", None, None)
        case e.MessagePosted() as event:
            return "message", event.text, None
        case e.PartyClosed():
            return "disband", None, None
    return f"an unexpected {type(entry.event).__name__}", None, None


def _leaving(event: e.MemberLeft) -> tuple[str, str | None, str | None] | None:
    if event.reason in (LeaveReason.KICKED, LeaveReason.BANNED):
        return "kick", None, event.player.id
    if event.reason is LeaveReason.PARTY_CLOSED:
        return None
    return ("moved" if event.reason is LeaveReason.JOINED_ANOTHER else "leave"), None, None


def _member(before: Party | None, event: e.MemberUpdated) -> tuple[str, str | None, str | None]:
    """A new mark is that of an UpdateMember; getting ready leaves the old one where it is."""
    member = before.member(event.player_id) if before is not None else None
    mark = mark_of(event.attributes)
    is_new = member is None or mark != mark_of(member.attributes)
    return ("member", mark, None) if is_new else ("ready", None, None)


def _session(before: Party | None, event: e.SessionUpdated) -> tuple[str, str | None, str | None]:
    session = before.session if before is not None else None
    if session is None or mark_of(event.attributes) != mark_of(session.attributes):
        return "session", mark_of(event.attributes), None
    return ("enter" if len(event.players) > len(session.players) else "exit"), None, None


def _is_part_of_leaving(log: Log, entry: Entry) -> bool:
    """On leaving the party one leaves its session first."""
    following = _same_command(log, entry, entry.seq + 1)
    return isinstance(entry.event, e.SessionUpdated | e.SessionEnded) and _is_event(following, e.MemberLeft)


def _is_part_of_disbanding(log: Log, entry: Entry) -> bool:
    following = _same_command(log, entry, entry.seq + 1)
    is_called_off = isinstance(entry.event, e.CountdownCancelled | e.SessionEnded)
    return is_called_off and _is_event(following, e.MemberLeft | e.PartyClosed)


def _is_part_of_joining(log: Log, entry: Entry, what: str) -> bool:
    return what == "enter" and _is_event(_same_command(log, entry, entry.seq - 1), e.MemberJoined)


def _same_command(log: Log, entry: Entry, seq: int) -> Entry | None:
    """Entry `seq`, if the same player's act led to it at the same time."""
    other = log.entry(seq)
    same = other is not None and (other.at, other.actor_id) == (entry.at, entry.actor_id)
    return other if same else None


def _is_event(entry: Entry | None, kind: type | object) -> bool:
    return entry is not None and isinstance(entry.event, kind)  # type: ignore[arg-type]


def _last_seq(log: Log, entry: Entry) -> int:
    return max(_same_moment(log, entry), default=entry.seq)


def _same_moment(log: Log, entry: Entry) -> Iterator[int]:
    for following in log.entries[entry.seq :]:
        if following.at != entry.at or following.actor_id not in (entry.actor_id, None):
            return
        yield following.seq


def mark_of(attributes: Attributes) -> str | None:
    return next((attribute.value for attribute in attributes if attribute.key == MARK), None)
