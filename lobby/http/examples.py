"""The example operations of the GraphiQL page: the client's own documents, in an order in which they work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

import msgspec

from lobby.operations.client_documents import client_documents

UNPLACED_GROUP = "More"


class _Step(msgspec.Struct, forbid_unknown_fields=True):
    """One line of `journey.json`: which operation, whether it is open at the start, and with which
    variables."""

    operation: str
    opens: bool = False
    variables: dict[str, Any] = {}


class _Group(msgspec.Struct, forbid_unknown_fields=True):
    group: str
    examples: list[_Step]


class Example(msgspec.Struct, frozen=True):
    """One self-contained document with variables to run it; `{{name}}` in them is for the page to fill in.

    `note` is the comment that the document begins with, as one line.
    """

    operation: str
    group: str
    note: str
    opens: bool
    document: str
    variables: Mapping[str, Any]


def examples(journey: Path, queries: Path) -> list[Example]:
    """The examples in the order of `journey`, then each document of `queries` that it leaves out.

    Raises `KeyError` for an operation of the journey that no document has.
    """
    documents = client_documents(queries)
    placed = [_example(group, step, documents.pop(step.operation)) for group, step in _steps(journey)]
    rest = [_example(UNPLACED_GROUP, _Step(name), text) for name, text in documents.items()]
    return placed + rest


def _steps(journey: Path) -> Iterator[tuple[str, _Step]]:
    for group in msgspec.json.decode(journey.read_bytes(), type=list[_Group]):
        for step in group.examples:
            yield group.group, step


def _example(group: str, step: _Step, text: str) -> Example:
    lines = text.splitlines()
    comment = list(takewhile(lambda line: line.startswith("#"), lines))
    note = " ".join(line.lstrip("# ") for line in comment)
    return Example(step.operation, group, note, step.opens, text, step.variables)
