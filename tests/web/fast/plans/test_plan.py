from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError

from lobby.app.errors import CallerError
from tests.web.fast.plans.comparing import Compared
from tests.web.fast.plans.planning import has_plan, planned
from tests.web.fast.plans.rich.context import Context
from tests.web.fast.plans.subjects import RICH, rich_stage
from web.fast.plans import NotPlannable
from web.fast.plans.plan import PlanAborted, Run

CHANGED = 'change(everything: {text: ""}) { ... on Changed'
MUTATIONS = {
    "bump": "bump",
    "atOnce": "bumpAtOnce",
    "changed": f"changed: {CHANGED} {{ calls thing {{ id }} }} }}",
    "failsWithin": f"failsWithin: {CHANGED} {{ odd {{ oddMaybeText(kind: RAISES) }} }} }}",
    "nullWithin": f"nullWithin: {CHANGED} {{ odd {{ oddText(kind: NONE) }} }} }}",
    "refused": "refused: refuse",
    "failed": "fail",
    "odd": "odd: oddChange(kind: STRANGER) { __typename }",
    "awaitable": "awaitable: oddNumber(kind: LATER)",
    "uneven": "uneven: changeEven(even: {number: 3}) { calls }",
    "none": "none: bump(by: $none)",
    "either": "either: choose(either: {})",
}
"""Root fields that go well, or fail in their arguments, their resolver, their value, or within it."""


def _run(context: Context | None = None, variables: dict[str, Any] | None = None) -> Run:
    return Run(context or Context(), variables or {})


async def _unfinished(text: str, context: Context) -> PlanAborted:
    with pytest.raises(PlanAborted) as unfinished:
        await planned(RICH.schema, text).execute(_run(context))
    return unfinished.value


async def test_a_plan_gives_the_data() -> None:
    plan = planned(RICH.schema, "{ a: cat { id } b: creatures(first: 1) { name } }")

    assert await plan.execute(_run()) == {"a": {"id": "cat5"}, "b": [{"name": "Dog 0"}]}


async def test_root_fields_count_where_their_conditions_hold() -> None:
    plan = planned(
        RICH.schema, "query ($is: Boolean!) { cat @include(if: $is) { id } note(number: 1) @skip(if: $is) { text } }"
    )

    assert list(await plan.execute(_run(variables={"is": True}))) == ["cat"]
    assert list(await plan.execute(_run(variables={"is": False}))) == ["note"]


async def test_a_plan_that_gives_up_tells_what_its_root_fields_gave() -> None:
    context = Context()
    unfinished = await _unfinished("mutation { a: bump b: oddNumber(kind: TEXT) c: bump }", context)

    assert unfinished.roots == {"a": 1, "b": "text"}
    assert context.calls == ["bump", "oddNumber"]


async def test_what_a_root_field_raised_is_among_what_it_gave() -> None:
    unfinished = await _unfinished("mutation { a: bump b: refuse c: bump }", Context())

    assert list(unfinished.roots) == ["a", "b"]
    assert isinstance(unfinished.roots["b"], CallerError)


async def test_a_root_field_whose_arguments_are_not_covered_was_not_called() -> None:
    context = Context()
    unfinished = await _unfinished("mutation { a: bump b: changeEven(even: {number: 1}) { calls } }", context)

    assert list(unfinished.roots) == ["a"]
    assert context.calls == ["bump"]


@pytest.mark.parametrize("second", MUTATIONS)
@pytest.mark.parametrize("first", MUTATIONS)
async def test_each_mutation_is_called_once_and_in_order_whatever_fails(first: str, second: str) -> None:
    fields = dict.fromkeys([MUTATIONS[first], MUTATIONS[second], "last: bump(by: 2)"])
    declared = "($none: Int = 1)" if "none" in (first, second) else ""
    compared = Compared(RICH.schema, f"mutation {declared} {{ {' '.join(fields)} }}")
    variables = {"none": None} if declared else {}
    make_stage = rich_stage()

    answer = await compared.planned(variables, make_stage())

    assert await compared.interpreted(variables, make_stage()) == answer
    assert len(answer.book) <= len(fields)


async def test_a_querys_root_fields_are_called_once_each() -> None:
    text = "{ a: cat { id } b: fails c: oddText(kind: LATER) d: oddThing(kind: NONE) { id } e: things { id } f: refused { id } }"
    compared = Compared(RICH.schema, text)
    stage = rich_stage()()
    await compared.planned({}, stage)

    assert Counter(stage.book) == Counter(["cat", "fails", "oddText", "oddThing", "things", "refused"])


async def test_a_subscriptions_source_is_what_its_resolver_gives() -> None:
    for field in ("anything", "opened"):
        source = await planned(RICH.schema, f"subscription {{ {field} {{ __typename }} }}").source(
            _run(Context(events=("a", "b")))
        )

        assert [event async for event in source] == ["a", "b"]


async def test_a_resolver_that_refuses_a_source_is_told_at_its_place() -> None:
    plan = planned(RICH.schema, "subscription { ...F } fragment F on Subscription { it: refusedAtOpening { id } }")

    with pytest.raises(GraphQLError) as raised:
        await plan.source(_run())

    assert raised.value.path == ["it"]
    assert raised.value.locations is not None
    assert isinstance(raised.value.original_error, CallerError)


async def test_arguments_that_are_not_covered_open_no_source() -> None:
    context = Context()

    with pytest.raises(NotPlannable):
        await planned(RICH.schema, "subscription { creatures(even: {number: 1}) { id } }").source(_run(context))
    assert context.calls == []


@strawberry.type
class _Query:
    field: str


@strawberry.type
class _Subscription:
    @strawberry.subscription
    async def several(self) -> AsyncIterator[int]:
        yield 1

    @strawberry.subscription
    async def none() -> AsyncIterator[int]:
        return [1]  # type: ignore[return-value]

    @strawberry.subscription
    def in_time() -> AsyncIterator[int]:
        return _numbers()


async def _numbers() -> AsyncIterator[int]:
    yield 1


_SCHEMA = strawberry.Schema(_Query, subscription=_Subscription)


async def test_what_is_no_source_is_the_resolvers_fault() -> None:
    text = "subscription { none }"

    with pytest.raises(GraphQLError) as raised:
        await planned(_SCHEMA, text).source(_run())
    assert raised.value.path == ["none"]


async def test_a_resolver_may_give_its_source_at_once() -> None:
    assert [event async for event in await planned(_SCHEMA, "subscription { inTime }").source(_run())] == [1]


def test_a_root_field_that_asks_for_a_source_object_is_left_to_graphql_core() -> None:
    assert not has_plan("subscription { several }", _SCHEMA)


async def test_an_events_data_is_under_the_fields_key() -> None:
    plan = planned(RICH.schema, "subscription { it: text }")

    assert await plan.event_data("a", _run()) == {"it": "a"}
