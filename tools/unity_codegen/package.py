"""All generated files of the package."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    get_named_type,
    type_from_ast,
)

from unity_codegen.answers import answer_source, kind_enum
from unity_codegen.contract import Contract
from unity_codegen.enums import enum_like_source, enum_source
from unity_codegen.inputs import input_source
from unity_codegen.names import type_name
from unity_codegen.operations import OperationSource
from unity_codegen.selections import Selections
from unity_codegen.shapes import Answer


def generated(contract: Contract) -> dict[Path, str]:
    """Path below the folder of generated code -> text. Raises `Unclear`."""
    selections = Selections(contract)
    answers = list(selections.answers.values())
    inputs = _inputs(contract)
    files = {Path("Answers", f"{answer.name}.cs"): answer_source(answer) for answer in answers}
    files |= {Path("Inputs", f"{type_name(kind.name)}.cs"): input_source(kind) for kind in inputs.values()}
    files |= {Path("Enums", f"{name}.cs"): text for name, text in _enums(contract, answers, inputs)}
    for operation in contract.operations:
        text = OperationSource(contract, operation, selections.root_classes[operation.name]).text()
        files[Path("Operations", f"{operation.name}.cs")] = text
    return files


def _enums(
    contract: Contract, answers: list[Answer], inputs: dict[str, GraphQLInputObjectType]
) -> Iterator[tuple[str, str]]:
    """Name -> text: those of answers, of inputs and of variables, and the kinds of flat classes."""
    kinds = [get_named_type(member.type) for answer in answers for member in answer.members.values()]
    kinds += [get_named_type(field.type) for kind in inputs.values() for field in kind.fields.values()]
    kinds += list(_variable_types(contract))
    for kind in kinds:
        if isinstance(kind, GraphQLEnumType):
            yield type_name(kind.name), enum_source(kind)
    for answer in answers:
        name = kind_enum(answer)
        if name is not None and isinstance(answer.type, GraphQLInterfaceType):
            yield name, _kinds(contract, name, answer.type)


def _kinds(contract: Contract, name: str, interface: GraphQLInterfaceType) -> str:
    types = contract.schema.get_possible_types(interface)
    words = [(kind.name, kind.description or "") for kind in sorted(types, key=lambda kind: kind.name)]
    return enum_like_source(name, f"What a {interface.name} is.", words)


def _inputs(contract: Contract) -> dict[str, GraphQLInputObjectType]:
    """The input objects that variables can reach, by name."""
    found: dict[str, GraphQLInputObjectType] = {}
    waiting = [kind for kind in _variable_types(contract) if isinstance(kind, GraphQLInputObjectType)]
    while waiting:
        kind = waiting.pop()
        if kind.name not in found:
            found[kind.name] = kind
            within = [get_named_type(field.type) for field in kind.fields.values()]
            waiting += [each for each in within if isinstance(each, GraphQLInputObjectType)]
    return found


def _variable_types(contract: Contract) -> Iterator[GraphQLNamedType]:
    for operation in contract.operations:
        for node in operation.node.variable_definitions or ():
            kind = get_named_type(type_from_ast(contract.schema, node.type))
            assert kind is not None, f"{operation.name}: a variable of no type of the schema"
            yield kind
