"""An entry of the log as the contract shows it in a stream, and the party in the frames about the stream itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chaos.json_value import Json
from chaos.truth.shown_party import (
    cursor,
    shown_member,
    shown_party,
    shown_player,
    shown_session,
    shown_settings,
    shown_time,
)
from lobby.domain import events as e
from lobby.domain.events import Entry
from lobby.domain.model import Party
from lobby.domain.standing import Standing


def shown_entry(entry: Entry, standing: Standing) -> Json:
    """All fields of the entry's type but the ticket, which is made afresh each time."""
    special = _SHOWN[type(entry.event)](entry.event, entry.party, standing)
    return {
        "__typename": _NAMES.get(type(entry.event), type(entry.event).__name__),
        "at": shown_time(entry.at),
        "actorId": entry.actor_id,
        **shown_place(entry.party, standing),
        **special,
    }


def shown_place(party: Party, standing: Standing) -> Json:
    """What every frame says of where the log stands."""
    return {
        "seq": party.version,
        "cursor": cursor(party),
        "partyId": party.id,
        "party": shown_party(party, standing),
    }


def _nothing(event: Any, party: Party, standing: Standing) -> Json:
    return {}


def _settings(event: e.SettingsChanged, party: Party, standing: Standing) -> Json:
    return {"settings": shown_settings(event.settings), "changed": list(event.changed)}


def _joined(event: e.MemberJoined, party: Party, standing: Standing) -> Json:
    return _member(party, event.player.id, standing)


def _changed(event: e.MemberUpdated | e.MemberConnectionChanged, party: Party, standing: Standing) -> Json:
    return _member(party, event.player_id, standing)


def _member(party: Party, player_id: str, standing: Standing) -> Json:
    member = party.member(player_id)
    return {"member": shown_member(party, member, standing) if member is not None else None}


def _left(event: e.MemberLeft, party: Party, standing: Standing) -> Json:
    return {"player": shown_player(event.player), "leaveReason": event.reason.value}


def _leader(event: e.LeaderChanged, party: Party, standing: Standing) -> Json:
    previous = shown_player(event.previous) if event.previous is not None else None
    return {
        "previous": previous,
        "leader": shown_player(event.leader),
        "leaderReason": event.reason.value,
        "term": event.term,
    }


def _countdown(event: e.CountdownStarted, party: Party, standing: Standing) -> Json:
    return {**_session(event, party, standing), "startsAt": shown_time(event.starts_at)}


def _cancelled(event: e.CountdownCancelled, party: Party, standing: Standing) -> Json:
    return {"cancelReason": event.reason.value}


def _session(event: Any, party: Party, standing: Standing) -> Json:
    session = party.shown_session
    return {"session": shown_session(session, standing) if session is not None else None}


def _message(event: e.MessagePosted, party: Party, standing: Standing) -> Json:
    return {"author": shown_player(event.author), "text": event.text}


def _closed(event: e.PartyClosed, party: Party, standing: Standing) -> Json:
    return {"closeReason": event.reason.value}


_NAMES: dict[type[Any], str] = {e.TicketSpent: "SessionUpdated", e.GameServerSeen: "SessionUpdated"}
"""Where it is not that of the event."""

_SHOWN: dict[type[Any], Callable[[Any, Party, Standing], Json]] = {
    e.PartyCreated: _nothing,
    e.SettingsChanged: _settings,
    e.MemberJoined: _joined,
    e.MemberLeft: _left,
    e.MemberUpdated: _changed,
    e.MemberConnectionChanged: _changed,
    e.LeaderChanged: _leader,
    e.CountdownStarted: _countdown,
    e.CountdownCancelled: _cancelled,
    e.SessionStarted: _session,
    e.SessionUpdated: _session,
    e.TicketSpent: _session,
    e.GameServerSeen: _session,
    e.SessionEnded: _session,
    e.MessagePosted: _message,
    e.PartyClosed: _closed,
}
