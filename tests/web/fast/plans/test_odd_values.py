"""Every odd value in every kind of field: the plan has the same result as graphql-core."""

from __future__ import annotations

import asyncio

import pytest

from tests.web.fast.plans.comparing import Compared
from tests.web.fast.plans.differing import DROPPED_AWAITABLES, silence
from tests.web.fast.plans.rich.odd import OUTPUTS, OddKind
from tests.web.fast.plans.subjects import RICH, rich_stage

SELECTED = {
    "Cat": "{ __typename name kittens { id } }",
    **dict.fromkeys(("Creature", "Pet", "Pets"), "{ __typename ... on Cat { name tame } ... on Dog { sound } }"),
    **dict.fromkeys(("Thing", "Anything", "Things", "Lists"), "{ __typename ... on Cat { tame } ... on Thing { id } }"),
    "Note": "{ __typename text tags }",
    "Box": "{ content }",
}
FIELDS = [
    f"{prefix}{name}{suffix}(kind: $kind) {selected}"
    for name in OUTPUTS
    for prefix, suffix in (("odd", ""), ("oddMaybe", "Later"))
    for selected in ((SELECTED[name], "{ __typename }") if name in SELECTED else ("",))
]

pytestmark = DROPPED_AWAITABLES


@pytest.mark.parametrize("field", FIELDS)
async def test_a_fields_odd_values_come_to_the_same(field: str) -> None:
    await _hold_same(f"query ($kind: OddKind!) {{ oddMaybe {{ v: {field} }} }}")


@pytest.mark.parametrize(
    "field", ["oddText(kind: $kind)", "oddThing(kind: $kind) { __typename id }", "oddLists(kind: $kind) { __typename }"]
)
async def test_odd_values_of_root_fields_come_to_the_same(field: str) -> None:
    """A plan that gives up hands them on to graphql-core."""
    await _hold_same(f"query ($kind: OddKind!) {{ cat {{ id }} v: {field} note(number: 1) {{ text }} }}")
    await _hold_same(f"query ($kind: OddKind!) {{ v: {field} failsRequired }}")


@pytest.mark.parametrize("field", ["oddChange(kind: $kind) { __typename }", "oddNumber(kind: $kind)"])
async def test_odd_values_of_mutations_come_to_the_same(field: str) -> None:
    await _hold_same(f"mutation ($kind: OddKind!) {{ a: bump v: {field} b: bump c: bumpAtOnce }}")


async def _hold_same(text: str) -> None:
    compared = Compared(RICH.schema, text)
    assert compared.plan is not None
    make_stage = rich_stage()
    with silence():
        for kind in OddKind:
            planned = await compared.planned({"kind": kind.value}, make_stage())
            interpreted = await compared.interpreted({"kind": kind.value}, make_stage())
            assert interpreted == planned, kind
    await asyncio.sleep(0)
