"""The rates that are held to, as the operator set them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lobby.rates.buckets import Rate


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Per second, and at once. What an address may do is all that comes from there: a household, a dormitory, a carrier's
    NAT."""

    mutations_per_player: Rate = Rate(10, 20)
    of_mutation: Mapping[str, Rate] = field(
        default_factory=lambda: {
            "create_party": Rate(1, 5),
            "quick_join": Rate(2, 8),
            "rotate_join_code": Rate(0.2, 5),
            "post_message": Rate(3, 10),
        }
    )
    """Besides, by a player and one kind of command: those that cost others more than most."""
    fields_per_player: Rate = Rate(10_000, 150_000)
    """Of the answers to queries and of the events that are subscribed to, lists counted as long as they may become."""
    fields_per_address: Rate = Rate(100_000, 1_000_000)
    requests_per_address: Rate = Rate(500, 1_000)
    """HTTP requests, handshakes, and messages on sockets."""
    document_chars_per_address: Rate = Rate(5_000, 50_000)
    """Of documents that the server does not know: parsing and validating takes it up to 3 us a character."""
    refusals_per_address: Rate = Rate(5, 10)
    """Requests that can't be done as they stand. More than that are refused too, but are made to wait for it."""
