"""Players and custom properties."""

from __future__ import annotations

from pydantic import Field

from lobby.auth.open_guests import as_given
from lobby.domain import model
from lobby.http.shown.shape import Shape


class Player(Shape):
    player_id: str = Field(examples=["alice"])
    display_name: str = Field(examples=["alice"])

    @classmethod
    def of(cls, player: model.Player) -> Player:
        return cls(player_id=as_given(player.id), display_name=player.display_name)


class Attribute(Shape):
    """A custom property."""

    key: str
    value: str

    @classmethod
    def all_of(cls, attributes: model.Attributes) -> list[Attribute]:
        return [cls(key=attribute.key, value=attribute.value) for attribute in attributes]
