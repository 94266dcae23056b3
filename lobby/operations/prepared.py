"""Documents that have been parsed and validated, and the operations in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode, OperationType

from lobby.operations.errors import OPERATION_RESOLUTION_FAILED
from lobby.operations.price import Price
from lobby.operations.result import ErrorEntry, Result, error_entry, request_error

if TYPE_CHECKING:
    from lobby.operations.plans.plan import Plan


@dataclass(slots=True, eq=False)
class PreparedOperation:
    """One operation of a valid document, ready to run; with its plan, once it has one."""

    document: DocumentNode
    definition: OperationDefinitionNode
    name: str | None
    price: Price
    is_trusted: bool = False
    """Whether the server knew it from the start; then no bound of documents holds for it."""
    plan: Plan | None = None
    uses: int = 0
    """How often it was asked for, until it was planned."""

    @property
    def kind(self) -> OperationType:
        return self.definition.operation


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A valid document; an anonymous operation has the name None, and is then the only one."""

    operations: Mapping[str | None, PreparedOperation]

    def select(self, name: str | None) -> PreparedOperation | Result:
        """The operation of that name; None stands for the only one there is."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        if name is None:
            return _unresolved("operationName must say which of the document's operations to run.")
        return self.operations.get(name) or _unresolved(f"The document has no operation named '{name}'.")


@dataclass(frozen=True, slots=True)
class InvalidDocument:
    """A document that failed to parse or validate: every request for it has the same answer."""

    errors: tuple[ErrorEntry, ...]

    def select(self, name: str | None) -> Result:
        return request_error(self.errors)


def prepare_operations(schema: GraphQLSchema, document: DocumentNode, is_trusted: bool = False) -> PreparedDocument:
    """Index the operations of a document that has been validated."""
    definitions = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    names = [node.name.value if node.name else None for node in definitions]
    return PreparedDocument(
        {
            name: PreparedOperation(document, node, name, Price(schema, document, node), is_trusted)
            for name, node in zip(names, definitions, strict=True)
        }
    )


def _unresolved(message: str) -> Result:
    return request_error([error_entry(OPERATION_RESOLUTION_FAILED, message)])
