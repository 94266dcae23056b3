"""Facts about the server that a client may read before sign-in: its version, its limits, the values that it accepts."""

from __future__ import annotations

import strawberry

from schema.scalars_and_enums import DateTime

VERSION = "0.2.0"
"""`pyproject.toml` has the same, which a test holds."""


@strawberry.type(description="What one client may do, and how often. The operator sets it; docs/limits.md explains it.")
class ServerLimits:
    mutations_per_second: float = strawberry.field(
        description="Of one player, on average. Beyond it: a Rejection, RATE_LIMITED, with retryAfterMs."
    )
    mutations_burst: int = strawberry.field(description="How many of them at once.")
    fields_per_second: float = strawberry.field(
        description=(
            "Of one player's queries and subscriptions, on average: the fields of the responses, each list counted at its "
            "maximum length. Beyond it: an error, extensions.code RATE_LIMITED, with retryAfterMs."
        )
    )
    fields_burst: int = strawberry.field(description="How many of them at once.")
    streams_max: int = strawberry.field(description="Subscriptions of one player at once.")
    connections_max: int = strawberry.field(description="WebSockets, and streams of events, of one player at once.")
    operations_per_socket_max: int = strawberry.field(description="At once on one WebSocket.")
    body_bytes_max: int = strawberry.field(description="Of one HTTP request.")
    frame_bytes_max: int = strawberry.field(description="Of one message on a WebSocket.")
    document_chars_max: int = strawberry.field(description="Of a document, unless it is one of client_queries/.")


@strawberry.type(
    description="From `startsAt` on, new parties, searches and starts are MAINTENANCE. Running sessions go on."
)
class Maintenance:
    starts_at: DateTime
    text: str | None


@strawberry.type
class ServerInfo:
    version: str
    time: DateTime
    difficulties: list[str]
    character_classes: list[str] = strawberry.field(description="Empty if any class name is accepted.")
    max_members: int
    limits: ServerLimits
    sign_in_providers: list[str] = strawberry.field(
        description="The providers of signInWith and linkIdentity: discord, and the issuers that the server trusts."
    )
    maintenance: Maintenance | None = strawberry.field(description="Announced, or begun; null: none.")
