"""The endpoint of `/updates`, and one socket of it from its acceptance to its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope, Send

from lobby.app.command_handler import UNAVAILABLE
from lobby.app.errors import BAD_REQUEST, LIMIT_EXCEEDED, CallerError
from lobby.domain.rejections import invalid
from lobby.domain.values import PartyId
from lobby.live.logs import inbox_log_id
from lobby.ports import Unavailable
from resolvers.context import Context
from web.connections.socket_conversation import (
    CloseCode,
    CloseSocket,
    Handshake,
    SocketConversation,
    SocketDeps,
    check_origin,
)
from web.http.callers import CallerResolver, RejectedCommand, authorization
from web.updates import messages as server_messages
from web.updates.messages import MalformedMessage, Message, Subscribe, Unsubscribe, read_message, read_query
from web.updates.subscription import (
    UPDATE_FIELDS,
    InboxSubscription,
    PartySubscription,
    PushUpdates,
    Subscription,
    SubscriptionDeps,
    push_nothing,
)


@dataclass(frozen=True, slots=True)
class UpdatesDeps:
    """Dependencies that all sockets of the endpoint share."""

    callers: CallerResolver
    push: PushUpdates
    sockets: SocketDeps


class Connection(SocketConversation[Subscription[Any]]):
    """A conversation of `/updates`."""

    INIT_TIMEOUT_REASON = "Nobody subscribed in time"

    def __init__(self, updates: UpdatesDeps, handshake: Handshake, opening: Subscribe | MalformedMessage) -> None:
        """`opening` is what the handshake's query string asks for."""
        super().__init__(updates.sockets, handshake)
        self._callers = updates.callers
        self._push = updates.push
        self._opening: Subscribe | MalformedMessage | None = opening
        self._authorization = authorization(handshake.authorization)
        self._player_id: str | None = None
        self._is_identified = False

    @property
    def is_identified(self) -> bool:
        return self._is_identified

    def closing_notice(self, code: int, reason: str) -> str | None:
        return server_messages.closing(code, reason)

    async def start(self) -> None:
        """Identify the client and subscribe, as far as the handshake's query string asks for it."""
        opening, self._opening = self._opening, None
        assert opening is not None, "a conversation starts once"
        if isinstance(opening, MalformedMessage):
            await self.sender.text(server_messages.error(BAD_REQUEST, str(opening)))
            return
        if self._authorization is not None or opening.token is not None or opening.player_id is not None:
            try:
                await self._identify(opening)
            except CallerError as error:
                raise CloseSocket(CloseCode.FORBIDDEN, error.message) from None
            except RejectedCommand as error:
                raise CloseSocket(CloseCode.FORBIDDEN, error.rejection.message) from None
        if opening.names_a_stream:
            await self._subscribe(opening)

    async def handle(self, frame: bytes | str) -> None:
        try:
            await self._handle(read_message(frame))
        except MalformedMessage as error:
            await self.sender.text(server_messages.error(BAD_REQUEST, str(error)))

    async def _handle(self, message: Message) -> None:
        if isinstance(message, Subscribe):
            await self._subscribe(message)
        else:
            await self._unsubscribe(message)

    async def _subscribe(self, request: Subscribe) -> None:
        error = await self._try_begin(request)
        if error is not None:
            await self.sender.text(error)

    async def _try_begin(self, request: Subscribe) -> str | None:
        """Begin a subscription. Returns the error message if it cannot begin."""
        ids = server_messages.ids_of(request)
        try:
            return await self._begin(request, await self._identify(request))
        except RejectedCommand as error:
            rejection = error.rejection
            return server_messages.error(rejection.code.value, rejection.message, field=rejection.field, **ids)
        except CallerError as error:
            return server_messages.error(error.code, error.message, **ids)
        except Unavailable:
            return server_messages.error(UNAVAILABLE.code.value, UNAVAILABLE.message, **ids)

    async def _identify(self, request: Subscribe) -> Context:
        """Make the player of this request the player of the socket. Raises `CallerError` or `RejectedCommand`: no change then."""
        header, player_id = self._authorization, self._player_id
        if request.token is not None:
            header, player_id = f"Bearer {request.token.removeprefix('Bearer ')}", None
        player_id = request.player_id or player_id
        await self._callers.wait_for_issuer(header)
        context = self._callers.player_context(header, player_id, self.next_request_id(), self.handshake.address)
        self.count_for_player(context.player().id)
        self._authorization, self._player_id, self._is_identified = header, player_id, True
        return context

    async def _begin(self, request: Subscribe, context: Context) -> str | None:
        """Follow the party or the inbox. Returns an error message if the party does not exist; raises the other errors."""
        if request.inbox:
            await self._begin_inbox(request, context)
            return None
        party_id = await _party_id(request, context)
        if party_id is None:
            return server_messages.not_found(request)
        if party_id in self.operations:
            raise RejectedCommand(
                invalid("party_id", "You follow this party on this socket already; unsubscribe first.")
            )
        await self._wait_for_place()
        follower = context.services.hub.follow(party_id, context.player().id, request.after)
        self.operations.start(
            PartySubscription(party_id, request, follower, context, self._push, self._subscription_deps(context)),
            self.take_turn,
        )
        return None

    async def _begin_inbox(self, request: Subscribe, context: Context) -> None:
        if request.party_id is not None or request.session_id is not None:
            raise RejectedCommand(invalid("inbox", "Give no party_id or session_id with inbox."))
        player = context.player()
        id = inbox_log_id(player.id)
        if id in self.operations:
            raise RejectedCommand(invalid("inbox", "You follow this inbox on this socket already; unsubscribe first."))
        await self._wait_for_place()
        frames = context.services.hub.follow_inbox(player, request.after)
        subscription = InboxSubscription(id, request, frames, context, self._subscription_deps(context))
        self.operations.start(subscription, self.take_turn)

    async def _wait_for_place(self) -> None:
        """Raises `CallerError` if there are too many subscriptions."""
        if not await self.operations.wait_for_place():
            message = f"A socket has at most {self.deps.limits.operations_max} subscriptions at once."
            raise CallerError(LIMIT_EXCEEDED, message)

    def _subscription_deps(self, context: Context) -> SubscriptionDeps:
        return SubscriptionDeps(
            self.sender,
            self.operations.free_id,
            lambda: self.deps.connections.is_going_down,
            self.deps.request_limiter.pacer(UPDATE_FIELDS, context.caller, self.handshake.address),
            self.deps.limits.answer_bytes_max,
        )

    async def _unsubscribe(self, request: Unsubscribe) -> None:
        """Stop every subscription that the request matches, and confirm each."""
        matching = [one for one in self.operations.all if request.matches(one.id, one.asked)]
        for subscription in matching:
            self.operations.stop(subscription.id)
            await self.sender.text(server_messages.unsubscribed(subscription.id, subscription.asked))


async def _party_id(request: Subscribe, context: Context) -> PartyId | None:
    """The party to follow; None if there is no such session. Raises `RejectedCommand` unless one id is given."""
    if (request.party_id is None) == (request.session_id is None):
        raise RejectedCommand(invalid("party_id", "Give exactly one of party_id and session_id."))
    if request.session_id is None:
        return request.party_id
    return await context.services.query_service.party_of_session(request.session_id)


class Updates:
    """An ASGI application."""

    def __init__(self, callers: CallerResolver, sockets: SocketDeps, push: PushUpdates = push_nothing) -> None:
        """`sockets` may be shared with other endpoints."""
        self._deps = UpdatesDeps(callers, push, sockets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not await check_origin(self._deps.sockets, scope, receive, send):
            return
        opening = _take_query(scope)
        handshake = Handshake.of(scope, receive, send)
        await handshake.accept()
        await Connection(self._deps, handshake, opening).run()


def _take_query(scope: Scope) -> Subscribe | MalformedMessage:
    """Read the query string of the handshake, and remove it from the scope.

    It may hold a token, and uvicorn logs the path and the query string when a socket is accepted.
    """
    query, scope["query_string"] = scope["query_string"], b""
    try:
        return read_query(query)
    except MalformedMessage as error:
        return error
