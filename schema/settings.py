"""A party's settings: what GraphQL shows of them, and what callers may give. A new setting is added to both classes."""

from __future__ import annotations

from collections.abc import Hashable

import strawberry
from strawberry import UNSET

from lobby.domain import party_settings
from schema.scalars_and_enums import GameType, Visibility, described


@strawberry.type
class PartySettings:
    source: strawberry.Private[party_settings.PartySettings]

    @property
    def cache_key(self) -> Hashable:
        return id(self.source)

    @property
    def cache_bytes(self) -> int:
        return 0

    @described("1 to 48 characters after trimming, Unicode NFC.")
    def name(self) -> str:
        return self.source.name

    @strawberry.field
    def game_type(self) -> GameType:
        return self.source.game_type

    @described("One of `ServerInfo.difficulties`.")
    def difficulty(self) -> str:
        return self.source.difficulty

    @described("1 to 8. SOLO parties have exactly 1; PVP ones at least 2.")
    def max_members(self) -> int:
        return self.source.max_members

    @strawberry.field
    def visibility(self) -> Visibility:
        return self.source.visibility

    @strawberry.field
    def has_password(self) -> bool:
        return self.source.password_hash is not None

    @described("Nobody can join a locked party.")
    def locked(self) -> bool:
        return self.source.locked

    @described("Whether players may join while a session runs.")
    def allow_late_join(self) -> bool:
        return self.source.allow_late_join

    @described("Whether the leader may start before everyone is ready.")
    def allow_force_start(self) -> bool:
        return self.source.allow_force_start

    @described("Whether no two members may have the same class. Switched on, the member who joined first keeps it.")
    def unique_classes(self) -> bool:
        return self.source.unique_classes

    @described("0 to 30.")
    def countdown_seconds(self) -> int:
        return self.source.countdown_s

    @described(
        "The version of the game that members need. Another version can't join, and no session starts with it. Null: any."
    )
    def client_version(self) -> str | None:
        return self.source.client_version

    @described("How many teams the members are divided into, 0 to 4. 0: there are no teams.")
    def teams(self) -> int:
        return self.source.teams

    @described(
        "0 to 60: how many seconds a session waits for the games of its players to load, once its endpoint is known. 0: it "
        "does not wait."
    )
    def load_wait_seconds(self) -> int:
        return self.source.load_wait_s

    @described("Rises by one with each change that affects play; `setReady` names the version the player saw.")
    def version(self) -> int:
        return self.source.version


@strawberry.input(
    description="On create, a field that is left out takes the server's default. On update, it keeps its value."
)
class PartySettingsInput:
    name: str | None = strawberry.field(default=UNSET, description="1 to 48 characters after trimming.")
    game_type: GameType | None = UNSET
    difficulty: str | None = strawberry.field(default=UNSET, description="One of `ServerInfo.difficulties`.")
    max_members: int | None = strawberry.field(
        default=UNSET, description="1 to 8. SOLO parties have exactly 1; PVP ones at least 2."
    )
    visibility: Visibility | None = UNSET
    password: str | None = strawberry.field(
        default=UNSET, description="4 to 64 characters; the empty string removes it."
    )
    locked: bool | None = UNSET
    allow_late_join: bool | None = UNSET
    allow_force_start: bool | None = UNSET
    unique_classes: bool | None = UNSET
    countdown_seconds: int | None = strawberry.field(default=UNSET, description="0 to 30.")
    client_version: str | None = strawberry.field(
        default=UNSET,
        description=(
            "1 to 32 of [A-Za-z0-9._+-]: the version of the game that members need. The empty string: any. On create the default "
            "is the version that the creator runs. It can't change while a session runs."
        ),
    )
    teams: int | None = strawberry.field(
        default=UNSET,
        description=(
            "0 to 4, at most `maxMembers`; 0: no teams. PVP parties default to 2, others to 0. When the game type changes, it "
            "becomes the default of the new type, unless it differed from the default of the old type."
        ),
    )
    load_wait_seconds: int | None = strawberry.field(
        default=UNSET, description="0 to 60; 0: the session does not wait."
    )
