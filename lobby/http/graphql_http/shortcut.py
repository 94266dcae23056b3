"""The short way from a request to its answer, for those that come again and again.

Half of a known query's time went by on the way from uvicorn's parser over ASGI to the endpoint and back. A request whose head
has been read before, whose body is there in one piece, and whose operation has a plan needs none of that: its answer is
the endpoint's own, written to the connection as it is. Whatever is not like that goes the long way, from its first byte.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Protocol

from lobby.http.graphql_http.answer import Answer
from lobby.http.graphql_http.known_heads import END, KnownHeads

BYTES_MAX = 16_384
"""Of a request: the largest of those that players send have some 8,000. Decoding one ten times as long would hold up others."""

Answering = Coroutine[None, None, tuple[Answer, str]]
"""Gives an answer and its request id; never raises but on cancellation."""


class Endpoint(Protocol):
    """What answers requests on the paths of a shortcut."""

    def answering(self, authorization: str | None, body: bytes, address: str) -> Answering | None:
        """None for what has to go the long way; nothing has happened then."""


class Shortcut:
    """For all connections of a server."""

    def __init__(self, endpoint: Endpoint, path: str) -> None:
        """`path`, with a slash behind it or without, is where `endpoint` answers."""
        self._endpoint = endpoint
        self._starts = tuple(f"POST {path}{slash} HTTP/1.1\r\n".encode() for slash in ("", "/"))
        self._heads = KnownHeads()

    def answering(self, request: bytes, address_of: Callable[[str | None], str]) -> Answering | None:
        """`request`: what has arrived at the start of a message. None: it is not whole, or not known.

        `address_of` gives the client's address by the X-Forwarded-For header, on the connection that it came by.
        """
        if len(request) > BYTES_MAX:
            return None
        end = request.find(END) + len(END)
        known = self._heads.get(request[:end])
        if known is None or len(request) - end != known[1]:
            return None
        head = known[0]
        return self._endpoint.answering(head.authorization, request[end:], address_of(head.forwarded_for))

    def unknown_head(self, request: bytes) -> bytes | None:
        """The head of `request` where it is one to learn."""
        if not request.startswith(self._starts):
            return None
        end = request.find(END) + len(END)
        head = request[:end]
        return head if end >= len(END) and self._heads.get(head) is None else None

    def learn(self, head: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        """What the parser has read from an unknown head."""
        self._heads.learn(head, headers)
