"""The documents that are asked: those of the client, as it sends them, and one that no server knows beforehand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from lobby.operations.client_documents import client_documents

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Document:
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


_client = client_documents(ROOT / "client_queries")
PARTY = Document(_client["Party"])
PARTIES = Document(_client["Parties"])
SET_READY = Document(_client["SetReady"])
WATCH_PARTY = Document(_client["WatchParty"])
TRUSTED = (PARTY, PARTIES, SET_READY, WATCH_PARTY)

UNTRUSTED = Document((ROOT / "bench/untrusted.graphql").read_text(encoding="utf-8"))
"""Asks for as much as `PARTY`, in other words."""
