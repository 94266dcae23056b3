"""Runs one document in both ways, by its plan and by graphql-core alone, so that the results can be compared."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import OperationType

from web.fast.planned_executor import PlannedExecutor
from web.fast.plans import NotPlannable
from web.fast.plans.plan import Plan, PlanAborted, Run
from web.fast.plans.planner import PlanRegistry
from web.fast.push import FrameCache
from web.graphql.execution.document_limits import DocumentLimits
from web.graphql.execution.documents import Documents
from web.graphql.execution.executor import CoreExecutor, OperationExecutor
from web.graphql.execution.operation import InvalidDocument, Operation, OperationCall
from web.graphql.execution.result import Result, decode_json, encode_json

REQUEST_ID = "r1"
_ADDRESS = re.compile(rb"0x[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Stage:
    """The context of one run. Each run gets a new one with the same content."""

    context: object
    book: list[str]
    """The calls of root resolvers, in their order."""


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
        self._core = CoreExecutor(schema._schema)
        document = Documents(schema._schema, DocumentLimits()).read(text)
        if isinstance(document, InvalidDocument):
            raise Invalid(document.errors[0]["message"])
        operation = document.select(operation_name)
        assert isinstance(operation, Operation), operation
        plans = PlanRegistry(schema)
        plans.add(operation, plans.build(operation))
        self.plan: Plan | None = plans.get(operation)
        self.kind = operation.kind
        self._operation = operation
        self._planned = PlannedExecutor(self._core, plans, FrameCache())

    async def planned(self, variables: dict[str, Any], stage: Stage) -> Answer:
        """By its plan, and by graphql-core where the plan does not cover something."""
        return await self._answer(self._planned, variables, stage)

    async def interpreted(self, variables: dict[str, Any], stage: Stage) -> Answer:
        return await self._answer(self._core, variables, stage)

    async def finished(self, variables: dict[str, Any], stage: Stage) -> bool:
        """True if the plan of a query or mutation finishes."""
        assert self.plan is not None
        try:
            await self.plan.execute(Run(stage.context, self.plan.read_variables(_as_read(variables))))
        except (NotPlannable, PlanAborted):
            return False
        return True

    async def _answer(self, executor: OperationExecutor, variables: dict[str, Any], stage: Stage) -> Answer:
        operation = self._operation
        call = OperationCall(operation, _as_read(variables), stage.context, REQUEST_ID)
        others = asyncio.all_tasks()
        if operation.kind is OperationType.SUBSCRIPTION:
            texts = await _followed(executor, call)
        else:
            texts = [_encoded(await executor.execute(call))]
        await _settled(others)
        # Root fields of a query may be asked in any order.
        book = sorted(stage.book) if operation.kind is OperationType.QUERY else stage.book
        return Answer(tuple(texts), tuple(book))


async def _followed(executor: OperationExecutor, call: OperationCall) -> list[bytes]:
    stream = await executor.subscribe(call)
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
    """As JSON. A subclass of `str` from a resolver can not be encoded, in neither way."""
    try:
        return _told(encode_json(result))
    except TypeError as error:
        return _told(f"{error!r} {result}".encode())


def _told(text: bytes) -> bytes:
    """The text without memory addresses from the default `repr()` of objects."""
    return _ADDRESS.sub(b"", text)


def _as_read(variables: dict[str, Any]) -> dict[str, Any]:
    """As they come out of a request, so that runs share no objects."""
    read: Any = decode_json(encode_json(variables))
    return dict(read)
