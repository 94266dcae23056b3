"""Documents that the server knows from its start: prepared and planned ahead, and found by hash as well as by text."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from lobby.operations.prepared import PreparedDocument


def document_hash(text: str) -> str:
    """The SHA-256 of a document's text in lower-case hex, by which clients name it."""
    return sha256(text.encode()).hexdigest()


class TrustedDocuments:
    """A fixed set of documents."""

    def __init__(self, documents: Iterable[tuple[str, PreparedDocument]] = ()) -> None:
        self._by_text = dict(documents)
        self._by_hash = {document_hash(text): document for text, document in self._by_text.items()}

    def by_text(self, text: str) -> PreparedDocument | None:
        return self._by_text.get(text)

    def by_hash(self, hashed: str) -> PreparedDocument | None:
        return self._by_hash.get(hashed)
