"""Strawberry behind FastAPI's GraphQLRouter as in its guide, without caches or tuning, on uvicorn."""

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

from tools.bench import world
from tools.bench.servers.guide_events import KINDS, MemberUpdated, PartyChanged, PartyEvent, PartyResult, Rejection
from tools.bench.servers.guide_party import SCALARS, Attribute, Cursor, GameType, Member, Party, PartySettings, Player

FOLLOWER_QUEUE_MAX = 256


def as_party(data: world.Party) -> Party:
    return Party(
        id=strawberry.ID(data.id),
        version=len(data.members),
        cursor=Cursor(f"{data.epoch}.{len(data.members)}"),
        settings=PartySettings(
            name=data.name,
            game_type=GameType(data.game_type),
            difficulty=data.difficulty,
            max_members=data.max_members,
        ),
        members=[
            Member(
                player=Player(id=strawberry.ID(member.id), display_name=member.name),
                is_leader=seat == 0,
                character_class=member.character_class,
            )
            for seat, member in enumerate(data.members)
        ],
        attributes=[Attribute(key=attribute.key, value=attribute.value) for attribute in data.attributes],
        join_code=data.join_code,
    )


generated = world.World.read(Path(os.environ["BENCH_WORLD"])).parties
parties = {data.id: as_party(data) for data in generated}
epochs = {data.id: data.epoch for data in generated}
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
        """Trusts the player id in the request, without a check."""
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
