"""One operation on a socket, from its start to its complete."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from graphql import OperationType

from lobby.http.bounded_send import Gone
from lobby.http.graphql_ws.dialect import RESULT_TAIL, Dialect
from lobby.http.sockets.line import TextFrame
from lobby.http.sockets.sender import Sender
from lobby.operations import OperationCall, Operations, Result, is_request_error
from lobby.operations.json_text import encode_json
from lobby.operations.reporting import internal_entry

_TAIL = RESULT_TAIL.encode()


class SocketOperation:
    """Runs one operation and sends what comes of it, for as long as the client wants it."""

    __slots__ = ("_call", "_dialect", "_ended", "_id", "_line", "_operations", "_sender", "_wanted")

    def __init__(
        self,
        operation_id: str,
        call: OperationCall,
        operations: Operations,
        dialect: Dialect,
        sender: Sender,
        ended: Callable[[SocketOperation], None],
    ) -> None:
        """`ended` is called when the id is free again, ahead of the message that tells the client so."""
        self._id = operation_id
        self._call = call
        self._operations = operations
        self._dialect = dialect
        self._sender = sender
        self._ended = ended
        self._line = sender.line(TextFrame(dialect.result_head(operation_id).encode(), _TAIL))
        self._wanted = True

    @property
    def id(self) -> str:
        return self._id

    @property
    def may_be_cancelled(self) -> bool:
        """A mutation that has begun is carried through: its answer is lost with the client, its effect must
        not be cut in half."""
        return self._call.operation.kind is not OperationType.MUTATION

    def drop(self) -> None:
        """Send nothing more: the client has said that it considers the operation complete."""
        self._wanted = False
        self._line.cut()

    async def run(self) -> None:
        """Never raises but on cancellation."""
        try:
            if self._call.operation.kind is OperationType.SUBSCRIPTION:
                await self._follow()
            else:
                await self._answer()
        except Gone:
            pass
        except Exception as error:
            await self._fail(error)

    async def _answer(self) -> None:
        await self._finish(await self._operations.execute(self._call))

    async def _follow(self) -> None:
        stream = await self._operations.subscribe(self._call)
        if isinstance(stream, dict):
            await self._finish(stream)
            return
        try:
            async for text in stream:
                await self._send(text)
                await stream.pushed(self._line)
        finally:
            await stream.aclose()
        await self._end(self._dialect.complete(self._id))

    async def _finish(self, result: Result) -> None:
        if is_request_error(result):
            await self._end(self._dialect.error(self._id, result["errors"]))
        else:
            await self._send_result(result)
            await self._end(self._dialect.complete(self._id))

    async def _fail(self, error: Exception) -> None:
        entry = internal_entry(error, self._call.request_id, "GraphQL over WebSocket")
        with suppress(Gone):
            await self._finish({"data": None, "errors": [entry]})

    async def _send_result(self, result: Result) -> None:
        await self._send(encode_json(result))

    async def _send(self, result: bytes) -> None:
        if self._wanted:
            await self._sender.text(self._line.form.text(result).decode())

    async def _end(self, frame: str) -> None:
        if self._wanted:
            # Not wanted from here on: the id may be in use again before this frame is through.
            self._wanted = False
            self._ended(self)
            await self._sender.text(frame)
