"""One operation on a socket, from its start to its `complete`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from graphql import OperationType

from web.connections.socket_channel import Gone, Sender
from web.graphql.execution.error_reporting import internal_entry
from web.graphql.execution.operation import OperationCall
from web.graphql.execution.operation_service import Operations
from web.graphql.execution.result import Result, is_request_error
from web.graphql.ws.subprotocols import RESULT_TAIL, Subprotocol

_TAIL = RESULT_TAIL.encode()


class SocketOperation:
    """Runs one operation and sends its results, for as long as the client wants them."""

    __slots__ = (
        "_call",
        "_channel",
        "_free_id",
        "_id",
        "_is_going_down",
        "_is_wanted",
        "_operations",
        "_sender",
        "_subprotocol",
    )

    def __init__(
        self,
        operation_id: str,
        call: OperationCall,
        operations: Operations,
        subprotocol: Subprotocol,
        sender: Sender,
        free_id: Callable[[SocketOperation], None],
        is_going_down: Callable[[], bool],
    ) -> None:
        """`free_id` is called at the end, before the message that lets the client use the id again. `is_going_down`: whether the
        server shuts down."""
        self._id = operation_id
        self._call = call
        self._operations = operations
        self._subprotocol = subprotocol
        self._sender = sender
        self._free_id = free_id
        self._is_going_down = is_going_down
        self._channel = sender.channel(subprotocol.result_head(operation_id).encode(), _TAIL)
        self._is_wanted = True

    @property
    def id(self) -> str:
        return self._id

    @property
    def may_be_cancelled(self) -> bool:
        """Not for a mutation: it runs to its end, so that it has its whole effect, even if the client does not get the result."""
        return self._call.operation.kind is not OperationType.MUTATION

    def drop(self) -> None:
        """Send nothing more: the client considers the operation complete."""
        self._is_wanted = False
        self._channel.close()

    async def run(self) -> None:
        """Never raises but on cancellation."""
        try:
            if self.may_be_cancelled:
                await self._sender.wait_for_room()
            if self._call.operation.kind is OperationType.SUBSCRIPTION:
                await self._send_events()
            else:
                await self._finish(await self._operations.execute(self._call))
        except Gone:
            pass
        except Exception as error:
            entry = internal_entry(error, self._call.request_id, "GraphQL over WebSocket")
            with suppress(Gone):
                await self._finish({"data": None, "errors": [entry]})

    async def _send_events(self) -> None:
        stream = await self._operations.subscribe(self._call)
        if isinstance(stream, dict):
            await self._finish(stream)
            return
        try:
            async for text in stream:
                await self._send(text)
                await stream.push_to(self._channel)
                await self._sender.wait_for_room()
        finally:
            await stream.aclose()
        # The close of the socket (1012) ends the stream if the server shuts down. After a `complete`, clients such as npm's
        # graphql-ws would reconnect, but not subscribe again.
        if not self._is_going_down():
            await self._end(self._subprotocol.complete(self._id))

    async def _finish(self, result: Result) -> None:
        if is_request_error(result):
            await self._end(self._subprotocol.error(self._id, result["errors"]))
        else:
            await self._send(self._call.encode(result))
            await self._end(self._subprotocol.complete(self._id))

    async def _send(self, result: bytes) -> None:
        if self._is_wanted:
            await self._sender.text(self._channel.whole_text(result))

    async def _end(self, frame: str) -> None:
        if self._is_wanted:
            # Nothing may be sent from here on: the client may use the id again before this frame is sent.
            self._is_wanted = False
            self._free_id(self)
            await self._sender.text(frame)
