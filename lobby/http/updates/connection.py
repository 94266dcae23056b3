"""One socket of `/updates`, from its acceptance to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import Receive, Send

from lobby.domain.rejections import invalid
from lobby.domain.values import PartyId
from lobby.http.admission import Admission
from lobby.http.bounded_send import Gone
from lobby.http.callers import Callers, Refused
from lobby.http.credentials import authorization
from lobby.http.outlet import Outlet
from lobby.http.places import NoPlace, Place, Places
from lobby.http.sockets import closing
from lobby.http.sockets.closing import Closing, fitting_reason
from lobby.http.sockets.incoming import next_frame
from lobby.http.sockets.limits import SocketLimits
from lobby.http.sockets.pacing import paced
from lobby.http.sockets.running import Running
from lobby.http.sockets.sender import Sender
from lobby.http.updates import told
from lobby.http.updates.messages import MalformedMessage, Message, Subscribe, Unsubscribe, read_message
from lobby.http.updates.shared_updates import SharedUpdates
from lobby.http.updates.subscription import Subscription
from lobby.operations.errors import BAD_REQUEST, LIMIT_EXCEEDED, CallerError
from lobby.operations.reporting import internal_entry
from lobby.ports import Unavailable
from lobby.service import UNAVAILABLE
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all connections share."""

    callers: Callers
    limits: SocketLimits
    updates: SharedUpdates
    admission: Admission
    finishing: set[asyncio.Task[None]]


class Connection:
    """A conversation. Messages are handled one after the other."""

    def __init__(
        self,
        around: Surroundings,
        receive: Receive,
        send: Send,
        drop: Callable[[], None],
        outlet: Outlet | None,
        given: str | None,
        opening: Subscribe | MalformedMessage,
        request_id: str,
        address: str,
    ) -> None:
        """`given` is the handshake's Authorization header, `opening` what its query asked for."""
        self._around = around
        self._receive = receive
        self._sender = Sender(send, around.limits.stalled_send_s, drop, outlet)
        self.drop = drop
        self._given = authorization(given)
        self._player_id: str | None = None
        self._opening = opening
        self._request_id = request_id
        self._address = address
        self._place: Place | None = None
        self._running: Running[Subscription] = Running(around.limits.operations_max, around.finishing)
        self._is_known = False
        self._subscriptions_count = 0

    async def run_at(self, places: Places) -> None:
        """Hold the conversation, where there is a place for it, until either side ends it."""
        try:
            with places.one_more(self._address) as self._place:
                await self.run()
        except NoPlace as full:
            await self.close(closing.TRY_AGAIN_LATER, str(full))
            self._sender.let_go()

    async def run(self) -> None:
        """Hold the conversation until either side ends it."""
        overdue = asyncio.get_running_loop().call_later(self._around.limits.init_wait_s, self._overdue)
        try:
            await self._open()
            await self._converse()
        except Closing as why:
            await self.close(why.code, why.reason)
        except NoPlace as full:
            await self.close(closing.TRY_AGAIN_LATER, str(full))
        except Gone:
            pass
        except Exception as error:
            internal_entry(error, self._request_id, "a socket's conversation")
            await self.close(closing.INTERNAL_ERROR, "Internal error")
        finally:
            overdue.cancel()
            await self._running.stop_all(self._around.limits.letting_go_s)
            self._sender.let_go()

    async def close(self, code: int, reason: str) -> None:
        reason = fitting_reason(reason)
        await self._sender.close(code, reason, told.closing(code, reason))

    async def _open(self) -> None:
        """What the handshake asked for."""
        if isinstance(self._opening, MalformedMessage):
            await self._sender.text(told.error(BAD_REQUEST, str(self._opening)))
            return
        opening = self._opening
        if self._given is not None or opening.token is not None or opening.player_id is not None:
            try:
                await self._identify(opening)
            except CallerError as error:
                raise Closing(closing.FORBIDDEN, error.message) from None
            except Refused as refused:
                raise Closing(closing.FORBIDDEN, refused.rejection.message) from None
        if opening.party_id is not None or opening.session_id is not None:
            await self._subscribe(opening)

    async def _converse(self) -> None:
        bytes_max = self._around.limits.frame_bytes_max
        while (frame := await next_frame(self._receive, bytes_max)) is not None:
            if self._sender.is_closed:
                continue
            await paced(self._around.admission, self._address)
            try:
                await self._handle(read_message(frame))
            except MalformedMessage as error:
                await self._sender.text(told.error(BAD_REQUEST, str(error)))

    async def _handle(self, message: Message) -> None:
        if isinstance(message, Subscribe):
            await self._subscribe(message)
        else:
            await self._unsubscribe(message)

    async def _subscribe(self, asked: Subscribe) -> None:
        refusal = await self._refusal(asked)
        if refusal is not None:
            await self._sender.text(refusal)

    async def _refusal(self, asked: Subscribe) -> str | None:
        """The no to a subscription; None where it has begun."""
        about = told.about(asked)
        try:
            return await self._begin(asked, await self._identify(asked))
        except Refused as refused:
            no = refused.rejection
            return told.error(no.code.value, no.message, field=no.field, **about)
        except CallerError as error:
            return told.error(error.code, error.message, **about)
        except Unavailable:
            return told.error(UNAVAILABLE.code.value, UNAVAILABLE.message, **about)

    async def _identify(self, asked: Subscribe) -> Context:
        """Whom the socket speaks for, from here on. Raises `CallerError` or `Refused`, and then it stays as it was."""
        given, player_id = self._given, self._player_id
        if asked.token is not None:
            given, player_id = f"Bearer {asked.token.removeprefix('Bearer ')}", None
        player_id = asked.player_id or player_id
        await self._around.callers.settle(given)
        self._subscriptions_count += 1
        request_id = f"{self._request_id}-{self._subscriptions_count}"
        context = self._around.callers.player(given, player_id, request_id, self._address)
        if self._place is not None:
            self._place.belongs_to(context.player().id)
        self._given, self._player_id, self._is_known = given, player_id, True
        return context

    async def _begin(self, asked: Subscribe, context: Context) -> str | None:
        """Follow. What there is not is told; other refusals are raised."""
        party_id = await _party_id(asked, context)
        if party_id is None:
            return told.not_found(asked)
        if party_id in self._running:
            raise Refused(invalid("party_id", "You follow this party on this socket already; unsubscribe first."))
        if self._running.is_full:
            message = f"A socket has at most {self._around.limits.operations_max} subscriptions at once."
            raise CallerError(LIMIT_EXCEEDED, message)
        following = context.services.hub.follow(party_id, context.player().id, asked.after)
        self._running.start(
            Subscription(
                party_id,
                asked,
                following,
                context,
                self._around.updates,
                self._sender,
                self._running.ended,
            )
        )
        return None

    async def _unsubscribe(self, asked: Unsubscribe) -> None:
        """Every one that it names; the client is told of each."""
        stopped = [each for each in self._running.all if asked.names(each.id, each.session_id)]
        for each in stopped:
            self._running.stop(each.id)
            await self._sender.text(told.unsubscribed(each.id, each.session_id))

    def _overdue(self) -> None:
        if not self._is_known:
            reason = "Nobody subscribed in time"
            task = asyncio.create_task(self.close(closing.INIT_TIMEOUT, reason))
            self._around.finishing.add(task)
            task.add_done_callback(self._around.finishing.discard)


async def _party_id(asked: Subscribe, context: Context) -> PartyId | None:
    """The party that is to be followed; None where a session has none. Raises `Refused`."""
    if (asked.party_id is None) == (asked.session_id is None):
        raise Refused(invalid("party_id", "Give exactly one of party_id and session_id."))
    if asked.session_id is None:
        return asked.party_id
    return await context.services.reader.party_of_session(asked.session_id)
