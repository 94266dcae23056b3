"""One subscription on a socket, from its start to its end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from lobby.app.errors import INTERNAL, LIMIT_EXCEEDED
from lobby.domain.events import Entry
from lobby.domain.values import PartyId
from lobby.domain.viewer_access import access_level
from lobby.limits.count_limiter import LimitReached
from lobby.live.follower import Follower
from lobby.live.frames import Frame, InboxFrame
from lobby.live.hub import NotFollowable
from lobby.ports import Channel
from resolvers.context import Context
from schema.session import SessionTicket
from web.connections.socket_channel import Gone, Sender
from web.graphql.execution.error_reporting import internal_entry
from web.updates import messages as told
from web.updates.messages import Subscribe, encode_event, encode_inbox_event

UPDATE_FIELDS = 100
"""The fields that one message costs: a party with its members and its session."""
PushUpdates = Callable[[Follower, Channel[bytes]], Awaitable[None]]
"""Sends a follower's new frames to a channel, as JSON, while it takes them; returns when the next one has to be pulled."""


async def push_nothing(follower: Follower, channel: Channel[bytes]) -> None:
    """The plain `PushUpdates`: each frame is pulled."""


FrameT = TypeVar("FrameT")
FrameT_co = TypeVar("FrameT_co", covariant=True)


class Frames(Protocol[FrameT_co]):
    """A stream of frames, which the code that opened it has to close."""

    def __aiter__(self) -> AsyncIterator[FrameT_co]: ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SubscriptionDeps:
    """The dependencies that a subscription gets from its socket."""

    sender: Sender
    ended: Callable[[Any], None]
    """Called with the subscription when the same may be subscribed to again, ahead of the message that says so."""
    is_going_down: Callable[[], bool]
    """Returns True while the server shuts down."""
    pace: Callable[[], Awaitable[None]]
    """Awaited before each pulled frame is made."""
    bytes_max: int
    """The size of a message."""


class Subscription(ABC, Generic[FrameT]):
    """Sends the frames of one stream, for as long as the client wants it."""

    def __init__(self, id: str, asked: Subscribe, frames: Frames[FrameT], context: Context, deps: SubscriptionDeps):
        """`id`: unlike that of all other subscriptions on the socket."""
        self.id = id
        self.asked = asked
        self.may_be_cancelled = True
        self.context = context
        self._frames = frames
        self._deps = deps
        self._channel = deps.sender.channel()
        self._wanted = True

    @abstractmethod
    async def encode(self, frame: FrameT) -> bytes:
        """The message for a frame."""

    async def push_to(self, channel: Channel[bytes]) -> None:
        """Send new frames to `channel` while it takes them; returns when the next one has to be pulled."""

    def drop(self) -> None:
        self._wanted = False
        self._channel.close()

    async def run(self) -> None:
        """Never raises but on cancellation."""
        try:
            await self._follow()
        except NotFollowable:
            await self._end(told.not_found(self.asked))
        except LimitReached as error:
            await self._end(told.error(LIMIT_EXCEEDED, str(error), **told.ids_of(self.asked)))
        except Gone:
            pass
        except Exception as error:
            entry = internal_entry(error, self.context.request_id, "an update")
            await self._end(told.error(INTERNAL, entry["message"], **told.ids_of(self.asked)))

    async def _follow(self) -> None:
        try:
            async for frame in self._frames:
                await self._deps.pace()
                await self._send(await self._text(frame))
                await self.push_to(self._channel)
        finally:
            await self._frames.aclose()
        # While the server shuts down, the close of the socket (1012) ends the subscription: it goes on after the reconnect.
        if not self._deps.is_going_down():
            await self._end(told.unsubscribed(self.id, self.asked))

    async def _text(self, frame: FrameT) -> str:
        """The message for a frame; if it is too long, an error message."""
        text = await self.encode(frame)
        if len(text) > self._deps.bytes_max:
            message = f"The update has more than {self._deps.bytes_max} bytes."
            return told.error(LIMIT_EXCEEDED, message, **told.ids_of(self.asked))
        return text.decode()

    async def _send(self, text: str) -> None:
        if self._wanted:
            await self._deps.sender.text(text)

    async def _end(self, text: str) -> None:
        if self._wanted:
            self._wanted = False
            self._deps.ended(self)
            with suppress(Gone):
                await self._deps.sender.text(text)


class PartySubscription(Subscription[Frame]):
    """Sends what happens in one party. Its id is that of the party."""

    def __init__(
        self,
        party_id: PartyId,
        asked: Subscribe,
        follower: Follower,
        context: Context,
        push: PushUpdates,
        deps: SubscriptionDeps,
    ) -> None:
        super().__init__(party_id, asked, follower, context, deps)
        self._follower = follower
        self._push = push

    async def encode(self, frame: Frame) -> bytes:
        """If the event brings a ticket, it is newly issued for the viewer, on replay too."""
        session, ticket = frame.party.session, None
        if session is not None and isinstance(frame, Entry) and frame.event.brings_ticket:
            ticket = await self.context.ticket(frame.party.id, session.id)
        return encode_event(frame, access_level(frame.party, self._follower.player_id), SessionTicket.of(ticket))

    async def push_to(self, channel: Channel[bytes]) -> None:
        await self._push(self._follower, channel)


class InboxSubscription(Subscription[InboxFrame]):
    """Sends what comes into the inbox of a player."""

    async def encode(self, frame: InboxFrame) -> bytes:
        return encode_inbox_event(frame, self.context.player().id)
