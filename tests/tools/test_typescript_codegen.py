"""The generator turns documents into methods and types of TypeScript."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from tests.tools.unity_codegen.sample import contract
from tools.typescript_codegen.files import generate

ENTER = """# Go in.
mutation Enter($input: EnterInput!) {
  enter(input: $input) { __typename ... on Tavern { ...TavernFields } ... on Rejection { message } }
}"""
TAVERN = "query Tavern($id: ID!) { tavern(id: $id) { ...TavernFields } }"


def files(folder: Path, *operations: str) -> tuple[str, str]:
    """The code and the types."""
    generated = generate(contract(folder, *operations))
    return generated[Path("operations.js")], generated[Path("operations.d.ts")]


def test_a_mutation_takes_its_input_and_returns_an_outcome(tmp_path: Path) -> None:
    code, types = files(tmp_path, ENTER)

    assert "  enter(input, options) {\n    return this.call(documents.Enter, { input }, options);" in code
    assert "isIdempotent: true" in code
    method = 'enter(input: EnterInput, options?: CallOptions): Promise<Outcome<"Tavern", Tavern>>;'
    assert f"  /** Go in. */\n  {method}" in types


def test_an_input_has_optional_members_and_lists(tmp_path: Path) -> None:
    _, types = files(tmp_path, ENTER)

    assert "  placeId: string;\n  quietly?: boolean | null;\n  moods?: readonly MoodInput[] | null;\n" in types
    assert "export interface MoodInput {\n  mood: Mood;\n  since?: number | null;\n}" in types
    assert '/** How one feels. */\nexport type Mood = "MERRY" | "VERY_MERRY";' in types


def test_a_type_has_null_exactly_where_the_schema_allows_it(tmp_path: Path) -> None:
    _, types = files(tmp_path, TAVERN)

    tavern = types[types.index("export interface Tavern {") :]
    assert tavern.startswith("export interface Tavern {\n  readonly id: string;\n  readonly name: string;\n")
    assert "  readonly keeper: Person | null;\n}" in tavern
    assert "tavern(variables: { id: string }, options?: CallOptions): Promise<Tavern | null>;" in types


def test_fields_beside_a_fragment_are_optional_and_a_pick_leaves_the_type_whole(tmp_path: Path) -> None:
    seats = "query Seats($id: ID!) { tavern(id: $id) { ...TavernFields seats } }"
    names = "query Names($id: ID!) { tavern(id: $id) { name } }"

    _, types = files(tmp_path, TAVERN, seats, names)

    assert "  /** Not in all operations. */\n  readonly seats?: number;" in types
    assert "  readonly id: string;\n" in types
    assert "  readonly name: string;\n" in types
    assert 'Promise<Pick<Tavern, "name"> | null>;' in types


def test_a_stream_has_a_union_of_its_events_by_typename(tmp_path: Path) -> None:
    code, types = files(tmp_path, "subscription WatchTavern { tavernEvents { __typename at } }")

    assert "return this.watch(documents.WatchTavern, {}, options);" in code
    assert "watchTavern(options?: StreamOptions): LobbyStream<TavernEvent>;" in types
    assert "export interface TavernEventFields {\n  readonly at: string;\n}" in types
    assert '  /** A guest comes in. */\n  | {\n      readonly __typename: "GuestCame";\n    }' in types


def test_documents_have_the_hash_of_the_server(tmp_path: Path) -> None:
    described = contract(tmp_path, TAVERN)

    (operation,) = described.operations
    assert sha256(operation.text.encode()).hexdigest() in generate(described)[Path("operations.js")]
