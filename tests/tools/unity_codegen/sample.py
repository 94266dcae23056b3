"""A small schema and documents of a test, in a folder with the layout of the repository."""

from __future__ import annotations

from pathlib import Path

from tools.unity_codegen.contract import Contract, read_contract
from tools.unity_codegen.package import generate_code

SCHEMA = '''
"""A place to `sit` & drink: <loud>."""
type Tavern implements Place {
  id: ID!
  name: String!
  seats: Int!
  keeper: Person
  guests: [Person!]!
}

type Cave implements Place {
  id: ID!
  name: String!
  "In metres."
  depth: Int!
}

interface Place {
  id: ID!
  name: String!
}

type Person {
  id: ID!
  mood: Mood!
  born: DateTime
}

"How one feels."
enum Mood {
  MERRY
  "After the third."
  VERY_MERRY
}

type Rejection { message: String! }
union Entering = Tavern | Rejection
union Anything = Tavern | Cave | Rejection
scalar DateTime

input EnterInput {
  placeId: ID!
  quietly: Boolean! = false
  moods: [MoodInput!]
  idempotencyKey: ID
}

input MoodInput {
  mood: Mood!
  since: Int
}

type Query {
  tavern(id: ID!): Tavern
  places(first: Int! = 10, mood: Mood, text: String!): [Place!]!
  anything: Anything!
}

type Mutation { enter(input: EnterInput!): Entering! }
interface TavernEvent {
  at: DateTime!
}

"A guest comes in."
type GuestCame implements TavernEvent { at: DateTime! guest: Person! seats: Int! }
type GuestLeft implements TavernEvent { at: DateTime! }

type Subscription {
  happenings(after: ID): Place!
  tavernEvents: TavernEvent!
}
'''

PERSON = "fragment PersonFields on Person { id mood }"
TAVERN = "fragment TavernFields on Tavern { id name keeper { ...PersonFields } }"


def contract(folder: Path, *operations: str, fragments: tuple[str, ...] = (PERSON, TAVERN)) -> Contract:
    """The contract of these documents, each in a file with the name of its operation or fragment."""
    (folder / "schema").mkdir()
    (folder / "schema/schema.graphql").write_text(SCHEMA, encoding="utf-8")
    (folder / "client_queries/fragments").mkdir(parents=True)
    for text in operations:
        name = _name(text)
        _write(folder / "client_queries", name[:1].lower() + name[1:], text)
    for text in fragments:
        _write(folder / "client_queries/fragments", _name(text), text)
    return read_contract(folder)


def sources(folder: Path, *operations: str, fragments: tuple[str, ...] = (PERSON, TAVERN)) -> dict[str, str]:
    """Path of each generated file, with slashes -> text."""
    files = generate_code(contract(folder, *operations, fragments=fragments))
    return {path.as_posix(): text for path, text in files.items()}


def _name(text: str) -> str:
    head = next(line for line in text.strip().splitlines() if not line.startswith("#"))
    return head.split()[1].partition("(")[0]


def _write(folder: Path, stem: str, text: str) -> None:
    (folder / f"{stem}.graphql").write_text(text, encoding="utf-8")
