"""The messages of `/updates` in both directions: what clients send, what the server answers, and events as JSON.

An empty text from a client counts as absent: JsonUtility of Unity writes a text that is not set as an empty one. An event has the
type and the fields of the GraphQL event, in snake_case.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import msgspec

from lobby.app.errors import NOT_FOUND
from lobby.domain.events import Entry
from lobby.domain.values import PlayerId
from lobby.domain.viewer_access import AccessLevel
from lobby.live.frames import Frame, InboxFrame
from schema import events
from schema.inbox import INBOX_EVENT_TYPES, InboxSnapshot, InviteUpdated, SearchUpdated, to_inbox_event
from schema.party import Invite
from schema.search import Search
from schema.session import SessionTicket
from web.graphql.execution.result import MalformedJson, decode_json, encode_json
from web.views import view, view_fields

QUERY_FIELDS_MAX = 16


class MalformedMessage(ValueError):
    """The message is of no known form. The text of the exception is for the client."""


class _Message(msgspec.Struct, frozen=True, tag_field="type"):
    party_id: str | None = None
    session_id: str | None = None
    inbox: bool = False


class Subscribe(_Message, frozen=True, tag_field="type", tag="subscribe"):
    """Follow a party, named by its id or by the id of its session, or the inbox of the player, from the cursor `after` on.

    `token` or `player_id` makes that player the player of the socket from here on.
    """

    after: str | None = None
    token: str | None = None
    player_id: str | None = None

    @property
    def names_a_stream(self) -> bool:
        return self.inbox or self.party_id is not None or self.session_id is not None


class Unsubscribe(_Message, frozen=True, tag_field="type", tag="unsubscribe"):
    """End the subscription with these ids, or to the inbox; without ids and `inbox`, end all of them."""

    def matches(self, id: str, asked: Subscribe) -> bool:
        """`id`: of a subscription that `asked` has begun; that of the party, except for an inbox."""
        if self.inbox or asked.inbox:
            names_party = self.party_id is not None or self.session_id is not None
            return asked.inbox and not names_party
        return self.party_id in (None, id) and self.session_id in (None, asked.session_id)


Message = Subscribe | Unsubscribe


def read_message(frame: bytes | str) -> Message:
    """Raises `MalformedMessage`."""
    try:
        return _empty_to_none(msgspec.convert(decode_json(frame), Message))
    except (MalformedJson, msgspec.ValidationError) as error:
        raise MalformedMessage(str(error)) from None


def read_query(query: bytes) -> Subscribe:
    """Read the query string of a handshake as a `Subscribe`. Raises `MalformedMessage`."""
    try:
        text = query.decode("ascii")
        given = dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=QUERY_FIELDS_MAX))
    except ValueError:
        raise MalformedMessage("The query string must be percent-encoded UTF-8, of at most 16 fields.") from None
    inbox = given.pop("inbox", "false")
    if inbox not in _FLAGS:
        raise MalformedMessage("inbox: must be empty, true or false.")
    return Subscribe(inbox=_FLAGS[inbox], **{name: given.get(name) or None for name in _TEXT_FIELDS})


_FLAGS = {"": True, "true": True, "1": True, "false": False, "0": False}
_TEXT_FIELDS = tuple(name for name in Subscribe.__struct_fields__ if name != "inbox")


def _empty_to_none(message: Message) -> Message:
    fields = {name: getattr(message, name) or None for name in message.__struct_fields__ if name != "inbox"}
    return type(message)(**fields, inbox=message.inbox)


def error(code: str, message: str, **details: str | bool | None) -> str:
    """An error message. `details`: the invalid field, or the ids of the request, see `ids_of`."""
    return _encode(type="error", code=code, message=message, **details)


def not_found(request: Subscribe) -> str:
    """The same message whether there is no such party or the player may not see it."""
    what = "party" if request.session_id is None else "session"
    return error(NOT_FOUND, f"There is no such {what}.", **ids_of(request))


def ids_of(request: Subscribe) -> dict[str, str | bool | None]:
    """The ids in an error message, as the request had them."""
    ids: dict[str, str | bool | None] = {"party_id": request.party_id, "session_id": request.session_id}
    return ids | {"inbox": True} if request.inbox else ids


def unsubscribed(id: str, asked: Subscribe) -> str:
    """The subscription that `asked` has begun has ended; no more events follow. `id`: see `Unsubscribe.matches`."""
    if asked.inbox:
        return _encode(type="unsubscribed", party_id=None, session_id=None, inbox=True)
    return _encode(type="unsubscribed", party_id=id, session_id=asked.session_id)


def closing(code: int, reason: str) -> str:
    """Announces the close of the socket, since some clients cannot see the code of a close."""
    return _encode(type="closing", code=code, reason=reason)


def _encode(**fields: object) -> str:
    return encode_json(fields).decode()


FIRST_FIELDS = ("type", "seq", "cursor", "at", "party_id", "actor_id")
"""Every event has them, in this order."""

INBOX_FIRST_FIELDS = ("type", "seq", "cursor", "at")
"""The same of an inbox."""

for event_type in (*events.EVENT_TYPES.values(), *INBOX_EVENT_TYPES.values()):
    view_fields(event_type)  # A type that cannot be sent fails here, at import, and not when it first occurs.


def encode_event(frame: Frame, access_level: AccessLevel, ticket: SessionTicket | None = None) -> bytes:
    """The frame as a player with this access level sees it. `ticket`: the player's own, in an event that brings one."""
    event = events.to_event(frame, access_level)
    fields: dict[str, Any] = dict.fromkeys(FIRST_FIELDS) | view(event)
    fields["type"] = type(event).__name__
    if isinstance(frame, Entry) and frame.event.brings_ticket:
        fields["ticket"] = view(ticket) if ticket is not None else None
    if not isinstance(event, events.Heartbeat):
        fields["party"] = view(event.party())
    return encode_json(fields)


def encode_inbox_event(frame: InboxFrame, viewer: PlayerId) -> bytes:
    """A frame of the inbox of the player `viewer`."""
    event = to_inbox_event(frame, viewer)
    fields: dict[str, Any] = dict.fromkeys(INBOX_FIRST_FIELDS) | view(event)
    fields["type"] = type(event).__name__
    if isinstance(event, InviteUpdated):
        fields["invite"] = _with_party(event.invite())
    if isinstance(event, SearchUpdated):
        fields["search"] = _with_party(event.search())
    if isinstance(event, InboxSnapshot):
        fields["invites"] = [_with_party(invite) for invite in event.invites()]
    return encode_json(fields)


def _with_party(shown: Invite | Search) -> dict[str, Any]:
    """In a party's own stream the party is not repeated in its invites and its search. Here it is."""
    return view(shown) | {"party": view(shown.party())}
