"""The generated files of the Unity package, and writing them into the package folder."""

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

from tools.unity_codegen.answers import answer_source, kind_enum
from tools.unity_codegen.contract import Contract, read_contract
from tools.unity_codegen.csharp import type_name
from tools.unity_codegen.details import details_source
from tools.unity_codegen.enums import enum_like_source, enum_source
from tools.unity_codegen.events import event_interfaces, event_types, events_source, stream_name, write_events
from tools.unity_codegen.inputs import input_source
from tools.unity_codegen.metas import metas
from tools.unity_codegen.operations import OperationSource
from tools.unity_codegen.selections import Answer, Selections

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "unity"
GENERATED = Path("Runtime/Generated")
README = Path("README.md")


def write_package(package: Path) -> None:
    """Write what is missing or differs, and delete generated files that are no longer needed.

    `.meta` files are last: they follow from the files in the folder.
    """
    _sync(set((package / GENERATED).rglob("*.cs")), package_code(package))
    _sync(set(), package_readme(package))
    _sync(set(package.rglob("*.meta")), metas(package))


def package_code(package: Path) -> dict[Path, str]:
    """Path of each generated C# file -> its text."""
    files = generate_code(read_contract(ROOT))
    return {package / GENERATED / path: text for path, text in files.items()}


def package_readme(package: Path) -> dict[Path, str]:
    """Path of the README -> its text with the current list of events."""
    path = package / README
    return {path: write_events(path.read_text(encoding="utf-8"), read_contract(ROOT))}


def _sync(existing: set[Path], wanted: dict[Path, str]) -> None:
    """Make the files `wanted`, and delete those of `existing` that are not."""
    for path in existing - set(wanted):
        path.unlink()
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def generate_code(contract: Contract) -> dict[Path, str]:
    """Path below the folder of generated code -> text. Raises `Ambiguous`."""
    selections = Selections(contract, type_name, is_own=True)
    answers = list(selections.answers.values())
    inputs = _inputs(contract)
    files = {Path("Answers", f"{answer.name}.cs"): answer_source(answer) for answer in answers}
    files |= {Path("Inputs", f"{type_name(kind.name)}.cs"): input_source(kind) for kind in inputs.values()}
    files |= {Path("Enums", f"{name}.cs"): text for name, text in _enums(contract, answers, inputs)}
    for operation in contract.operations:
        text = OperationSource(contract, operation, selections.root_classes[operation.name]).text()
        files[Path("Operations", f"{operation.name}.cs")] = text
    for interface in event_interfaces(contract):
        files[Path("Events", f"{stream_name(interface)}.Events.cs")] = events_source(contract, interface)
        flat = selections.answers[type_name(interface.name)]
        files[Path("Events", f"{flat.name}.Details.cs")] = details_source(flat, event_types(contract, interface))
    return files


def _enums(
    contract: Contract, answers: list[Answer], inputs: dict[str, GraphQLInputObjectType]
) -> Iterator[tuple[str, str]]:
    """Name -> text. The enums of answers, inputs and variables, and an enum of kinds for each interface."""
    kinds = [get_named_type(member.type) for answer in answers for member in answer.members.values()]
    chosen = [get_named_type(field.type) for kind in inputs.values() for field in kind.fields.values()]
    chosen += list(_variable_types(contract))
    for kind in {*kinds, *chosen}:
        if isinstance(kind, GraphQLEnumType):
            yield type_name(kind.name), enum_source(kind, kind in chosen)
    for answer in answers:
        name = kind_enum(answer)
        if name is not None and isinstance(answer.type, GraphQLInterfaceType):
            yield name, _kinds(contract, name, answer.type)


def _kinds(contract: Contract, name: str, interface: GraphQLInterfaceType) -> str:
    types = contract.schema.get_possible_types(interface)
    words = [(kind.name, kind.description or "") for kind in sorted(types, key=lambda kind: kind.name)]
    return enum_like_source(name, f"What a {interface.name} is.", words)


def _inputs(contract: Contract) -> dict[str, GraphQLInputObjectType]:
    """The input objects that variables can contain, by name."""
    found: dict[str, GraphQLInputObjectType] = {}
    queue = [kind for kind in _variable_types(contract) if isinstance(kind, GraphQLInputObjectType)]
    while queue:
        kind = queue.pop()
        if kind.name not in found:
            found[kind.name] = kind
            members = [get_named_type(field.type) for field in kind.fields.values()]
            queue += [each for each in members if isinstance(each, GraphQLInputObjectType)]
    return found


def _variable_types(contract: Contract) -> Iterator[GraphQLNamedType]:
    for operation in contract.operations:
        for node in operation.node.variable_definitions or ():
            kind = get_named_type(type_from_ast(contract.schema, node.type))
            assert kind is not None, f"{operation.name}: a variable's type is not in the schema"
            yield kind
