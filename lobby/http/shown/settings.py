"""A party's settings."""

from __future__ import annotations

from pydantic import Field

from lobby.domain import model
from lobby.http.shown.shape import Shape, word


class Settings(Shape):
    name: str
    game_type: str = Field(description="solo, coop or pvp.")
    difficulty: str
    max_members: int
    visibility: str = Field(description="public or private.")
    has_password: bool
    locked: bool
    allow_late_join: bool
    allow_force_start: bool
    unique_classes: bool
    countdown_seconds: int
    version: int = Field(description="Rises by one with each change that affects play.")

    @classmethod
    def of(cls, settings: model.PartySettings) -> Settings:
        return cls(
            name=settings.name,
            game_type=word(settings.game_type),
            difficulty=settings.difficulty,
            max_members=settings.max_members,
            visibility=word(settings.visibility),
            has_password=settings.password_hash is not None,
            locked=settings.locked,
            allow_late_join=settings.allow_late_join,
            allow_force_start=settings.allow_force_start,
            unique_classes=settings.unique_classes,
            countdown_seconds=settings.countdown_s,
            version=settings.version,
        )
