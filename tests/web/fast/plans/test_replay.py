from __future__ import annotations

from typing import Any

import pytest
from graphql import Executor, execute_root_selection_set

from lobby.runtime.turns import Turns
from tests.web.fast.plans.comparing import Compared
from tests.web.fast.plans.planning import operation
from tests.web.fast.plans.rich import things
from tests.web.fast.plans.rich.context import Context
from tests.web.fast.plans.subjects import RICH, rich_stage
from web.fast.planned_executor import replay_roots
from web.fast.plans.plan import Roots
from web.graphql.execution.executor import build_core_executor
from web.graphql.execution.operation import OperationCall


def _executor(text: str, context: Context, roots: Roots) -> Executor[None]:
    call = OperationCall(operation(RICH.schema, text), {}, context, "r1")
    executor = build_core_executor(RICH.schema._schema, call, Turns(), replay_roots(roots))
    assert not isinstance(executor, list)
    return executor


async def _replayed(text: str, context: Context, roots: dict[str, Any]) -> Any:
    result: Any = execute_root_selection_set(_executor(text, context, roots))
    return result if hasattr(result, "data") else await result


async def test_a_root_field_gives_again_what_it_gave() -> None:
    context = Context()
    result = await _replayed("{ a: cat { name kittens { name } } }", context, {"a": things.cat(1)})

    assert result.data == {"a": {"name": "Cat 1", "kittens": [{"name": "Cat 3"}]}}
    assert context.calls == []


async def test_a_root_field_raises_again_what_it_raised() -> None:
    error = RuntimeError("again")
    context = Context()
    result = await _replayed("{ a: fails b: fails }", context, {"a": error})

    assert result.errors[0].original_error is error
    assert context.calls == ["fails"]


async def test_what_was_returned_as_an_error_is_raised_too() -> None:
    error = ValueError("returned")
    result = await _replayed("{ a: cat { id } }", Context(), {"a": error})

    assert result.data is None
    assert result.errors[0].original_error is error


async def test_fields_below_the_root_are_asked_anew_though_they_have_the_keys_of_roots() -> None:
    result = await _replayed("{ cat { cat: name } }", Context(), {"cat": things.cat(1)})

    assert result.data == {"cat": {"cat": "Cat 1"}}


@pytest.mark.parametrize("gave", [None, {}, {"a": None}])
async def test_a_root_field_that_gave_nothing_yet_is_asked(gave: dict[str, Any] | None) -> None:
    context = Context()
    result = await _replayed("{ a: note(number: 1) { text } b: note(number: 2) { text } }", context, gave or {})

    assert result.data["b"] == {"text": "note 2"}
    assert context.calls == ["note"] * (1 if gave else 2)


async def test_arguments_may_have_any_name() -> None:
    """The arguments of `branch` have the names of parameters of the functions between it and its caller."""
    text = '{ branch(branch: {name: "a"}, source: "s", resolve: 3) failsRequired }'
    compared = Compared(RICH.schema, text)
    context, reference = rich_stage()(), rich_stage()()

    assert await compared.interpreted({}, reference) == await compared.planned({}, context)
    assert context.book == ["branch", "failsRequired"]


async def test_errors_come_in_the_order_in_which_they_would_have_come() -> None:
    """A field that answers in time fails after one that answers at once, also when it is not asked again."""
    compared = Compared(RICH.schema, "{ a: refused { id } b: fails c: oddText(kind: RAISES) }")
    by_plan = await compared.planned({}, rich_stage()())

    assert await compared.interpreted({}, rich_stage()()) == by_plan
    assert by_plan.texts[0].index(b'"path":["b"]') < by_plan.texts[0].index(b'"path":["a"]')
