"""One call of an operation: everything that running it needs."""

from __future__ import annotations

from graphql import Executor, GraphQLError, GraphQLSchema, MiddlewareManager

from lobby.operations.prepared import PreparedOperation
from lobby.operations.request import Variables
from lobby.value import Value


class OperationCall(Value):
    """An operation with the variables as they came, the context its resolvers see, and the id its faults
    are logged under."""

    operation: PreparedOperation
    variables: Variables
    context: object
    request_id: str


def build_executor(
    schema: GraphQLSchema,
    call: OperationCall,
    middleware: MiddlewareManager | None = None,
    hide_suggestions: bool = False,
) -> Executor[None] | list[GraphQLError]:
    """graphql-core's executor for a call, or what is wrong with its variables."""
    return Executor.build(
        schema,
        call.operation.document,
        context_value=call.context,
        raw_variable_values=call.variables,
        operation_name=call.operation.name,
        middleware=middleware,
        hide_suggestions=hide_suggestions,
    )
