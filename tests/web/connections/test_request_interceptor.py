"""Responses that are begun without a task and go on in one."""

from __future__ import annotations

import asyncio

import pytest

from web.connections.request_interceptor import EncodableResponse, Respond, resume
from web.graphql.http_response import JSON, Response

WAIT_S = 10.0
DONE: tuple[EncodableResponse, str] = (Response(200, JSON, b"{}"), "r1")


def begin(respond: Respond) -> asyncio.Task[tuple[EncodableResponse, str]]:
    """Begin a response that has to wait, and go on in a task."""
    waits_for = respond.send(None)

    async def go_on() -> tuple[EncodableResponse, str]:
        return await resume(respond, waits_for)

    return asyncio.create_task(go_on())


async def test_a_response_goes_on_where_it_waited_and_may_wait_again() -> None:
    first, second = (asyncio.get_running_loop().create_future() for _ in range(2))
    seen: list[object] = []

    async def respond() -> tuple[EncodableResponse, str]:
        seen.append(await first)
        await asyncio.sleep(0)
        seen.append(await second)
        return DONE

    task = begin(respond())
    assert seen == []
    first.set_result("one")
    second.set_result("two")

    assert await asyncio.wait_for(task, WAIT_S) is DONE
    assert seen == ["one", "two"]


async def test_a_failure_that_is_waited_for_is_raised_where_it_is_awaited() -> None:
    failing = asyncio.get_running_loop().create_future()

    async def respond() -> tuple[EncodableResponse, str]:
        with pytest.raises(OSError, match="lost"):
            await failing
        await asyncio.sleep(0)
        return DONE

    task = begin(respond())
    failing.set_exception(OSError("lost"))

    assert await asyncio.wait_for(task, WAIT_S) is DONE


@pytest.mark.parametrize("goes_on", [False, True])
async def test_a_cancellation_reaches_the_response(goes_on: bool) -> None:
    """A response may end then, or do something that takes time first."""
    endless, cancelled = asyncio.get_running_loop().create_future(), asyncio.Event()

    async def respond() -> tuple[EncodableResponse, str]:
        try:
            await endless
        except asyncio.CancelledError:
            if goes_on:
                await asyncio.sleep(0)
            cancelled.set()
            raise
        return DONE

    task = begin(respond())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert cancelled.is_set()
    assert endless.cancelled()
