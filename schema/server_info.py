"""What a client may know of the server before it signs in."""

from __future__ import annotations

import strawberry

from schema.scalars import DateTime


@strawberry.type
class ServerInfo:
    version: str
    time: DateTime
    difficulties: list[str]
    character_classes: list[str] = strawberry.field(description="Empty when any class name goes.")
    max_members: int
