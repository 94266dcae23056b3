"""Builds the documents of clients from the files in `client_queries/`: fragments are found by their names.

`client_queries/createParty.graphql` holds the operation `CreateParty` and nothing else. A fragment that it
spreads, directly or through another one, is `client_queries/fragments/<its name>.graphql`. The text of a
document consists of the texts of those files: first the operation, then its fragments in the order of their names.
It depends on the files alone, so its SHA-256 changes only if they do.
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
"""These files have a few hundred tokens. A wrong file in the folder must not delay the start."""


class ClientDocumentError(ValueError):
    """A file in `client_queries/` breaks the rules of the folder. The message names the file."""


def client_documents(folder: Path) -> dict[str, str]:
    """Operation name -> self-contained text, sorted by name.

    Raises `ClientDocumentError` for a file that breaks the rules above, `OSError` for a file that can't be read.
    """
    operations = [_operation(path) for path in sorted(folder.glob("*.graphql"))]
    fragments = _Fragments(folder / FRAGMENTS_FOLDER)
    documents = {operation.name: _document(operation, fragments) for operation in operations}
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


class _Fragments:
    """The fragments of a folder by name. Each file is read and parsed once, however many documents it is part of."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sources: dict[str, _Source] = {}

    def get(self, name: str, wanted_by: Path) -> _Source:
        source = self._sources.get(name)
        if source is None:
            source = self._sources[name] = self._read(name, wanted_by)
        return source

    def _read(self, name: str, wanted_by: Path) -> _Source:
        path = self._folder / f"{name}.graphql"
        if not path.is_file():
            raise ClientDocumentError(f"{wanted_by}: spreads {name}, but there is no {path}")
        source = _source(path)
        if not isinstance(source.definition, FragmentDefinitionNode) or source.name != name:
            raise ClientDocumentError(f"{path}: expected the fragment {name}")
        return source


def _document(operation: _Source, fragments: _Fragments) -> str:
    spread = sorted(_reachable(operation, fragments), key=lambda fragment: fragment.name)
    return "\n\n".join(source.text for source in (operation, *spread)) + "\n"


def _reachable(operation: _Source, fragments: _Fragments) -> Iterator[_Source]:
    """Each fragment once, however often it is spread. Cycles end here too; validation refuses them."""
    seen: set[str] = set()
    open_sources = [operation]
    while open_sources:
        source = open_sources.pop()
        for name in sorted(source.spreads - seen):
            seen.add(name)
            fragment = fragments.get(name, source.path)
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
