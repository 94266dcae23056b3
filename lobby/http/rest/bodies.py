"""What requests carry in their bodies. All of it may be left out: the same fields count as query parameters where they are
documented so."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from lobby.auth.open_guests import ID_CHARS_MAX
from lobby.domain.commands import AttributeChanges, SettingsPatch
from lobby.domain.values import GameType, Visibility

TEXT_CHARS_MAX = 256
"""No text is longer but an attribute's value; the rules have a tighter bound for each."""
ATTRIBUTES_MAX = 20
VALUE_CHARS_MAX = 1024
PLAYER_ID = "Who acts, on an open server (LOBBY_OPEN_REST); with a token it is known."


class Body(BaseModel):
    """Unknown fields are refused, so that a typo is not taken for a wish left out."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    def said(self) -> object:
        """What an idempotency key is bound to: all that was asked for."""
        return self.model_dump(exclude_none=True)


class AttributeChange(Body):
    key: str = Field(max_length=TEXT_CHARS_MAX, examples=["map"])
    value: str | None = Field(max_length=VALUE_CHARS_MAX, examples=["crypt"])


class SettingsWishes(Body):
    """Left out fields take the server's defaults."""

    name: str | None = Field(None, max_length=TEXT_CHARS_MAX, examples=["Into the dark"])
    game_type: Literal["solo", "coop", "pvp"] | None = Field(None, examples=["coop"])
    difficulty: str | None = Field(None, max_length=TEXT_CHARS_MAX, examples=["Easy"])
    max_members: int | None = Field(None, examples=[4])
    visibility: Literal["public", "private"] | None = Field(None, examples=["public"])
    password: str | None = Field(None, max_length=TEXT_CHARS_MAX, description="4 to 64 characters.", examples=[None])
    allow_late_join: bool | None = Field(None, examples=[True])
    allow_force_start: bool | None = Field(None, examples=[True])
    unique_classes: bool | None = Field(None, examples=[False])
    countdown_seconds: int | None = Field(None, examples=[5])

    def patch(self) -> SettingsPatch:
        return SettingsPatch(
            name=self.name,
            game_type=GameType(self.game_type.upper()) if self.game_type else None,
            difficulty=self.difficulty,
            max_members=self.max_members,
            visibility=Visibility(self.visibility.upper()) if self.visibility else None,
            password=self.password,
            allow_late_join=self.allow_late_join,
            allow_force_start=self.allow_force_start,
            unique_classes=self.unique_classes,
            countdown_s=self.countdown_seconds,
        )


class Acting(Body):
    player_id: str | None = Field(None, max_length=ID_CHARS_MAX, description=PLAYER_ID, examples=[None])


class CreateParty(Acting):
    settings: SettingsWishes = SettingsWishes()
    attributes: list[AttributeChange] = Field([], max_length=ATTRIBUTES_MAX)
    character_class: str | None = Field(None, max_length=TEXT_CHARS_MAX, examples=["Knight"])
    leave_current: bool = Field(False, description="Leave the party that the player is in, in the same step.")

    def changes(self) -> AttributeChanges:
        return tuple((attribute.key, attribute.value) for attribute in self.attributes)


class JoinParty(Acting):
    password: str | None = Field(None, max_length=TEXT_CHARS_MAX, examples=[None])
    character_class: str | None = Field(None, max_length=TEXT_CHARS_MAX, examples=["Mage"])
    leave_current: bool = Field(False, description="Leave the party that the player is in, in the same step.")


class LeaveParty(Acting):
    pass


class StartSession(Acting):
    party_id: str | None = Field(None, max_length=TEXT_CHARS_MAX, examples=["0b6c1f4e-8d1e-4c53-a8f7-61a6d8f0d2aa"])
    force: bool = Field(
        True, description="Start over the heads of members who are not ready, where the party allows it."
    )
