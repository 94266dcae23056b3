"""The GraphQL documents of the benchmark, and the ways in which a request names one.

The benchmark has documents of its own in `frozen_queries/`. So a new field in `client_queries/` changes neither the
measured work nor the rivals, which hold hand-written types for exactly these fields.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from web.graphql.execution.client_documents import client_documents

ROOT = Path(__file__).parents[2]
FROZEN_QUERIES = ROOT / "tools/bench/frozen_queries"


@dataclass(frozen=True, slots=True)
class Document:
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


_frozen = client_documents(FROZEN_QUERIES)
PARTY = Document(_frozen["BenchParty"])
PARTIES = Document(_frozen["BenchParties"])
SET_READY = Document(_frozen["BenchSetReady"])
WATCH_PARTY = Document(_frozen["BenchWatchParty"])
POST_MESSAGE = Document(_frozen["BenchPostMessage"])
UPDATE_PARTY = Document(_frozen["BenchUpdateParty"])
WATCH_LOBBY = Document(_frozen["BenchWatchLobby"])
TRUSTED = (PARTY, PARTIES, SET_READY, WATCH_PARTY, POST_MESSAGE, UPDATE_PARTY, WATCH_LOBBY)
"""The documents that servers know in advance."""

UNTRUSTED = Document((ROOT / "tools/bench/untrusted.graphql").read_text(encoding="utf-8"))
"""Selects as much as `PARTY`, but no server knows it in advance."""


class DocumentForm(Enum):
    """How a request names a trusted document."""

    TEXT = "its text"
    SHA256 = "extensions.persistedQuery"
    PREPARED = "its hash in place of the text, for mercurius"


@dataclass(frozen=True, slots=True)
class Request:
    """One GraphQL request over HTTP. `token` is sent as `Authorization: Bearer`, `body` is JSON."""

    token: str
    body: str


def request_body(form: DocumentForm, document: Document, variables: dict[str, Any]) -> str:
    """JSON without white space. A document outside of `TRUSTED` is always sent as text."""
    return json.dumps({**_document_members(form, document), "variables": variables}, separators=(",", ":"))


def _document_members(form: DocumentForm, document: Document) -> dict[str, Any]:
    if form is DocumentForm.TEXT or document not in TRUSTED:
        return {"query": document.text}
    if form is DocumentForm.PREPARED:
        return {"query": document.sha256, "persisted": True}
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": document.sha256}}}


def add_text(body: str) -> str:
    """Add the text to a request by hash. A server that learns documents knows this one afterwards."""
    request = json.loads(body)
    document_hash = request["extensions"]["persistedQuery"]["sha256Hash"]
    return json.dumps(request | {"query": _TEXTS[document_hash]})


_TEXTS = {document.sha256: document.text for document in TRUSTED}
