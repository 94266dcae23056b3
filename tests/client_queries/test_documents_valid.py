"""What the Unity client sends, held against the contract: valid, complete, and readable by flat classes."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import DocumentNode, GraphQLSchema, build_schema, parse, validate

from lobby.operations.client_documents import FRAGMENTS_FOLDER, client_documents
from tests.client_queries.flat_shapes import unreadable_selections

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "client_queries"
DOCUMENTS = client_documents(FOLDER)


@pytest.fixture(scope="module")
def contract() -> GraphQLSchema:
    return build_schema((ROOT / "tests/contract/contract.graphql").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_valid_against_the_contract(contract: GraphQLSchema, name: str) -> None:
    assert validate(contract, parse(DOCUMENTS[name])) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_answer_can_be_read_by_one_flat_class_per_selection(contract: GraphQLSchema, name: str) -> None:
    assert unreadable_selections(contract, parse(DOCUMENTS[name])) == []


@pytest.mark.parametrize("root", ["Query", "Mutation", "Subscription"])
def test_everything_a_client_can_do_has_a_document(contract: GraphQLSchema, root: str) -> None:
    used = {name for text in DOCUMENTS.values() for name in _root_fields(parse(text))}
    root_type = contract.type_map[root]
    assert set() == set(root_type.fields) - used  # type: ignore[attr-defined]


def test_no_fragment_lies_about_unused() -> None:
    lines = {line for text in DOCUMENTS.values() for line in text.splitlines()}
    used = {line.split()[1] for line in lines if line.startswith("fragment ")}
    assert {path.stem for path in (FOLDER / FRAGMENTS_FOLDER).glob("*.graphql")} == used


def test_the_readme_has_a_row_for_every_file() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    missing = [path.name for path in sorted(FOLDER.glob("*.graphql")) if f"| `{path.name}` |" not in readme]
    assert missing == []


def _root_fields(document: DocumentNode) -> list[str]:
    operation = document.definitions[0]
    return [field.name.value for field in operation.selection_set.selections]  # type: ignore[attr-defined]


def test_every_document_is_run_against_a_server() -> None:
    tests = [*Path(__file__).parent.glob("test_*.py"), *(ROOT / "tests/journey").glob("p*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in tests)
    assert [name for name in DOCUMENTS if f'"{name}"' not in text] == []
