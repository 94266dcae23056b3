"""Players and their credentials."""

from __future__ import annotations

import strawberry

from lobby.auth.credentials import Granted
from lobby.domain import model
from schema.scalars import DateTime


@strawberry.type
class Player:
    id: strawberry.ID
    display_name: str = strawberry.field(description="1 to 32 characters after trimming, Unicode NFC.")

    @classmethod
    def of(cls, player: model.Player) -> Player:
        return cls(id=strawberry.ID(player.id), display_name=player.display_name)


@strawberry.type
class Credentials:
    access_token: str = strawberry.field(
        description=(
            "Send it as `Authorization: Bearer` over HTTP and as `authorization` in the payload of connection_init."
        )
    )
    expires_at: DateTime = strawberry.field(description="When the access token expires: 15 minutes unless set.")
    refresh_token: str = strawberry.field(
        description="Good for one refresh within 30 days unless set. A used one that turns up again ends them all."
    )
    player: Player

    @classmethod
    def of(cls, granted: Granted) -> Credentials:
        return cls(
            access_token=granted.access_token,
            expires_at=DateTime(granted.expires_at),
            refresh_token=granted.refresh_token,
            player=Player.of(granted.player),
        )
