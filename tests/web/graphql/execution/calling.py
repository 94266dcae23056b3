"""Calling operations without a transport."""

from __future__ import annotations

import json
from typing import Any

from lobby.auth.caller import Caller
from lobby.operations import EventStream, OperationCall, Operations, PreparedOperation, Result, read_request
from tests.operations.sample_schema import Context

REQUEST_ID = "r1"


def call(operations: Operations, query: str, **request: Any) -> OperationCall | Result:
    """The call that a stranger's request comes to, or the error of one that can't be prepared."""
    read = read_request({"query": query, **request})
    operation = operations.prepare(read)
    if not isinstance(operation, PreparedOperation):
        return operation
    return OperationCall(operation, read.variables, Context(Caller(), REQUEST_ID), REQUEST_ID)


async def execute(operations: Operations, query: str, **request: Any) -> Result:
    called = call(operations, query, **request)
    return called if isinstance(called, dict) else await operations.execute(called)


async def subscribe(operations: Operations, query: str, **request: Any) -> EventStream | Result:
    called = call(operations, query, **request)
    return called if isinstance(called, dict) else await operations.subscribe(called)


async def follow(operations: Operations, query: str, **request: Any) -> EventStream:
    """The stream of a subscription that is not refused."""
    stream = await subscribe(operations, query, **request)
    assert isinstance(stream, EventStream)
    return stream


async def results(stream: EventStream) -> list[Result]:
    """All results of a stream that ends."""
    return [json.loads(text) async for text in stream]
