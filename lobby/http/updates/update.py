"""One event of a party as JSON: by the same name as in GraphQL, with the same facts, in snake_case."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from lobby.auth.open_guests import as_given
from lobby.domain import events as e
from lobby.domain import model
from lobby.domain.cursor import Cursor
from lobby.domain.standing import Standing
from lobby.domain.values import PlayerId
from lobby.http.shown.member import Member
from lobby.http.shown.party import Party
from lobby.http.shown.player import Player
from lobby.http.shown.session import Session, Ticket
from lobby.http.shown.settings import Settings
from lobby.http.shown.shape import time, time_or_none, word
from lobby.live.frames import Frame, Heartbeat, Removed, Snapshot
from lobby.operations.json_text import encode_json

Facts = dict[str, Any]
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def update(frame: Frame, standing: Standing, ticket: Ticket | None = None) -> bytes:
    """The frame as somebody who stands so sees it. `ticket` is the viewer's own, in a SessionStarted."""
    fact = frame.event if isinstance(frame, e.Entry) else frame
    actor_id = frame.actor_id if isinstance(frame, e.Entry) else None
    party = frame.party
    told: Facts = {
        "type": NAMES.get(type(fact), type(fact).__name__),
        "seq": party.version,
        "cursor": str(Cursor(party.epoch, party.version)),
        "at": time(frame.at),
        "party_id": party.id,
        "actor_id": as_given(actor_id) if actor_id is not None else None,
    }
    told |= FACTS[type(fact)](fact, party, standing)
    if isinstance(fact, e.SessionStarted):
        told["ticket"] = ticket.model_dump() if ticket is not None else None
    if not isinstance(fact, Heartbeat):
        told["party"] = Party.of(party, standing).model_dump()
    return encode_json(told)


def _nothing(fact: Any, party: model.Party, standing: Standing) -> Facts:
    return {}


def _snapshot(fact: Snapshot, party: model.Party, standing: Standing) -> Facts:
    return {"reason": word(fact.reason)}


def _heartbeat(fact: Heartbeat, party: model.Party, standing: Standing) -> Facts:
    return {"reconnect_after_ms": fact.reconnect_after_ms}


def _removed(fact: Removed, party: model.Party, standing: Standing) -> Facts:
    return {"leave_reason": word(fact.reason), "retry_at": time_or_none(fact.retry_at)}


def _settings_changed(fact: e.SettingsChanged, party: model.Party, standing: Standing) -> Facts:
    changed = [_HUMP.sub("_", name).lower() for name in fact.changed]
    return {"settings": Settings.of(fact.settings).model_dump(), "changed": changed}


def _member(player_id: Callable[[Any], PlayerId]) -> Callable[[Any, model.Party, Standing], Facts]:
    def member(fact: Any, party: model.Party, standing: Standing) -> Facts:
        seat = party.member(player_id(fact))
        assert seat is not None, "an event about a member leaves that member in the party"
        return {"member": Member.of(seat, party, standing).model_dump()}

    return member


def _member_left(fact: e.MemberLeft, party: model.Party, standing: Standing) -> Facts:
    return {"player": _player(fact.player), "leave_reason": word(fact.reason)}


def _leader_changed(fact: e.LeaderChanged, party: model.Party, standing: Standing) -> Facts:
    return {
        "previous": _player(fact.previous) if fact.previous is not None else None,
        "leader": _player(fact.leader),
        "leader_reason": word(fact.reason),
        "term": fact.term,
    }


def _countdown_started(fact: e.CountdownStarted, party: model.Party, standing: Standing) -> Facts:
    return {**_session(fact, party, standing), "starts_at": time(fact.starts_at)}


def _countdown_cancelled(fact: e.CountdownCancelled, party: model.Party, standing: Standing) -> Facts:
    return {"cancel_reason": word(fact.reason)}


def _session(fact: Any, party: model.Party, standing: Standing) -> Facts:
    session = party.shown_session
    assert session is not None, "an event about a session leaves one to show"
    return {"session": Session.of(session, standing).model_dump()}


def _message_posted(fact: e.MessagePosted, party: model.Party, standing: Standing) -> Facts:
    return {"author": _player(fact.author), "text": fact.text}


def _party_closed(fact: e.PartyClosed, party: model.Party, standing: Standing) -> Facts:
    return {"close_reason": word(fact.reason)}


def _player(player: model.Player) -> Facts:
    return Player.of(player).model_dump()


NAMES: dict[type[Any], str] = {
    Snapshot: "PartySnapshot",
    e.TicketSpent: "SessionUpdated",
    e.GameServerSeen: "SessionUpdated",
}
"""Where it is not that of the class."""

FACTS: dict[type[Any], Callable[[Any, model.Party, Standing], Facts]] = {
    e.PartyCreated: _nothing,
    e.SettingsChanged: _settings_changed,
    e.MemberJoined: _member(lambda fact: str(fact.player.id)),
    e.MemberLeft: _member_left,
    e.MemberUpdated: _member(lambda fact: str(fact.player_id)),
    e.MemberConnectionChanged: _member(lambda fact: str(fact.player_id)),
    e.LeaderChanged: _leader_changed,
    e.CountdownStarted: _countdown_started,
    e.CountdownCancelled: _countdown_cancelled,
    e.SessionStarted: _session,
    e.SessionUpdated: _session,
    e.TicketSpent: _session,
    e.GameServerSeen: _session,
    e.SessionEnded: _session,
    e.MessagePosted: _message_posted,
    e.PartyClosed: _party_closed,
    Snapshot: _snapshot,
    Heartbeat: _heartbeat,
    Removed: _removed,
}
