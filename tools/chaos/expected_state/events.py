"""Every event of the log: what the contract shows of it, and which action of a player it stands for.

`EVENTS` has one row per event, so a new event needs a new row here. The table does not use the code with which the
server shows events, so that the checks find mistakes in that code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from lobby.domain import events as e
from lobby.domain.events import Entry, Event
from lobby.domain.model import Attributes, Party
from lobby.domain.values import InviteState, LeaveReason, SearchCancelReason, SessionStatus
from lobby.domain.viewer_access import AccessLevel
from tools.chaos.expected_state.party import (
    cursor,
    expected_host,
    expected_invite,
    expected_member,
    expected_party,
    expected_player,
    expected_search,
    expected_session,
    expected_settings,
    iso_time,
)
from tools.chaos.json_value import Json

MARK = "mark"
"""The key of the attribute that carries a mutation's mark."""
STREAM_FRAMES = frozenset({"PartySnapshot", "Heartbeat", "Announcement", "Removed"})
"""Types of PartyEvent that are about the stream itself and stand for no entry of the log."""
FRESH_FIELDS = frozenset({"ticket"})
"""Fields of events that the server makes for each viewer, so that the log does not determine them."""


class ActionName(NamedTuple):
    """Which action of a player an entry records. `mark` is compared with the mutation's mark if `is_marked`."""

    name: str
    mark: str | None = None
    target_id: str | None = None
    is_marked: bool = False


Fields = Callable[[Any, Party, AccessLevel], Json]
"""The event's own fields, of the event, the party after it and the viewer's access."""
Naming = Callable[[Party | None, Any, str], ActionName | None]
"""The action, of the party before, the event and the acting player's id; None if the entry is a part of another action."""


def expected_entry(entry: Entry, access: AccessLevel) -> Json:
    """All fields that `entry` has in the contract except `FRESH_FIELDS`."""
    model = EVENTS[type(entry.event)]
    return {
        "__typename": contract_type(type(entry.event)),
        "at": iso_time(entry.at),
        "actorId": entry.actor_id,
        **expected_position(entry.party, access),
        **model.fields(entry.event, entry.party, access),
    }


def expected_position(party: Party, access: AccessLevel) -> Json:
    """The fields that every frame has: the party, and its position in the log."""
    return {
        "seq": party.version,
        "cursor": cursor(party),
        "partyId": party.id,
        "party": expected_party(party, access),
    }


def name_action(before: Party | None, entry: Entry, actor_id: str) -> ActionName | None:
    """Which action of the player this entry records; None if it is a part of another action."""
    return EVENTS[type(entry.event)].action(before, entry.event, actor_id)


def contract_type(event: type[Any]) -> str:
    """The name of the GraphQL type that shows this event."""
    return EVENTS[event].contract_type or event.__name__


def event_label(event: Event) -> str:
    """The event's name for the summary of a run, with its reason if it has one."""
    reason = getattr(event, "reason", None)
    name = type(event).__name__
    return f"{name}({reason.value})" if isinstance(reason, Enum) else name


def mark_of(attributes: Attributes) -> str | None:
    return next((attribute.value for attribute in attributes if attribute.key == MARK), None)


def _marked(name: str, mark: str | None) -> ActionName:
    return ActionName(name, mark, is_marked=True)


def _always(name: str) -> Naming:
    return lambda before, event, actor_id: ActionName(name)


def _unexpected(before: Party | None, event: Event, actor_id: str) -> ActionName:
    """The name of no action: no player causes such an event, so an entry with an actor is a violation."""
    return ActionName(f"an unexpected {type(event).__name__}")


def _name_creation(before: Party | None, event: e.PartyCreated, actor_id: str) -> ActionName:
    """A party that continues a run has the name of the party of the run, and no attributes."""
    if event.continues is not None:
        return ActionName("continue")
    return _marked("create", mark_of(event.attributes) or event.settings.name)


def _name_invite(before: Party | None, event: e.PlayerInvited, actor_id: str) -> ActionName:
    return ActionName("invite", target_id=event.invite.invitee.id)


def _name_end_of_invite(before: Party | None, event: e.InviteEnded, actor_id: str) -> ActionName | None:
    """To accept an invite is a part of joining."""
    names = {InviteState.DECLINED: "decline", InviteState.REVOKED: "revoke"}
    return ActionName(names[event.invite.state]) if event.invite.state in names else None


def _name_settings(before: Party | None, event: e.SettingsChanged, actor_id: str) -> ActionName:
    if "joinCode" in event.changed:
        return ActionName("rotate")
    return _marked("update", mark_of(event.attributes))


def _name_leaving(before: Party | None, event: e.MemberLeft, actor_id: str) -> ActionName | None:
    if event.reason in (LeaveReason.KICKED, LeaveReason.BANNED):
        return ActionName("kick", target_id=event.player.id)
    if event.reason is LeaveReason.PARTY_CLOSED:
        return None
    return ActionName("moved" if event.reason is LeaveReason.JOINED_ANOTHER else "leave")


def _name_member_update(before: Party | None, event: e.MemberUpdated, actor_id: str) -> ActionName | None:
    """A new mark comes from UpdateMember; SetReady leaves the old mark in place. An update of another member without a new team
    is part of the command by which the leader made the classes unique."""
    member = before.member(event.player_id) if before is not None else None
    if member is not None and member.team != event.team:
        return ActionName("team")
    if member is not None and member.muted != event.muted:
        return ActionName("mute", target_id=event.player_id)
    if event.player_id != actor_id:
        return None
    mark = mark_of(event.attributes)
    is_new = member is None or mark != mark_of(member.attributes)
    return _marked("member", mark) if is_new else ActionName("ready")


def _name_waiting(before: Party | None, event: e.WaitingChanged, actor_id: str) -> ActionName | None:
    """A player who stops to wait may do so as a part of joining another party."""
    return ActionName("wait") if any(waiting.player.id == actor_id for waiting in event.waiting) else None


def _name_leader_change(before: Party | None, event: e.LeaderChanged, actor_id: str) -> ActionName:
    if event.leader.id == actor_id:
        return ActionName("claim")
    return ActionName("promote", target_id=event.leader.id)


def _name_session_update(before: Party | None, event: e.SessionUpdated, actor_id: str) -> ActionName:
    session = before.session if before is not None else None
    if session is None or mark_of(event.attributes) != mark_of(session.attributes):
        return _marked("session", mark_of(event.attributes))
    if event.players == session.players:
        return ActionName("report" if event.loaded == session.loaded else "loaded")
    return ActionName("enter" if len(event.players) > len(session.players) else "exit")


def _name_session_end(before: Party | None, event: e.SessionEnded, actor_id: str) -> ActionName:
    return _marked("complete", event.outcome) if event.status is SessionStatus.COMPLETE else ActionName("exit")


def _no_fields(event: Any, party: Party, access: AccessLevel) -> Json:
    return {}


def _settings(event: e.SettingsChanged, party: Party, access: AccessLevel) -> Json:
    return {"settings": expected_settings(event.settings), "changed": list(event.changed)}


def _joined(event: e.MemberJoined, party: Party, access: AccessLevel) -> Json:
    return _member_of(party, event.player.id, access)


def _member(event: e.MemberUpdated | e.MemberConnectionChanged, party: Party, access: AccessLevel) -> Json:
    return _member_of(party, event.player_id, access)


def _member_of(party: Party, player_id: str, access: AccessLevel) -> Json:
    member = party.member(player_id)
    return {"member": expected_member(party, member, access) if member is not None else None}


def _left(event: e.MemberLeft, party: Party, access: AccessLevel) -> Json:
    return {"player": expected_player(event.player), "leaveReason": event.reason.value}


def _leader(event: e.LeaderChanged, party: Party, access: AccessLevel) -> Json:
    return {
        "previous": expected_player(event.previous) if event.previous is not None else None,
        "leader": expected_player(event.leader),
        "leaderReason": event.reason.value,
        "term": event.term,
    }


def _waiting(event: e.WaitingChanged, party: Party, access: AccessLevel) -> Json:
    return {"waiting": [expected_player(waiting.player) for waiting in event.waiting]}


def _countdown(event: e.CountdownStarted, party: Party, access: AccessLevel) -> Json:
    return {**_session(event, party, access), "startsAt": iso_time(event.starts_at)}


def _cancelled(event: e.CountdownCancelled, party: Party, access: AccessLevel) -> Json:
    return {"cancelReason": event.reason.value}


def _session(event: Any, party: Party, access: AccessLevel) -> Json:
    session = party.latest_session
    return {"session": expected_session(session, access) if session is not None else None}


def _go(event: e.SessionGo, party: Party, access: AccessLevel) -> Json:
    missing = [expected_player(player) for player in event.missing]
    return {**_session(event, party, access), "goAt": iso_time(event.go_at), "missing": missing}


def _host_lost(event: e.HostLost, party: Party, access: AccessLevel) -> Json:
    return {
        **_session(event, party, access),
        "previous": expected_player(event.previous),
        "candidate": expected_player(event.candidate) if event.candidate is not None else None,
        "hostReason": event.reason.value,
        "reportBy": iso_time(event.report_by),
        "hostTerm": event.term,
    }


def _host_changed(event: e.HostChanged, party: Party, access: AccessLevel) -> Json:
    host = party.session.host if party.session is not None else None
    return {**_session(event, party, access), "host": expected_host(host) if host is not None else None}


def _invite(event: e.PlayerInvited | e.InviteEnded, party: Party, access: AccessLevel) -> Json:
    return {"invite": expected_invite(event.invite)}


def _message(event: e.MessagePosted, party: Party, access: AccessLevel) -> Json:
    return {"author": expected_player(event.author), "text": event.text}


def _search(event: e.PartySearchChanged, party: Party, access: AccessLevel) -> Json:
    return {"search": expected_search(event.search)}


_BY_ANOTHER_ACTION = frozenset(
    {SearchCancelReason.ROSTER_CHANGED, SearchCancelReason.PARTY_STARTED, SearchCancelReason.MAINTENANCE}
)
"""The reasons of searches that end as a consequence of another action."""


def _name_search(before: Party | None, event: e.PartySearchChanged, actor_id: str) -> ActionName | None:
    """A search that ends because its party closes is part of that."""
    search, earlier = event.search, before.search if before is not None else None
    if search.cancel_reason in _BY_ANOTHER_ACTION:
        return None
    if earlier is None or earlier.id != search.id:
        return ActionName("search")
    names = {SearchCancelReason.LEADER_CANCELLED: "unsearch", SearchCancelReason.NOT_ACCEPTED: "refuse"}
    return ActionName(names[search.cancel_reason] if search.cancel_reason is not None else "accept")


def _closed(event: e.PartyClosed, party: Party, access: AccessLevel) -> Json:
    return {"closeReason": event.reason.value}


@dataclass(frozen=True, slots=True)
class EventModel:
    """One event. `contract_type` is given if the contract shows it under another name than the domain's."""

    fields: Fields
    action: Naming
    contract_type: str | None = None


EVENTS: dict[type[Any], EventModel] = {
    e.PartyCreated: EventModel(_no_fields, _name_creation),
    e.SettingsChanged: EventModel(_settings, _name_settings),
    e.MemberJoined: EventModel(_joined, _always("join")),
    e.MemberLeft: EventModel(_left, _name_leaving),
    e.MemberUpdated: EventModel(_member, _name_member_update),
    e.ReservationsChanged: EventModel(
        _no_fields, lambda before, event, actor_id: None
    ),  # part of a change of the settings
    e.PlayerInvited: EventModel(_invite, _name_invite),
    e.InviteEnded: EventModel(_invite, _name_end_of_invite),
    e.WaitingChanged: EventModel(_waiting, _name_waiting),
    e.MemberConnectionChanged: EventModel(_member, _unexpected),
    e.LeaderChanged: EventModel(_leader, _name_leader_change),
    e.CountdownStarted: EventModel(_countdown, _always("start")),
    e.CountdownCancelled: EventModel(_cancelled, _always("cancel")),
    e.SessionStarted: EventModel(_session, _unexpected),
    e.SessionUpdated: EventModel(_session, _name_session_update),
    e.SessionGo: EventModel(_go, _unexpected),
    e.HostLost: EventModel(_host_lost, _always("yield")),
    e.HostChanged: EventModel(_host_changed, _always("host")),
    e.CheckpointSaved: EventModel(
        _session, lambda before, event, actor_id: _marked("save", event.checkpoint.label), "SessionUpdated"
    ),
    e.TicketSpent: EventModel(_session, _unexpected, "SessionUpdated"),
    e.GameServerSeen: EventModel(_session, _unexpected, "SessionUpdated"),
    e.SessionEnded: EventModel(_session, _name_session_end),
    e.MessagePosted: EventModel(_message, lambda before, event, actor_id: _marked("message", event.text)),
    e.PartySearchChanged: EventModel(_search, _name_search),
    e.PartyClosed: EventModel(_closed, _always("disband")),
}
