"""Following a party, a session's party, and the public list."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import strawberry
from strawberry import UNSET

from lobby.domain.standing import standing
from lobby.domain.values import PartyId
from lobby.live.hub import NotFollowable
from lobby.operations.errors import NOT_FOUND, CallerError
from resolvers.context import Info
from resolvers.reading_input import given, party_filter
from schema.events import PartyEvent, shown
from schema.inputs import PartyFilter
from schema.lobby_event import LobbyEvent
from schema.scalars import Cursor


async def party_events(
    info: Info, party_id: strawberry.ID, after: Cursor | None = UNSET
) -> AsyncGenerator[PartyEvent, None]:
    async with aclosing(_followed(info, party_id, given(after))) as followed:
        async for event in followed:
            yield event


async def session_events(
    info: Info, session_id: strawberry.ID, after: Cursor | None = UNSET
) -> AsyncGenerator[PartyEvent, None]:
    asking = info.context.player().id
    found = await info.context.services.reader.session(session_id, asking)
    if found is None:
        raise CallerError(NOT_FOUND, "There is no such session.")
    async with aclosing(_followed(info, found.party.id, given(after))) as followed:
        async for event in followed:
            yield event


async def lobby_events(info: Info, filter: PartyFilter | None = UNSET) -> AsyncGenerator[LobbyEvent, None]:
    asking = info.context.player().id
    async with aclosing(info.context.services.feed.follow(party_filter(given(filter)))) as feed:
        async for news in feed:
            yield LobbyEvent.of(news, asking)


async def _followed(info: Info, party_id: PartyId, after: str | None) -> AsyncGenerator[PartyEvent, None]:
    asking = info.context.player().id
    try:
        async with aclosing(info.context.services.hub.follow(party_id, asking, after)) as frames:
            async for frame in frames:
                yield shown(frame, standing(frame.party, asking))
    except NotFollowable as error:
        raise CallerError(NOT_FOUND, "There is no such party.") from error
