"""One subscription on a socket, from its start to its end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from lobby.domain.events import Entry, SessionStarted
from lobby.domain.standing import standing
from lobby.domain.values import PartyId
from lobby.http.bounded_send import Gone
from lobby.http.shown.session import Ticket
from lobby.http.sockets.line import TextFrame
from lobby.http.sockets.sender import Sender
from lobby.http.updates import told
from lobby.http.updates.messages import Subscribe
from lobby.http.updates.shared_updates import SharedUpdates
from lobby.http.updates.update import update
from lobby.live.following import Following
from lobby.live.frames import Frame
from lobby.live.hub import NotFollowable
from lobby.live.player_streams import TooManyStreams
from lobby.live.pushing import Telling
from lobby.operations.errors import INTERNAL, LIMIT_EXCEEDED
from lobby.operations.reporting import internal_entry
from resolvers.context import Context

_FRAME = TextFrame()


class Subscription:
    """Sends what happens in one party, for as long as the client wants it."""

    def __init__(
        self,
        party_id: PartyId,
        asked: Subscribe,
        following: Following,
        context: Context,
        updates: SharedUpdates,
        sender: Sender,
        ended: Callable[[Subscription], None],
    ) -> None:
        """`ended` is called when the party may be subscribed to again, ahead of the message that says so."""
        self.id = party_id
        self.session_id = asked.session_id
        self._asked = asked
        self.may_be_cancelled = True
        self._following = following
        self._player_id = following.player_id
        self._context = context
        self._updates = updates
        self._sender = sender
        self._ended = ended
        self._line = sender.line(_FRAME)
        self._wanted = True

    def drop(self) -> None:
        self._wanted = False
        self._line.cut()

    async def run(self) -> None:
        """Never raises but on cancellation."""
        try:
            await self._follow()
        except NotFollowable:
            await self._end(told.not_found(self._asked))
        except TooManyStreams as error:
            await self._end(told.error(LIMIT_EXCEEDED, str(error), **told.about(self._asked)))
        except Gone:
            pass
        except Exception as error:
            entry = internal_entry(error, self._context.request_id, "an update")
            await self._end(told.error(INTERNAL, entry["message"], **told.about(self._asked)))

    async def _follow(self) -> None:
        telling = Telling(SharedUpdates, self._told)
        try:
            async for frame in self._following:
                await self._send((await self._text(frame)).decode())
                await self._following.pushed(telling, self._line)
        finally:
            await self._following.aclose()
        await self._end(told.unsubscribed(self.id, self.session_id))

    async def _text(self, frame: Frame) -> bytes:
        shared = self._told(frame)
        return shared if shared is not None else await self._own_text(frame)

    async def _own_text(self, frame: Frame) -> bytes:
        """With the viewer's own ticket, where it tells of a start; fresh on replay too."""
        session, ticket = frame.party.session, None
        if session is not None and isinstance(frame, Entry) and isinstance(frame.event, SessionStarted):
            ticket = await self._context.ticket(frame.party.id, session.id)
        return update(frame, standing(frame.party, self._player_id), Ticket.of(ticket))

    def _told(self, frame: Frame) -> bytes | None:
        """A frame that is everybody's."""
        return self._updates.shown_to(self._player_id, frame)

    async def _send(self, text: str) -> None:
        if self._wanted:
            await self._sender.text(text)

    async def _end(self, text: str) -> None:
        if self._wanted:
            self._wanted = False
            self._ended(self)
            with suppress(Gone):
                await self._sender.text(text)
