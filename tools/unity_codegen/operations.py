"""C# of operations: the document, and the client's method that sends it."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLUnionType,
    OperationType,
    VariableDefinitionNode,
    get_named_type,
    is_input_type,
    type_from_ast,
)

from tools.unity_codegen.answers import csharp_type, read_expression
from tools.unity_codegen.contract import Contract, Operation
from tools.unity_codegen.csharp import block, indented, literal, parameter_name, source, summary, type_name
from tools.unity_codegen.inputs import IDEMPOTENCY_KEY, input_type, write_member
from web.graphql.execution.documents import document_hash

_USING = ("System.Collections.Generic", "System.Threading", "System.Threading.Tasks")
_CANCELLATION = "CancellationToken cancellation = default(CancellationToken)"
_SIGN_IN = "SignInResult"
"""Operations with this result return credentials, which the client must store: hand-written methods call them."""
_OF_HOSTS = {
    "CompleteSession",
    "HostReportPlayers",
    "HostSpendTicket",
    "ReportEndpoint",
    "SaveCheckpoint",
    "UpdateSession",
    "YieldHost",
}
"""Operations for the player who hosts a run. Their interface is apart, so that the code of others does not see them."""


@dataclass(frozen=True, slots=True)
class _Variable:
    name: str
    type: GraphQLInputType
    is_required: bool

    @property
    def csharp(self) -> str:
        return input_type(self.type, self.is_required)

    @property
    def parameter(self) -> str:
        return f"{self.csharp} {parameter_name(self.name)}{'' if self.is_required else ' = null'}"

    @property
    def write(self) -> str:
        return write_member(self.name, parameter_name(self.name), self.type, self.is_required)


class OperationSource:
    """The C# of one operation. `of`: the class of its root field."""

    def __init__(self, contract: Contract, operation: Operation, of: str | None) -> None:
        self._operation = operation
        (selection,) = operation.node.selection_set.selections
        self._field = contract.root(operation).fields[selection.name.value]  # type: ignore[attr-defined]
        self._of = of
        variables = [_variable(contract, node) for node in operation.node.variable_definitions or ()]
        self._variables = sorted(variables, key=lambda variable: not variable.is_required)

    def text(self) -> str:
        return source([*self._document(), "", *self._method()], _USING)

    def _document(self) -> list[str]:
        name, text = self._operation.name, self._operation.text
        lines = text.splitlines(keepends=True)
        quoted = [f"{literal(line)} +" for line in lines[:-1]] + [f"{literal(lines[-1])});"]
        opening = f"public static readonly LobbyDocument {name} = new LobbyDocument("
        arguments = [f"{literal(name)},", f"{literal(document_hash(text))},", *quoted]
        comment = summary(f"The document of the operation {name}.")
        lines = [*comment, opening, *(f"    {line}" for line in arguments)]
        return [
            *summary("The documents of all operations."),
            *block("public static partial class LobbyDocuments", lines),
        ]

    def _method(self) -> list[str]:
        follows = self._operation.node.operation is OperationType.SUBSCRIPTION
        if follows:
            return block("internal static partial class LobbyOperations", self._operation_method())
        if get_named_type(self._field.type).name == _SIGN_IN:
            return block("internal sealed partial class LobbyRequests", self._calling(True))
        client = block("public sealed partial class LobbyClient", self._calling(False))
        interface = "ILobbyHostClient" if self._operation.name in _OF_HOSTS else "ILobbyClient"
        return [*client, "", *block(f"public partial interface {interface}", self._declaration())]

    def _declaration(self) -> list[str]:
        """The method in the interface that tests of a game can fake."""
        parameters = _parameters([*(variable.parameter for variable in self._variables), _CANCELLATION])
        head = [f"Task<{self._result}> {self._operation.name}Async({parameters[0]}", *parameters[1:]]
        return [*self._comment(), *head[:-1], f"{head[-1]};"]

    def _operation_method(self) -> list[str]:
        parameters = _parameters([variable.parameter for variable in self._variables])
        head = [f"public static LobbyOperation<{self._result}> {self._operation.name}({parameters[0]}", *parameters[1:]]
        built = self._built()
        return [*self._comment(), *_method(head, [f"return {built[0]}", *built[1:]])]

    def _calling(self, is_own: bool) -> list[str]:
        access = "internal" if is_own else "public"
        parameters = _parameters([*(variable.parameter for variable in self._variables), _CANCELLATION])
        head = [f"{access} Task<{self._result}> {self._operation.name}Async({parameters[0]}", *parameters[1:]]
        built = self._built()
        call = (
            "SendAsync(operation, null, cancellation)"
            if is_own
            else "_requests.SendAsync(operation, _tokens, cancellation)"
        )
        return [*self._comment(), *_method(head, [f"var operation = {built[0]}", *built[1:], f"return {call};"])]

    def _built(self) -> list[str]:
        """The C# expression that creates the operation, as lines."""
        variables = [] if not self._variables else self._handed_over() or self._writing()
        arguments = [f"LobbyDocuments.{self._operation.name},", *variables, f"reader => {self._reading});"]
        return [f"new LobbyOperation<{self._result}>(", *indented(arguments)]

    def _handed_over(self) -> list[str]:
        """An idempotent input is passed as an object, since it is written with the key of the call."""
        for variable in self._variables:
            kind = get_named_type(variable.type)
            if isinstance(kind, GraphQLInputObjectType) and IDEMPOTENCY_KEY in kind.fields:
                assert [each.name for each in self._variables] == ["input"], (
                    f"{self._operation.name}: one input, no more"
                )
                return ["input,"]
        return []

    def _writing(self) -> list[str]:
        *lines, brace = block("writer =>", [variable.write for variable in self._variables])
        return [*lines, f"{brace},"]

    @property
    def _result(self) -> str:
        if isinstance(get_named_type(self._field.type), GraphQLUnionType):
            return f"LobbyResult<{self._of}>"
        return csharp_type(self._field.type, self._of)

    @property
    def _reading(self) -> str:
        kind = get_named_type(self._field.type)
        if isinstance(kind, GraphQLUnionType):
            (typename,) = (member.name for member in kind.types if type_name(member.name) == self._of)
            return f"LobbyResult<{self._of}>.Read(reader, {literal(typename)}, r => {self._of}.Read(r)!)"
        return read_expression(self._field.type, self._of)

    def _comment(self) -> list[str]:
        return summary(self._operation.comment or "See the schema.")


def _parameters(parameters: list[str]) -> list[str]:
    """A single parameter in the line of the head, or each parameter in its own line."""
    if len(parameters) <= 1:
        return [", ".join(parameters) + ")"]
    return ["", *(f"    {parameter}," for parameter in parameters[:-1]), f"    {parameters[-1]})"]


def _method(head: list[str], body: list[str]) -> list[str]:
    return [*head[:-1], *block(head[-1], body)]


def _variable(contract: Contract, node: VariableDefinitionNode) -> _Variable:
    type_ = type_from_ast(contract.schema, node.type)
    assert is_input_type(type_), f"no such type: {node.type}"
    return _Variable(node.variable.name.value, type_, isinstance(type_, GraphQLNonNull) and node.default_value is None)
