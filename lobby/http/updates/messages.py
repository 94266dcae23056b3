"""What clients say. Unity's JsonUtility writes a text that is not there as an empty one, so an empty one is none."""

from __future__ import annotations

from urllib.parse import parse_qsl

import msgspec

from lobby.operations.json_text import MalformedJson, decode_json

QUERY_FIELDS_MAX = 16


class MalformedMessage(ValueError):
    """A message that is none of these; its text is fit for the caller."""


class _Message(msgspec.Struct, frozen=True, tag_field="type"):
    party_id: str | None = None
    session_id: str | None = None


class Subscribe(_Message, frozen=True, tag_field="type", tag="subscribe"):
    """Follow a party, named by its id or by that of a session of its, from the cursor `after` on. With `token` or
    `player_id`, the socket speaks for that player from here on."""

    after: str | None = None
    token: str | None = None
    player_id: str | None = None


class Unsubscribe(_Message, frozen=True, tag_field="type", tag="unsubscribe"):
    """Follow no longer what was subscribed to by that id; without one, nothing at all."""

    def names(self, party_id: str, session_id: str | None) -> bool:
        return self.party_id in (None, party_id) and self.session_id in (None, session_id)


Message = Subscribe | Unsubscribe


def read_message(frame: bytes | str) -> Message:
    """Raises `MalformedMessage`."""
    try:
        return _without_blanks(msgspec.convert(decode_json(frame), Message))
    except (MalformedJson, msgspec.ValidationError) as error:
        raise MalformedMessage(str(error)) from None


def read_query(query: bytes) -> Subscribe:
    """The query string of the handshake, as the message that it stands for. Raises `MalformedMessage`."""
    try:
        given = dict(parse_qsl(query.decode("ascii"), errors="strict", max_num_fields=QUERY_FIELDS_MAX))
    except ValueError:
        raise MalformedMessage("The query string must be percent-encoded UTF-8, of at most 16 fields.") from None
    known = {name: given.get(name) for name in Subscribe.__struct_fields__}
    return Subscribe(**known)


def _without_blanks(message: Message) -> Message:
    said = {name: getattr(message, name) or None for name in message.__struct_fields__}
    return type(message)(**said)
