"""What holds in every party after every entry of its log."""

from __future__ import annotations

from collections.abc import Iterator

from chaos.checks.rest import unfinished
from chaos.checks.violation import Kind, Violation
from chaos.truth.logs import Log
from lobby.domain import events as e
from lobby.domain.events import Entry
from lobby.domain.model import Party
from lobby.domain.values import LeaveReason, PartyState, SessionStatus

MEMBERS_MAX = 8


def invariants(log: Log, kick_cooldown_ms: int) -> Iterator[Violation]:
    """Those of one log by itself."""
    for before, entry in log.steps():
        for broken in (*_of_log(before, entry), *_of_party(entry.party), *_of_step(before, entry, kick_cooldown_ms)):
            yield Violation(Kind.INVARIANT, f"party {log.party_id}, entry {entry.seq}: {broken}")
    yield from _halves(log)


def _of_log(before: Party | None, entry: Entry) -> Iterator[str]:
    expected = before.version + 1 if before is not None else 1
    if entry.seq != expected:
        yield f"entry {expected} was to come"
    if isinstance(entry.event, e.PartyCreated) != (before is None):
        yield "a log begins with PartyCreated, and has only one"
    if before is not None and before.is_closed:
        yield "the party was closed"
    if before is not None and entry.at < before.changed_at:
        yield "time went back"


def _of_party(party: Party) -> Iterator[str]:
    ids = [member.player.id for member in party.members]
    if len(ids) > min(MEMBERS_MAX, party.settings.max_members):
        yield f"{len(ids)} members, where {party.settings.max_members} are the most"
    if len(set(ids)) < len(ids):
        yield "a player has two seats"
    if party.is_closed and (ids or party.leader_id is not None):
        yield "somebody is left in a closed party"
    yield from _of_session(party)


def _of_session(party: Party) -> Iterator[str]:
    session = party.session
    live = {PartyState.STARTING: SessionStatus.WAITING, PartyState.IN_PROGRESS: SessionStatus.IN_PROGRESS}
    if (session.status if session is not None else None) is not live.get(party.state):
        yield f"{party.state.name} with the session {session.status.name if session is not None else 'missing'}"
    if (party.starts_at is None) == (party.state is PartyState.STARTING):
        yield "starts_at is set in STARTING, and only then"
    players = [player.id for player in session.players] if session is not None else []
    if len(set(players)) < len(players):
        yield "a player is in the session twice"
    if any(party.member(player_id) is None for player_id in players):
        yield "somebody is in the session and not in the party"


def _of_step(before: Party | None, entry: Entry, kick_cooldown_ms: int) -> Iterator[str]:
    if before is None:
        return
    match entry.event:
        case e.MemberJoined() as event:
            yield from _of_joining(before, entry, event, kick_cooldown_ms)
        case e.MemberLeft() as event:
            yield from _of_leaving(before, entry, event)
        case e.LeaderChanged() as event:
            if event.term != before.term + 1:
                yield f"term {event.term} came after {before.term}"
            if before.member(event.leader.id) is None:
                yield "the new leader is no member"
        case e.CountdownStarted():
            if before.session is not None:
                yield "there was a session already"


def _of_joining(before: Party, entry: Entry, event: e.MemberJoined, kick_cooldown_ms: int) -> Iterator[str]:
    if before.member(event.player.id) is not None:
        yield "the joiner was a member already"
    if before.state is PartyState.STARTING:
        yield "somebody joined during the countdown"
    departure = before.departure(event.player.id)
    if departure is None:
        return
    if departure.reason is LeaveReason.BANNED:
        yield "a banned player came back"
    if departure.reason is LeaveReason.KICKED and entry.at < departure.at + kick_cooldown_ms:
        yield "a kicked player came back too soon"


def _of_leaving(before: Party, entry: Entry, event: e.MemberLeft) -> Iterator[str]:
    member = before.member(event.player.id)
    if member is None:
        yield "who left was no member"
    elif event.reason is LeaveReason.TIMED_OUT and (member.remove_at is None or entry.at < member.remove_at):
        yield "a member was timed out before the grace was over"


def _halves(log: Log) -> Iterator[Violation]:
    for entry in log.entries:
        missing = unfinished(entry)
        following = log.entry(entry.seq + 1)
        if missing is not None and (following is None or following.at != entry.at):
            yield Violation(Kind.HALF, f"party {log.party_id}, entry {entry.seq}: {missing}, and that never came")
