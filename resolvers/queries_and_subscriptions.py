"""Fields that only read: the queries, and the subscriptions to a party, a session, the inbox of the caller and the list."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

import strawberry
from strawberry import UNSET

from lobby.app.errors import BAD_USER_INPUT, LIMIT_EXCEEDED, NOT_FOUND, CallerError
from lobby.app.query_service import BadCursor
from lobby.domain.values import PartyId, PlayerId
from lobby.domain.viewer_access import OPERATORS, AccessLevel, access_level
from lobby.limits.count_limiter import LimitReached
from lobby.live.follower import Follower
from lobby.live.frames import Frame, InboxFrame
from lobby.live.hub import NotFollowable
from lobby.live.lobby_feed import ListFollower
from lobby.ports import BadPageCursor, PartyQuery
from resolvers.context import Info
from resolvers.inputs import HISTORY_SIZE_MAX, page_size, to_party_filter, to_session_filter, unset_to_none
from schema.events import to_event
from schema.inbox import InboxEvent, to_inbox_event
from schema.lists import LobbyEvent, PartyConnection, PartyFilter, SessionConnection, SessionFilter, session_of
from schema.party import Party
from schema.party_event import PartyEvent
from schema.player import Player
from schema.scalars_and_enums import Cursor, DateTime, PartySort, RootFields
from schema.server_info import VERSION, Maintenance, ServerInfo
from schema.session import Session

queries = RootFields()


@queries.add()
async def server_info(info: Info) -> ServerInfo:
    services = info.context.services
    maintenance = services.moderation.maintenance
    return ServerInfo(
        version=VERSION,
        time=DateTime(services.clock.now()),
        difficulties=list(services.bounds.difficulties),
        character_classes=list(services.bounds.character_classes),
        max_members=services.bounds.members_max,
        limits=services.limits,
        sign_in_providers=list(services.identity_service.provider_names),
        maintenance=Maintenance(starts_at=DateTime(maintenance.starts_at), text=maintenance.text)
        if maintenance is not None
        else None,
    )


@queries.add()
async def me(info: Info) -> Player:
    return Player.of(info.context.player())


@queries.add("The party that the caller is in.")
async def my_party(info: Info) -> Party | None:
    player_id = info.context.player().id
    found = await info.context.services.query_service.party_of(player_id)
    return Party.of(found, player_id) if found is not None else None


@queries.add("Null if there is none that the caller may see.")
async def party(info: Info, id: strawberry.ID) -> Party | None:
    reader_id = info.context.reader_id()
    found = await info.context.services.query_service.party(id, reader_id)
    if found is not None:
        await info.context.record_view(found)
    return Party.of(found, reader_id) if found is not None else None


@queries.add("Public parties that are open. `first`: 1 to 50.")
async def parties(
    info: Info,
    filter: PartyFilter | None = UNSET,
    sort: PartySort = PartySort.NEWEST,
    first: int = 20,
    after: str | None = UNSET,
) -> PartyConnection:
    query = PartyQuery(to_party_filter(filter), sort, page_size(first), unset_to_none(after))
    try:
        page = await info.context.services.query_service.parties(query)
    except BadPageCursor as error:
        raise CallerError(BAD_USER_INPUT, "after: no cursor of this list.") from error
    return PartyConnection.of(page, info.context.viewer)


@queries.add()
async def session(info: Info, id: strawberry.ID) -> Session | None:
    reader_id = info.context.reader_id()
    found = await info.context.services.query_service.session(id, reader_id)
    if found is not None:
        await info.context.record_view(found.party)
    return session_of(found, reader_id) if found is not None else None


@queries.add(
    "Active sessions, newest first, unless the filter names a status; those of PRIVATE parties to their members only. "
    "`first`: 1 to 50."
)
async def sessions(
    info: Info,
    filter: SessionFilter | None = UNSET,
    first: int = 20,
    after: str | None = UNSET,
) -> SessionConnection:
    viewer = info.context.viewer
    try:
        page = await info.context.services.query_service.sessions(
            to_session_filter(filter), page_size(first), unset_to_none(after), viewer
        )
    except BadPageCursor as error:
        raise CallerError(BAD_USER_INPUT, "after: no cursor of this list.") from error
    return SessionConnection.of(page, viewer)


@queries.add(
    "The party's log from the caller's own first join, or from the oldest entry kept. `first`: 1 to 500. Members only."
)
async def party_history(
    info: Info, party_id: strawberry.ID, after: Cursor | None = UNSET, first: int = 100
) -> list[PartyEvent]:
    reader_id = info.context.reader_id()
    size = page_size(first, HISTORY_SIZE_MAX)
    try:
        entries = await info.context.services.query_service.history(party_id, reader_id, unset_to_none(after), size)
    except BadCursor as error:
        raise CallerError(BAD_USER_INPUT, "after: no cursor of this party's log.") from error
    if entries is None:
        raise CallerError(NOT_FOUND, "There is no such party.")
    if entries:
        await info.context.record_view(entries[-1].party)
    # A member who left and came back may read the entries in between, and sees them as a former member does.
    return [to_event(entry, max(access_level(entry.party, reader_id), AccessLevel.FORMER)) for entry in entries]


async def party_events(info: Info, party_id: strawberry.ID, after: Cursor | None = UNSET) -> AsyncIterator[PartyEvent]:
    party = await info.context.services.query_service.party(party_id, OPERATORS) if info.context.is_operator else None
    if party is not None:
        await info.context.record_view(party)
    return _following(info, party_id, unset_to_none(after), "There is no such party.")


async def session_events(
    info: Info, session_id: strawberry.ID, after: Cursor | None = UNSET
) -> AsyncIterator[PartyEvent]:
    info.context.player()  # a stranger has to sign in, even if the party does not exist
    party_id = await info.context.services.query_service.party_of_session(session_id)
    refusal = "There is no such session."
    if party_id is None:
        raise CallerError(NOT_FOUND, refusal)
    return _following(info, party_id, unset_to_none(after), refusal)


async def lobby_events(info: Info, filter: PartyFilter | None = UNSET) -> AsyncIterator[LobbyEvent]:
    player_id = info.context.reader_id()
    return LobbyFollower(info.context.services.feed.follow(player_id, to_party_filter(filter)), player_id)


class LobbyFollower:
    """A player's stream of the public list, as events of the schema."""

    __slots__ = ("follower", "player_id")

    def __init__(self, follower: ListFollower, player_id: PlayerId) -> None:
        self.follower = follower
        self.player_id = player_id

    def __aiter__(self) -> LobbyFollower:
        return self

    async def __anext__(self) -> LobbyEvent:
        try:
            change = await anext(self.follower)
        except LimitReached as error:
            raise CallerError(LIMIT_EXCEEDED, str(error)) from error
        return LobbyEvent.of(change, self.player_id)

    async def aclose(self) -> None:
        await self.follower.aclose()


def _following(info: Info, party_id: PartyId, after: str | None, refusal: str) -> EventFollower:
    services = info.context.services
    place = info.context.resume_after or after
    return EventFollower(services.hub.follow(party_id, info.context.reader_id(), place), refusal)


class EventFollower:
    """A player's stream of a party, as events of the schema."""

    __slots__ = ("_not_found", "follower")

    def __init__(self, follower: Follower, not_found: str) -> None:
        """`not_found` is the error message for a player who has nothing to follow there."""
        self.follower = follower
        self._not_found = not_found

    def __aiter__(self) -> EventFollower:
        return self

    async def __anext__(self) -> PartyEvent:
        try:
            frame = await anext(self.follower)
        except NotFollowable as error:
            raise CallerError(NOT_FOUND, self._not_found) from error
        except LimitReached as error:
            raise CallerError(LIMIT_EXCEEDED, str(error)) from error
        return self._event_of(frame)

    def _event_of(self, frame: Frame) -> PartyEvent:
        return to_event(frame, access_level(frame.party, self.follower.player_id))

    async def aclose(self) -> None:
        await self.follower.aclose()


async def inbox(info: Info, after: Cursor | None = UNSET) -> AsyncIterator[InboxEvent]:
    player = info.context.player()
    position = info.context.resume_after or unset_to_none(after)
    return InboxFollower(info.context.services.hub.follow_inbox(player, position), player.id)


class InboxFollower:
    """The stream of a player's inbox, as events of the schema."""

    __slots__ = ("_frames", "_player_id")

    def __init__(self, frames: AsyncGenerator[InboxFrame, None], player_id: PlayerId) -> None:
        self._frames = frames
        self._player_id = player_id

    def __aiter__(self) -> InboxFollower:
        return self

    async def __anext__(self) -> InboxEvent:
        try:
            frame = await anext(self._frames)
        except LimitReached as error:
            raise CallerError(LIMIT_EXCEEDED, str(error)) from error
        return to_inbox_event(frame, self._player_id)

    async def aclose(self) -> None:
        await self._frames.aclose()
