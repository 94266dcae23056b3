"""Writes the tables of operations in client_queries/README.md: `python -m tools.client_readme`. `scripts/unity` runs it.

The first line of each file is a comment, which says what the operation does. The variables, and the fields of `input`, come
from the schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLInputObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableDefinitionNode,
    build_schema,
    get_named_type,
    is_required_input_field,
    parse,
    type_from_ast,
)

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "client_queries"
BEGIN, END = "<!-- operations:begin -->\n", "<!-- operations:end -->\n"
TITLES = {"query": "Queries", "mutation": "Mutations", "subscription": "Subscriptions"}


def client_readme(page: str) -> str:
    """The page with its tables as they are to be. Raises `ValueError` if it has no place for them."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"client_queries/README.md needs the lines {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}{operation_tables(FOLDER)}{END}{after}"


def operation_tables(folder: Path) -> str:
    """One Markdown table for each kind of operation, in the order of the files' names."""
    schema = build_schema((ROOT / "schema/schema.graphql").read_text(encoding="utf-8"))
    rows: dict[str, list[str]] = {kind: [] for kind in TITLES}
    for path in sorted(folder.glob("*.graphql")):
        text = path.read_text(encoding="utf-8")
        operation = parse(text).definitions[0]
        assert isinstance(operation, OperationDefinitionNode), f"{path.name} holds no operation"
        variables = ", ".join(_variables(schema, operation)) or "none"
        rows[operation.operation.value].append(f"| `{path.name}` | {_purpose(path, text)} | {variables} |")
    tables = (f"### {TITLES[kind]}\n\n| file | what it does | variables |\n|---|---|---|\n" for kind in rows)
    return "\n".join(table + "\n".join(rows[kind]) + "\n" for table, kind in zip(tables, rows, strict=True))


def _purpose(path: Path, text: str) -> str:
    """The comment at the beginning of the file. Raises `ValueError` if the file does not begin with a comment."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").strip())
    if not lines:
        raise ValueError(f"client_queries/{path.name} must begin with a comment that says what the operation does")
    return " ".join(lines)


def _variables(schema: GraphQLSchema, operation: OperationDefinitionNode) -> Iterator[str]:
    for variable in operation.variable_definitions or ():
        name = variable.variable.name.value
        type_ = type_from_ast(schema, variable.type)
        assert type_ is not None, f"{name} has a type that is not in the schema"
        fields = get_named_type(type_)
        if name == "input" and isinstance(fields, GraphQLInputObjectType):
            marked = (key if is_required_input_field(field) else f"{key}?" for key, field in fields.fields.items())
            yield f"`input {{ {', '.join(marked)} }}`"
        else:
            yield f"`{name}{'' if _is_required(variable) else '?'}`"


def _is_required(variable: VariableDefinitionNode) -> bool:
    return variable.type.kind == "non_null_type" and variable.default_value is None


if __name__ == "__main__":
    readme = FOLDER / "README.md"
    readme.write_text(client_readme(readme.read_text(encoding="utf-8")), encoding="utf-8")
