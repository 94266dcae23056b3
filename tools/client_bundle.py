"""`client_queries/bundled.json`: all documents of clients in one file, for builds that send them by their hash.

The file is a manifest of persisted queries as Apollo's tools write it, so libraries that read such manifests need nothing else.
`id` is the SHA-256 of `body`, which the server knows from its start. `python -m tools.client_bundle` writes it anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from graphql import OperationDefinitionNode, parse

from web.graphql.execution.client_documents import client_documents
from web.graphql.execution.documents import document_hash

FOLDER = Path(__file__).parents[1] / "client_queries"
BUNDLE = FOLDER / "bundled.json"
_FORMAT = {"format": "apollo-persisted-query-manifest", "version": 1}


def client_bundle(folder: Path = FOLDER) -> str:
    """The text of the manifest for the operations in `folder`, sorted by name. Raises `ClientDocumentError`."""
    operations = [_operation(name, text) for name, text in client_documents(folder).items()]
    return json.dumps({**_FORMAT, "operations": operations}, indent=1, ensure_ascii=False) + "\n"


def _operation(name: str, text: str) -> dict[str, Any]:
    (kind,) = (
        node.operation.value
        for node in parse(text, no_location=True).definitions
        if isinstance(node, OperationDefinitionNode)
    )
    return {"id": document_hash(text), "name": name, "type": kind, "body": text}


if __name__ == "__main__":
    BUNDLE.write_text(client_bundle(), encoding="utf-8")
