"""The inbox of a player in GraphQL: the entries of its log, and frames about the stream itself.

An event of the domain appears as the type of the same name, so a new event needs a class here, and the import of this module
fails until it has one. `/updates` sends the same types and fields, derived from these classes (`web/updates/inbox_messages.py`).
"""

from __future__ import annotations

from typing import Any

import strawberry

from lobby.domain import cursor, inbox, model
from lobby.domain.values import PlayerId
from lobby.domain.viewer_access import access_level
from lobby.live import frames
from schema.party import Invite, Party
from schema.scalars_and_enums import Cursor, DateTime, LeaveReason, described
from schema.search import Search


@strawberry.interface(
    description=(
        "One entry of a player's own log, or a frame about the stream itself (InboxSnapshot, InboxHeartbeat). Within one "
        "subscription `seq` never falls, unless an InboxSnapshot begins a new log, and no entry is left out. Skip an entry whose "
        "`seq` is not greater than that of the last one applied. Resume from the cursor of the last entry or snapshot applied."
    )
)
class InboxEvent:
    viewer: strawberry.Private[PlayerId]
    frame: strawberry.Private[Any]
    """An `InboxFrame`."""
    at: DateTime

    @strawberry.field
    def seq(self) -> int:
        return self.source.version

    @strawberry.field
    def cursor(self) -> Cursor:
        return Cursor(self._cursor)

    @property
    def _cursor(self) -> str:
        return str(cursor.Cursor.of_inbox(self.source, self.frame.at))

    @property
    def source(self) -> inbox.Inbox:
        source: inbox.Inbox = self.frame.inbox
        return source

    @property
    def event(self) -> Any:
        """The event of the domain, or the frame."""
        return self.frame.entry.event if isinstance(self.frame, frames.InboxUpdate) else self.frame

    @property
    def position(self) -> str | None:
        """The cursor to resume from after this event; None for heartbeats, which may be ahead of their follower."""
        return None if isinstance(self.frame, frames.InboxHeartbeat) else self._cursor

    def _party_of(self, party: model.Party | None) -> Party | None:
        return Party.of(party, self.viewer) if party is not None else None

    def _invite_of(self, invite: model.Invite, party: model.Party) -> Invite:
        return Invite(source=invite, source_party=party, access_level=access_level(party, self.viewer))


@strawberry.type(
    description=(
        "The first frame if there is nothing to resume from. Later it comes when the stream had to skip entries. It shows what "
        "the entries have led to."
    )
)
class InboxSnapshot(InboxEvent):
    @described("The caller's pending invites, the latest first.")
    def invites(self) -> list[Invite]:
        return [self._invite_of(each.invite, each.party) for each in self.frame.invites]

    @described("The party that the caller is in.")
    def party(self) -> Party | None:
        return self._party_of(self.frame.party)


@strawberry.type(description="Sent after 10 s without another frame.")
class InboxHeartbeat(InboxEvent):
    @described("Set while the server shuts down: reconnect after this time.")
    def reconnect_after_ms(self) -> int | None:
        wait_ms: int | None = self.frame.reconnect_after_ms
        return wait_ms


@strawberry.type(description="An invite to the caller is new, or its state has changed.")
class InviteUpdated(InboxEvent):
    @described("As it was after this event.")
    def invite(self) -> Invite:
        assert self.frame.party is not None, "an invite is shown with its party"
        return self._invite_of(self.event.invite, self.frame.party)


@strawberry.type(
    description=(
        "The caller has come into a party, or is in none any more; by a match, a freed seat, a kick, another device. Who moves "
        "from one party to another in one step has come into the other one."
    )
)
class MembershipChanged(InboxEvent):
    @described("The party that the caller has come into, as it is now; null if the caller is in none any more.")
    def party(self) -> Party | None:
        return self._party_of(self.frame.party)

    @described("Why the caller is in no party any more; null if the caller has come into one.")
    def leave_reason(self) -> LeaveReason | None:
        reason: LeaveReason | None = self.event.leave_reason
        return reason


@strawberry.type(
    description=(
        "The caller has begun to wait for a seat in `party`, a seat is held for the caller (`heldUntil`), or the wait is over "
        "(neither). Who joins the party gets MembershipChanged instead."
    )
)
class WaitingUpdated(InboxEvent):
    @described(
        "The party whose seat it is about, as it is now. Nullable only so that one flat class can read all events."
    )
    def party(self) -> Party | None:
        return self._party_of(self.frame.party)

    @described("True if the caller is on the waiting list.")
    def is_waiting(self) -> bool:
        is_waiting: bool = self.event.is_waiting
        return is_waiting

    @described("Until when a seat is held for the caller, who takes it with joinParty; null if none is.")
    def held_until(self) -> DateTime | None:
        return DateTime(self.event.held_until) if self.event.held_until is not None else None


@strawberry.type(
    description=(
        "What became of the search of the caller's party: begun, a match proposed or fallen apart, ended. Sent to all members. "
        "Who has accepted a proposed match is in the party's own stream."
    )
)
class SearchUpdated(InboxEvent):
    @described("As it was after this event; its party as it is now.")
    def search(self) -> Search:
        party = self._party_of(self.frame.party)
        assert party is not None, "a search is shown with its party"
        return party.search_of(self.event.search)


@strawberry.type(description="Words of the operators.")
class Announced(InboxEvent):
    @described("1 to 500 characters.")
    def text(self) -> str:
        text: str = self.event.text
        return text


def _type_of(kind: type[inbox.InboxEvent]) -> type[InboxEvent]:
    type_ = globals().get(kind.__name__)
    if not (isinstance(type_, type) and issubclass(type_, InboxEvent)):
        raise TypeError(f"schema/inbox.py has no GraphQL type {kind.__name__}, which lobby/domain/inbox.py has")
    return type_


INBOX_EVENT_TYPES: dict[type[Any], type[InboxEvent]] = {
    **{kind: _type_of(kind) for kind in inbox.INBOX_EVENT_KINDS},
    frames.InboxSnapshot: InboxSnapshot,
    frames.InboxHeartbeat: InboxHeartbeat,
}
"""The GraphQL type of each kind of event of an inbox, and of each frame about its stream."""


def to_inbox_event(frame: frames.InboxFrame, viewer: PlayerId) -> InboxEvent:
    """A frame of the stream as the player `viewer` sees it, whose inbox it is."""
    event = frame.entry.event if isinstance(frame, frames.InboxUpdate) else frame
    return INBOX_EVENT_TYPES[type(event)](viewer=viewer, frame=frame, at=DateTime(frame.at))
