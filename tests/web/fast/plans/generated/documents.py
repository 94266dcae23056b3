"""Whole documents, valid over a schema, and the requests that come for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from graphql import GraphQLSchema, OperationType
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.web.fast.plans.generated.choices import Choices
from tests.web.fast.plans.generated.input_values import InputValues
from tests.web.fast.plans.generated.selections import Selections, Uses
from tests.web.fast.plans.generated.taste import Taste
from tests.web.fast.plans.generated.variables import Declared

KINDS = (OperationType.QUERY, OperationType.QUERY, OperationType.MUTATION, OperationType.SUBSCRIPTION)


@dataclass(frozen=True, slots=True)
class Generated:
    """A document, which of its operations is asked for, and the variables of each request."""

    text: str
    kind: OperationType
    operation_name: str | None
    requests: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class _Operation:
    kind: OperationType
    name: str | None
    selected: str
    uses: Uses


@st.composite
def documents(draw: DrawFn, schema: GraphQLSchema, taste: Taste, requests_max: int = 3) -> Generated:
    return _Documents(Choices(draw), schema, taste).document(requests_max)


class _Documents:
    def __init__(self, choices: Choices, schema: GraphQLSchema, taste: Taste) -> None:
        self._choices = choices
        self._schema = schema
        self._selections = Selections(choices, schema, taste)
        self._values = InputValues(choices, taste)

    def document(self, requests_max: int) -> Generated:
        operations = [self._operation(f"Q{number}") for number in range(3 if self._choices.chance(10) else 1)]
        asked = self._choices.one(operations)
        if len(operations) == 1 and self._choices.chance(30):
            operations = [asked := replace(asked, name=None)]
        texts = [self._text(operation) for operation in operations]
        texts += [fragment.text for fragment in self._selections.fragments.values()]
        requests = tuple(self._request(asked) for _ in range(self._choices.number(1, requests_max)))
        return Generated("\n".join(texts), asked.kind, asked.name, requests)

    def _operation(self, name: str) -> _Operation:
        kind = self._choices.one(KINDS)
        root = self._schema.get_root_type(kind)
        uses = Uses()
        if kind is OperationType.SUBSCRIPTION:
            selected = self._single(root, uses)
        else:
            selected, uses = self._selections.of(root, 0)
        return _Operation(kind, name, selected, uses)

    def _single(self, root: Any, uses: Uses) -> str:
        """One root field: plain, in fragments, or in two pieces."""
        field = self._selections.field(root, 0, uses, conditional=False)
        if self._choices.chance(15):
            field = f"... on {root} {{ {field} }}"
        return f"{{ {field} {field} }}" if self._choices.chance(10) else f"{{ {field} }}"

    def _text(self, operation: _Operation) -> str:
        declared = ", ".join(one.text for one in self._declared(operation))
        name = f" {operation.name}" if operation.name else ""
        head = f"{operation.kind.value}{name}" + (f"({declared})" if declared else "")
        return f"{head} {operation.selected}"

    def _declared(self, operation: _Operation) -> list[Declared]:
        return [one for one in self._selections.variables.by_name.values() if one.name in operation.uses.variables]

    def _request(self, operation: _Operation) -> dict[str, Any]:
        """Mostly valid variables; sometimes invalid, missing or additional ones."""
        variables: dict[str, Any] = {}
        for declared in self._declared(operation):
            is_optional = declared.default is not None or not str(declared.type).endswith("!")
            if not (is_optional and self._choices.chance(25)):
                variables[declared.name] = self._values.json(declared.type)
        if variables and self._choices.chance(20):
            name = self._choices.one(list(variables))
            variables[name] = self._values.wrong(variables[name])
        if variables and self._choices.chance(5):
            del variables[self._choices.one(list(variables))]
        if self._choices.chance(8):
            variables["unknown"] = {"x": [1]}
        return variables
