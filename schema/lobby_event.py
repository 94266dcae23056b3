"""The public list, live."""

from __future__ import annotations

import strawberry

from lobby.domain.values import PlayerId
from lobby.live.lobby_feed import LobbyNews
from schema.enums import LobbyChange
from schema.party import Party
from schema.scalars import DateTime


@strawberry.type(
    description=(
        "A change of the public list. Display data: several changes of one party within 250 ms are merged into one."
    )
)
class LobbyEvent:
    change: LobbyChange
    at: DateTime
    party_id: strawberry.ID
    party: Party | None = strawberry.field(description="Null when DELISTED.")

    @classmethod
    def of(cls, news: LobbyNews, viewer: PlayerId) -> LobbyEvent:
        return cls(
            change=news.change,
            at=DateTime(news.at),
            party_id=strawberry.ID(news.party_id),
            party=Party.of(news.party, viewer) if news.party is not None else None,
        )
