"""The documents that clients send, put together from `client_queries/`: fragments are found by their names.

`client_queries/createParty.graphql` holds the operation `CreateParty` and nothing else. A fragment that it
spreads, directly or through another one, is `client_queries/fragments/<its name>.graphql`. The text of a
document is the text of those files: the operation's first, then its fragments' in the order of their names.
It follows from the files alone, so its SHA-256 is as stable as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from graphql import (
    DefinitionNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    Visitor,
    parse,
    visit,
)

FRAGMENTS_FOLDER = "fragments"
TOKENS_PER_FILE_MAX = 4_000
"""A file of ours has a few hundred; the bound keeps a stray file in the folder from stalling the start."""


class ClientDocumentError(ValueError):
    """A file under `client_queries/` that breaks the rules of the folder; the message names the file."""


def client_documents(folder: Path) -> dict[str, str]:
    """Operation name -> self-contained text, sorted by name.

    Raises `ClientDocumentError` for a file that breaks the rules above, `OSError` for one that can't be read.
    """
    operations = [_operation(path) for path in sorted(folder.glob("*.graphql"))]
    documents = {operation.name: _document(operation, folder / FRAGMENTS_FOLDER) for operation in operations}
    return dict(sorted(documents.items()))


@dataclass(frozen=True, slots=True)
class _Source:
    """One file: its text, its one definition with its name, and the names of the fragments it spreads."""

    path: Path
    text: str
    definition: DefinitionNode
    name: str
    spreads: frozenset[str]


def _source(path: Path) -> _Source:
    text = path.read_text(encoding="utf-8").strip()
    definition = _only_definition(path, text)
    return _Source(path, text, definition, _name(path, definition), _spreads(definition))


def _operation(path: Path) -> _Source:
    source = _source(path)
    expected = path.stem[:1].upper() + path.stem[1:]
    if not isinstance(source.definition, OperationDefinitionNode) or source.name != expected:
        raise ClientDocumentError(f"{path}: expected the operation {expected}")
    return source


def _fragment(folder: Path, name: str, wanted_by: Path) -> _Source:
    path = folder / f"{name}.graphql"
    if not path.is_file():
        raise ClientDocumentError(f"{wanted_by}: spreads {name}, but there is no {path}")
    source = _source(path)
    if not isinstance(source.definition, FragmentDefinitionNode) or source.name != name:
        raise ClientDocumentError(f"{path}: expected the fragment {name}")
    return source


def _document(operation: _Source, fragments_folder: Path) -> str:
    fragments = sorted(_reachable(operation, fragments_folder), key=lambda fragment: fragment.name)
    return "\n\n".join(source.text for source in (operation, *fragments)) + "\n"


def _reachable(operation: _Source, fragments_folder: Path) -> Iterator[_Source]:
    """Each fragment once, however often it is spread. A cycle ends too; refusing it is left to validation."""
    seen: set[str] = set()
    open_sources = [operation]
    while open_sources:
        source = open_sources.pop()
        for name in sorted(source.spreads - seen):
            seen.add(name)
            fragment = _fragment(fragments_folder, name, source.path)
            open_sources.append(fragment)
            yield fragment


def _only_definition(path: Path, text: str) -> DefinitionNode:
    try:
        definitions = parse(text, max_tokens=TOKENS_PER_FILE_MAX).definitions
    except GraphQLSyntaxError as error:
        raise ClientDocumentError(f"{path}: {error}") from error
    if len(definitions) != 1:
        raise ClientDocumentError(f"{path}: expected one definition, found {len(definitions)}")
    return definitions[0]


def _name(path: Path, definition: DefinitionNode) -> str:
    name = getattr(definition, "name", None)
    if name is None:
        raise ClientDocumentError(f"{path}: its operation needs a name")
    return str(name.value)


def _spreads(definition: DefinitionNode) -> frozenset[str]:
    collector = _SpreadCollector()
    visit(definition, collector)
    return frozenset(collector.names)


class _SpreadCollector(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        self.names.add(node.name.value)
