"""A party's search for other parties, as the members see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from lobby.domain import model, search
from lobby.domain.viewer_access import AccessLevel
from schema.player import Player
from schema.scalars_and_enums import DateTime, SearchCancelReason, SearchState, described

if TYPE_CHECKING:
    from schema.party import Party


@strawberry.type(description="A search of a party for other parties, to play with them as one. Seen by members only.")
class Search:
    source: strawberry.Private[search.Search]
    source_party: strawberry.Private[model.Party]
    access_level: strawberry.Private[AccessLevel]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(self.source.id)

    @strawberry.field
    def state(self) -> SearchState:
        return self.source.state

    @described("The party that searches. After a match it may be closed: see `matchedPartyId`.")
    def party(self) -> Annotated[Party, strawberry.lazy("schema.party")]:
        from schema.party import Party

        return Party(source=self.source_party, access_level=self.access_level)

    @described("When the search began. It stays when a proposed match falls apart, so that the party keeps its place.")
    def since(self) -> DateTime:
        return DateTime(self.source.since)

    @described("10 minutes after the beginning unless set.")
    def expires_at(self) -> DateTime:
        return DateTime(self.source.expires_at)

    @described("Until when the members may accept the proposed match; null unless PROPOSED.")
    def accept_by(self) -> DateTime | None:
        return DateTime(self.source.match.accept_by) if self.source.match is not None else None

    @described("The members of this party who have accepted the proposed match.")
    def accepted(self) -> list[Player]:
        return [Player.of(player) for player in self.source.accepted]

    @described("Set if CANCELLED.")
    def cancel_reason(self) -> SearchCancelReason | None:
        return self.source.cancel_reason

    @described(
        "The usual wait in seconds at the beginning of the search, by the last hundred of such searches; null without any."
    )
    def estimated_wait_s(self) -> int | None:
        return self.source.estimated_wait_s

    @described("The party that all players of the match are in; null unless MATCHED.")
    def matched_party_id(self) -> strawberry.ID | None:
        party_id = self.source.matched_party_id
        return strawberry.ID(party_id) if party_id is not None else None
