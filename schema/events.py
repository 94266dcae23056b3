"""The stream of a party as GraphQL shows it: the entries of its log, and frames about the stream itself."""

from __future__ import annotations

from typing import Any

import strawberry

from lobby.domain import cursor, events, model
from lobby.domain.standing import Standing
from lobby.live import frames
from schema.context import Info
from schema.described import described
from schema.enums import (
    CancelReason,
    CloseReason,
    LeaderChangeReason,
    LeaveReason,
    SnapshotReason,
)
from schema.member import Member
from schema.party import Party
from schema.party_settings import PartySettings
from schema.player import Player
from schema.scalars import Cursor, DateTime
from schema.session import Session, SessionTicket


@strawberry.interface(
    description=(
        "One entry of a party's log, or a frame about the stream itself (PartySnapshot, Heartbeat, Removed). Within one "
        "subscription `seq` never falls and no log entry is left out; an entry whose `seq` is not greater than the last "
        "applied has been seen before. Frames about the stream are always to be heeded. Resume from the cursor of the "
        "last entry or snapshot applied."
    )
)
class PartyEvent:
    seen: strawberry.Private[model.Party]
    standing: strawberry.Private[Standing]
    fact: strawberry.Private[Any]
    """The domain's event, or the frame."""
    at: DateTime
    actor_id: strawberry.ID | None = strawberry.field(
        description="The player whose act this was; null for the server's own."
    )

    @strawberry.field
    def seq(self) -> int:
        return self.seen.version

    @strawberry.field
    def cursor(self) -> Cursor:
        return Cursor(str(cursor.Cursor(self.seen.epoch, self.seen.version)))

    @strawberry.field
    def party_id(self) -> strawberry.ID:
        return strawberry.ID(self.seen.id)

    @described("The party as it stands after this event.")
    def party(self) -> Party:
        return self._party

    @property
    def position(self) -> str | None:
        """Where the stream goes on right behind this. A heartbeat may be ahead of its follower, and is no place to go on."""
        is_place = not isinstance(self.fact, frames.Heartbeat | frames.Removed)
        return str(cursor.Cursor(self.seen.epoch, self.seen.version)) if is_place else None

    @property
    def _party(self) -> Party:
        return Party(seen=self.seen, standing=self.standing)

    def _session(self) -> Session:
        session = self.seen.shown_session
        assert session is not None, "an event about a session leaves one to show"
        return self._party.session_of(session)


@strawberry.type(
    description=(
        "The first frame when there is nothing to resume from, and again whenever the stream had to skip to the present."
    )
)
class PartySnapshot(PartyEvent):
    @strawberry.field
    def reason(self) -> SnapshotReason:
        reason: SnapshotReason = self.fact.reason
        return reason


@strawberry.type
class PartyCreated(PartyEvent):
    pass


@strawberry.type
class SettingsChanged(PartyEvent):
    @strawberry.field
    def settings(self) -> PartySettings:
        return PartySettings(seen=self.seen.settings)

    @described("Names of the fields that changed.")
    def changed(self) -> list[str]:
        return list(self.fact.changed)


@strawberry.type
class MemberJoined(PartyEvent):
    @strawberry.field
    def member(self) -> Member:
        return _member(self, self.fact.player.id)


@strawberry.type
class MemberLeft(PartyEvent):
    @strawberry.field
    def player(self) -> Player:
        return Player.of(self.fact.player)

    @strawberry.field
    def leave_reason(self) -> LeaveReason:
        reason: LeaveReason = self.fact.reason
        return reason


@strawberry.type(description="Ready, class or attributes changed.")
class MemberUpdated(PartyEvent):
    @strawberry.field
    def member(self) -> Member:
        return _member(self, self.fact.player_id)


@strawberry.type
class MemberConnectionChanged(PartyEvent):
    @strawberry.field
    def member(self) -> Member:
        return _member(self, self.fact.player_id)


@strawberry.type
class LeaderChanged(PartyEvent):
    @strawberry.field
    def previous(self) -> Player | None:
        return Player.of(self.fact.previous) if self.fact.previous is not None else None

    @strawberry.field
    def leader(self) -> Player:
        return Player.of(self.fact.leader)

    @strawberry.field
    def leader_reason(self) -> LeaderChangeReason:
        reason: LeaderChangeReason = self.fact.reason
        return reason

    @described("Rises by one with each change of leader.")
    def term(self) -> int:
        term: int = self.fact.term
        return term


@strawberry.type
class CountdownStarted(PartyEvent):
    @strawberry.field
    def session(self) -> Session:
        return self._session()

    @strawberry.field
    def starts_at(self) -> DateTime:
        return DateTime(self.fact.starts_at)


@strawberry.type
class CountdownCancelled(PartyEvent):
    @strawberry.field
    def cancel_reason(self) -> CancelReason:
        reason: CancelReason = self.fact.reason
        return reason


@strawberry.type
class SessionStarted(PartyEvent):
    @strawberry.field
    def session(self) -> Session:
        return self._session()

    @described(
        "The subscriber's own ticket, fresh on replay too; null to a member who is not in the session, and once the "
        "session has ended."
    )
    async def ticket(self, info: Info) -> SessionTicket | None:
        session = self.seen.session
        return SessionTicket.of(await info.context.ticket(self.seen.id, session.id if session else None))


@strawberry.type(
    description="Floor, endpoint, attributes, the players inside or who has arrived changed, or the game server was heard of."
)
class SessionUpdated(PartyEvent):
    @strawberry.field
    def session(self) -> Session:
        return self._session()


@strawberry.type
class SessionEnded(PartyEvent):
    @strawberry.field
    def session(self) -> Session:
        return self._session()


@strawberry.type
class MessagePosted(PartyEvent):
    @strawberry.field
    def author(self) -> Player:
        return Player.of(self.fact.author)

    @described("1 to 500 characters.")
    def text(self) -> str:
        text: str = self.fact.text
        return text


@strawberry.type
class PartyClosed(PartyEvent):
    @strawberry.field
    def close_reason(self) -> CloseReason:
        reason: CloseReason = self.fact.reason
        return reason


@strawberry.type(
    description=(
        "Sent after 10 s without another frame. `seq` is the head of the log: if it is greater than the last you "
        "applied, you have lost the tail."
    )
)
class Heartbeat(PartyEvent):
    @described("Set while the server drains: reconnect after this long.")
    def reconnect_after_ms(self) -> int | None:
        wait_ms: int | None = self.fact.reconnect_after_ms
        return wait_ms


@strawberry.type(
    description=(
        "The last frame to a subscriber who is no longer in the party, after one's own MemberLeft (or PartyClosed); "
        "the stream then completes."
    )
)
class Removed(PartyEvent):
    @strawberry.field
    def leave_reason(self) -> LeaveReason:
        reason: LeaveReason = self.fact.reason
        return reason

    @described("When the player may join again; null for at once.")
    def retry_at(self) -> DateTime | None:
        return DateTime(self.fact.retry_at) if self.fact.retry_at is not None else None


def _member(event: PartyEvent, player_id: str) -> Member:
    member = event.seen.member(player_id)
    assert member is not None, "an event about a member leaves that member in the party"
    return Member.of(member, event.seen, event.standing)


EVENT_TYPES: dict[type[Any], type[PartyEvent]] = {
    events.PartyCreated: PartyCreated,
    events.SettingsChanged: SettingsChanged,
    events.MemberJoined: MemberJoined,
    events.MemberLeft: MemberLeft,
    events.MemberUpdated: MemberUpdated,
    events.MemberConnectionChanged: MemberConnectionChanged,
    events.LeaderChanged: LeaderChanged,
    events.CountdownStarted: CountdownStarted,
    events.CountdownCancelled: CountdownCancelled,
    events.SessionStarted: SessionStarted,
    events.SessionUpdated: SessionUpdated,
    events.TicketSpent: SessionUpdated,
    events.GameServerSeen: SessionUpdated,
    events.SessionEnded: SessionEnded,
    events.MessagePosted: MessagePosted,
    events.PartyClosed: PartyClosed,
    frames.Snapshot: PartySnapshot,
    frames.Heartbeat: Heartbeat,
    frames.Removed: Removed,
}
"""Each kind of event and of frame, and the type that shows it."""


def shown(frame: frames.Frame, standing: Standing) -> PartyEvent:
    """A frame of the stream as somebody who stands so sees it."""
    fact = frame.event if isinstance(frame, events.Entry) else frame
    actor_id = frame.actor_id if isinstance(frame, events.Entry) else None
    return EVENT_TYPES[type(fact)](
        seen=frame.party,
        standing=standing,
        fact=fact,
        at=DateTime(frame.at),
        actor_id=strawberry.ID(actor_id) if actor_id is not None else None,
    )
