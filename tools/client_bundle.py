"""Two files of `client_queries/` for clients in JavaScript. `python -m tools.client_bundle` writes them.

`bundled.json` has all documents of clients, for builds that send them by their hash, in the format of a persisted query manifest
of Apollo. `id` is the SHA-256 of `body`, which the server knows from its start. `possible_types.json` has the object
types of each interface and union, as the cache of Apollo Client takes them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from graphql import OperationDefinitionNode, build_schema, is_abstract_type, parse

from web.graphql.execution.client_documents import client_documents
from web.graphql.execution.documents import document_hash

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "client_queries"
BUNDLE = FOLDER / "bundled.json"
POSSIBLE_TYPES = FOLDER / "possible_types.json"
_FORMAT = {"format": "apollo-persisted-query-manifest", "version": 1}


def client_bundle(folder: Path = FOLDER) -> str:
    """The text of the manifest for the operations in `folder`, sorted by name. Raises `ClientDocumentError`."""
    operations = [_operation(name, text) for name, text in client_documents(folder).items()]
    return json.dumps({**_FORMAT, "operations": operations}, indent=1, ensure_ascii=False) + "\n"


def possible_types() -> str:
    """The text of the JSON object: by abstract type of the schema, the names of its object types."""
    schema = build_schema((ROOT / "schema/schema.graphql").read_text(encoding="utf-8"))
    abstract = [each for each in schema.type_map.values() if is_abstract_type(each)]
    names = {each.name: [possible.name for possible in schema.get_possible_types(each)] for each in abstract}
    return json.dumps(names, indent=1) + "\n"


def _operation(name: str, text: str) -> dict[str, Any]:
    (kind,) = (
        node.operation.value
        for node in parse(text, no_location=True).definitions
        if isinstance(node, OperationDefinitionNode)
    )
    return {"id": document_hash(text), "name": name, "type": kind, "body": text}


if __name__ == "__main__":
    BUNDLE.write_text(client_bundle(), encoding="utf-8")
    POSSIBLE_TYPES.write_text(possible_types(), encoding="utf-8")
