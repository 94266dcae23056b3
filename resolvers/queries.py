"""Asking without changing anything."""

from __future__ import annotations

import strawberry
from strawberry import UNSET

from lobby.domain.standing import Standing, standing
from lobby.operations.errors import BAD_USER_INPUT, NOT_FOUND, CallerError
from lobby.ports import BadPageCursor, PartyQuery
from lobby.reader import BadCursor
from lobby.version import VERSION
from resolvers.context import Info
from resolvers.reading_input import HISTORY_MAX, given, page_size, party_filter, session_filter
from schema import enums, events, inputs, pages, party, player, scalars, session
from schema.server_info import ServerInfo


async def server_info(info: Info) -> ServerInfo:
    services = info.context.services
    return ServerInfo(
        version=VERSION,
        time=scalars.DateTime(services.clock.now()),
        difficulties=list(services.bounds.difficulties),
        character_classes=list(services.bounds.character_classes),
        max_members=services.bounds.members_max,
        limits=services.limits,
    )


async def me(info: Info) -> player.Player:
    return player.Player.of(info.context.player())


async def my_party(info: Info) -> party.Party | None:
    asking = info.context.player().id
    found = await info.context.services.reader.party_of(asking)
    return party.Party.of(found, asking) if found is not None else None


async def party_by_id(info: Info, id: strawberry.ID) -> party.Party | None:
    asking = info.context.reader()
    found = await info.context.services.reader.party(id, asking)
    return party.Party.of(found, asking) if found is not None else None


async def parties(
    info: Info,
    filter: inputs.PartyFilter | None = UNSET,
    sort: enums.PartySort = enums.PartySort.NEWEST,
    first: int = 20,
    after: str | None = UNSET,
) -> pages.PartyConnection:
    query = PartyQuery(party_filter(given(filter)), sort, page_size(first), given(after))
    try:
        page = await info.context.services.reader.parties(query)
    except BadPageCursor as error:
        raise CallerError(BAD_USER_INPUT, "after: no cursor of this list.") from error
    return pages.PartyConnection.of(page, info.context.viewer)


async def session_by_id(info: Info, id: strawberry.ID) -> session.Session | None:
    asking = info.context.reader()
    found = await info.context.services.reader.session(id, asking)
    return pages.session_seen(found, asking) if found is not None else None


async def sessions(
    info: Info,
    filter: inputs.SessionFilter | None = UNSET,
    first: int = 20,
    after: str | None = UNSET,
) -> pages.SessionConnection:
    viewer = info.context.viewer
    try:
        page = await info.context.services.reader.sessions(
            session_filter(given(filter)), page_size(first), given(after), viewer
        )
    except BadPageCursor as error:
        raise CallerError(BAD_USER_INPUT, "after: no cursor of this list.") from error
    return pages.SessionConnection.of(page, viewer)


async def party_history(
    info: Info, party_id: strawberry.ID, after: scalars.Cursor | None = UNSET, first: int = 100
) -> list[events.PartyEvent]:
    asking = info.context.reader()
    size = page_size(first, HISTORY_MAX)
    try:
        entries = await info.context.services.reader.history(party_id, asking, given(after), size)
    except BadCursor as error:
        raise CallerError(BAD_USER_INPUT, "after: no cursor of this party's log.") from error
    if entries is None:
        raise CallerError(NOT_FOUND, "There is no such party.")
    # Who is in the party may read what was before, and sees it as a member even where it was none yet.
    return [events.shown(entry, max(standing(entry.party, asking), Standing.FORMER)) for entry in entries]
