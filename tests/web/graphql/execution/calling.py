"""Calling operations without a transport."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from graphql import GraphQLSchema

from lobby.auth.caller import Caller
from tests.web.graphql.execution.sample_schema import Context
from web.graphql.execution.document_limits import DocumentLimits
from web.graphql.execution.executor import CoreExecutor, EventStream
from web.graphql.execution.operation import Operation, OperationCall, OperationRequest, read_request
from web.graphql.execution.operation_service import Operations
from web.graphql.execution.result import Result

REQUEST_ID = "r1"


def core_operations(
    schema: GraphQLSchema,
    limits: DocumentLimits | None = None,
    trusted: Iterable[str] = (),
    introspection: bool = True,
) -> Operations:
    """Operations that graphql-core executes."""
    executor = CoreExecutor(schema, hide_suggestions=not introspection)
    return Operations(schema, executor, limits, trusted=trusted, introspection=introspection)


async def prepare(operations: Operations, request: OperationRequest) -> Operation | Result:
    """The operation of a request from a caller who need not wait."""
    return await operations.prepare(request, lambda chars: 0)


async def call(operations: Operations, query: str, **request: Any) -> OperationCall | Result:
    """The call that a stranger's request comes to, or the error of one that can't be prepared."""
    read = read_request({"query": query, **request})
    operation = await prepare(operations, read)
    if not isinstance(operation, Operation):
        return operation
    return OperationCall(operation, read.variables, Context(Caller(), REQUEST_ID), REQUEST_ID)


async def execute(operations: Operations, query: str, **request: Any) -> Result:
    called = await call(operations, query, **request)
    return called if isinstance(called, dict) else await operations.execute(called)


async def subscribe(operations: Operations, query: str, **request: Any) -> EventStream | Result:
    called = await call(operations, query, **request)
    return called if isinstance(called, dict) else await operations.subscribe(called)


async def follow(operations: Operations, query: str, **request: Any) -> EventStream:
    """The stream of a subscription that is not refused."""
    stream = await subscribe(operations, query, **request)
    assert isinstance(stream, EventStream)
    return stream


async def results(stream: EventStream) -> list[Result]:
    """All results of a stream that ends."""
    return [json.loads(text) async for text in stream]
