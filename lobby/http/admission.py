"""How often who may ask. Whoever asks too often is told how long to wait, and nothing is done; nothing is counted either, so that
who waits that long gets through."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Any

from graphql import OperationType

from lobby.auth.caller import Caller
from lobby.http.address import NOWHERE
from lobby.operations import PreparedOperation, Result
from lobby.operations.errors import RATE_LIMITED
from lobby.operations.result import error_entry, request_error
from lobby.rates.buckets import Buckets
from lobby.rates.rates import RateLimits

FIELDS_MIN = 20
"""What any operation counts as at least: reading and answering it costs that much, whatever it asks for."""
CHARS_MIN = 1_000
"""The same for a document that the server does not know."""
REFUSAL_WAIT_MS_MAX = 500
"""For how long a refusal is kept back. Eight connections that ask for nothing else get sixteen a second."""


class Admission:
    """One for all transports of a server. All of it takes less than 2 us a request."""

    def __init__(self, limits: RateLimits | None) -> None:
        """Without `limits` anybody may ask as often as they like."""
        self._is_on = limits is not None
        limits = limits or RateLimits()
        self._requests = Buckets(limits.requests_per_address)
        self._chars = Buckets(limits.document_chars_per_address)
        self._refusals = Buckets(limits.refusals_per_address)
        self._of_player = Buckets(limits.fields_per_player)
        self._of_address = Buckets(limits.fields_per_address)

    def request_wait_ms(self, address: str) -> int:
        """Count a request, a handshake or a message from an address: 0, or the ms to wait."""
        return self._requests.take(address, _now_ms()) if self._is_on and address != NOWHERE else 0

    def document_wait_ms(self, address: str, chars: int) -> int:
        """Count the characters of a document that the server does not know: 0, or the ms to wait until it is read.

        None is read while refusals to the address are kept back: what it would read next is most likely to be refused too.
        """
        if not self._is_on or address == NOWHERE:
            return 0
        owed_ms = self._refusals.owed_ms(address, _now_ms())
        return owed_ms or self._chars.take(address, _now_ms(), max(chars, CHARS_MIN))

    def refusal_wait_s(self, address: str) -> float:
        """Count a request that is refused: how long the answer has to be kept back.

        To refuse costs the server nearly as much as to serve, and whoever sends what can't be served does so again as soon as
        they are told. Kept back are refusals alone, so that nobody who shares the address waits with them.
        """
        if not self._is_on or address == NOWHERE:
            return 0.0
        return self._refusals.owe(address, _now_ms(), REFUSAL_WAIT_MS_MAX) / 1000

    async def keep_back(self, address: str) -> None:
        """Return when a request from there may be refused."""
        wait_s = self.refusal_wait_s(address)
        if wait_s:
            await asyncio.sleep(wait_s)

    def refusal(
        self, operation: PreparedOperation, variables: Mapping[str, Any], caller: Caller, address: str
    ) -> Result | None:
        """Count what an operation asks for; the answer to one that is too much. Mutations are counted where they are done: what
        they are told is a Rejection."""
        if not self._is_on or caller.is_service or caller.is_operator or operation.kind is OperationType.MUTATION:
            return None
        fields = max(operation.price.of(variables), FIELDS_MIN)
        wait_ms = self._of_player.take(caller.player.id, _now_ms(), fields) if caller.player is not None else 0
        if not wait_ms and address != NOWHERE:
            wait_ms = self._of_address.take(address, _now_ms(), fields)
        return too_often(wait_ms) if wait_ms else None


def too_often(wait_ms: int) -> Result:
    """The answer of GraphQL to who asks too often."""
    return request_error([error_entry(RATE_LIMITED, "You ask for too much, too often.", retryAfterMs=wait_ms)])


def _now_ms() -> float:
    return monotonic() * 1000
