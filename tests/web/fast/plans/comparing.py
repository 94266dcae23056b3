"""One document run in both ways, and what came of it: by its plan, and by graphql-core alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import strawberry
from graphql import OperationType

from lobby.operations import OperationCall, Operations, PreparedOperation
from lobby.operations.json_text import decode_json, encode_json
from lobby.operations.plans import plan_of
from lobby.operations.plans.plan import Plan, Run, Unfinished
from lobby.operations.plans.uncovered import Uncovered
from lobby.operations.prepared import InvalidDocument
from lobby.operations.result import Result

REQUEST_ID = "r1"
_ADDRESS = re.compile(rb"0x[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Stage:
    """What one run sees: made anew for each, and alike."""

    context: object
    book: list[str]
    """What its root resolvers were seen to do, in that order."""


MakeStage = Callable[[], Stage]


@dataclass(frozen=True, slots=True)
class Answer:
    """The results as JSON texts, one for each event of a subscription; and the book of that run."""

    texts: tuple[bytes, ...]
    book: tuple[str, ...]


class Invalid(ValueError):
    """The document does not pass validation."""


class Compared:
    """A document that can be run in both ways."""

    def __init__(self, schema: strawberry.Schema, text: str, operation_name: str | None = None) -> None:
        self.operations = Operations(schema._schema)
        document = self.operations.documents.read(text)
        if isinstance(document, InvalidDocument):
            raise Invalid(document.errors[0]["message"])
        operation = document.select(operation_name)
        assert isinstance(operation, PreparedOperation), operation
        self.plan: Plan | None = plan_of(operation, schema)
        self.kind = operation.kind
        self._bare = operation
        self._planned = replace(operation, plan=self.plan)

    async def planned(self, variables: dict[str, Any], stage: Stage) -> Answer:
        """By its plan; what the plan leaves over, by graphql-core."""
        return await self._answer(self._planned, variables, stage)

    async def interpreted(self, variables: dict[str, Any], stage: Stage) -> Answer:
        return await self._answer(self._bare, variables, stage)

    async def finished(self, variables: dict[str, Any], stage: Stage) -> bool:
        """Whether the plan of a query or mutation comes to its end."""
        assert self.plan is not None
        try:
            await self.plan.execute(Run(stage.context, self.plan.read_variables(_as_read(variables))))
        except (Uncovered, Unfinished):
            return False
        return True

    async def _answer(self, operation: PreparedOperation, variables: dict[str, Any], stage: Stage) -> Answer:
        call = OperationCall(operation, _as_read(variables), stage.context, REQUEST_ID)
        others = asyncio.all_tasks()
        if operation.kind is OperationType.SUBSCRIPTION:
            texts = await self._followed(call)
        else:
            texts = [_encoded(await self.operations.execute(call))]
        await _settled(others)
        # Root fields of a query may be asked in any order.
        book = sorted(stage.book) if operation.kind is OperationType.QUERY else stage.book
        return Answer(tuple(texts), tuple(book))

    async def _followed(self, call: OperationCall) -> list[bytes]:
        stream = await self.operations.subscribe(call)
        if isinstance(stream, dict):
            return [_encoded(stream)]
        texts = []
        try:
            async for text in stream:
                texts.append(_told(text))
        except TypeError as error:
            texts.append(repr(error).encode())
        finally:
            await stream.aclose()
        return texts


async def _settled(others: set[asyncio.Task[object]]) -> None:
    """Waits for what graphql-core left running when a field that may not be null failed beside it."""
    left = asyncio.all_tasks() - others
    if left:
        await asyncio.wait(left)


def _encoded(result: Result) -> bytes:
    """As JSON; a resolver's strings of classes of their own can't be told so, in either way."""
    try:
        return _told(encode_json(result))
    except TypeError as error:
        return _told(f"{error!r} {result}".encode())


def _told(text: bytes) -> bytes:
    """Without the addresses in memory that Python tells of objects it has no better name for."""
    return _ADDRESS.sub(b"", text)


def _as_read(variables: dict[str, Any]) -> dict[str, Any]:
    """As they come out of a request: nothing of one run is seen by the next."""
    read: Any = decode_json(encode_json(variables))
    return dict(read)
