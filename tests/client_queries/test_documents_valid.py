"""The documents of the Unity client are valid, cover the schema, and can be read by flat classes."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import DocumentNode, GraphQLObjectType, GraphQLSchema, build_schema, parse, validate

from tests.client_queries.flat_shapes import unreadable_selections
from tests.needs import ROOT
from tools.client_readme import client_readme
from web.graphql.execution.client_documents import FRAGMENTS_FOLDER, client_documents

FOLDER = ROOT / "client_queries"
DOCUMENTS = client_documents(FOLDER)


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema((ROOT / "schema/schema.graphql").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_valid_against_the_schema(schema: GraphQLSchema, name: str) -> None:
    assert validate(schema, parse(DOCUMENTS[name])) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_answer_can_be_read_by_one_flat_class_per_selection(schema: GraphQLSchema, name: str) -> None:
    assert unreadable_selections(schema, parse(DOCUMENTS[name])) == []


@pytest.mark.parametrize("root", ["Query", "Mutation", "Subscription"])
def test_everything_a_client_can_do_has_a_document(schema: GraphQLSchema, root: str) -> None:
    others = (client_documents(FOLDER / name) for name in ("game_server", "moderator", "operator"))
    documents = (*DOCUMENTS.values(), *(text for texts in others for text in texts.values()))
    used = {name for text in documents for name in _root_fields(parse(text))}
    root_type = schema.type_map[root]
    assert isinstance(root_type, GraphQLObjectType)
    assert set(root_type.fields) - used == set(), f"client_queries/ lacks documents for these fields of {root}"


def test_every_fragment_is_used() -> None:
    lines = {line for text in DOCUMENTS.values() for line in text.splitlines()}
    used = {line.split()[1] for line in lines if line.startswith("fragment ")}
    assert {path.stem for path in (FOLDER / FRAGMENTS_FOLDER).glob("*.graphql")} == used


def test_the_readme_has_the_current_operations() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert client_readme(page) == page, "client_queries/README.md is out of date: run scripts/unity"


def _root_fields(document: DocumentNode) -> list[str]:
    operation = document.definitions[0]
    return [field.name.value for field in operation.selection_set.selections]  # type: ignore[attr-defined]


def test_every_document_is_run_against_a_server() -> None:
    tests = [*Path(__file__).parent.glob("test_*.py"), *(ROOT / "tests/journey").glob("p*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in tests)
    missing = [name for name in DOCUMENTS if f'"{name}"' not in text]
    assert missing == [], f"send {missing} to a server in a test of tests/client_queries/"
