"""A party's settings."""

from __future__ import annotations

import strawberry

from lobby.domain import model
from schema.described import described
from schema.enums import GameType, Visibility


@strawberry.type
class PartySettings:
    seen: strawberry.Private[model.PartySettings]

    @property
    def made_of(self) -> tuple[object, ...]:
        return (self.seen,)

    @described("1 to 48 characters after trimming, Unicode NFC.")
    def name(self) -> str:
        return self.seen.name

    @strawberry.field
    def game_type(self) -> GameType:
        return self.seen.game_type

    @described("One of `ServerInfo.difficulties`.")
    def difficulty(self) -> str:
        return self.seen.difficulty

    @described("1 to 8. SOLO parties have exactly 1; PVP ones at least 2.")
    def max_members(self) -> int:
        return self.seen.max_members

    @strawberry.field
    def visibility(self) -> Visibility:
        return self.seen.visibility

    @strawberry.field
    def has_password(self) -> bool:
        return self.seen.password_hash is not None

    @described("A locked party takes nobody in.")
    def locked(self) -> bool:
        return self.seen.locked

    @described("Whether players may join while a session runs.")
    def allow_late_join(self) -> bool:
        return self.seen.allow_late_join

    @described("Whether the leader may start before everyone is ready.")
    def allow_force_start(self) -> bool:
        return self.seen.allow_force_start

    @described("Whether no two members may choose the same class.")
    def unique_classes(self) -> bool:
        return self.seen.unique_classes

    @described("0 to 30.")
    def countdown_seconds(self) -> int:
        return self.seen.countdown_s

    @described("Rises by one with each change that affects play; `setReady` names the version the player saw.")
    def version(self) -> int:
        return self.seen.version
