"""What a client may know of the server before it signs in."""

from __future__ import annotations

import strawberry

from schema.scalars import DateTime


@strawberry.type(
    description="What one client may do, and how often. An operator sets it; docs/limits.md tells all of it."
)
class ServerLimits:
    mutations_per_second: float = strawberry.field(
        description="Of one player, on average. Beyond it: a Rejection, RATE_LIMITED, that says when to come again."
    )
    mutations_burst: int = strawberry.field(description="How many of them at once.")
    fields_per_second: float = strawberry.field(
        description=(
            "Of one player's queries and subscriptions, on average: the fields of the answers, lists counted as long as they "
            "may become. Beyond it: an error, extensions.code RATE_LIMITED, with retryAfterMs."
        )
    )
    fields_burst: int = strawberry.field(description="How many of them at once.")
    streams_max: int = strawberry.field(description="Subscriptions of one player at once.")
    connections_max: int = strawberry.field(description="WebSockets, and streams of events, of one player at once.")
    operations_per_socket_max: int = strawberry.field(description="At once on one WebSocket.")
    body_bytes_max: int = strawberry.field(description="Of one HTTP request.")
    frame_bytes_max: int = strawberry.field(description="Of one message on a WebSocket.")
    document_chars_max: int = strawberry.field(description="Of a document, unless it is one of client_queries/.")


@strawberry.type
class ServerInfo:
    version: str
    time: DateTime
    difficulties: list[str]
    character_classes: list[str] = strawberry.field(description="Empty when any class name goes.")
    max_members: int
    limits: ServerLimits
