"""What has changed about a running session, as the event that says so."""

from __future__ import annotations

from typing import Any

from lobby.domain.events import SessionEnded, SessionUpdated
from lobby.domain.model import Player, Session
from lobby.domain.values import SessionStatus
from lobby.value import changed


def session_updated(session: Session, **changes: Any) -> SessionUpdated:
    """`session` with `changes`. Whoever is no longer inside has not arrived either."""
    new = changed(session, **changes)
    arrived = tuple(player_id for player_id in new.arrived if new.has(player_id))
    return SessionUpdated(new.floor, new.endpoint, new.attributes, new.players, arrived)


def with_players(session: Session, players: tuple[Player, ...], **changes: Any) -> SessionUpdated | SessionEnded:
    """`session` with `players` inside; without any it is abandoned."""
    if not players:
        return SessionEnded(SessionStatus.ABANDONED, None)
    return session_updated(session, players=players, **changes)
