"""Following a party, a session's party, and the public list."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import strawberry
from strawberry import UNSET

from lobby.domain.values import PartyId
from lobby.operations.errors import NOT_FOUND, CallerError
from resolvers.context import Info
from resolvers.reading_input import given, party_filter
from resolvers.shown_frames import ShownFollowing
from schema.events import PartyEvent
from schema.inputs import PartyFilter
from schema.lobby_event import LobbyEvent
from schema.scalars import Cursor


async def party_events(info: Info, party_id: strawberry.ID, after: Cursor | None = UNSET) -> AsyncIterator[PartyEvent]:
    return _following(info, party_id, given(after))


async def session_events(
    info: Info, session_id: strawberry.ID, after: Cursor | None = UNSET
) -> AsyncIterator[PartyEvent]:
    found = await info.context.services.reader.session(session_id, info.context.player().id)
    if found is None:
        raise CallerError(NOT_FOUND, "There is no such session.")
    return _following(info, found.party.id, given(after))


async def lobby_events(info: Info, filter: PartyFilter | None = UNSET) -> AsyncGenerator[LobbyEvent, None]:
    asking = info.context.player().id
    async with aclosing(info.context.services.feed.follow(party_filter(given(filter)))) as feed:
        async for news in feed:
            yield LobbyEvent.of(news, asking)


def _following(info: Info, party_id: PartyId, after: str | None) -> ShownFollowing:
    services = info.context.services
    return ShownFollowing(services.hub.follow(party_id, info.context.player().id, after), services.frames)
