"""graphql-core's executor in slices, and its end when the result is too long."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from itertools import count, pairwise
from typing import Any

import pytest
from graphql import build_schema, execute_root_selection_set, parse

from lobby.runtime.turns import Turns
from web.graphql.execution.bounded_executor import SLICE_LEAVES, BoundedExecutor
from web.logs import ignore_unawaited_values

SCHEMA = build_schema("type Query { rows: [Row!]! } type Row { text: String! cells: [Row!]! }")
TEXT = "x" * 10


class Rows:
    """A root value with `count` rows, which counts the texts that are read."""

    def __init__(self, count: int) -> None:
        self.rows = [_Row(self) for _ in range(count)]
        self.texts_read = 0


class _Row:
    def __init__(self, owner: Rows) -> None:
        self._owner = owner
        self.cells: list[_Row] = []

    @property
    def text(self) -> str:
        self._owner.texts_read += 1
        return TEXT


def executor(root: Rows, bytes_max: int | None = None) -> BoundedExecutor:
    document = parse("{ rows { text cells { text } } }")
    built = BoundedExecutor.build(SCHEMA, document, root_value=root, bytes_max=bytes_max, turns=Turns())
    assert isinstance(built, BoundedExecutor)
    return built


async def test_a_short_result_is_made_at_once() -> None:
    result: Any = execute_root_selection_set(executor(Rows(SLICE_LEAVES - 1)))
    assert len(result.data["rows"]) == SLICE_LEAVES - 1


async def test_a_long_result_is_the_same_and_others_have_their_turn_meanwhile() -> None:
    root = Rows(4 * SLICE_LEAVES)
    seen: list[int] = []

    async def look() -> None:
        while True:
            seen.append(root.texts_read)
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    executing: Any = execute_root_selection_set(executor(root))
    result = await executing
    looking.cancel()
    assert result.data == {"rows": [{"text": TEXT, "cells": []}] * (4 * SLICE_LEAVES)}
    assert result.errors is None
    assert max(after - before for before, after in pairwise(seen)) <= SLICE_LEAVES


async def test_nothing_more_is_read_once_the_result_is_too_long() -> None:
    root = Rows(4 * SLICE_LEAVES)
    bounded = executor(root, bytes_max=100 * len(TEXT))
    executing: Any = execute_root_selection_set(bounded)
    await executing if asyncio.iscoroutine(executing) else None
    assert bounded.is_too_long
    assert root.texts_read <= 100


async def test_a_result_that_fits_is_never_too_long() -> None:
    bounded = executor(Rows(100), bytes_max=len('{"rows":[]}') + 100 * len('{"text":"","cells":[]},' + TEXT))
    execute_root_selection_set(bounded)
    assert not bounded.is_too_long


async def test_an_execution_that_is_cancelled_at_any_turn_leaves_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    ignore_unawaited_values()
    turns = count(1)
    while True:
        executing: Any = asyncio.ensure_future(execute_root_selection_set(executor(Rows(2 * SLICE_LEAVES))))  # type: ignore[arg-type]
        for _ in range(next(turns)):
            await asyncio.sleep(0)
        if executing.done():
            break
        executing.cancel()
        with suppress(asyncio.CancelledError):
            await executing
        del executing
        gc.collect()
    assert next(turns) > 4, "it was cancelled at several turns"
    assert not [str(each.message) for each in recwarn]
