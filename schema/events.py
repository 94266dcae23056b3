"""The stream of a party in GraphQL: the entries of its log, and frames about the stream itself.

A domain event appears as the type of the same name, so a new event needs a class here, or in `session_events.py`, and the import
of this module fails until it has one. `/updates` sends the same types and fields, derived from these classes
(`web/updates/messages.py`).
"""

from __future__ import annotations

from typing import Any

import strawberry

from lobby.domain import events
from lobby.domain.viewer_access import AccessLevel
from lobby.live import frames
from schema import session_events
from schema.party import Invite, Member
from schema.party_event import PartyEvent
from schema.player import Player
from schema.scalars_and_enums import (
    CloseReason,
    DateTime,
    LeaderChangeReason,
    LeaveReason,
    SnapshotReason,
    described,
)
from schema.search import Search
from schema.settings import PartySettings


@strawberry.type(
    description="The first frame if there is nothing to resume from. Later it comes when the stream had to skip entries."
)
class PartySnapshot(PartyEvent):
    @strawberry.field
    def reason(self) -> SnapshotReason:
        reason: SnapshotReason = self.event.reason
        return reason


@strawberry.type
class PartyCreated(PartyEvent):
    pass


@strawberry.type
class SettingsChanged(PartyEvent):
    @strawberry.field
    def settings(self) -> PartySettings:
        return PartySettings(source=self.source.settings)

    @described("Names of the fields that changed.")
    def changed(self) -> list[str]:
        return list(self.event.changed)


@strawberry.type
class MemberJoined(PartyEvent):
    @strawberry.field
    def member(self) -> Member:
        return self._member(self.event.player.id)


@strawberry.type(description="Also for a player who has left before and is banned now.")
class MemberLeft(PartyEvent):
    @strawberry.field
    def player(self) -> Player:
        return Player.of(self.event.player)

    @strawberry.field
    def leave_reason(self) -> LeaveReason:
        reason: LeaveReason = self.event.reason
        return reason


@strawberry.type(description="Ready, class, attributes, version of the game, team or mute changed.")
class MemberUpdated(PartyEvent):
    @strawberry.field
    def member(self) -> Member:
        return self._member(self.event.player_id)


@strawberry.type(
    description=(
        "A reservation has ended without its player, a seat is held for a player who waited for it, or the team of a reservation "
        "has changed."
    )
)
class ReservationsChanged(PartyEvent):
    pass


@strawberry.type(description="A member has invited a player.")
class PlayerInvited(PartyEvent):
    @strawberry.field
    def invite(self) -> Invite:
        return self._party.invite(self.event.invite)


@strawberry.type(description="An invite is no longer pending: its state says why.")
class InviteEnded(PartyEvent):
    @strawberry.field
    def invite(self) -> Invite:
        return self._party.invite(self.event.invite)


@strawberry.type(
    description=(
        "A player waits for a seat, or waits no longer. Players for whom a seat is held, and those who join, leave the waiting "
        "list without this event."
    )
)
class WaitingChanged(PartyEvent):
    @described("All who wait now, in their order.")
    def waiting(self) -> list[Player]:
        return [Player.of(waiting.player) for waiting in self.event.waiting]


@strawberry.type
class MemberConnectionChanged(PartyEvent):
    @strawberry.field
    def member(self) -> Member:
        return self._member(self.event.player_id)


@strawberry.type
class LeaderChanged(PartyEvent):
    @strawberry.field
    def previous(self) -> Player | None:
        return Player.of(self.event.previous) if self.event.previous is not None else None

    @strawberry.field
    def leader(self) -> Player:
        return Player.of(self.event.leader)

    @strawberry.field
    def leader_reason(self) -> LeaderChangeReason:
        reason: LeaderChangeReason = self.event.reason
        return reason

    @described("Rises by one with each change of leader.")
    def term(self) -> int:
        term: int = self.event.term
        return term


@strawberry.type
class MessagePosted(PartyEvent):
    @strawberry.field
    def author(self) -> Player:
        return Player.of(self.event.author)

    @described("1 to 500 characters.")
    def text(self) -> str:
        text: str = self.event.text
        return text


@strawberry.type(
    description="The party's search for other parties has begun, has changed or has ended. See `search.state`."
)
class PartySearchChanged(PartyEvent):
    @strawberry.field
    def search(self) -> Search:
        return self._party.search_of(self.event.search)


@strawberry.type
class PartyClosed(PartyEvent):
    @strawberry.field
    def close_reason(self) -> CloseReason:
        reason: CloseReason = self.event.reason
        return reason


@strawberry.type(
    description=(
        "Sent after 10 s without another frame. `seq` is the head of the log: if it is greater than the last one that you "
        "applied, the stream lost entries."
    )
)
class Heartbeat(PartyEvent):
    @described("Set while the server shuts down: reconnect after this time.")
    def reconnect_after_ms(self) -> int | None:
        wait_ms: int | None = self.event.reconnect_after_ms
        return wait_ms


@strawberry.type(
    description=(
        "Words of the operators to all members. It is no entry of the log: `seq` is that of the last entry, and a stream that "
        "resumes later does not bring it again. The inbox has it as `Announced`."
    )
)
class Announcement(PartyEvent):
    @described("1 to 500 characters.")
    def text(self) -> str:
        text: str = self.event.text
        return text


@strawberry.type(
    description=(
        "The last frame for a subscriber who is no longer in the party, after the MemberLeft of that subscriber (or "
        "PartyClosed); then the stream completes."
    )
)
class Removed(PartyEvent):
    @strawberry.field
    def leave_reason(self) -> LeaveReason:
        reason: LeaveReason = self.event.reason
        return reason

    @described("When the player may join again; null if at once.")
    def retry_at(self) -> DateTime | None:
        return DateTime(self.event.retry_at) if self.event.retry_at is not None else None


def _type_of(kind: type[events.Event]) -> type[PartyEvent]:
    name = events.name_for_followers(kind)
    type_ = globals().get(name) or getattr(session_events, name, None)
    if not (isinstance(type_, type) and issubclass(type_, PartyEvent)):
        raise TypeError(f"schema/events.py has no GraphQL type {name}, for {kind.__name__} of lobby/domain/events.py")
    return type_


EVENT_TYPES: dict[type[Any], type[PartyEvent]] = {
    **{kind: _type_of(kind) for kind in events.EVENT_KINDS},
    frames.Snapshot: PartySnapshot,
    frames.Heartbeat: Heartbeat,
    frames.Announcement: Announcement,
    frames.Removed: Removed,
}
"""The GraphQL type of each kind of event and of each frame about the stream."""


def to_event(frame: frames.Frame, access_level: AccessLevel) -> PartyEvent:
    """A frame of the stream as a caller with this access level sees it."""
    event = frame.event if isinstance(frame, events.Entry) else frame
    actor_id = frame.actor_id if isinstance(frame, events.Entry) else None
    return EVENT_TYPES[type(event)](
        source=frame.party,
        access_level=access_level,
        event=event,
        at=DateTime(frame.at),
        actor_id=strawberry.ID(actor_id) if actor_id is not None else None,
    )
