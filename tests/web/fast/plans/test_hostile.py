"""Documents made to cost much, or to get at the code of a plan."""

from __future__ import annotations

import keyword
import time
import tracemalloc

import pytest

from tests.web.fast.plans.comparing import Compared
from tests.web.fast.plans.planning import operation
from tests.web.fast.plans.subjects import LOBBY, RICH, rich_stage
from tests.web.graphql.execution.calling import prepare
from web.fast.planned_executor import PlannedExecutor
from web.fast.plans.code_generator import FIELDS_MAX
from web.fast.plans.planner import PlanRegistry, plan_of
from web.fast.push import FrameCache
from web.graphql.execution.document_limits import DocumentLimits
from web.graphql.execution.documents import Documents
from web.graphql.execution.executor import CoreExecutor
from web.graphql.execution.operation import InvalidDocument, Operation, OperationRequest
from web.graphql.execution.operation_service import Operations

PLANNING_MAX_S = 2.0
"""Some 30 ms are usual on an idle machine."""
PLAN_BYTES_MAX = 2_000_000

NAMES = sorted(
    {
        *keyword.kwlist,
        *keyword.softkwlist,
        *("type", "id", "str", "int", "bool", "exec", "eval", "open", "print", "object", "Exception"),
        *("__import__", "__builtins__", "__class__", "__dict__", "_", "___"),
        *("o", "run", "r", "v", "vi", "items", "unusual", "variables", "context", "type", "self", "info", "root"),
        *(f"{letter}{number}" for letter in "bft" for number in range(4)),
        "x" * 1_000,
    }
)

DOUBLING = 7
_PARTY = 'subscription {{ partyEvents(partyId: "x") {{ {} }} }}'
EXPENSIVE = {
    "many fields of one type": "{{ myParty {{ {} }} }}".format(" ".join(f"a{n}: id" for n in range(600))),
    "many fields of every event": _PARTY.format(" ".join(f"a{n}: seq" for n in range(600))),
    "as many as a plan may have": _PARTY.format(" ".join(f"a{n}: seq" for n in range(FIELDS_MAX // 17))),
    "every event on its own": _PARTY.format(
        " ".join(f"... on {t} {{ a: seq }}" for t in ("Removed", "Heartbeat") * 80)
    ),
    "fragments in fragments": _PARTY.format("... on PartyEvent { " * 180 + "seq" + " }" * 180),
    "fragments that double": "{ myParty { ...F0 } } "
    + " ".join(
        f"fragment F{n} on Party {{ s{n}: session {{ party {{ ...F{n + 1} }} }} t{n}: session {{ party {{ ...F{n + 1} }} }} }}"
        for n in range(DOUBLING)
    )
    + f" fragment F{DOUBLING} on Party {{ id }}",
    "conditions that double": f"subscription ({' '.join(f'$v{n}: Boolean!' for n in range(10))})"
    + ' { partyEvents(partyId: "x") { ...F0 } } '
    + " ".join(
        f"fragment F{n} on PartyEvent {{ ...F{n + 1} @include(if: $v{n}) ...F{n + 1} @skip(if: $v{n}) }}"
        for n in range(10)
    )
    + " fragment F10 on PartyEvent { ... on Removed { seq } }",
    "one fragment many times": _PARTY.format("...F " * 900) + " fragment F on Removed { seq }",
    "many root fields": "mutation {{ {} }}".format(
        " ".join(f'a{n}: disbandParty(input: {{partyId: "x"}}) {{ __typename }}' for n in range(90))
    ),
    "many variables": "mutation ({}) {{ {} }}".format(
        " ".join(f"$v{n}: CreatePartyInput!" for n in range(90)),
        " ".join(f"a{n}: createParty(input: $v{n}) {{ __typename }}" for n in range(90)),
    ),
    "many conditions": "query ({}) {{ myParty {{ {} }} }}".format(
        " ".join(f"$v{n}: Boolean!" for n in range(100)),
        " ".join(f"a{n}: id @include(if: $v{n})" for n in range(100)),
    ),
}


@pytest.mark.parametrize("text", EXPENSIVE.values(), ids=EXPENSIVE)
def test_planning_is_bounded_in_time_and_memory(text: str) -> None:
    prepared = operation(LOBBY.schema, text)
    plan_of(prepared, LOBBY.schema)
    began = time.process_time()
    tracemalloc.start()
    plan = plan_of(prepared, LOBBY.schema)
    plan_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert time.process_time() - began < PLANNING_MAX_S
    assert plan_bytes < PLAN_BYTES_MAX
    assert plan is None or plan.fields <= FIELDS_MAX


@pytest.mark.parametrize(
    "text",
    [
        "{ either(either: {}) }",
        "{ branch(branch: " + '{name: "", left: ' * 190 + '{name: ""}' + "}" * 190 + ") }",
        "{ echo(grid: " + "[" * 190 + "]" * 190 + ") }",
        '{ echo(everything: {text: "", blob: ' + "[" * 180 + "]" * 180 + "}) }",
        "query ($is: Boolean = true) { cat { id @include(if: $is) } }",
        "query ($branch: Branch!) { branch(branch: $branch) }",
        "{ cat { " + "... { " * 190 + "id" + " }" * 190 + " } }",
    ],
)
async def test_no_document_makes_preparing_it_fail(text: str) -> None:
    executor = PlannedExecutor(CoreExecutor(RICH.schema._schema), PlanRegistry(RICH.schema), FrameCache())
    operations = Operations(RICH.schema._schema, executor)

    for _ in range(10):
        prepared = await prepare(operations, OperationRequest(text, None, {}, {}))
        assert isinstance(prepared, Operation | dict)


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_of_a_document_is_never_more_than_a_name(name: str) -> None:
    """The name of a key, a variable, an operation and a fragment."""
    text = f"""query {name}(${name}: Boolean!) {{
        {name}: cat {{ {name}: id __{name}: name @include(if: ${name}) marked(prefix: "a") ...F{name} }} }}
        fragment F{name} on Cat {{ kittens {{ {name}: nearby(first: 1) {{ {name}: id }} }} }}"""
    compared = Compared(RICH.schema, text)
    assert compared.plan is not None

    for value in (True, False):
        planned = await compared.planned({name: value}, rich_stage()())
        assert await compared.interpreted({name: value}, rich_stage()()) == planned
        assert await compared.finished({name: value}, rich_stage()())


@pytest.mark.parametrize("name", ['"', "'", "\\", "a'b", "a\nb", "a.b", "a-b", "\u00e9", "a;b"])
def test_what_is_no_name_gets_no_further_than_the_parser(name: str) -> None:
    document = Documents(RICH.schema._schema, DocumentLimits()).read(f"{{ {name}: cat {{ id }} }}")

    assert isinstance(document, InvalidDocument)
