"""Following a party, a session's party, and the public list."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import strawberry
from strawberry import UNSET

from lobby.domain.values import PartyId
from lobby.live.player_streams import TooManyStreams
from lobby.operations.errors import LIMIT_EXCEEDED, NOT_FOUND, CallerError
from resolvers.context import Info
from resolvers.reading_input import given, party_filter
from resolvers.shown_frames import ShownFollowing
from schema.events import PartyEvent
from schema.inputs import PartyFilter
from schema.lobby_event import LobbyEvent
from schema.scalars import Cursor


async def party_events(info: Info, party_id: strawberry.ID, after: Cursor | None = UNSET) -> AsyncIterator[PartyEvent]:
    return _following(info, party_id, given(after), "There is no such party.")


async def session_events(
    info: Info, session_id: strawberry.ID, after: Cursor | None = UNSET
) -> AsyncIterator[PartyEvent]:
    info.context.player()  # a stranger is told to sign in, whatever there is
    party_id = await info.context.services.reader.party_of_session(session_id)
    refusal = "There is no such session."
    if party_id is None:
        raise CallerError(NOT_FOUND, refusal)
    return _following(info, party_id, given(after), refusal)


async def lobby_events(info: Info, filter: PartyFilter | None = UNSET) -> AsyncGenerator[LobbyEvent, None]:
    asking = info.context.reader()
    services, wanted = info.context.services, party_filter(given(filter))
    try:
        with services.streams.one_more(asking):
            async with aclosing(services.feed.follow(wanted)) as feed:
                async for news in feed:
                    yield LobbyEvent.of(news, asking)
    except TooManyStreams as error:
        raise CallerError(LIMIT_EXCEEDED, str(error)) from error


def _following(info: Info, party_id: PartyId, after: str | None, refusal: str) -> ShownFollowing:
    services = info.context.services
    place = info.context.resume_after or after
    following = services.hub.follow(party_id, info.context.player().id, place)
    return ShownFollowing(following, services.frames, refusal)
