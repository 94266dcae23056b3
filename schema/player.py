"""Players, their credentials, and the custom properties of parties, members and sessions."""

from __future__ import annotations

from collections.abc import Iterable

import strawberry
from strawberry import UNSET

from lobby.auth.guest_credentials import IssuedCredentials
from lobby.domain import identities, model
from schema.scalars_and_enums import DateTime


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
        description=(
            "Good for one refresh within 30 days unless set. If a used one is sent again, all tokens of this sign-in end."
        )
    )
    player: Player

    @classmethod
    def of(cls, granted: IssuedCredentials) -> Credentials:
        return cls(
            access_token=granted.access_token,
            expires_at=DateTime(granted.expires_at),
            refresh_token=granted.refresh_token,
            player=Player.of(granted.player),
        )


@strawberry.type(description="An account elsewhere by which the player signs in. Only the player sees it.")
class Identity:
    provider: str = strawberry.field(description="As in ServerInfo.signInProviders.")
    subject: str = strawberry.field(description="The id of the account at the provider.")
    linked_at: DateTime

    @classmethod
    def all_of(cls, identities: Iterable[identities.Identity]) -> list[Identity]:
        return [
            cls(provider=each.provider, subject=each.subject, linked_at=DateTime(each.linked_at)) for each in identities
        ]


@strawberry.type(description="A custom property. Key: 1 to 32 of [A-Za-z0-9_.-]. Value: at most 1024 bytes of UTF-8.")
class Attribute:
    key: str
    value: str

    @classmethod
    def all_of(cls, attributes: model.Attributes) -> list[Attribute]:
        return [cls(key=attribute.key, value=attribute.value) for attribute in attributes]


@strawberry.input
class AttributeInput:
    key: str = strawberry.field(description="1 to 32 of [A-Za-z0-9_.-].")
    value: str | None = strawberry.field(
        default=UNSET, description="At most 1024 bytes of UTF-8. Null removes the key."
    )
