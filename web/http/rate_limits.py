"""Rate limits by client address and by player, the pace of streams, and the delay of error responses.

A client over its rate learns how long to wait, and nothing is done for it. The rejected request does not count, so a client that
waits that long gets through.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from math import ceil
from time import monotonic
from typing import Any

from graphql import OperationType
from starlette.types import Receive, Scope, Send

from lobby.app.errors import RATE_LIMITED
from lobby.auth.caller import Caller
from lobby.limits.rate_limiter import RateLimiter, RateLimits
from lobby.limits.throttle_log import ThrottleLog
from lobby.runtime.turns import Turns
from web.connections.connection_limits import NO_ADDRESS
from web.connections.shared_addresses import SharedAddresses
from web.graphql.execution.operation import Operation
from web.graphql.execution.result import Result, encode_json, error_entry, request_error
from web.http.request import send_rejection

FIELDS_MIN = 20
"""The least that an operation counts as: to read and answer it costs as much as so many fields."""
CHARS_MIN = 1_000
"""The least that a document counts as, if the server does not know it."""
COUNTED_BYTES = 4_096
"""Every so many bytes of a body or a frame count as another request: to decode JSON of 64 KB takes up to 2 ms."""
HANDSHAKE_REQUESTS = 5
"""How many requests the handshake of a WebSocket counts as: to open and close a socket takes 2 ms."""
BODY_CREDIT_MS_MAX = 1_000
"""How long the bodies of an address may keep its next requests waiting."""
ERROR_DELAY_MS_MAX = 500
"""The longest delay of an error response. Eight connections that cause nothing except errors get sixteen a second."""
THROTTLES = (
    "requests_per_address",
    "document_chars_per_address",
    "fields_per_player",
    "fields_per_address",
    "refusals_per_address",
)
"""The names of the limits of this module in the metrics: those of their settings, without the unit.

Limits on mutations answer with a Rejection, which counts as one.
"""
ERROR_STATUSES = frozenset({400, 401, 404, 405, 408, 413, 414, 415, 422, 429})
"""Statuses of requests that can't be done as they stand. 403 and 409 depend on what others do, so they are not among them."""


class RequestLimiter:
    """Counts the requests of all transports of a server. Everything together takes less than 2 us a request."""

    def __init__(
        self,
        limits: RateLimits | None,
        turns: Turns | None = None,
        shared: SharedAddresses | None = None,
        throttle_log: ThrottleLog | None = None,
    ) -> None:
        """Without `limits` there is no rate limit and no delay. `turns`: those of the server. `shared`: the addresses that many
        players share. `throttle_log`: where refused and delayed requests are noted."""
        self.throttle_log = throttle_log or ThrottleLog()
        self.shared = shared or SharedAddresses()
        self._is_on = limits is not None
        self.throttled: Counter[str] = Counter()
        """The number of times that a limit made a client wait, by the name of the limit."""
        self.turns = turns or Turns()
        limits = limits or RateLimits()
        self._requests = RateLimiter(limits.requests_per_address)
        self._chars = RateLimiter(limits.document_chars_per_address)
        self._errors = RateLimiter(limits.refusals_per_address)
        self._player_fields = RateLimiter(limits.fields_per_player)
        self._address_fields = RateLimiter(limits.fields_per_address)

    def set_limits(self, limits: RateLimits) -> None:
        """Limit to other rates from now on. A server without rate limits stays without them."""
        self._requests.set_rate(limits.requests_per_address)
        self._chars.set_rate(limits.document_chars_per_address)
        self._errors.set_rate(limits.refusals_per_address)
        self._player_fields.set_rate(limits.fields_per_player)
        self._address_fields.set_rate(limits.fields_per_address)

    def request_wait_ms(self, address: str, count: int = 1) -> int:
        """Count a request, a handshake, a message or a frame from an address. Returns 0, or the ms to wait."""
        if not self._is_on or address == NO_ADDRESS:
            return 0
        wait_ms = self._requests.take(address, _now_ms(), count)
        return self._note("requests_per_address", address, wait_ms) if wait_ms else 0

    def count_body(self, address: str, body_bytes: int) -> None:
        """Count a body that has been read, as a request for every 4 KiB. Later requests of the address may be refused for it."""
        count = body_bytes // COUNTED_BYTES
        if count and self._is_on and address != NO_ADDRESS:
            self._requests.take_on_credit(address, _now_ms(), BODY_CREDIT_MS_MAX, count)

    def document_wait_ms(self, address: str, chars: int) -> int:
        """Count the characters of a document that the server does not know. Returns 0, or the ms to wait before it is parsed.

        No document is parsed while error responses to the address are delayed: the next one most likely causes an error too.
        """
        if not self._is_on or address == NO_ADDRESS:
            return 0
        owed_ms = self._errors.credit_wait_ms(address, _now_ms())
        wait_ms = owed_ms or self._chars.take(address, _now_ms(), max(chars, CHARS_MIN))
        return self._note("document_chars_per_address", address, wait_ms) if wait_ms else 0

    async def delay_error_response(self, address: str) -> None:
        """Count an error response to an address, and return when it may be sent; see `error_wait_ms`."""
        wait_ms = self.error_wait_ms(address)
        if wait_ms:
            await asyncio.sleep(wait_ms / 1000)

    def error_wait_ms(self, address: str) -> int:
        """Count an error response to an address. Returns the ms to wait before it may be sent.

        Past a rate, error responses to an address are delayed by up to 500 ms; its valid requests are not. An error costs the
        server nearly as much as a result, and a client whose requests can't be done repeats them as soon as it has the response.
        """
        if not self._is_on or address == NO_ADDRESS:
            return 0
        wait_ms = self._errors.take_on_credit(address, _now_ms(), ERROR_DELAY_MS_MAX)
        return self._note("refusals_per_address", address, wait_ms) if wait_ms else 0

    async def delay_handshake(self, address: str) -> None:
        """Return when a WebSocket of an address may be opened: once the error responses to the address are no longer delayed.

        A client whose messages are malformed loses its socket, and opens the next one at once.
        """
        if not self._is_on or address == NO_ADDRESS:
            return
        wait_ms = self._errors.credit_wait_ms(address, _now_ms())
        if wait_ms:
            await asyncio.sleep(wait_ms / 1000)

    def refusal(
        self, operation: Operation, variables: Mapping[str, Any], caller: Caller, address: str
    ) -> Result | None:
        """Count the fields that a query or subscription asks for. Returns the result to send if they are too many, else None.

        Mutations are counted by the command handler, whose answer is a Rejection.
        """
        if not self._is_on or caller.is_service or caller.is_operator or operation.kind is OperationType.MUTATION:
            return None
        fields = max(operation.cost.of(variables), FIELDS_MIN)
        wait_ms = self.fields_wait_ms(fields, caller, address)
        return rate_limited(wait_ms) if wait_ms else None

    def fields_wait_ms(self, fields: int, caller: Caller, address: str) -> int:
        """Count fields of a player and of an address. Returns 0, or the ms to wait; then nothing is counted of the player."""
        if not self._is_on or caller.is_service or caller.is_operator:
            return 0
        player = caller.player
        if player is not None and (wait_ms := self._player_fields.take(player.id, _now_ms(), fields)):
            return self._note("fields_per_player", player.id, wait_ms)
        wait_ms = self._address_fields.take(address, _now_ms(), fields) if address != NO_ADDRESS else 0
        return self._note("fields_per_address", address, wait_ms) if wait_ms else 0

    def _note(self, limit: str, client: str, wait_ms: int) -> int:
        """`wait_ms`, which is noted."""
        self.throttled[limit] += 1
        self.throttle_log.note(limit, client, wait_ms)
        return wait_ms

    def pacer(self, fields: int, caller: Caller, address: str) -> StreamPacer:
        """The pace of a stream whose events have so many fields."""
        fields = max(fields, FIELDS_MIN)
        return StreamPacer(self.turns, address, lambda events: self.fields_wait_ms(events * fields, caller, address))


def rate_limited(wait_ms: int) -> Result:
    """The GraphQL result for a client that is over its rate."""
    return request_error([error_entry(RATE_LIMITED, "You ask for too much, too often.", retryAfterMs=wait_ms)])


def _now_ms() -> float:
    return monotonic() * 1000


async def send_rate_limited(scope: Scope, receive: Receive, send: Send, wait_ms: int) -> None:
    """Answer a request or a socket's handshake with 429 Too Many Requests (RFC 6585, section 4), as a GraphQL result.

    A web page of any origin may read this response, or its browser would hide the reason from it.
    """
    headers = (
        (b"content-type", b"application/json"),
        (b"retry-after", b"%d" % ceil(wait_ms / 1000)),
        (b"access-control-allow-origin", b"*"),
        (b"access-control-expose-headers", b"Retry-After"),
    )
    await send_rejection(scope, receive, send, 429, encode_json(rate_limited(wait_ms)), headers)


# The pace of streams: each event that is made for one follower is charged to its player, and busy streams take turns.
#
# A subscription may replay a log of thousands of entries, or list fifty parties, and a player may open dozens of them at once.
# Nothing of that is refused: a stream waits until its player's rate allows the next event, and then for its turn. Live events
# that followers share are pushed, and are not charged. The first parties of the list are charged, shared or not.


class StreamPacer:
    """Called by one stream before it makes events: returns when it may."""

    __slots__ = ("_address", "_charge_ms", "_turns")

    def __init__(self, turns: Turns, address: str, charge_ms: Callable[[int], int]) -> None:
        """`charge_ms` takes the fields of so many events from the rates and returns 0, or takes none and returns the ms."""
        self._turns = turns
        self._address = address
        self._charge_ms = charge_ms

    async def __call__(self, events: int = 1) -> None:
        wait_ms = self._charge_ms(events)
        while wait_ms:
            await asyncio.sleep(wait_ms / 1000)
            wait_ms = self._charge_ms(events)
        if not self._turns.may_go_on():
            await self._turns.wait(self._address)
