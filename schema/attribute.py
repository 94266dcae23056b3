"""Custom properties of parties, members and sessions."""

from __future__ import annotations

import strawberry

from lobby.domain import model


@strawberry.type(description="A custom property. Key: 1 to 32 of [A-Za-z0-9_.-]. Value: at most 1024 bytes of UTF-8.")
class Attribute:
    key: str
    value: str

    @classmethod
    def all_of(cls, attributes: model.Attributes) -> list[Attribute]:
        return [cls(key=attribute.key, value=attribute.value) for attribute in attributes]
