"""One GraphQL request over HTTP, in the form that a server takes known documents in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bench.documents import TRUSTED, Document


class Form(Enum):
    """How a server is told which document is meant."""

    TEXT = "its text"
    SHA256 = "extensions.persistedQuery"
    PREPARED = "its hash in place of the text, as mercurius has it"


@dataclass(frozen=True, slots=True)
class Request:
    """`token` goes with it as `Authorization: Bearer`."""

    token: str
    body: str


def request_body(form: Form, document: Document, variables: dict[str, Any]) -> str:
    """JSON without white space; a document that is not trusted always goes as text."""
    return json.dumps({**_named(form, document), "variables": variables}, separators=(",", ":"))


def _named(form: Form, document: Document) -> dict[str, Any]:
    if form is Form.TEXT or document not in TRUSTED:
        return {"query": document.text}
    if form is Form.PREPARED:
        return {"query": document.sha256, "persisted": True}
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": document.sha256}}}


def with_text(body: str) -> str:
    """A request by hash with the text beside it: a server that learns documents knows it from then on."""
    request = json.loads(body)
    hashed = request["extensions"]["persistedQuery"]["sha256Hash"]
    return json.dumps(request | {"query": _TEXTS[hashed]})


_TEXTS = {document.sha256: document.text for document in TRUSTED}
