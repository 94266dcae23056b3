"""A party as the contract shows it: every field, from the domain's values, written down here once more.

The server's own mapping is not used, so that a slip in it does not count as right.
"""

from __future__ import annotations

from datetime import UTC, datetime

from chaos.json_value import Json
from lobby.domain.model import Attributes, Endpoint, Member, Party, PartySettings, Player, Session
from lobby.domain.standing import Standing
from lobby.domain.values import Instant


def shown_party(party: Party, standing: Standing) -> Json:
    """All fields of `Party`, and of what it holds, as somebody who stands so sees them."""
    leader = party.leader
    session = party.shown_session
    return {
        "id": party.id,
        "version": party.version,
        "cursor": cursor(party),
        "state": party.state.value,
        "settings": shown_settings(party.settings),
        "leader": shown_member(party, leader, standing) if leader is not None else None,
        "members": [shown_member(party, member, standing) for member in party.members],
        "memberCount": len(party.members),
        "freeSeats": max(0, party.settings.max_members - len(party.members)),
        "joinCode": party.join_code if standing >= Standing.MEMBER else None,
        "attributes": shown_attributes(party.attributes),
        "session": shown_session(session, standing) if session is not None else None,
        "startsAt": shown_time(party.starts_at),
        "createdAt": shown_time(party.created_at),
    }


def shown_member(party: Party, member: Member, standing: Standing) -> Json:
    return {
        "player": shown_player(member.player),
        "isLeader": member.player.id == party.leader_id,
        "characterClass": member.character_class,
        "ready": member.ready_for == party.settings.version,
        "connection": "CONNECTED" if member.remove_at is None else "DISCONNECTED",
        "removeAt": shown_time(member.remove_at),
        "joinedAt": shown_time(member.joined_at),
        "lateJoin": member.late_join,
        "attributes": shown_attributes(member.attributes) if standing >= Standing.FORMER else [],
    }


def shown_session(session: Session, standing: Standing) -> Json:
    """All fields but the party, which is shown beside it."""
    return {
        "id": session.id,
        "status": session.status.value,
        "players": [shown_player(player) for player in session.players],
        "gameType": session.game_type.value,
        "difficulty": session.difficulty,
        "floor": session.floor,
        "endpoint": _shown_endpoint(session.endpoint) if standing is Standing.INSIDE else None,
        "attributes": shown_attributes(session.attributes),
        "createdAt": shown_time(session.created_at),
        "startedAt": shown_time(session.started_at),
        "endedAt": shown_time(session.ended_at),
        "outcome": session.outcome,
    }


def shown_settings(settings: PartySettings) -> Json:
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
        "version": settings.version,
    }


def shown_player(player: Player) -> Json:
    return {"id": player.id, "displayName": player.display_name}


def shown_attributes(attributes: Attributes) -> list[Json]:
    return [{"key": attribute.key, "value": attribute.value} for attribute in attributes]


def shown_time(at: Instant | None) -> str | None:
    """2026-11-22T23:59:59.123Z"""
    if at is None:
        return None
    seconds, ms = divmod(at, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03d}Z"


def cursor(party: Party) -> str:
    """Right behind entry `party.version`."""
    return f"{party.epoch}.{party.version}"


def _shown_endpoint(endpoint: Endpoint | None) -> Json | None:
    if endpoint is None:
        return None
    return {
        "address": endpoint.address,
        "port": endpoint.port,
        "relayCode": endpoint.relay_code,
        "protocol": endpoint.protocol,
    }
