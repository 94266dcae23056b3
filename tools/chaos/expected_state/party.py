"""A party as the contract shows it: every field, written here once more from the domain's values.

The server's own mapping is not used, so that a mistake in it is found.
"""

from __future__ import annotations

from datetime import UTC, datetime

from lobby.domain.model import (
    Attributes,
    Checkpoint,
    Endpoint,
    HostMigration,
    Invite,
    Member,
    Party,
    Player,
    Reservation,
    Session,
    SessionHost,
)
from lobby.domain.party_settings import PartySettings
from lobby.domain.search import Search
from lobby.domain.values import Instant, InviteState
from lobby.domain.viewer_access import AccessLevel
from tools.chaos.json_value import Json

NOT_SELECTED = frozenset({"receipt", "joinUrl", "joinVerdict"})
"""Fields that no player of the chaos test selects. Tests of their own check them: a receipt is a signed text, the link follows
from a setting of the server, and a verdict depends on the viewer."""


def expected_party(party: Party, access: AccessLevel) -> Json:
    """All fields of `Party` and of the objects in it, as a viewer with this access sees them."""
    leader = party.leader
    session = party.latest_session
    return {
        "id": party.id,
        "version": party.version,
        "cursor": cursor(party),
        "state": party.state.value,
        "settings": expected_settings(party.settings),
        "leader": expected_member(party, leader, access) if leader is not None else None,
        "members": [expected_member(party, member, access) for member in party.members],
        "memberCount": len(party.members),
        "freeSeats": max(0, party.settings.max_members - len(party.members) - len(party.reservations)),
        "invites": [expected_invite(invite) for invite in party.invites if invite.state is InviteState.PENDING]
        if access >= AccessLevel.FORMER
        else [],
        "reservations": [_expected_reservation(held) for held in party.reservations]
        if access >= AccessLevel.WAITING
        else [],
        "waiting": [expected_player(waiting.player) for waiting in party.waiting]
        if access >= AccessLevel.WAITING
        else [],
        "joinCode": party.join_code if access >= AccessLevel.MEMBER else None,
        "externalKey": party.external_key if access >= AccessLevel.MEMBER else None,
        "region": _expected_region(party),
        "attributes": expected_attributes(party.attributes),
        "session": expected_session(session, access) if session is not None else None,
        "startsAt": iso_time(party.starts_at),
        "search": expected_search(party.search) if party.search is not None and access >= AccessLevel.FORMER else None,
        "createdAt": iso_time(party.created_at),
    }


def _expected_region(party: Party) -> str | None:
    """The region with pings of most members; among several, that with the smallest of the largest pings."""
    pings = [ping for member in party.members for ping in member.pings]
    regions = sorted({ping.region for ping in pings})
    pings_of = {region: [ping.ms for ping in pings if ping.region == region] for region in regions}
    most = max((len(found) for found in pings_of.values()), default=0)
    return min(
        (region for region in regions if len(pings_of[region]) == most),
        key=lambda region: max(pings_of[region]),
        default=None,
    )


def expected_member(party: Party, member: Member, access: AccessLevel) -> Json:
    return {
        "player": expected_player(member.player),
        "isLeader": member.player.id == party.leader_id,
        "characterClass": member.character_class,
        "ready": member.ready_for == party.settings.version,
        "connection": "CONNECTED" if member.remove_at is None else "DISCONNECTED",
        "removeAt": iso_time(member.remove_at),
        "joinedAt": iso_time(member.joined_at),
        "lateJoin": member.late_join,
        "attributes": expected_attributes(member.attributes) if access >= AccessLevel.FORMER else [],
        "clientVersion": member.client_version if access >= AccessLevel.FORMER else None,
        "team": member.team,
        "muted": member.muted,
    }


def expected_session(session: Session, access: AccessLevel) -> Json:
    """All fields of `Session` but the party."""
    return {
        "id": session.id,
        "status": session.status.value,
        "players": [expected_player(player) for player in session.players],
        "arrived": [expected_player(player) for player in session.players if player.id in session.arrived],
        "seats": [
            {"player": expected_player(seat.player), "characterClass": seat.character_class, "team": seat.team}
            for seat in session.seats
        ],
        "seed": str(session.seed) if access is AccessLevel.INSIDE else None,
        "loaded": [expected_player(player) for player in session.players if player.id in session.loaded],
        "goAt": iso_time(session.started_at if session.load_wait_s == 0 else session.go_at),
        "host": expected_host(session.host) if session.host is not None else None,
        "hostCandidate": _expected_candidate(session.migration) if session.migration is not None else None,
        "gameType": session.game_type.value,
        "difficulty": session.difficulty,
        "floor": session.floor,
        "checkpoint": _expected_checkpoint(session.checkpoint) if access >= AccessLevel.FORMER else None,
        "endpoint": _expected_endpoint(session.endpoint) if access is AccessLevel.INSIDE else None,
        "attributes": expected_attributes(session.attributes),
        "gameServerSeenAt": iso_time(session.server_seen_at),
        "createdAt": iso_time(session.created_at),
        "startedAt": iso_time(session.started_at),
        "endedAt": iso_time(session.ended_at),
        "outcome": session.outcome,
    }


def expected_host(host: SessionHost) -> Json:
    return {"player": expected_player(host.player), "term": host.term, "since": iso_time(host.since)}


def _expected_candidate(migration: HostMigration) -> Json | None:
    if migration.candidate is None:
        return None
    return {
        "player": expected_player(migration.candidate),
        "term": migration.term,
        "reportBy": iso_time(migration.report_by),
    }


def expected_settings(settings: PartySettings) -> Json:
    return {
        "name": settings.name,
        "gameType": settings.game_type.value,
        "difficulty": settings.difficulty,
        "maxMembers": settings.max_members,
        "visibility": settings.visibility.value,
        "hasPassword": settings.password_hash is not None,
        "locked": settings.locked,
        "allowLateJoin": settings.allow_late_join,
        "allowForceStart": settings.allow_force_start,
        "uniqueClasses": settings.unique_classes,
        "countdownSeconds": settings.countdown_s,
        "clientVersion": settings.client_version,
        "teams": settings.teams,
        "loadWaitSeconds": settings.load_wait_s,
        "version": settings.version,
    }


def expected_player(player: Player) -> Json:
    return {"id": player.id, "displayName": player.display_name}


def expected_attributes(attributes: Attributes) -> list[Json]:
    return [{"key": attribute.key, "value": attribute.value} for attribute in attributes]


def iso_time(at: Instant | None) -> str | None:
    """The contract's DateTime, such as 2026-11-22T23:59:59.123Z."""
    if at is None:
        return None
    seconds, ms = divmod(at, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03d}Z"


def cursor(party: Party) -> str:
    """The cursor of entry `party.version`."""
    return f"{party.epoch}-{party.changed_at:x}.{party.version}"


def expected_invite(invite: Invite) -> Json:
    """All fields of `Invite` but the party."""
    return {
        "id": invite.id,
        "state": invite.state.value,
        "from": expected_player(invite.inviter),
        "to": expected_player(invite.invitee),
        "createdAt": iso_time(invite.created_at),
        "expiresAt": iso_time(invite.expires_at),
    }


def expected_search(search: Search) -> Json:
    return {
        "id": search.id,
        "state": search.state.value,
        "since": iso_time(search.since),
        "expiresAt": iso_time(search.expires_at),
        "acceptBy": iso_time(search.match.accept_by if search.match is not None else None),
        "accepted": [expected_player(player) for player in search.accepted],
        "cancelReason": search.cancel_reason.value if search.cancel_reason is not None else None,
        "estimatedWaitS": search.estimated_wait_s,
        "matchedPartyId": search.matched_party_id,
    }


def _expected_reservation(held: Reservation) -> Json:
    return {
        "player": expected_player(held.player),
        "until": iso_time(held.until),
        "characterClass": held.character_class,
        "team": held.team,
        "reason": held.reason.value,
    }


def _expected_checkpoint(checkpoint: Checkpoint | None) -> Json | None:
    if checkpoint is None:
        return None
    return {
        "savedAt": iso_time(checkpoint.saved_at),
        "bytes": checkpoint.bytes,
        "floor": checkpoint.floor,
        "label": checkpoint.label,
    }


def _expected_endpoint(endpoint: Endpoint | None) -> Json | None:
    if endpoint is None:
        return None
    return {
        "address": endpoint.address,
        "port": endpoint.port,
        "relayCode": endpoint.relay_code,
        "protocol": endpoint.protocol,
    }
