"""A request that HTTP itself refuses, before GraphQL sees it."""

from __future__ import annotations

from collections.abc import Sequence

Headers = Sequence[tuple[bytes, bytes]]


class Refusal(Exception):
    """An HTTP status, a code for programs, a message for people, and the headers that go with the status."""

    def __init__(self, status: int, code: str, message: str, headers: Headers = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
