from __future__ import annotations

import pytest

from tests.web.fast.plans.planning import finishes
from web.fast.plans.plan import PlannedInfo


def test_a_planned_field_tells_its_name_and_the_context() -> None:
    context = object()
    info = PlannedInfo("field", context)

    assert (info.field_name, info.context) == ("field", context)


def test_what_a_plan_does_not_tell_is_named() -> None:
    with pytest.raises(AttributeError, match="context and field_name, not path"):
        _ = PlannedInfo("field", None).path


async def test_resolvers_take_it_where_they_take_info() -> None:
    assert await finishes('{ pet(id: "a") { ... on Dog { viewed } } cat { staff } }', viewer="bob")
