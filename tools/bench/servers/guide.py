"""Strawberry behind FastAPI's GraphQLRouter as its guide shows it: nothing cached, nothing tuned; run with uvicorn."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

import strawberry
import uvicorn
from fastapi import FastAPI
from strawberry.fastapi import GraphQLRouter
from strawberry.schema.config import StrawberryConfig

from bench import world
from bench.servers.guide_events import KINDS, MemberUpdated, PartyChanged, PartyEvent, PartyResult, Rejection
from bench.servers.guide_party import SCALARS, Attribute, Cursor, GameType, Member, Party, PartySettings, Player

FOLLOWER_QUEUE_MAX = 256


def as_party(told: world.Party) -> Party:
    return Party(
        id=strawberry.ID(told.id),
        version=len(told.members),
        cursor=Cursor(f"{told.epoch}.{len(told.members)}"),
        settings=PartySettings(
            name=told.name,
            game_type=GameType(told.game_type),
            difficulty=told.difficulty,
            max_members=told.max_members,
        ),
        members=[
            Member(
                player=Player(id=strawberry.ID(member.id), display_name=member.name),
                is_leader=seat == 0,
                character_class=member.character_class,
            )
            for seat, member in enumerate(told.members)
        ],
        attributes=[Attribute(key=attribute.key, value=attribute.value) for attribute in told.attributes],
        join_code=told.join_code,
    )


told_parties = world.World.read(Path(os.environ["BENCH_WORLD"])).parties
parties = {told.id: as_party(told) for told in told_parties}
epochs = {told.id: told.epoch for told in told_parties}
followers: defaultdict[str, set[asyncio.Queue[PartyEvent]]] = defaultdict(set)


@strawberry.input
class SetReadyInput:
    party_id: strawberry.ID
    ready: bool
    settings_version: int
    idempotency_key: strawberry.ID | None = None


@strawberry.type
class Query:
    @strawberry.field
    def party(self, id: strawberry.ID) -> Party | None:
        return parties.get(id)


@strawberry.type
class Mutation:
    @strawberry.mutation
    def set_ready(self, info: strawberry.Info, input: SetReadyInput) -> PartyResult:
        """Who asks is taken at its word."""
        player_id = info.context["request"].headers["authorization"].removeprefix("Bearer ")
        party = parties[input.party_id]
        member = next((seat for seat in party.members if seat.player.id == player_id), None)
        if member is None:
            return Rejection(code="NOT_MEMBER", message="NOT_MEMBER")
        if member.ready != input.ready:
            member.ready = input.ready
            party.version += 1
            party.cursor = Cursor(f"{epochs[party.id]}.{party.version}")
            _publish(party, member)
        return PartyChanged(party=party, seq=party.version)


def _publish(party: Party, member: Member) -> None:
    event = MemberUpdated(
        seq=party.version,
        cursor=party.cursor,
        at=datetime.now(UTC),
        actor_id=member.player.id,
        party=party,
        member=member,
    )
    for queue in followers[party.id]:
        queue.put_nowait(event)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def party_events(self, party_id: strawberry.ID, after: Cursor | None = None) -> AsyncGenerator[PartyEvent]:
        queue = asyncio.Queue[PartyEvent](FOLLOWER_QUEUE_MAX)
        followers[party_id].add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            followers[party_id].discard(queue)


schema = strawberry.Schema(Query, Mutation, Subscription, types=KINDS, config=StrawberryConfig(scalar_map=SCALARS))
app = FastAPI()
app.include_router(GraphQLRouter(schema), prefix="/graphql")

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["BENCH_PORT"]), log_level="warning", access_log=False)
