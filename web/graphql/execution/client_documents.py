"""Builds the documents of clients from the files in `client_queries/`: fragments are found by their names.

`client_queries/createParty.graphql` holds the operation `CreateParty` and nothing else. A fragment that it
spreads, directly or through another one, is `client_queries/fragments/<its name>.graphql`. The text of a
document consists of the texts of those files: first the operation, then its fragments in the order of their names.
It depends on the files alone, so its SHA-256 changes only if they do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FRAGMENTS_FOLDER = "fragments"
FILE_CHARS_MAX = 65_536
"""These files have a few thousand characters. A wrong file in the folder must not delay the start."""


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
    """One file: its text, the kind and the name of its one definition, and the names of the fragments it spreads."""

    path: Path
    text: str
    kind: str
    name: str
    spreads: frozenset[str]


_IGNORED = r"(?:[\s,\ufeff]|#[^\n]*)*"
_HEAD = re.compile(rf"{_IGNORED}(query|mutation|subscription|fragment)\b{_IGNORED}([A-Za-z_]\w*)?", re.ASCII)
_COMMENT, _TEXT, _BLOCK_TEXT = r"#[^\n]*", r'"(?:\\.|[^"\\\n])*"', r'"""(?:\\"""|.)*?"""'
_SPREAD, _BRACKET = rf"\.\.\.{_IGNORED}(?P<spread>[A-Za-z_]\w*)", r"(?P<bracket>[(){}])"
_PARTS = re.compile("|".join((_COMMENT, _BLOCK_TEXT, _TEXT, _SPREAD, _BRACKET)), re.ASCII | re.DOTALL)


def _source(path: Path) -> _Source:
    """Looks for names and brackets only. To parse all files takes 40 ms, and a document is parsed at its first request."""
    text = path.read_text(encoding="utf-8").strip()
    if len(text) > FILE_CHARS_MAX:
        raise ClientDocumentError(f"{path}: more than {FILE_CHARS_MAX} characters")
    spreads: set[str] = set()
    depth = definitions = 0
    for part in _PARTS.finditer(text):
        if part["spread"] not in (None, "on"):
            spreads.add(part["spread"])
        elif part["bracket"] is not None:
            depth += 1 if part["bracket"] in "({" else -1
            definitions += depth == 0 and part["bracket"] == "}"
    if depth:
        raise ClientDocumentError(f"{path}: its brackets do not match")
    if definitions != 1:
        raise ClientDocumentError(f"{path}: expected one definition, found {definitions}")
    head = _HEAD.match(text)
    if head is None or head[2] is None:
        raise ClientDocumentError(f"{path}: its operation needs a name")
    return _Source(path, text, head[1], head[2], frozenset(spreads))


def _operation(path: Path) -> _Source:
    source = _source(path)
    expected = path.stem[:1].upper() + path.stem[1:]
    if source.kind == "fragment" or source.name != expected:
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
        if source.kind != "fragment" or source.name != name:
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
