"""Searches in a lobby without sockets, and a matcher that the test runs by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lobby.app.idempotency import CommandResult, IdempotencyKey
from lobby.app.matchmaking.search_service import ProposalResult, SearchService
from lobby.domain.matching import candidate_of
from lobby.domain.model import Party
from lobby.domain.rejections import Rejection
from lobby.domain.search import Match, Search, SearchCriteria
from lobby.domain.values import GameType, PartyId
from tests.lobby.app.world import World, done
from tests.lobby.domain.scenes import player


@dataclass(frozen=True, slots=True)
class Searches:
    """The searches of a world. Players are named, as in `World`."""

    world: World
    service: SearchService
    races: int
    """How many races a test runs: fewer on a disk."""

    async def start(self, leader: str, *others: str, size: int = 4, **criteria: Any) -> Party:
        """A party that searches. Its leader has been in it for less long than those of earlier ones."""
        self.world.clock.advance_ms(1)
        party = await self.world.party(leader, *others)
        wanted = SearchCriteria(GameType.COOP, size, **criteria)
        return done(await self.service.start(player(leader), party.id, wanted)).party

    async def propose(self, *parties: Party) -> Match:
        """Propose a match to these parties."""
        candidates = [candidate for party in parties if (candidate := candidate_of(party)) is not None]
        assert len(candidates) == len(parties)
        assert await self.service.propose(candidates) is ProposalResult.PROPOSED
        match = (await self.of(parties[0].id)).match
        assert match is not None
        return match

    async def accept(
        self, party: Party, name: str, idempotency_key: IdempotencyKey | None = None
    ) -> CommandResult | Rejection:
        return await self.service.accept(player(name), search_id(party), idempotency_key)

    async def accept_all(self, *parties: Party) -> list[CommandResult]:
        return [done(await self.accept(party, member.player.id)) for party in parties for member in party.members]

    async def of(self, party_id: PartyId) -> Search:
        party = await self.world.store.party(party_id)
        assert party is not None
        assert party.search is not None
        return party.search


def search_id(party: Party) -> str:
    assert party.search is not None
    return party.search.id


def search_in(outcome: CommandResult | Rejection) -> Search:
    search = done(outcome).party.search
    assert search is not None
    return search
