"""Checks of each party by itself: what must hold after every entry of its log, and that no step is in the log by half."""

from __future__ import annotations

from collections.abc import Iterator

from lobby.domain import events as e
from lobby.domain.events import Entry
from lobby.domain.model import Party
from lobby.domain.values import HostChangeReason, InviteState, LeaveReason, PartyState, SessionStatus
from tools.chaos.expected_state.logs import Log
from tools.chaos.violation import Kind, Violation

MEMBERS_MAX = 8
INVITES_MAX = 8


def check_invariants(log: Log, kick_cooldown_ms: int, clock_leeway_ms: int = 0) -> Iterator[Violation]:
    """Check one log: its numbering, each party state, each change from one state to the next, and that steps are whole."""
    for before, entry in log.steps():
        for broken in (
            *_check_numbering(before, entry, clock_leeway_ms),
            *_check_party(entry.party),
            *_check_change(before, entry, kick_cooldown_ms),
        ):
            yield Violation(Kind.INVARIANT, f"party {log.party_id}, entry {entry.seq}: {broken}")
        following = log.entry(entry.seq + 1)
        if following is None or following.at != entry.at:  # a shuffle moves the members one after the other in one step
            for broken in _check_teams(entry.party):
                yield Violation(Kind.INVARIANT, f"party {log.party_id}, entry {entry.seq}: {broken}")
    yield from _partial_steps(log)
    yield from _check_one_host_per_term(log)


def _check_numbering(before: Party | None, entry: Entry, clock_leeway_ms: int) -> Iterator[str]:
    expected = before.version + 1 if before is not None else 1
    if entry.seq != expected:
        yield f"entry {expected} was expected"
    if isinstance(entry.event, e.PartyCreated) != (before is None):
        yield "a log begins with PartyCreated, and has only one"
    if before is not None and before.is_closed:
        yield "the party was closed"
    if before is not None and entry.at < before.changed_at - clock_leeway_ms:
        yield "time went back"


def _check_party(party: Party) -> Iterator[str]:
    ids = [member.player.id for member in party.members]
    if len(ids) > min(MEMBERS_MAX, party.settings.max_members):
        yield f"{len(ids)} members, and {party.settings.max_members} are allowed"
    if len(set(ids)) < len(ids):
        yield "a player has two seats"
    pending = [invite for invite in party.invites if invite.state is InviteState.PENDING]
    invited = [invite.invitee.id for invite in pending]
    if len(set(invited)) < len(invited) or len(invited) > INVITES_MAX:
        yield "too many invites are pending"
    if party.is_closed and pending:
        yield "an invite outlives its party"
    if party.is_closed and (ids or party.leader_id is not None):
        yield "somebody is left in a closed party"
    yield from _check_session(party)


def _check_teams(party: Party) -> Iterator[str]:
    teams, seats = party.settings.teams, party.settings.max_members
    for team in range(1, teams + 1):
        size = sum(member.team == team for member in party.members)
        if size * teams >= seats + teams:  # more than seats / teams, rounded up
            yield f"{size} members in one of {teams} teams, and there are {seats} seats"


def _check_session(party: Party) -> Iterator[str]:
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
    if session is not None and session.host is not None:
        if session.host.player.id not in players:
            yield "the host is not in the session"
        if session.migration is not None:
            yield "a new host is being found, and the old one is there"
    if session is not None and session.migration is not None and session.endpoint is not None:
        yield "players are sent to a host who is gone"


def _check_change(before: Party | None, entry: Entry, kick_cooldown_ms: int) -> Iterator[str]:
    if before is None:
        return
    match entry.event:
        case e.MemberJoined() as event:
            yield from _check_joining(before, entry, event, kick_cooldown_ms)
        case e.MemberLeft() as event:
            yield from _check_leaving(before, entry, event)
        case e.LeaderChanged() as event:
            if event.term != before.term + 1:
                yield f"term {event.term} came after {before.term}"
            if before.member(event.leader.id) is None:
                yield "the new leader is no member"
        case e.SessionGo() as event:
            if before.session is None or before.session.play_at is not None:
                yield "a second SessionGo, or one that nobody waits for"
            elif event.go_at != entry.at + 1_000:
                yield "SessionGo is not one second ahead"
        case e.HostLost() as event:
            yield from _check_host_loss(before, event)
        case e.HostChanged() as event:
            yield from _check_host_change(before, event)
        case e.CountdownStarted():
            if before.session is not None:
                yield "there was a session already"
            required = before.settings.client_version
            if required is not None and any(member.client_version != required for member in before.members):
                yield f"a session started with members of another version than {required}"
            if len({member.team for member in before.members}) < before.settings.teams:
                yield "a session started with an empty team"


def _check_host_loss(before: Party, event: e.HostLost) -> Iterator[str]:
    host = before.session.host if before.session is not None else None
    if host is not None and event.term != host.term + 1:
        yield f"host term {event.term} comes after {host.term}"
    previous = before.member(event.previous.id)
    is_connected = previous is not None and previous.remove_at is None
    if event.reason is HostChangeReason.HOST_DISCONNECTED and is_connected:
        yield "a host was lost as disconnected, and is connected"
    candidate = before.member(event.candidate.id) if event.candidate is not None else None
    if event.candidate is not None and (candidate is None or candidate.remove_at is not None):
        yield "a player is asked to host who is not there"


def _check_host_change(before: Party, event: e.HostChanged) -> Iterator[str]:
    migration = before.session.migration if before.session is not None else None
    if migration is None or migration.candidate is None:
        yield "a host came, and nobody was asked"
    elif (event.term, event.host.id) != (migration.term, migration.candidate.id):
        yield f"host {event.host.id} came with term {event.term}, and another player or term was asked"


def _check_joining(before: Party, entry: Entry, event: e.MemberJoined, kick_cooldown_ms: int) -> Iterator[str]:
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


def _check_leaving(before: Party, entry: Entry, event: e.MemberLeft) -> Iterator[str]:
    member = before.member(event.player.id)
    if member is None:
        if event.reason is not LeaveReason.BANNED or before.departure(event.player.id) is None:
            yield "a player left who was no member"
    elif event.reason is LeaveReason.TIMED_OUT and (member.remove_at is None or entry.at < member.remove_at):
        yield "a member was timed out before the grace was over"


def _check_one_host_per_term(log: Log) -> Iterator[Violation]:
    hosts: dict[tuple[str, int], str] = {}
    for entry in log.entries:
        session = entry.party.session
        if session is None or session.host is None:
            continue
        term, player_id = session.host.term, session.host.player.id
        if hosts.setdefault((session.id, term), player_id) != player_id:
            text = f"party {log.party_id}, entry {entry.seq}: a second host with term {term}"
            yield Violation(Kind.INVARIANT, text)


def _partial_steps(log: Log) -> Iterator[Violation]:
    for entry in log.entries:
        missing = missing_part(entry)
        next_entry = log.entry(entry.seq + 1)
        if missing is not None and (next_entry is None or next_entry.at != entry.at):
            yield Violation(Kind.HALF, f"party {log.party_id}, entry {entry.seq}: {missing}, and that never changed")


def missing_part(entry: Entry) -> str | None:
    """Why the step of `entry` is not complete with it, in words; None if it is. One command appends a whole step."""
    party, event = entry.party, entry.event
    if party.is_closed:
        return None
    if isinstance(event, e.MemberLeft) and event.reason is LeaveReason.PARTY_CLOSED:
        return "the party is not closed yet"
    if not party.members:
        return "nobody is in it" if party.departures else None
    if party.leader is None:
        return "nobody leads it"
    return _missing_session_part(party)


def partial_step(where: str, entry: Entry) -> Violation | None:
    """A violation if a reader was shown the party at `entry`, in the middle of a step."""
    missing = missing_part(entry)
    return Violation(Kind.HALF, f"{where} in the middle of a step: {missing}") if missing is not None else None


def _missing_session_part(party: Party) -> str | None:
    session = party.session
    if session is None or party.state is not PartyState.IN_PROGRESS:
        return None
    if not session.players:
        return "nobody is in its session"
    newest = party.members[-1]
    just_joined = newest.late_join and newest.joined_at == party.changed_at
    return "a late joiner is not in its session" if just_joined and _is_outside(party, newest.player.id) else None


def _is_outside(party: Party, player_id: str) -> bool:
    return party.session is not None and not party.session.has_player(player_id)
